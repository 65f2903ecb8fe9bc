"""A grid of layers and steps: which inputs a cell has read, and how long it has to wait."""

import traitlets

from rnnbook import plot

from .base import LiveFigure

T = 8
KINDS = ("forward", "residual", "both")
HALVES = ("forward", "backward")


def nodes(L, kind):
    """The cells (layer, half, step), counted from 0; half 1 reads from the end."""
    halves = range(1 + (kind == "both"))
    return [(layer, half, t) for layer in range(L) for half in halves for t in range(T)]


def sources(node, kind):
    """The cells that a cell reads: its neighbour in time, and the layer below.

    With residual connections the layer below hands on what it read itself, so that a cell
    reads all layers below, and each reads the input.
    """
    layer, half, t = node
    before = t - 1 if half == 0 else t + 1
    found = [(layer, half, before)] if 0 <= before < T else []
    below = range(layer) if kind == "residual" else range(max(0, layer - 1), layer)
    return found + [(k, h, t) for k in below for h in range(1 + (kind == "both"))]


def takes_input(node, kind):
    """Whether a cell reads the input of its step directly."""
    return node[0] == 0 or kind == "residual"


def waiting_order(L, kind):
    """The cells in an order in which each comes after those that it reads."""
    return sorted(nodes(L, kind), key=lambda n: (n[0], n[1], n[2] if n[1] == 0 else -n[2]))


def analyse(L, kind):
    """For each cell: {input step: (fewest, most) cells on a way from it, this one counted}."""
    ways = {}
    for node in waiting_order(L, kind):
        mine = {node[2]: (1, 1)} if takes_input(node, kind) else {}
        for source in sources(node, kind):
            for s, (few, many) in ways[source].items():
                old = mine.get(s, (few + 1, many + 1))
                mine[s] = min(old[0], few + 1), max(old[1], many + 1)
        ways[node] = mine
    return ways


def ticks(ways):
    """For each cell the tick at which it can be computed: the longest chain that ends in it."""
    return {node: max(many for _, many in found.values()) for node, found in ways.items()}


def outputs(L, kind, node):
    """The steps whose output, made from the top layer, depends on a cell."""
    reached = {node}
    for other in waiting_order(L, kind):
        if reached.intersection(sources(other, kind)):
            reached.add(other)
    top = 0 if kind == "residual" else L - 1  # residual outputs are sums over all layers
    return sorted({t for layer, _, t in reached if layer >= top})


def words(steps):
    """Steps counted from 0 as words that count from 1: "1 to 5", or "3"."""
    first, last = min(steps) + 1, max(steps) + 1
    return str(first) if first == last else f"{first} to {last}"


class Stack(LiveFigure):
    """Recurrent layers over eight steps; one cell is picked.

    kind: forward layers, the same with residual connections, or layers of two directions.
    L: layers. layer, step: the picked cell, counted from 1. half: which of the two cells of a
    layer that reads in both directions.
    """

    front_end = "stack"
    title = "A stack of layers: who depends on whom"
    about = (
        "Which inputs reach a cell of a stack, which outputs it reaches, and how many ticks of "
        "a clock everybody has to wait, forwards and in both directions."
    )
    views = {
        "Three layers forwards": {},
        "The same in both directions": {"kind": "both"},
        "The first output of a bidirectional layer": {"kind": "both", "L": 1, "step": 1},
        "The backward half at the last step": {
            "kind": "both",
            "L": 1,
            "step": 8,
            "half": "backward",
        },
        "Residual connections": {"kind": "residual", "step": 8},
        "Four layers forwards": {"L": 4, "layer": 4, "step": 8},
    }
    kind = traitlets.Enum(KINDS, "forward").tag(sync=True)
    L = traitlets.Int(3, min=1, max=4).tag(sync=True)
    layer = traitlets.Int(2, min=1, max=4).tag(sync=True)
    step = traitlets.Int(4, min=1, max=T).tag(sync=True)
    half = traitlets.Enum(HALVES, "forward").tag(sync=True)
    alt = traitlets.Unicode(
        "A grid of cells, layers from bottom to top and eight time steps from left to right, each "
        "with the tick at which it can be computed; the picked cell, the cells and inputs that it "
        "has read and the outputs that depend on it are marked. In both directions the ticks grow "
        "with layers times steps, forwards with their sum."
    ).tag(sync=True)

    def picked(self):
        """The picked cell; a layer above the top is the top, and one direction has one half."""
        half = HALVES.index(self.half) if self.kind == "both" else 0
        return min(self.layer, self.L) - 1, half, self.step - 1

    def shown(self):
        ways, node = analyse(self.L, self.kind), self.picked()
        tick, mine = ticks(ways), ways[node]
        far = max(mine, key=lambda s: (abs(s - node[2]), -s))
        reached = outputs(self.L, self.kind, node)
        first = {s for n, found in ways.items() if n[0] == self.L - 1 and n[2] == 0 for s in found}
        return {
            "L": str(self.L),
            "layer": f"{node[0] + 1} of {self.L}",
            "step": f"{self.step} of {T}",
            "inputs": words(mine),
            "outputs": words(reached),
            "tick": str(tick[node]),
            "far": str(far + 1),
            "fewest": str(mine[far][0]),
            "most": str(mine[far][1]),
            "all": str(max(tick.values())),
            "first": words(first),
        }

    def still(self):
        fig, ax = plot.figure(height=2.4)
        ways, node = analyse(self.L, self.kind), self.picked()
        tick, halves = ticks(ways), 1 + (self.kind == "both")
        known = ancestors(node, self.kind)
        for layer, half, t in ways:
            row, ink = layer * halves + half, (plot.BLUE, plot.VERMILION)[half]
            on = (layer, half, t) == node
            look = {"facecolor": ink if on or (layer, half, t) in known else "none"}
            patch = plot.matplotlib.patches.Rectangle
            ax.add_patch(patch((t + 0.65, row + 0.2), 0.7, 0.6, edgecolor=ink, alpha=0.35, **look))
            weight = "bold" if on else "normal"
            ax.text(t + 1, row + 0.5, tick[layer, half, t], ha="center", va="center", weight=weight)
        ax.set(xlim=(0.5, T + 0.5), ylim=(0, self.L * halves), xlabel="time step", ylabel="layer")
        ax.set_yticks([(k + 0.5) * halves for k in range(self.L)], range(1, self.L + 1))
        ax.set_xticks(range(1, T + 1))
        return fig


def ancestors(node, kind):
    """The cells that a cell depends on, itself left out."""
    found, open_ = set(), [node]
    while open_:
        for source in sources(open_.pop(), kind):
            if source not in found:
                found.add(source)
                open_.append(source)
    return found
