"""Layers whose backward pass is written by hand: backpropagation through time, step by step.

Each function takes x_TBD with the time first and returns the states after all steps. What makes
them quick, beside the formulas:

- Steps are cut into blocks that stay in a core's cache. Within a block the parts of the local
  derivatives that need no gradient are computed for all steps at once; only the recurrence runs
  step by step; then one product of matrices adds the block to the gradient of each weight.
- tanh(a) = 2 sigmoid(2a) - 1, and PyTorch's sigmoid takes a fifth of the time of its tanh. The
  factor 2 inside is moved into the weights. The price: in float32 the error is 1e-7 of the range
  from -1 to 1, also where tanh(a) itself is small.

``run.loop`` computes the same from the formulas. Taught in chapter 9.
"""

from itertools import repeat

import torch
from torch.autograd import Function
from torch.nn.functional import pad

BLOCK = 2**18  # numbers in one block of steps, 1 MB in float32
MINUS_ONE = torch.tensor(-1.0)  # an operation with a tensor starts sooner than with a number


def blocks(T, width):
    """Slices that cut T steps of ``width`` numbers into blocks, the first step first."""
    length = max(1, BLOCK // width)
    return [slice(start, min(start + length, T)) for start in range(0, T, length)]


def after(part):
    """The same slice one step later: states lie in arrays that begin with the first state."""
    return slice(part.start + 1, part.stop + 1)


def rows(array):
    """All steps of a block as the rows of a matrix."""
    return array.reshape(-1, array.shape[-1])


def from_sigmoid_(s):
    """tanh(a) from s = sigmoid(2a), in place."""
    return torch.add(MINUS_ONE, s, alpha=2, out=s)


def doubled(block, W_xh, W_hh, *biases):
    """The weights with their rows of one block of gates times 2, ready for ``from_sigmoid_``."""
    H = W_hh.shape[1]
    factor_G = torch.ones_like(W_xh[:, 0])
    factor_G[block * H : (block + 1) * H] = 2
    return W_xh * factor_G[:, None], W_hh * factor_G[:, None], *(b * factor_G for b in biases)


def backwards(*arrays):
    """The steps of several arrays side by side, the last first."""
    return zip(*(reversed(array.unbind(0)) for array in arrays))


def once_only():
    if torch.is_grad_enabled():
        raise RuntimeError(
            "the backward pass written by hand has no derivative of its own, and a second "
            "derivative was asked for; build the layer with implementation='loop'"
        )


class Gathered:
    """The gradients of weights and inputs, gathered block by block.

    ``add`` takes da, the gradient of the pre-activations of a block: (steps, B, G).
    """

    def __init__(self, ctx, x_TBD, states, W_xh, W_hh):
        self.x_TBD, self.states, self.weights = x_TBD, states, (W_xh, W_hh)
        self.dx_TBD = x_TBD.new_empty(x_TBD.shape) if ctx.needs_input_grad[0] else None
        self.dW_xh, self.dW_hh = torch.zeros_like(W_xh), torch.zeros_like(W_hh)
        self.db_h = torch.zeros_like(W_xh[:, 0])

    def add(self, part, da):
        da = rows(da)
        self.dW_hh.addmm_(da.T, rows(self.states[part]))
        self.add_inputs(part, da, slice(None))

    def add_inputs(self, part, da, gates, first=True):
        """What only W_xh and b_h see; ``gates``: their rows that da belongs to."""
        self.dW_xh[gates].addmm_(da.T, rows(self.x_TBD[part]))
        self.db_h[gates].add_(da.sum(0))
        if self.dx_TBD is not None:
            dx = rows(self.dx_TBD[part])
            dx.addmm_(da, self.weights[0][gates], beta=0 if first else 1)


class Elman(Function):
    """h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), or ReLU for tanh.

    x_TBD, h_BH, W_xh (H, D), W_hh (H, H), b_h (H,), relu (a bool); returns h_TBH.
    over_TB1: where True the state is put to 0. Behind the end of a sequence a state of ReLU
    units may grow beyond all numbers, and infinity times a gradient of 0 is not 0.
    """

    @staticmethod
    def forward(ctx, x_TBD, h_BH, W_xh, W_hh, b_h, relu, over_TB1=None):
        states = x_TBD.new_empty(len(x_TBD) + 1, *h_BH.shape)
        states[0] = h_BH
        W_x, W_h, b = (w if relu else 2 * w for w in (W_xh, W_hh, b_h))
        for part in blocks(len(x_TBD), h_BH.numel()):
            new = states[after(part)]
            torch.addmm(b, rows(x_TBD[part]), W_x.T, out=rows(new))
            for before_BH, new_BH in zip(states[part], new):
                new_BH.addmm_(before_BH, W_h.T)
                new_BH.relu_() if relu else from_sigmoid_(new_BH.sigmoid_())
        if over_TB1 is not None:
            states[1:].masked_fill_(over_TB1, 0)
        ctx.relu = relu
        ctx.save_for_backward(x_TBD, states, W_xh, W_hh)
        return states[1:]

    @staticmethod
    def backward(ctx, dy_TBH):
        once_only()
        x_TBD, states, W_xh, W_hh = ctx.saved_tensors
        out, dh_BH = Gathered(ctx, x_TBD, states, W_xh, W_hh), torch.zeros_like(states[0])
        for part in reversed(blocks(len(x_TBD), dh_BH.numel())):
            h = states[after(part)]
            da = (h > 0).to(h.dtype) if ctx.relu else 1 - h * h  # the slope of the unit
            for da_BH, dy_BH in backwards(da, dy_TBH[part]):
                da_BH.mul_(dh_BH.add_(dy_BH))
                torch.mm(da_BH, W_hh, out=dh_BH)
            out.add(part, da)
        return out.dx_TBD, dh_BH, out.dW_xh, out.dW_hh, out.db_h, None, None


class LSTM(Function):
    """c_t = f c_{t-1} + i g and h_t = o tanh(c_t), the gates in the order i f g o.

    x_TBD, h_BH, c_BH, W_xh (4H, D), W_hh (4H, H), b_h (4H,); returns h_TBH and c_TBH.
    """

    @staticmethod
    def forward(ctx, x_TBD, h_BH, c_BH, W_xh, W_hh, b_h):
        T, (B, H) = len(x_TBD), h_BH.shape
        gates, tanh_c = x_TBD.new_empty(T, B, 4 * H), x_TBD.new_empty(T, B, H)
        states, cells = x_TBD.new_empty(T + 1, B, H), x_TBD.new_empty(T + 1, B, H)
        states[0], cells[0] = h_BH, c_BH
        W_x, W_h, b = doubled(2, W_xh, W_hh, b_h)
        for part in blocks(T, B * 4 * H):
            torch.addmm(b, rows(x_TBD[part]), W_x.T, out=rows(gates[part]))
            old, new = (states[part], cells[part]), (states[after(part)], cells[after(part)])
            steps = zip(gates[part], *gates[part].chunk(4, dim=2), *old, *new, tanh_c[part])
            for a, i, f, g, o, h, c, h_new, c_new, squashed in steps:
                a.addmm_(h, W_h.T).sigmoid_()
                torch.mul(f, c, out=c_new).addcmul_(i, from_sigmoid_(g))
                from_sigmoid_(torch.add(c_new, c_new, out=squashed).sigmoid_())
                torch.mul(o, squashed, out=h_new)
        ctx.save_for_backward(x_TBD, gates, states, cells, tanh_c, W_xh, W_hh)
        ctx.set_materialize_grads(False)
        return states[1:], cells[1:]

    @staticmethod
    def backward(ctx, dy_TBH, dc_TBH):
        once_only()
        x_TBD, gates, states, cells, tanh_c, W_xh, W_hh = ctx.saved_tensors
        out = Gathered(ctx, x_TBD, states, W_xh, W_hh)
        dh_BH, dc_BH = torch.zeros_like(states[0]), torch.zeros_like(states[0])
        dy_TBH = torch.zeros_like(tanh_c) if dy_TBH is None else dy_TBH
        for part in reversed(blocks(len(x_TBD), gates[0].numel())):
            f = gates[part].chunk(4, dim=2)[1]
            da, dh_dc = LSTM.slopes(gates[part], cells[part], tanh_c[part])
            later = repeat(None) if dc_TBH is None else reversed(dc_TBH[part].unbind(0))
            steps = backwards(da, *LSTM.two(da), dh_dc, f, dy_TBH[part])
            for (da_BG, da_c, da_o, dh_dc_BH, f_BH, dy_BH), dc_later in zip(steps, later):
                dc_BH.addcmul_(dh_BH.add_(dy_BH), dh_dc_BH)
                if dc_later is not None:
                    dc_BH.add_(dc_later)
                da_c.mul_(dc_BH[:, None])
                da_o.mul_(dh_BH)
                torch.mm(da_BG, W_hh, out=dh_BH)
                dc_BH.mul_(f_BH)
            out.add(part, da)
        return out.dx_TBD, dh_BH, dc_BH, out.dW_xh, out.dW_hh, out.db_h

    @staticmethod
    def slopes(gates, c_before, tanh_c):
        """dc_t/da of i, f and g and dh_t/da of o, side by side; dh_t/dc_t."""
        i, f, g, o = gates.chunk(4, dim=2)
        da = torch.addcmul(gates, gates, gates, value=-1)  # s (1 - s) where s is a sigmoid
        of_i, of_f, of_g, of_o = da.chunk(4, dim=2)
        of_i.mul_(g)
        of_f.mul_(c_before)
        torch.addcmul(i, i * g, g, value=-1, out=of_g)
        of_o.mul_(tanh_c)
        return da, torch.addcmul(o, o * tanh_c, tanh_c, value=-1)

    @staticmethod
    def two(da):
        """The parts of da whose gradient comes through c_t (i, f, g) and through h_t (o)."""
        da = da.unflatten(2, (4, -1))
        return da[:, :, :3], da[:, :, 3]


class GRU(Function):
    """h_t = (1 - z) n + z h_{t-1} with the reset gate after the recurrent product.

    n = tanh(W_xn x_t + b_n + r (W_hn h_{t-1} + b_hn)); the gates in the order r z n.
    x_TBD, h_BH, W_xh (3H, D), W_hh (3H, H), b_h (3H,), b_hn (H,); returns h_TBH.
    """

    @staticmethod
    def forward(ctx, x_TBD, h_BH, W_xh, W_hh, b_h, b_hn):
        T, (B, H) = len(x_TBD), h_BH.shape
        gates, inner = x_TBD.new_empty(T, B, 3 * H), x_TBD.new_empty(T, B, 3 * H)
        states = x_TBD.new_empty(T + 1, B, H)
        states[0] = h_BH
        W_x, W_h, b, b_hidden = doubled(2, W_xh, W_hh, b_h, pad(b_hn, (2 * H, 0)))
        for part in blocks(T, B * 3 * H):
            torch.addmm(b, rows(x_TBD[part]), W_x.T, out=rows(gates[part]))
            rz, inner_rz, inner_n = gates[part][..., : 2 * H], *inner[part].split(2 * H, dim=2)
            steps = zip(inner[part], rz, inner_rz, inner_n, *gates[part].chunk(3, dim=2))
            both = zip(steps, states[part], states[after(part)])
            for (p, a_rz, p_rz, p_n, r, z, n), h, h_new in both:
                torch.addmm(b_hidden, h, W_h.T, out=p)
                a_rz.add_(p_rz).sigmoid_()
                from_sigmoid_(n.addcmul_(r, p_n).sigmoid_())
                torch.lerp(n, h, z, out=h_new)
        ctx.save_for_backward(x_TBD, gates, inner[..., 2 * H :], states, W_xh, W_hh)
        return states[1:]

    @staticmethod
    def backward(ctx, dy_TBH):
        once_only()
        x_TBD, gates, twice_inner_n, states, W_xh, W_hh = ctx.saved_tensors
        out, dh_BH = Gathered(ctx, x_TBD, states, W_xh, W_hh), torch.zeros_like(states[0])
        H, db_hn = dh_BH.shape[1], torch.zeros_like(states[0, 0])
        for part in reversed(blocks(len(x_TBD), gates[0].numel())):
            z = gates[part].chunk(3, dim=2)[1]
            da = GRU.slopes(gates[part], twice_inner_n[part], states[part])
            hidden, four = da[..., : 3 * H], da.unflatten(2, (4, H))
            for four_B4H, hidden_BG, z_BH, dy_BH in backwards(four, hidden, z, dy_TBH[part]):
                four_B4H.mul_(dh_BH.add_(dy_BH)[:, None])
                dh_BH.mul_(z_BH).addmm_(hidden_BG, W_hh)
            flat = rows(da)
            out.dW_hh.addmm_(flat[:, : 3 * H].T, rows(states[part]))
            out.add_inputs(part, flat[:, : 2 * H], slice(2 * H))
            out.add_inputs(part, flat[:, 3 * H :], slice(2 * H, None), first=False)
            db_hn += flat[:, 2 * H : 3 * H].sum(0)
        return out.dx_TBD, dh_BH, out.dW_xh, out.dW_hh, out.db_h, db_hn

    @staticmethod
    def slopes(gates, twice_inner_n, h_before):
        """dh_t/da of r, of z, of n as W_hh sees it (times r) and as W_xh sees it."""
        r, z, n = gates.chunk(3, dim=2)
        da = gates.new_empty(*gates.shape[:2], 4 * n.shape[2])
        of_r, of_z, of_hn, of_xn = da.chunk(4, dim=2)
        torch.mul(torch.addcmul(z, z, z, value=-1), h_before - n, out=of_z)
        torch.mul(1 - z, torch.addcmul(torch.ones_like(n), n, n, value=-1), out=of_xn)
        torch.mul(of_xn, r, out=of_hn)
        torch.mul(of_hn, (1 - r) * twice_inner_n, out=of_r).div_(2)
        return da
