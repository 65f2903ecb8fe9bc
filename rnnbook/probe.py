"""Measure what happens inside a recurrent layer; never draw.

Everything here computes in float64 on the CPU: over a hundred steps gradients fall below
what float32 can hold.
"""

import copy

import torch


def gradient_flow(layer, x_BTD, seed=0):
    """How much of a gradient that enters at the last step reaches each earlier state.

    The loss is the scalar product of h_T with a random direction of norm 1. Returns an
    array (T + 1,): at index t the norm of dL/d(state after t steps), index 0 being the
    initial state, averaged over the batch. For an LSTM the state is (h, c) taken together.
    Taught in chapters 5 and 10.
    """
    layer = copy.deepcopy(layer).double().cpu()
    x_BTD = x_BTD.double().cpu()
    B = x_BTD.shape[0]
    states = [layer.start(B, like=x_BTD)]
    for x_BD in x_BTD.unbind(1):
        for part in _parts(states[-1]):
            part.requires_grad_() if part.is_leaf else part.retain_grad()
        states.append(layer.step(x_BD, states[-1]))
    for part in _parts(states[-1]):
        part.retain_grad()
    direction_H = torch.randn(layer.H, generator=torch.Generator().manual_seed(seed)).double()
    (_parts(states[-1])[0] @ (direction_H / direction_H.norm())).sum().backward()
    return torch.stack([_norm(state) for state in states]).numpy()


def _parts(state):
    return state if isinstance(state, tuple) else (state,)


def _norm(state):
    grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in _parts(state)]
    return torch.cat(grads, dim=1).norm(dim=1).mean()


def jacobians(layer, x_TD, h_H=None):
    """The Jacobians dh_t/dh_{t-1} of an Elman layer along one sequence, (T, H, H).

    diag(1 - h_t^2) W_hh at every step, from h_H (zero by default). Taught in chapter 10.
    """
    W_xh, W_hh, b_h = (w.detach().double().cpu() for w in (layer.W_xh, layer.W_hh, layer.b_h))
    h_H = torch.zeros(layer.H).double() if h_H is None else h_H.double()
    steps = []
    for x_D in x_TD.double().cpu():
        h_H = torch.tanh(W_xh @ x_D + W_hh @ h_H + b_h)
        steps.append((1 - h_H**2)[:, None] * W_hh)
    return torch.stack(steps).numpy()


@torch.no_grad()
def gates(layer, x_BTD):
    """The gates and states of an LSTM at every step: a dict of arrays (B, T, H).

    Keys: i, f, o (0 to 1), g (-1 to 1), c and h. Taught in chapter 5.
    """
    layer = copy.deepcopy(layer).double().cpu()
    x_BTD = x_BTD.double().cpu()
    state, rows = layer.start(x_BTD.shape[0], like=x_BTD), []
    for x_BD in x_BTD.unbind(1):
        a_BG = x_BD @ layer.W_xh.T + state[0] @ layer.W_hh.T + layer.b_h
        i_BH, f_BH, g_BH, o_BH = a_BG.chunk(4, dim=-1)
        state = layer.step(x_BD, state)
        rows.append([i_BH.sigmoid(), f_BH.sigmoid(), o_BH.sigmoid(), g_BH.tanh(), *state])
    names = ("i", "f", "o", "g", "h", "c")
    return {n: torch.stack(r, dim=1).numpy() for n, r in zip(names, zip(*rows))}
