"""The plane of states of two tanh units: where it flows, where it rests and what it circles."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, tanh
from .base import LiveFigure

# Newton's method starts at the origin and on a grid of GRID x GRID states in the square.
# MOST: its steps at most. SAME: points closer than this are one. BORDER: an eigenvalue whose
# modulus is so close to 1 decides nothing. LONG: steps until a state should have settled,
# and LONGEST: periods looked for.
GRID, MOST, SAME, BORDER, LONG, LONGEST = 9, 60, 1e-3, 1e-6, 1000, 60
KINDS = ("stable", "saddle", "unstable", "borderline")
SYMMETRIC = {"w11": 1.0, "w12": 0.4, "w21": 0.4, "w22": 1.0}
ROTATION = {"w11": 0.8, "w12": -0.6, "w21": 0.6, "w22": 0.8}


def next_state(W, b, h):
    """tanh(W h + b) for states h (..., 2), one sum after the other as in the page."""
    x, y = h[..., 0], h[..., 1]
    return tanh(np.stack([row[0] * x + row[1] * y + b for row in W], axis=-1))


def fixed_points(W, b):
    """The states (N, 2) with h = tanh(W h + b), in the order of their coordinates.

    W (2, 2); b is one number. Newton's method from the origin and from a grid over the square.
    """
    side = 2 * np.arange(GRID) / (GRID - 1) - 1
    starts = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, 2)
    found = []
    for h in _newton(W, b, np.vstack([[0.0, 0.0], starts])):
        if all(np.abs(h - other).sum() > SAME for other in found):
            found.append(h)
    return np.array(sorted(found, key=tuple)).reshape(-1, 2)


def _newton(W, b, h):
    """The roots of step(h) - h that the starts h (N, 2) lead to; those that do not are left out."""
    h, done, alive = h.copy(), np.zeros(len(h), bool), np.ones(len(h), bool)
    for _ in range(MOST):
        after = next_state(W, b, h)
        gap_x, gap_y = (after - h).T
        done |= alive & (np.abs(gap_x) + np.abs(gap_y) < 1e-13)
        s, r = (1 - after * after).T
        (a, b2), (c, d) = (s * W[0, 0] - 1, s * W[0, 1]), (r * W[1, 0], r * W[1, 1] - 1)
        det = a * d - b2 * c
        alive &= done | (det != 0)
        safe = np.where(det == 0, 1, det)
        move = np.stack([b2 * gap_y - d * gap_x, c * gap_x - a * gap_y], axis=-1) / safe[:, None]
        length = np.sqrt((move * move).sum(axis=1))
        move *= np.minimum(1, 0.5 / np.maximum(length, 1e-300))[:, None]
        h = np.where((alive & ~done)[:, None], h + move, h)
    return h[done]


def eigenvalues(a, b, c, d):
    """The two eigenvalues of (a b; c d), the larger modulus first."""
    half = (a + d) / 2
    square = half * half - (a * d - b * c)
    root = math.sqrt(abs(square))
    if square < 0:
        return [complex(half, root), complex(half, -root)]
    sign = -1 if half < 0 else 1
    return [complex(half + sign * root), complex(half - sign * root)]


def moduli(W, b, h):
    """The moduli of the eigenvalues of the step's Jacobian at h, the larger first."""
    s, r = 1 - next_state(W, b, h) ** 2
    return [abs(v) for v in eigenvalues(s * W[0, 0], s * W[0, 1], r * W[1, 0], r * W[1, 1])]


def kind_of(sizes):
    """Stable, saddle, unstable or borderline, by the moduli of the two eigenvalues."""
    if any(abs(size - 1) < BORDER for size in sizes):
        return "borderline"
    return "stable" if sizes[0] < 1 else "unstable" if sizes[1] > 1 else "saddle"


def states(W, b, start, steps):
    """start and the states of the steps after it, (steps + 1, 2)."""
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        path.append(next_state(W, b, path[-1]))
    return np.array(path)


def image_curve(W, b):
    """Where W has rank 1, the curve (81, 2) that every state is on after one step; else None."""
    row = W[0] if W[0].any() else W[1]
    if not row.any() or abs(np.linalg.det(W)) > 1e-9:
        return None
    most = 1.2 * np.abs(row).sum() / (row @ row)
    return np.array([next_state(W, b, t * row) for t in np.linspace(-most, most, 81)])


def fate(W, b, start):
    """Where a start ends, as the page says it."""
    path = states(W, b, start, LONG)
    away = np.abs(path - path[-1]).sum(axis=1)
    if away[-2] < 1e-4:
        steps = np.flatnonzero(away >= 0.01)
        since = steps[-1] + 1 if len(steps) else 0
        return f"comes to rest at {pair(path[-1])}, closer than 0.01 from step {since} on"
    far = np.sqrt((path[LONG // 2 :] ** 2).sum(axis=1))
    where = f"between {fixed(far.min())} and {fixed(far.max())} from the origin"
    period = next((p for p in range(2, LONGEST) if away[LONG - p] < 1e-6), 0)
    if period:
        return f"never rests: it repeats itself every {period} steps, {where}"
    return f"never rests and never blows up: it keeps moving, {where}"


def pair(h):
    return f"({fixed(h[0])}, {fixed(h[1])})"


class StatePlane(LiveFigure):
    """Arrows, fixed points and trajectories of h_t = tanh(gain W h_{t-1} + bias) for two units.

    w11, w12, w21, w22: W, row by row. bias: one number for both units. start1, start2: the
    state that starts the trajectory; kept: earlier starts, two numbers each. Where W has rank 1,
    a dotted curve shows where every state is after one step.
    """

    front_end = "state_plane"
    title = "The state plane of two units"
    about = (
        "Fixed points appear, split and vanish as the gain of a two-unit network grows, "
        "and a rotation leaves none to rest at."
    )
    views = {
        "Two memories and a saddle": {},
        "Gain too small: everything is forgotten": {"gain": 0.6},
        "Four memories among nine fixed points": {"gain": 2.5, "start1": 0.9, "start2": -0.85},
        "Rotating W: a loop and no stable point": {**ROTATION, "start1": 0.1, "start2": 0.05},
        "Rotating W below the critical gain": {**ROTATION, "gain": 0.9, "start1": 0.9},
        "A bias that takes one memory away": {"bias": 0.5, "start1": -0.9, "start2": -0.9},
        "A negative weight: the state alternates": {"w11": -1.0, "w12": -0.4, "w21": -0.4},
    }
    w11 = traitlets.Float(1.0, min=-1.5, max=1.5).tag(sync=True)
    w12 = traitlets.Float(0.4, min=-1.5, max=1.5).tag(sync=True)
    w21 = traitlets.Float(0.4, min=-1.5, max=1.5).tag(sync=True)
    w22 = traitlets.Float(1.0, min=-1.5, max=1.5).tag(sync=True)
    gain = traitlets.Float(1.2, min=0.0, max=2.5).tag(sync=True)
    bias = traitlets.Float(0.0, min=-1.0, max=1.0).tag(sync=True)
    start1 = traitlets.Float(-0.6, min=-1.2, max=1.2).tag(sync=True)
    start2 = traitlets.Float(0.9, min=-1.2, max=1.2).tag(sync=True)
    kept = traitlets.List(
        traitlets.Float(min=-1.2, max=1.2), [0.9, -0.6, -1.1, 0.9], maxlen=10
    ).tag(sync=True)
    alt = traitlets.Unicode(
        "Plane of the states of two tanh units with arrows to the next state, fixed points "
        "marked as stable, saddle or unstable, and trajectories; the four weights, a gain and "
        "a bias can be changed, and fixed points multiply as the gain grows."
    ).tag(sync=True)

    @traitlets.validate("kept")
    def _kept_pairs(self, proposal):
        if len(proposal.value) % 2:
            raise traitlets.TraitError(
                f"kept has {len(proposal.value)} numbers; expected two for each start"
            )
        return proposal.value

    def matrix(self):
        """gain W, (2, 2)."""
        return np.array(
            [
                [self.gain * self.w11, self.gain * self.w12],
                [self.gain * self.w21, self.gain * self.w22],
            ]
        )

    def points(self):
        """A list of (fixed point, moduli, kind) for the present settings."""
        W = self.matrix()
        sizes = [(h, moduli(W, self.bias, h)) for h in fixed_points(W, self.bias)]
        return [(h, size, kind_of(size)) for h, size in sizes]

    def shown(self):
        points, start = self.points(), (self.start1, self.start2)
        counts = {kind: sum(found == kind for *_, found in points) for kind in KINDS}
        said = [
            f"{kind} {pair(h)} with {fixed(size[0])} and {fixed(size[1])}"
            for h, size, kind in points
        ]
        keys = ("w11", "w12", "w21", "w22", "gain", "bias", "start1", "start2")
        return {
            **{key: fixed(getattr(self, key)) for key in keys},
            **{k: str(n) for k, n in counts.items() if n or k != "borderline"},
            "points": str(len(points)),
            "moduli": "; ".join(said),
            "critical": self._critical(),
            "start": pair(start),
            "fate": fate(self.matrix(), self.bias, start),
        }

    def _critical(self):
        if self.bias != 0:
            return "with a bias the origin is no fixed point"
        radius = abs(eigenvalues(self.w11, self.w12, self.w21, self.w22)[0])
        if radius < 1e-9:
            return "the origin is stable at every gain"
        return f"the origin is stable up to a gain of 1/ρ = {fixed(1 / radius)}"

    def still(self):
        W, fig = self.matrix(), plot.Figure(figsize=(6.4, 4.6), layout="constrained")
        ax = fig.subplots()
        side = np.linspace(-1.05, 1.05, 8)
        x, y = np.meshgrid(side, side)
        move = next_state(W, self.bias, np.stack([x, y], axis=-1)) - np.stack([x, y], axis=-1)
        ax.quiver(x, y, *np.moveaxis(move, -1, 0), color=plot.BLACK, alpha=0.5, width=0.003)
        curve = image_curve(W, self.bias)
        if curve is not None:
            ax.plot(*curve.T, color=plot.BLACK, linestyle=":", linewidth=1.4)
        starts = [(self.start1, self.start2), *zip(self.kept[::2], self.kept[1::2])]
        for k, start in enumerate(starts):
            path = states(W, self.bias, start, 18).T
            ax.plot(*path, color=plot.BLUE, marker=".", linewidth=1, alpha=0.4 if k else 1)
        looks = {"stable": "o", "saddle": "X", "unstable": "s", "borderline": "D"}
        for h, _, kind in self.points():
            face = "none" if kind == "unstable" else plot.BLACK
            ax.plot(*h, looks[kind], color=plot.BLACK, markerfacecolor=face, markersize=8)
            ax.annotate(kind, h, (7, 7), textcoords="offset points", color=plot.BLACK)
        ax.set(xlabel="unit 1, $h_1$", ylabel="unit 2, $h_2$", aspect="equal")
        return fig
