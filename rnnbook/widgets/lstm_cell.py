"""One LSTM cell with one unit, next to a plain tanh unit, over a train of pulses."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, sigmoid, tanh
from .base import LiveFigure

# Input weights of the gates and the candidate; their recurrent weights are 0, so that a
# gate answers to nothing but its bias and the input of the step.
W_X = {"i": 4.0, "f": 6.0, "g": 2.0, "o": 0.0}
# The plain unit h_t = tanh(W_PLAIN x_t + U_PLAIN h_{t-1}).
W_PLAIN, U_PLAIN = 1.0, 0.8
PULSES = [0, 1, *[0] * 10, -1, 0, 1, 0, 0, 1, 0, 0]


def lstm_trace(x, b_f=4.0, b_i=-2.0, b_o=1.0):
    """Gates, cell state and hidden state of the LSTM unit, and the plain unit's state.

    i = sigmoid(4 x + b_i), f = sigmoid(6 x + b_f), g = tanh(2 x), o = sigmoid(b_o),
    c_t = f c_{t-1} + i g, h_t = o tanh(c_t). Returns a dict of arrays (T,): i f g o c h
    and plain. All states start at 0.
    """
    x = np.asarray(x, dtype=float)
    i, f, o = (sigmoid(W_X[k] * x + b) for k, b in (("i", b_i), ("f", b_f), ("o", b_o)))
    g = tanh(W_X["g"] * x)
    c, plain, now, other = [], [], 0.0, 0.0
    for t in range(len(x)):
        now = f[t] * now + i[t] * g[t]
        other = float(tanh(W_PLAIN * x[t] + U_PLAIN * other))
        c.append(now)
        plain.append(other)
    c = np.array(c)
    return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * tanh(c), "plain": np.array(plain)}


def half_life(b_f):
    """Steps without input until half of the cell state is left: log(1/2) / log f."""
    return math.log(0.5) / math.log(float(sigmoid(b_f)))


class LSTMCell(LiveFigure):
    """An LSTM unit step by step: its gates, its cell, and a plain unit that forgets.

    b_f, b_i, b_o: biases of the forget, input and output gate. x: the input, a list of
    -1, 0 and 1. step: the step whose sums are written out, counted from 1.
    """

    front_end = "lstm_cell"
    title = "The LSTM cell, step by step"
    about = (
        "The gates, the cell state and the hidden state of one LSTM unit over a train of pulses, "
        "beside a plain unit that forgets them."
    )
    views = {
        "A pulse that is kept": {},
        "Forget gate half open": {"b_f": 0.0},
        "The erasing pulse of step 13": {"step": 13},
        "Forget gate nearly closed": {"b_f": -2.0, "step": 3},
        "Input gate wide open": {"b_i": 4.0, "step": 20},
    }
    b_f = traitlets.Float(4.0, min=-2.0, max=6.0).tag(sync=True)
    b_i = traitlets.Float(-2.0, min=-6.0, max=4.0).tag(sync=True)
    b_o = traitlets.Float(1.0, min=-4.0, max=4.0).tag(sync=True)
    x = traitlets.List(traitlets.Int(min=-1, max=1), PULSES, minlen=5, maxlen=24).tag(sync=True)
    step = traitlets.Int(8, min=1, max=24).tag(sync=True)
    alt = traitlets.Unicode(
        "Bars of the input and of the forget, input and output gates over twenty time steps, "
        "and below them lines of the cell state, the hidden state and a plain tanh unit, "
        "which forgets the first pulse within a few steps."
    ).tag(sync=True)

    @traitlets.validate("step")
    def _step_within(self, proposal):
        return min(proposal.value, len(self.x))

    def trace(self):
        """The dict of ``lstm_trace`` for the present settings."""
        return lstm_trace(self.x, self.b_f, self.b_i, self.b_o)

    def shown(self):
        trace, t = self.trace(), self.step - 1
        biases = {name: getattr(self, name) for name in ("b_f", "b_i", "b_o")}
        gates = {k: f"{fixed(b, 1)}, gate {fixed(float(sigmoid(b)))}" for k, b in biases.items()}
        before = {
            f"{key}_before": fixed(trace[key][t - 1] if t else 0.0, 3) for key in ("c", "plain")
        }
        return {
            **gates,
            **before,
            **{key: fixed(values[t], 3) for key, values in trace.items()},
            "step": f"{self.step} of {len(self.x)}",
            "input": str(self.x[t]).replace("-", "\N{MINUS SIGN}"),
            "half_life": fixed(half_life(self.b_f), 1),
        }

    def still(self):
        trace, edges = self.trace(), np.arange(len(self.x) + 1) + 0.5
        fig = plot.Figure(figsize=(6.4, 4.4), layout="constrained")
        *strips, states = fig.subplots(5, 1, sharex=True, height_ratios=[1, 1, 1, 1, 5])
        rows = (
            ("input x", self.x, plot.BLACK),
            ("forget gate", trace["f"], plot.VERMILION),
            ("input gate", trace["i"], plot.VERMILION),
            ("output gate", trace["o"], plot.VERMILION),
        )
        for ax, (name, values, ink) in zip(strips, rows):
            ax.stairs(values, edges, fill=True, color=ink)
            ax.set_ylim(min(0, *values), 1)
            ax.set_yticks([])
            ax.tick_params(bottom=False)
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
        self._draw_states(states, trace)
        return fig

    def _draw_states(self, ax, trace):
        steps = np.arange(1, len(self.x) + 1)
        lines = (
            ("cell c", "c", plot.VERMILION, "-"),
            ("hidden h", "h", plot.VERMILION, "--"),
            ("plain unit", "plain", plot.BLUE, "-"),
        )
        last = -math.inf
        for name, key, ink, style in sorted(lines, key=lambda line: trace[line[1]][-1]):
            ax.plot(steps, trace[key], color=ink, linestyle=style)
            last = max(trace[key][-1], last + 0.22)
            plot.label_end(ax, steps[-1], last, name)
        ax.axhline(0, color=plot.BLACK, linewidth=0.5)
        ax.set(xlabel="time step", ylabel="state")
        ax.set_xticks(range(1, len(self.x) + 1, 3))
