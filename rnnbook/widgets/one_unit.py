"""One tanh unit as a cobweb: where it goes, where it rests and what it keeps of its start."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, tanh
from .base import LiveFigure

# HALVINGS: of an interval around a fixed point. BORDER: a slope so close to 1 decides nothing.
# LONG: steps until a state should have settled. SEEN: steps that are drawn.
HALVINGS, BORDER, LONG, SEEN = 60, 1e-6, 1000, 30
OTHERS = [k / 4 - 1 for k in range(9)]


def next_state(w, b, h):
    """tanh(w h + b)."""
    return float(tanh(w * h + b))


def fixed_points(w, b):
    """The states with h = tanh(w h + b), in order, each with its slope w (1 - h^2).

    tanh(w h + b) - h turns around where its slope is 0, at most twice; between two turns a
    change of sign holds one fixed point, found by halving.
    """
    ends = [-1.0, 1.0]
    if w > 1:
        turn = math.sqrt(1 - 1 / w)
        turns = [(math.atanh(t) - b) / w for t in (-turn, turn)]
        ends = [-1.0, *(t for t in turns if -1 < t < 1), 1.0]
    found = []
    for low, high in zip(ends, ends[1:]):
        rises = next_state(w, b, high) >= high
        if (next_state(w, b, low) >= low) == rises:
            continue
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            gap = next_state(w, b, middle) - middle
            low, high = (low, middle) if (gap >= 0) == rises else (middle, high)
        found.append((low + high) / 2)
    return [(h, w * (1 - next_state(w, b, h) ** 2)) for h in found]


def kind_of(slope):
    """Stable, unstable or borderline, by the absolute slope."""
    if abs(abs(slope) - 1) < BORDER:
        return "borderline"
    return "stable" if abs(slope) < 1 else "unstable"


def states(w, b, start, steps):
    """start and the states of the steps after it, (steps + 1,)."""
    path = [float(start)]
    for _ in range(steps):
        path.append(next_state(w, b, path[-1]))
    return np.array(path)


def fate(w, b, start):
    """Where a start ends, as the page says it."""
    path = states(w, b, start, LONG)
    end, away = path[-1], np.abs(path - path[-1])
    if away[-2] > 1e-4:
        low, high = sorted(path[-2:])
        return f"never rests: it alternates between {fixed(low)} and {fixed(high)}"
    late = np.flatnonzero(away >= 0.01)
    since = late[-1] + 1 if len(late) else 0
    if since > 500:
        return f"creeps: after {LONG} steps it is at {fixed(end)} and still moving"
    return f"comes to rest at {fixed(end)}, closer than 0.01 from step {since} on"


class OneUnit(LiveFigure):
    """The cobweb of h_t = tanh(w h_{t-1} + b) and the state over time.

    w: the weight of the unit on itself. b: its bias. start: h_0.
    """

    front_end = "one_unit"
    title = "One unit and its fixed points"
    about = (
        "A single unit forgets its start while its weight is small, and from a weight of 1 on "
        "keeps its sign for ever."
    )
    views = {
        "Two memories with an edge between them": {},
        "A small weight: everything is forgotten": {"w": 0.8, "start": 0.9},
        "At the bifurcation it creeps": {"w": 1.0, "start": 0.9},
        "A bias has taken one memory away": {"b": 0.25, "start": -0.9},
        "A bias that only just has: a long halt": {"b": 0.215, "start": -0.9},
        "A negative weight: the state alternates": {"w": -1.5, "start": 0.1},
    }
    w = traitlets.Float(1.5, min=-3.0, max=3.0).tag(sync=True)
    b = traitlets.Float(0.0, min=-1.0, max=1.0).tag(sync=True)
    start = traitlets.Float(0.1, min=-1.0, max=1.0).tag(sync=True)
    alt = traitlets.Unicode(
        "Cobweb of one tanh unit: the curve of the next state against the state, the diagonal, "
        "fixed points marked as stable or unstable, and a staircase from the start; beside it the "
        "states of this and nine other starts over thirty steps. Weight, bias and start can be "
        "changed; at bias 0, beyond a weight of 1, one resting point becomes two."
    ).tag(sync=True)

    def points(self):
        """A list of (fixed point, slope, kind) for the present settings."""
        return [(h, slope, kind_of(slope)) for h, slope in fixed_points(self.w, self.b)]

    def shown(self):
        points = self.points()
        said = [f"{kind} {fixed(h)} with slope {fixed(slope)}" for h, slope, kind in points]
        return {
            **{key: fixed(getattr(self, key), 3 if key == "b" else 2) for key in ("w", "b")},
            "start": fixed(self.start),
            "points": str(len(points)),
            "slopes": "; ".join(said),
            "fate": fate(self.w, self.b, self.start),
        }

    def still(self):
        fig, (web, chart) = plot.figure(2, height=3.1)
        h = np.linspace(-1, 1, 81)
        web.plot(h, tanh(self.w * h + self.b), color=plot.BLACK)
        web.plot(h, h, color=plot.BLACK, linestyle=":")
        path = states(self.w, self.b, self.start, SEEN)
        x, y = np.repeat(path, 2)[:-1], np.repeat(path, 2)[1:]
        web.plot(x, y, color=plot.BLUE, linewidth=1)
        for at, _, kind in self.points():
            face = plot.BLACK if kind == "stable" else "white"
            web.plot(at, at, "o", color=plot.BLACK, markerfacecolor=face, markersize=7)
        web.set(xlabel="state $h$", ylabel="next state", aspect="equal", ylim=(-1.05, 1.05))
        for other in OTHERS:
            chart.plot(states(self.w, self.b, other, SEEN), color=plot.BLUE, alpha=0.3, linewidth=1)
        chart.plot(path, color=plot.BLUE)
        chart.set(xlabel="time step", ylabel="state", ylim=(-1.05, 1.05))
        return fig
