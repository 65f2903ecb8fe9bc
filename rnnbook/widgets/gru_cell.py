"""Two GRU units step by step: where the reset gate stands, and what z near 1 means."""

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, sigmoid, tanh
from .base import LiveFigure

# Only unit 1 sees the input; unit 2 learns of it through unit 1 or not at all. An input of 1
# opens the update gates, an input of -1 closes them further. The gates do not read h.
W_XN = np.array([2.5, 0.0])
W_XZ = -2.0
OWN = 0.6  # what the candidate of a unit reads of the unit itself
FORMS, SIGNS = ("before", "after"), ("old", "new")
PULSES = [0, 1, *[0] * 6, 1, 0, -1, *[0] * 5]


def candidate_matrix(cross):
    """W_hn (2, 2): row = the unit that reads, column = the unit that is read."""
    return np.array([[OWN, -cross], [cross, OWN]])


def read_matrix(W_hn, r, form):
    """What of W_hn is left: "before" scales its columns by r, "after" its rows."""
    return W_hn * r if form == "before" else W_hn * r[:, None]


def gru_trace(x, b_r1=-4.0, b_r2=4.0, b_z=1.0, cross=1.5, form="before", turned=False):
    """Gates, candidate and states of two GRU units; arrays (T, 2), keep (T,).

    keep = sigmoid(b_z - 2 x) weighs the old state and 1 - keep the candidate
    n = tanh(W_xn x + A h), where A is ``read_matrix``. turned: as if somebody had taken
    the weights of z over into code with the other sign, so that keep weighs the candidate.
    """
    x, W_hn = np.asarray(x, dtype=float), candidate_matrix(cross)
    r = sigmoid(np.array([b_r1, b_r2]))
    keep = sigmoid(W_XZ * x + b_z)
    if turned:
        keep = 1 - keep
    A, h, n_T2, h_T2 = read_matrix(W_hn, r, form), np.zeros(2), [], []
    for x_t, keep_t in zip(x, keep):
        n = tanh(W_XN * x_t + np.array([row[0] * h[0] + row[1] * h[1] for row in A]))
        h = (1 - keep_t) * n + keep_t * h
        n_T2.append(n)
        h_T2.append(h)
    return {"r": r, "A": A, "keep": keep, "n": np.array(n_T2), "h": np.array(h_T2)}


class GRUCell(LiveFigure):
    """Two GRU units, the reset gate before or after the product, z with either sign.

    b_r1, b_r2: biases of the two reset gates. b_z: bias of the update gate, positive keeps.
    cross: weight of each unit in the other's candidate. form: "before" or "after" the
    product with W_hn. sign: whether the z that is written weighs the "old" or the "new".
    compare: the other "reset" form, or the same weights of z read with the other "sign".
    x: the input, a list of -1, 0 and 1. step: whose sums are written out, counted from 1.
    """

    front_end = "gru_cell"
    title = "The GRU cell, step by step"
    about = "The same weights give other states when the reset gate stands after the product."
    views = {
        "Reset gate of unit 1 closed": {},
        "The same gates after the product": {"form": "after", "step": 4},
        "Reset gate of unit 2 closed instead": {"b_r1": 4.0, "b_r2": -4.0},
        "Equal reset gates: the forms agree": {"b_r1": 0.0, "b_r2": 0.0},
        "No weights between the units: they agree": {"cross": 0.0},
        "z near 1 writes": {"sign": "new", "b_z": -2.5},
        "Weights of z taken over with the wrong sign": {"compare": "sign", "b_z": 2.5, "step": 8},
    }
    b_r1 = traitlets.Float(-4.0, min=-4.0, max=4.0).tag(sync=True)
    b_r2 = traitlets.Float(4.0, min=-4.0, max=4.0).tag(sync=True)
    b_z = traitlets.Float(1.0, min=-4.0, max=4.0).tag(sync=True)
    cross = traitlets.Float(1.5, min=0.0, max=2.5).tag(sync=True)
    form = traitlets.Enum(list(FORMS), "before").tag(sync=True)
    sign = traitlets.Enum(list(SIGNS), "old").tag(sync=True)
    compare = traitlets.Enum(["reset", "sign"], "reset").tag(sync=True)
    x = traitlets.List(traitlets.Int(min=-1, max=1), PULSES, minlen=5, maxlen=20).tag(sync=True)
    step = traitlets.Int(3, min=1, max=20).tag(sync=True)
    alt = traitlets.Unicode(
        "Two small matrices, one with its columns and one with its rows scaled by the reset "
        "gates; below them bars of the input and the update gate, and lines of the two hidden "
        "states over sixteen time steps, which differ between the two forms."
    ).tag(sync=True)

    @traitlets.validate("step")
    def _step_within(self, proposal):
        return min(proposal.value, len(self.x))

    def _weights(self):
        return self.b_r1, self.b_r2, self.b_z, self.cross

    def trace(self):
        """The dict of ``gru_trace`` for the present settings."""
        return gru_trace(self.x, *self._weights(), self.form)

    def other(self):
        """The same for what the present settings are compared with."""
        if self.compare == "sign":
            return gru_trace(self.x, *self._weights(), self.form, turned=True)
        return gru_trace(self.x, *self._weights(), FORMS[self.form == "before"])

    def shown(self):
        trace, t = self.trace(), self.step - 1
        keep = trace["keep"][t]
        before = trace["h"][t - 1] if t else np.zeros(2)
        values = {"z": keep if self.sign == "old" else 1 - keep, "keep": keep, "write": 1 - keep}
        for k in (0, 1):
            values |= {f"r{k + 1}": trace["r"][k], f"n{k + 1}": trace["n"][t, k]}
            values |= {f"before{k + 1}": before[k], f"h{k + 1}": trace["h"][t, k]}
        values["gap"] = np.abs(trace["h"] - self.other()["h"]).max()
        return self._controls() | {name: fixed(value, 3) for name, value in values.items()}

    def _controls(self):
        """What the sliders read."""
        read = {}
        for name in ("b_r1", "b_r2"):
            bias = getattr(self, name)
            read[name] = f"{fixed(bias, 1)}, gate {fixed(float(sigmoid(bias)))}"
        keep = float(sigmoid(self.b_z))
        read["b_z"] = f"{fixed(self.b_z, 1)}, z {fixed(keep if self.sign == 'old' else 1 - keep)}"
        return read | {"cross": f"±{fixed(self.cross, 1)}", "step": f"{self.step} of {len(self.x)}"}

    def still(self):
        trace, other = self.trace(), self.other()
        fig = plot.Figure(figsize=(6.4, 3.8), layout="constrained")
        *strips, states = fig.subplots(3, 1, sharex=True, height_ratios=[1, 1, 5])
        z = trace["keep"] if self.sign == "old" else 1 - trace["keep"]
        edges = np.arange(len(self.x) + 1) + 0.5
        rows = (("input x", self.x, plot.BLACK), ("update gate z", z, plot.GREEN))
        for ax, (name, values, ink) in zip(strips, rows):
            ax.stairs(values, edges, fill=True, color=ink)
            ax.set_ylim(min(0, *values), 1)
            ax.set_yticks([])
            ax.tick_params(bottom=False)
            ax.set_ylabel(name, rotation=0, ha="right", va="center")
        self._draw_states(states, trace["h"], other["h"])
        return fig

    def _draw_states(self, ax, ours, other):
        steps = np.arange(1, len(self.x) + 1)
        ax.plot(steps, other, color=plot.BLACK, linestyle=":")
        for k, style in enumerate("o^"):
            ax.plot(steps, ours[:, k], color=plot.GREEN, linestyle="-", marker=style)
        words = "other reset form" if self.compare == "reset" else "other sign of z"
        ends = [(ours[-1, 0], "unit 1"), (ours[-1, 1], "unit 2"), (other[-1, 1], f"2, {words}")]
        last = -np.inf
        for value, name in sorted(ends):
            last = max(value, last + 0.16)
            plot.label_end(ax, steps[-1], last, name)
        ax.axhline(0, color=plot.BLACK, linewidth=0.5)
        ax.set(xlabel="time step", ylabel="hidden state h")
        ax.set_xticks(range(1, len(self.x) + 1, 3))
