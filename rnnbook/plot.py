"""Draw arrays and tables in the book's five inks; never measure.

Importing this module sets matplotlib's defaults to the book's style. Every function returns
the matplotlib figure, which a notebook shows as SVG.
"""

from collections import Counter
from itertools import cycle

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.figure import Figure

BLUE = "#004C8C"  # plain RNN, state, forward flow
VERMILION = "#D95F02"  # LSTM, gradient, backward flow
GREEN = "#1B9E77"  # GRU and minimal gated units
ORCHID = "#C774B4"  # linear recurrences, state-space models
BLACK = "#222222"  # reference: theory, Transformer, target
# Over a heat map: like the map, and unlike the inks, it stays the same on dark pages.
OVER = "#000001"
SIGNED = matplotlib.colors.LinearSegmentedColormap.from_list("signed", [BLUE, "#FFFFFF", VERMILION])

# An ink never stands alone: each has a line style and a marker of its own.
LOOKS = {
    BLUE: {"linestyle": "-", "marker": "o"},
    VERMILION: {"linestyle": "--", "marker": "s"},
    GREEN: {"linestyle": "-.", "marker": "^"},
    ORCHID: {"linestyle": (0, (4, 1, 1, 1, 1, 1)), "marker": "D"},
    BLACK: {"linestyle": ":", "marker": "x"},
}
# Further lines in the same ink are told apart by these.
FURTHER = [
    {"linestyle": (0, (1, 1)), "marker": "v"},
    {"linestyle": (0, (7, 2)), "marker": "P"},
    {"linestyle": (0, (2, 3)), "marker": "<"},
    {"linestyle": (0, (6, 1, 1, 1)), "marker": ">"},
]
KNOWN = {"RNN": BLUE, "LSTM": VERMILION, "GRU": GREEN, "MinGRU": GREEN, "LRU": ORCHID}
RC = {
    "svg.hashsalt": "rnnbook",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=list(LOOKS)),
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "legend.frameon": False,
}
matplotlib.rcParams.update(RC)


def figure(panels=1, height=2.8, **options):
    """A figure 6.4 in wide with one or two panels side by side; returns (figure, axes).

    axes is one Axes for one panel, else an array. options go to ``Figure.subplots``.
    """
    if panels not in (1, 2):
        raise ValueError(f"panels is {panels}; expected 1 or 2, more are hard to read")
    _use_svg()
    fig = Figure(figsize=(6.4, height), layout="constrained")
    return fig, fig.subplots(1, panels, **options)


def curves(lines, x, y, log="", spread=None, ink=None, height=2.8, ax=None, by=None, labels=None):
    """Lines with their names at their ends.

    lines: dict name -> values, or (positions, values). x, y: axis labels with units.
    log: "x", "y" or "xy" for logarithmic axes. spread: dict name -> (low, high), drawn as
    a band. ink: dict name -> ink, for names that are not cells of the book.
    ax: draw into this Axes. Returns the figure.

    With ``by``, lines is a table, an object with ``rows``, dicts such as ``sweep`` returns them;
    x, y and by name columns. Each value of ``by`` is a line through the means of y, and a band
    goes from the least to the largest y of the rows that agree in by and x.
    labels: dict column -> axis label with its unit.
    """
    if by is not None:
        lines, spread = grouped(lines.rows, x, y, by)
        x, y = ((labels or {}).get(name, name.replace("_", " ")) for name in (x, y))
    fig, ax = (ax.figure, ax) if ax is not None else figure(height=height)
    for (name, values), (color, look) in zip(lines.items(), looks(lines, ink or {})):
        positions, values = _points(values)
        if len(values) > 12:
            look["marker"] = ""
        ax.plot(positions, values, color=color, **look)
        if spread and name in spread:
            ax.fill_between(positions, *spread[name], color=color, alpha=0.18, linewidth=0)
        label_end(ax, positions[-1], values[-1], name)
    ax.set(xlabel=x, ylabel=y)
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    return fig


def looks(names, ink):
    """The ink and the look of each line; unless ``ink`` asks for it, no two are the same."""
    inks = cycle([k for k in LOOKS if k not in {KNOWN.get(name) for name in names}])
    found, used = [], Counter()
    for name in names:
        color = ink.get(name) or KNOWN.get(name) or next(inks)
        again = 0 if name in ink else used[color]
        if again > len(FURTHER):
            raise ValueError(f"{len(names)} lines are more than can be told apart; draw fewer")
        found.append((color, dict(FURTHER[again - 1] if again else LOOKS[color])))
        used[color] += 1
    return found


def grouped(rows, x, y, by):
    """Means of y as lines, (positions, means), and their spread, from the rows of a table."""
    if missing := [c for c in (x, y, by) if not any(c in row for row in rows)]:
        raise ValueError(
            f"no column {missing[0]!r}; there are {', '.join(rows[0] if rows else '')}"
        )
    groups = {}
    for row in rows:
        groups.setdefault(str(row[by]), {}).setdefault(row[x], []).append(row[y])
    lines, spread = {}, {}
    for name, found in groups.items():
        at = sorted(found)
        lines[name] = at, [sum(found[p]) / len(found[p]) for p in at]
        spread[name] = [min(found[p]) for p in at], [max(found[p]) for p in at]
    return lines, spread


def label_end(ax, x, y, text):
    """Write ``text`` in neutral ink at the right of the point (x, y)."""
    ax.annotate(text, (x, y), (5, 0), textcoords="offset points", va="center", color=BLACK)


def heat(matrix, x, y, signed=False, label="", height=2.8, ax=None):
    """A matrix as colours, rows from top to bottom, with its scale.

    signed: blue, white, vermilion around zero; else cividis. Returns the figure.
    """
    fig, ax = (ax.figure, ax) if ax is not None else figure(height=height)
    matrix = np.asarray(matrix, dtype=float)
    look = {"cmap": "cividis"}
    if signed:
        bound = np.abs(matrix).max()
        look = {"cmap": SIGNED, "vmin": -bound, "vmax": bound}
    image = ax.imshow(matrix, aspect="auto", interpolation="nearest", **look)
    fig.colorbar(image, ax=ax, label=label)
    ax.set(xlabel=x, ylabel=y)
    return fig


def _points(values):
    if isinstance(values, tuple):
        positions, values = values
        return np.asarray(positions), np.asarray(values)
    return np.arange(len(values)), np.asarray(values)


def _use_svg():
    """Make notebooks show figures as SVG without a date; does nothing outside of one."""
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def gradient_flow(flow, height=2.8, ax=None):
    """What is left of a gradient against the steps it went back, on a logarithmic scale.

    flow: dict name -> array (T + 1,), as ``probe.gradient_flow`` returns it.
    """
    lines = {name: np.asarray(norms)[::-1] for name, norms in flow.items()}
    return curves(lines, x="steps back", y="norm of the gradient", log="y", height=height, ax=ax)


def gates(traces, names, unit=0, example=0, height=2.8):
    """Gates and states of one unit against the time step; ``names`` picks and orders them.

    traces: dict name -> array (B, T, H), as ``probe.gates`` returns it.
    """
    lines = {name: traces[name][example, :, unit] for name in names}
    return curves(lines, x="time step", y=f"unit {unit}", height=height)


def eigenvalues(values, height=3.2):
    """Complex numbers in their plane, and the unit circle."""
    fig, ax = figure(height=height)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(angle), np.sin(angle), color=BLACK, **{**LOOKS[BLACK], "marker": ""})
    ax.plot(np.real(values), np.imag(values), color=BLUE, linestyle="", marker="o")
    ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
    return fig
