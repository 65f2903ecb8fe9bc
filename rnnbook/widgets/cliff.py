"""Gradient descent on a loss surface with a cliff, with and without clipping."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, tanh
from .base import LiveFigure

T, TARGET, STEPS = 50, 0.5, 60
W_RANGE, B_RANGE = (0.7, 1.8), (-0.4, 0.8)
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def loss_and_gradient(w, b):
    """(h_T - target)^2 and its derivatives by w and b, for h_t = tanh(w h_{t-1} + b), h_0 = 0.

    w and b are arrays of one shape; the derivatives of h_t follow its recurrence:
    dh_t/dw = (1 - h_t^2) (h_{t-1} + w dh_{t-1}/dw), and likewise for b. Source: pascanu2013,
    whose unit has its bias outside of the nonlinearity.
    """
    h, by_w, by_b = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for _ in range(T):
        after = tanh(w * h + b)
        slope = 1 - after * after
        by_w, by_b = slope * (h + w * by_w), slope * (1 + w * by_b)
        h = after
    gap = h - TARGET
    return gap * gap, 2 * gap * by_w, 2 * gap * by_b


def descent(w, b, rate, threshold):
    """Gradient descent from (w, b) without clipping and with it, side by side.

    A gradient whose norm is above ``threshold`` is shortened to it. Returns a dict of arrays
    (61, 2), the column without clipping first: w, b, loss, norm and moved, the length of the
    step that follows.
    """
    w, b, limit = np.full(2, float(w)), np.full(2, float(b)), np.array([math.inf, threshold])
    rows = []
    for _ in range(STEPS + 1):
        loss, by_w, by_b = loss_and_gradient(w, b)
        norm = np.sqrt(by_w * by_w + by_b * by_b)
        share = rate * np.where(norm > limit, limit / np.where(norm > limit, norm, 1), 1)
        rows.append((w, b, loss, norm, share * norm))
        w, b = w - share * by_w, b - share * by_b
    return dict(zip(("w", "b", "loss", "norm", "moved"), np.moveaxis(np.array(rows), 1, 0)))


def big(x, digits=3):
    """A number with ``digits`` decimals, or in tens from 1,000 on."""
    if abs(x) < 1000:
        return fixed(x, digits)
    front, exponent = f"{x:.1e}".split("e")
    return f"{front.replace('-', chr(0x2212))}·10{str(int(exponent)).translate(RAISED)}"


class Cliff(LiveFigure):
    """The loss of one tanh unit after 50 steps over its weight w and bias b, and two descents.

    w, b: where both start. rate: the learning rate. threshold: the norm to which longer
    gradients are clipped on one of the two paths. step: how many steps are drawn.
    """

    front_end = "cliff"
    title = "A step over a cliff"
    about = (
        "One step of gradient descent that lands on a cliff of the loss is thrown far away, "
        "unless the gradient is clipped."
    )
    views = {
        "Thrown off the cliff": {},
        "On the cliff, one step before": {"step": 36},
        "A hair beside: the cliff is missed": {"w": 1.61},
        "A larger rate": {"w": 1.7, "b": 0.7, "rate": 0.2},
        "A threshold so low that 60 steps are too few": {"threshold": 0.1},
        "Below the cusp there is no cliff": {"w": 0.8, "b": 0.8, "rate": 0.2},
    }
    w = traitlets.Float(1.6, min=W_RANGE[0], max=W_RANGE[1]).tag(sync=True)
    b = traitlets.Float(0.55, min=B_RANGE[0], max=B_RANGE[1]).tag(sync=True)
    rate = traitlets.Float(0.1, min=0.01, max=0.4).tag(sync=True)
    threshold = traitlets.Float(1.0, min=0.1, max=5.0).tag(sync=True)
    step = traitlets.Int(STEPS, min=0, max=STEPS).tag(sync=True)
    alt = traitlets.Unicode(
        "Map of the loss over the bias and the weight of one unit, with a cliff, and two paths "
        "of gradient descent from one start, one with clipping; below it a line chart of the "
        "norm of the gradient (logarithmic) over the steps, which leaps at the cliff; start, "
        "learning rate and threshold can be changed."
    ).tag(sync=True)

    def descent(self):
        """The dict of ``descent`` for the present settings."""
        return descent(self.w, self.b, self.rate, self.threshold)

    def shown(self):
        paths, k = self.descent(), self.step
        far, near = np.argmax(paths["moved"][:STEPS], axis=0)
        found = {}
        for column, name in enumerate(("free", "clipped")):
            for key in ("w", "b", "loss", "norm"):
                digits = 2 if key in "wb" else 3
                found[f"{name}_{key}"] = big(paths[key][k, column], digits)
            found[f"{name}_end"] = big(paths["loss"][STEPS, column])
        return {
            **found,
            **{key: fixed(getattr(self, key)) for key in ("w", "b", "rate")},
            "threshold": fixed(self.threshold, 1),
            "step": str(k),
            "far_at": str(far + 1),
            "far": big(paths["moved"][far, 0]),
            "far_norm": big(paths["norm"][far, 0]),
            "near": big(paths["moved"][near, 1]),
        }

    def still(self):
        fig, ax = plot.figure(height=3.6)
        b, w = np.meshgrid(np.linspace(*B_RANGE, 41), np.linspace(*W_RANGE, 13))
        loss = loss_and_gradient(w, b)[0]
        ax.contourf(b, w, np.sqrt(loss), levels=9, cmap="Greys", alpha=0.7)
        paths = self.descent()
        looks = ((plot.VERMILION, "--", "s", "not clipped"), (plot.BLUE, "-", "o", "clipped"))
        for column, (ink, style, marker, name) in enumerate(looks):
            at = paths["b"][: self.step + 1, column], paths["w"][: self.step + 1, column]
            ax.plot(
                *at,
                color=ink,
                linestyle=style,
                marker=marker,
                markersize=3,
                markevery=2,
                label=name,
            )
        ax.plot(self.b, self.w, "o", color=plot.BLACK, markersize=7)
        ax.set(xlabel="bias b", ylabel="weight w", xlim=B_RANGE, ylim=W_RANGE)
        ax.legend(loc="upper left")
        return fig
