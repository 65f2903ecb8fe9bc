"""The cells as small modules: weights, the zero state, one step.

The state of a cell is a tensor, or a tuple that begins with the cell's output.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from rnnbook import door

from . import steps

UNITS = {"tanh": torch.tanh, "ReLU": torch.relu, "linear": lambda a: a}


def uniform(gates, D, H):
    """Random weights as torch.nn draws them: uniform within 1 / sqrt(H), bias included.

    gates: 1 for Elman, 4 for LSTM. Returns W_xh (gates*H, D), W_hh (gates*H, H),
    b_h (gates*H,).
    """
    bound = 1 / math.sqrt(H)
    shapes = [(gates * H, D), (gates * H, H), (gates * H,)]
    return [torch.empty(shape).uniform_(-bound, bound) for shape in shapes]


def parts(state):
    """The tensors of a state, the output first."""
    return state if isinstance(state, tuple) else (state,)


class Cell(nn.Module):
    """What all cells share. D: size of the input. H: number of hidden units.

    rows: names of the blocks of rows that W_xh, W_hh and b_h are stacked from. keeping: the
    gate that keeps the state and whether it does at 1 or at 0, such as ("f", 1).
    size: width of the output. widths: those of the tensors that make up the state.
    """

    rows, keeping = "h", None

    @door.checked
    def __init__(self, D: int, H: int):
        super().__init__()
        self.D, self.H = door.within("D", D, 1), door.within("H", H, 1)
        weights = uniform(len(self.rows), D, H)
        self.W_xh, self.W_hh, self.b_h = (nn.Parameter(w) for w in weights)

    @property
    def size(self):
        return self.H

    @property
    def widths(self):
        return (self.H,)

    @door.checked
    def forward(self, x_BD: Tensor, state: Tensor | tuple | None = None):
        """One step from input (B, D) and a state, zero by default, to the new state.

        Raises ValueError for wrong sizes, mixed types of numbers and mixed devices.
        """
        door.matches("input", x_BD, ("B", self.D), like=self.W_xh)
        if state is None:
            state = self.start(len(x_BD), like=x_BD)
        self.check_state(state, len(x_BD))
        return self.step(x_BD, state)

    def start(self, B, like):
        """The zero state for B sequences, of the same dtype and device as ``like``."""
        zeros = tuple(like.new_zeros(B, width) for width in self.widths)
        return zeros if len(zeros) > 1 else zeros[0]

    def check_state(self, state, B):
        """Raise ValueError unless ``state`` is a state of this cell for B sequences."""
        given, zero = parts(state), parts(self.start(B, like=next(self.parameters())))
        alike = isinstance(state, tuple) == (len(zero) > 1) and len(given) == len(zero)
        if not alike or not all(isinstance(part, Tensor) for part in given):
            raise ValueError(
                f"the state is {door.short(state)}; {type(self).__name__} expects "
                f"{len(zero)} tensors in a tuple, as start(B, like=x) gives them"
                if len(zero) > 1
                else f"the state is {door.short(state)}; expected a tensor (B, {self.H})"
            )
        for part, wanted in zip(given, zero):
            door.matches("state", part, tuple(wanted.shape), like=wanted)

    def block(self, row):
        """The slice of rows of W_xh, W_hh and b_h that belongs to the gate ``row``."""
        start = self.rows.index(row) * self.H
        return slice(start, start + self.H)

    def step(self, x_BD, state, keep_BH=None):
        """The new state, unchecked. keep_BH: mask on h_{t-1} where a matrix reads it."""
        raise NotImplementedError

    def gates(self, x_BD, state):
        """The gates of one step, by name: a dict of (B, H)."""
        raise ValueError(f"{type(self).__name__} has no gates; LSTM, GRU and MinGRU have")

    def extra_repr(self):
        return f"D={self.D}, H={self.H}"


class ElmanCell(Cell):
    """h_t = unit(W_xh x_t + W_hh h_{t-1} + b_h); unit: "tanh", "ReLU" or "linear"."""

    @door.checked
    def __init__(self, D: int, H: int, unit: str = "tanh"):
        super().__init__(D, H)
        self.unit = door.choice("unit", unit, UNITS)

    def step(self, x_BD, h_BH, keep_BH=None):
        if keep_BH is not None:
            h_BH = h_BH * keep_BH
        if self.unit == "tanh":
            return steps.elman_step(x_BD, h_BH, self.W_xh, self.W_hh, self.b_h)
        return UNITS[self.unit](x_BD @ self.W_xh.T + h_BH @ self.W_hh.T + self.b_h)


class JordanCell(Cell):
    """``steps.jordan_step``: K outputs come back through self-decaying state units.

    decay: what a state unit keeps of itself, 0 to 1.
    """

    @door.checked
    def __init__(self, D: int, H: int, K: int, decay: float = 0.5):
        super().__init__(D, H)
        self.K = door.within("K", K, 1)
        self.decay = door.within("decay", decay, 0, 1)
        bound = 1 / math.sqrt(H)
        self.W_hh = None  # the hidden units do not see themselves
        self.W_sh = nn.Parameter(torch.empty(H, K).uniform_(-bound, bound))
        self.W_hy = nn.Parameter(torch.empty(K, H).uniform_(-bound, bound))
        self.b_y = nn.Parameter(torch.zeros(K))

    @property
    def size(self):
        return self.K

    @property
    def widths(self):
        return (self.K, self.K)

    def step(self, x_BD, state, keep_BH=None):
        weights = self.W_xh, self.W_sh, self.W_hy, self.b_h, self.b_y
        return steps.jordan_step(x_BD, state, *weights, self.decay)

    def states_of(self, y_BTK):
        """The state units s_BTK that the outputs, or the targets in their place, lead to.

        With the targets (teacher forcing) they are known in advance, so all steps of a Jordan
        network can be computed side by side: ``all_steps``.
        """
        s_BK, units = torch.zeros_like(y_BTK[:, 0]), []
        for y_BK in y_BTK.unbind(1):
            units.append(s_BK)
            s_BK = self.decay * s_BK + y_BK
        return torch.stack(units, dim=1)

    def all_steps(self, x_BTD, s_BTK):
        """The outputs y_BTK of all steps at once, from known state units."""
        h_BTH = torch.tanh(x_BTD @ self.W_xh.T + s_BTK @ self.W_sh.T + self.b_h)
        return h_BTH @ self.W_hy.T + self.b_y


class LSTMCell(Cell):
    """Long short-term memory; its state is (h, c). form: one of ``FORMS``.

    "2000": with a forget gate, as printed everywhere. "1997": without. "coupled": the forget
    gate is 1 - i. "peephole": the gates see the cell. "layer_norm": normalised inside.
    """

    FORMS = {
        "2000": (steps.lstm_step, "ifgo", ("f", 1)),
        "1997": (steps.lstm_1997_step, "igo", None),
        "coupled": (steps.lstm_coupled_step, "igo", ("i", -1)),
        "peephole": (steps.lstm_peephole_step, "ifgo", ("f", 1)),
        "layer_norm": (steps.lstm_layer_norm_step, "ifgo", ("f", 1)),
    }

    @door.checked
    def __init__(self, D: int, H: int, form: str = "2000"):
        self.form = door.choice("form", form, self.FORMS)
        self.function, self.rows, self.keeping = self.FORMS[form]
        super().__init__(D, H)
        self.more = ()
        if form == "peephole":
            bound = 1 / math.sqrt(H)
            self.more = nn.ParameterList([torch.empty(3, H).uniform_(-bound, bound)])
        if form == "layer_norm":
            gains = torch.ones(4 * H), torch.ones(4 * H), torch.ones(H)
            self.more = nn.ParameterList([*gains, torch.zeros(H)])

    @property
    def widths(self):
        return (self.H, self.H)

    def step(self, x_BD, state, keep_BH=None):
        if keep_BH is not None:
            state = state[0] * keep_BH, state[1]
        return self.function(x_BD, state, self.W_xh, self.W_hh, self.b_h, *self.more)

    def gates(self, x_BD, state):
        """i, f, o (0 to 1) and the candidate g (-1 to 1) of one step; f only where there is one."""
        (h_BH, c_BH), (_, new_BH) = state, self.step(x_BD, state)
        x_BG, h_BG = x_BD @ self.W_xh.T, h_BH @ self.W_hh.T
        if self.form == "layer_norm":
            x_BG, h_BG = (layer_norm(a, a.shape[1:], g) for a, g in zip((x_BG, h_BG), self.more))
        a = dict(zip(self.rows, (x_BG + h_BG + self.b_h).chunk(len(self.rows), dim=-1)))
        if self.form == "peephole":
            seen = {"i": c_BH, "f": c_BH, "o": new_BH}
            a |= {name: a[name] + p_H * seen[name] for name, p_H in zip("ifo", self.more[0])}
        gates = {name: a[name].tanh() if name == "g" else a[name].sigmoid() for name in a}
        return gates | ({"f": 1 - gates["i"]} if self.form == "coupled" else {})


class GRUCell(Cell):
    """Gated recurrent unit; reset: "after" the recurrent product, as torch.nn, or "before"."""

    rows, keeping = "rzn", ("z", 1)

    @door.checked
    def __init__(self, D: int, H: int, reset: str = "after"):
        super().__init__(D, H)
        self.reset = door.choice("reset", reset, ("after", "before"))
        if reset == "after":
            self.b_hn = nn.Parameter(uniform(1, D, H)[2])

    def step(self, x_BD, h_BH, keep_BH=None):
        weights = self.W_xh, self.W_hh, self.b_h
        after = self.reset == "after"
        step, weights = (
            (steps.gru_step, (*weights, self.b_hn)) if after else (steps.gru_before_step, weights)
        )
        if keep_BH is None:
            return step(x_BD, h_BH, *weights)
        seen_BH = h_BH * keep_BH  # by the matrices; z carries h itself
        z_BH = self.gates(x_BD, seen_BH)["z"]
        return step(x_BD, seen_BH, *weights) + z_BH * (h_BH - seen_BH)

    def gates(self, x_BD, h_BH):
        """r and z (0 to 1) and the candidate n (-1 to 1) of one step."""
        xr_BH, xz_BH, xn_BH = (x_BD @ self.W_xh.T + self.b_h).chunk(3, dim=-1)
        W_hr, W_hz, W_hn = self.W_hh.chunk(3)
        r_BH, z_BH = (xr_BH + h_BH @ W_hr.T).sigmoid(), (xz_BH + h_BH @ W_hz.T).sigmoid()
        if self.reset == "before":
            return {"r": r_BH, "z": z_BH, "n": (xn_BH + (r_BH * h_BH) @ W_hn.T).tanh()}
        return {"r": r_BH, "z": z_BH, "n": (xn_BH + r_BH * (h_BH @ W_hn.T + self.b_hn)).tanh()}


class MinGRUCell(Cell):
    """``steps.mingru_step``: a gated unit whose gate sees the input alone."""

    rows, keeping = "zn", ("z", -1)

    @door.checked
    def __init__(self, D: int, H: int):
        super().__init__(D, H)
        self.W_hh = None  # nothing recurrent but the state itself

    def step(self, x_BD, h_BH, keep_BH=None):
        return steps.mingru_step(x_BD, h_BH, self.W_xh, self.b_h)

    def gates(self, x, h):
        """z (0 to 1) and the candidate n (any number) of one step, or of many: x is (..., D)."""
        a_z, n = (x @ self.W_xh.T + self.b_h).chunk(2, dim=-1)
        return {"z": a_z.sigmoid(), "n": n}


class LRUCell(Cell):
    """Linear recurrent unit, ``steps.lru_step``: N complex numbers that turn and shrink.

    lam = exp(-exp(nu) + i exp(theta)), gamma = sqrt(1 - |lam|^2) at the start. |lam| starts
    uniform on the ring between ``least`` and ``most``, its angle below ``turn``.
    Complex weights are kept as pairs of real ones. Source: orvieto2023.
    """

    @door.checked
    def __init__(
        self,
        D: int,
        H: int,
        N: int | None = None,
        least: float = 0.9,
        most: float = 0.999,
        turn: float = math.pi / 10,
    ):
        super().__init__(D, H)
        N = self.N = H if N is None else door.within("N", N, 1)
        door.within("least", least, 0, most)
        door.within("most", most, 0, 1)
        door.within("turn", turn, 0, 2 * math.pi)
        self.b_h = None
        area_N = least**2 + (most**2 - least**2) * torch.rand(N)
        self.nu = nn.Parameter((-0.5 * area_N.log()).log())
        self.theta = nn.Parameter((turn * (1 - torch.rand(N))).log())
        self.gamma = nn.Parameter((1 - area_N).sqrt().log())
        self.W_xh = nn.Parameter(torch.randn(N, D, 2) / math.sqrt(2 * D))
        self.W_hh = None
        self.W_hy = nn.Parameter(torch.randn(H, N, 2) / math.sqrt(N))
        self.W_xy = nn.Parameter(torch.randn(H, D) / math.sqrt(D))

    def weights(self):
        """lam_N, gamma_N, W_xh, W_hy and W_xy as ``steps.lru_step`` takes them."""
        lam_N = torch.exp(torch.complex(-self.nu.exp(), self.theta.exp()))
        pairs = torch.view_as_complex(self.W_xh), torch.view_as_complex(self.W_hy)
        return lam_N, self.gamma.exp(), *pairs, self.W_xy

    def start(self, B, like):
        """The zero state: the output (B, H) and the complex state (B, N)."""
        real, double = like.new_zeros(B, self.H), like.dtype == torch.float64
        return real, real.new_zeros(B, self.N, dtype=torch.cdouble if double else torch.cfloat)

    def step(self, x_BD, state, keep_BH=None):
        return steps.lru_step(x_BD, state[1], *self.weights())
