"""A cell over time: from inputs (B, T, D) to hidden states (B, T, H).

Each layer has two implementations with the same result: the readable ``loop`` over a step of
``cells``, and the ``library`` call behind torch.nn, which is faster. The default is the library.
"""

import torch
from torch import nn

from . import cells


class Recurrent(nn.Module):
    """What all layers share: three weights, the loop, and the checks at the door.

    Called with x_BTD and, optionally, the state to start from; returns (y_BTH, state):
    the hidden state after every step, and what is needed to continue.
    """

    gates = 1

    def __init__(self, D, H, implementation="library"):
        super().__init__()
        if implementation not in ("library", "loop"):
            raise ValueError(
                f"implementation {implementation!r} is unknown; expected 'library' or 'loop'"
            )
        for name, size in {"D": D, "H": H}.items():
            if not isinstance(size, int) or size < 1:
                raise ValueError(f"{name} is {size!r}; expected a whole number of at least 1")
        self.D, self.H, self.implementation = D, H, implementation
        weights = cells.uniform(self.gates, D, H)
        self.W_xh, self.W_hh, self.b_h = (nn.Parameter(w) for w in weights)

    def forward(self, x_BTD, state=None):
        self._check(x_BTD)
        if state is None:
            state = self.start(x_BTD.shape[0], like=x_BTD)
        return getattr(self, f"_{self.implementation}")(x_BTD, state)

    def _check(self, x_BTD):
        if x_BTD.ndim != 3 or x_BTD.shape[2] != self.D or x_BTD.shape[1] == 0:
            raise ValueError(
                f"input has shape {tuple(x_BTD.shape)}; expected (B, T, {self.D}): batch, at "
                "least one time step, input features"
            )
        if x_BTD.dtype != self.W_xh.dtype or x_BTD.device != self.W_xh.device:
            raise ValueError(
                f"input is {x_BTD.dtype} on {x_BTD.device}, the weights are "
                f"{self.W_xh.dtype} on {self.W_xh.device}; move one with .to(...)"
            )

    def _loop(self, x_BTD, state):
        outputs = []
        for x_BD in x_BTD.unbind(1):
            state = self.step(x_BD, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(outputs, dim=1), state

    def _weights(self):
        return [self.W_xh, self.W_hh, self.b_h, torch.zeros_like(self.b_h)]


class RNN(Recurrent):
    """Elman's layer: h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h). Taught in chapter 1."""

    def start(self, B, like):
        """The zero state (B, H), of the same dtype and device as ``like``."""
        return like.new_zeros(B, self.H)

    def step(self, x_BD, h_BH):
        """One time step, (B, D) and (B, H) to (B, H): ``cells.elman_step``."""
        return cells.elman_step(x_BD, h_BH, self.W_xh, self.W_hh, self.b_h)

    def _library(self, x_BTD, h_BH):
        y_BTH, h_1BH = torch.rnn_tanh(
            x_BTD, h_BH[None], self._weights(), True, 1, 0.0, self.training, False, True
        )
        return y_BTH, h_1BH[0]


class LSTM(Recurrent):
    """Long short-term memory (the form of 2000, no peepholes). Taught in chapter 5.

    forget_bias: the value that the forget gate's bias starts from; None leaves it random,
    as torch.nn does.
    """

    gates = 4

    def __init__(self, D, H, forget_bias=1.0, implementation="library"):
        super().__init__(D, H, implementation)
        if forget_bias is not None:
            with torch.no_grad():
                self.b_h[H : 2 * H] = forget_bias

    def start(self, B, like):
        """The zero state: a pair (h, c) of (B, H)."""
        return like.new_zeros(B, self.H), like.new_zeros(B, self.H)

    def step(self, x_BD, state):
        """One time step, (B, D) and a pair of (B, H) to a pair of (B, H)."""
        return cells.lstm_step(x_BD, state, self.W_xh, self.W_hh, self.b_h)

    def _library(self, x_BTD, state):
        hx = tuple(s_BH[None] for s_BH in state)
        y_BTH, h_1BH, c_1BH = torch.lstm(
            x_BTD, hx, self._weights(), True, 1, 0.0, self.training, False, True
        )
        return y_BTH, (h_1BH[0], c_1BH[0])
