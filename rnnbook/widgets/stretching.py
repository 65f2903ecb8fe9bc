"""A matrix applied again and again to the unit circle: singular values against eigenvalues."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed
from .base import LiveFigure

LAST = 60
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def stretching(lambda1, lambda2, shear, angle=90):
    """What powers of A = (lambda1 shear; 0 lambda2) do to the unit circle and to one start.

    Returns a dict: powers (61, 2, 2); norms (61,), the largest singular values of A^k;
    path (61, 2), the states from the start at ``angle`` degrees; lengths (61,), its norms;
    radius, the larger modulus of the eigenvalues; and sigma, the norm of A.
    """
    A, powers = np.array([[lambda1, shear], [0.0, lambda2]]), [np.eye(2)]
    for _ in range(LAST):
        powers.append(A @ powers[-1])
    powers = np.array(powers)
    start = np.array([math.cos(angle * math.pi / 180), math.sin(angle * math.pi / 180)])
    path, norms = powers @ start, largest_singular_values(powers)
    return {
        "powers": powers,
        "norms": norms,
        "path": path,
        "lengths": np.sqrt((path * path).sum(axis=1)),
        "radius": max(abs(lambda1), abs(lambda2)),
        "sigma": norms[1],
    }


def largest_singular_values(A):
    """The largest singular values of matrices (..., 2, 2), without an eigenvalue solver."""
    (a, b), (c, d) = np.moveaxis(A, (-2, -1), (0, 1)) / 2
    return np.sqrt((a + d) ** 2 + (c - b) ** 2) + np.sqrt((a - d) ** 2 + (c + b) ** 2)


def sized(x):
    """A number of any size, in tens where it is below 0.01 or above 1,000."""
    if x == 0 or 0.01 <= x < 1000:
        return fixed(x)
    digits, exponent = f"{x:.1e}".split("e")
    return f"{digits}·10{str(int(exponent)).translate(RAISED)}"


def peak(norms):
    """When the norm is largest, as the page says it."""
    top = int(np.argmax(norms))
    if top == 0:
        return "is never more than at the start"
    if top == LAST:
        return f"still grows at step {LAST}"
    return f"is largest at step {top}, where it is {sized(norms[top])}"


def end(norms):
    """From when on the norm is below 1, as the page says it."""
    last = np.flatnonzero(norms >= 1)[-1]
    if last == LAST:
        return f"it is not below 1 at step {LAST}"
    return f"it stays below 1 from step {last + 1} on"


class Stretching(LiveFigure):
    """The ellipse that ``step`` steps of a 2 x 2 matrix make of the unit circle.

    lambda1, lambda2: the eigenvalues. shear: the entry above the diagonal, which makes the
    eigenvectors lean on each other. angle: the direction of one start, in degrees.
    """

    front_end = "stretching"
    title = "Stretching: singular values against eigenvalues"
    about = (
        "Powers of a matrix with eigenvalues below 1 can stretch tenfold before they shrink, "
        "and a singular value above 1 is no explosion."
    )
    views = {
        "Tenfold growth, then decay": {},
        "The first step": {"step": 1},
        "The same eigenvalues without shear": {"shear": 0.0},
        "A start on an eigenvector shrinks at once": {"angle": 0, "step": 20},
        "An eigenvalue just above one: growth for ever": {
            "lambda1": 1.05,
            "shear": 1.0,
            "step": 60,
        },
        "A negative eigenvalue: growth for one step only": {"lambda2": -0.85, "step": 5},
    }
    lambda1 = traitlets.Float(0.9, min=-1.1, max=1.1).tag(sync=True)
    lambda2 = traitlets.Float(0.85, min=-1.1, max=1.1).tag(sync=True)
    shear = traitlets.Float(3.3, min=0.0, max=5.0).tag(sync=True)
    angle = traitlets.Int(30, min=0, max=360).tag(sync=True)
    step = traitlets.Int(8, min=0, max=LAST).tag(sync=True)
    alt = traitlets.Unicode(
        "Ellipse that powers of a matrix make of the unit circle, and a line chart of the "
        "norm of the power (logarithmic) against the number of steps beside the powers of the "
        "spectral radius and of the largest singular value; eigenvalues and shear can be "
        "changed, and the norm grows tenfold before it falls."
    ).tag(sync=True)

    def run(self):
        """The dict of ``stretching`` for the present settings."""
        return stretching(self.lambda1, self.lambda2, self.shear, self.angle)

    def shown(self):
        run, k = self.run(), self.step
        far = int(np.argmax(run["lengths"]))
        numbers = {
            "radius": run["radius"],
            "sigma": run["sigma"],
            "norm": run["norms"][k],
            "radius_k": run["radius"] ** k,
            "sigma_k": run["sigma"] ** k,
            "length": run["lengths"][k],
            "longest": run["lengths"][far],
        }
        rules = {-1: "decays in the end", 0: "may stay as it is", 1: "can grow for ever"}
        return {
            **{name: sized(float(value)) for name, value in numbers.items()},
            "lambda1": fixed(self.lambda1),
            "lambda2": fixed(self.lambda2),
            "shear": fixed(self.shear, 1),
            "angle": f"{self.angle}°",
            "rule": rules[int(np.sign(run["radius"] - 1))],
            "step": str(k),
            "peak": peak(run["norms"]),
            "end": end(run["norms"]),
            "longest_at": str(far),
        }

    def still(self):
        run, k = self.run(), self.step
        fig, (plane, chart) = plot.figure(2, height=3.4)
        turn = np.linspace(0, 2 * np.pi, 49)
        circle = np.array([np.cos(turn), np.sin(turn)])
        plane.plot(*circle, color=plot.BLACK, linestyle=":")
        plane.plot(*(run["powers"][k] @ circle), color=plot.ORCHID)
        plane.plot(
            *run["path"][: k + 1].T,
            color=plot.ORCHID,
            marker="D",
            markersize=2,
            linewidth=0.8,
            markevery=2,
        )
        plane.set(xlabel="unit 1", ylabel="unit 2", aspect="equal", adjustable="datalim")
        self._draw_norms(chart, run)
        return fig

    def _draw_norms(self, ax, run):
        lines = (
            ("norm", run["norms"], plot.ORCHID, "-"),
            ("$ρ^k$", run["radius"] ** np.arange(LAST + 1.0), plot.BLACK, "--"),
            ("$σ^k$", run["sigma"] ** np.arange(LAST + 1.0), plot.BLACK, ":"),
        )
        for name, values, ink, style in lines:
            seen = np.flatnonzero((values >= 1e-3) & (values <= 1e4))
            ax.plot(seen, values[seen], color=ink, linestyle=style)
            plot.label_end(ax, seen[-1], values[seen[-1]], name)
        ax.axvline(self.step, color=plot.BLACK, linewidth=0.5)
        ax.set(xlabel="step $k$", ylabel="norm of $A^k$", yscale="log")
