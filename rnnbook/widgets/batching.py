"""Sequences of different lengths in batches: what padding, packing and bucketing compute."""

import math

import traitlets

from rnnbook import plot

from .arithmetic import fixed, normals
from .base import LiveFigure

MEDIAN, LONGEST = 12, 48
MODES = ("padded", "packed", "bucketed")


def sequence_lengths(sequences, spread, seed):
    """Log-normal lengths with median 12, at most 48: round(12 e^(spread z)), z normal."""
    return [
        min(max(math.floor(MEDIAN * math.exp(spread * z) + 0.5), 1), LONGEST)
        for z in normals(sequences, seed)
    ]


def make_batches(lengths, size, mode):
    """The lengths in batches of ``size``; the last batch takes what is left.

    padded: in the order in which they come. packed: the same batches, each sorted, longest
    first. bucketed: all sequences sorted, shortest first, before they are cut into batches.
    """
    ordered = sorted(lengths) if mode == "bucketed" else lengths
    parts = [ordered[k : k + size] for k in range(0, len(ordered), size)]
    return [sorted(part, reverse=True) for part in parts] if mode == "packed" else parts


def batch_sizes(batch):
    """How many sequences are still running at each step, as torch's PackedSequence has it."""
    return [sum(length > t for length in batch) for t in range(max(batch))]


def cost(batches, mode):
    """A dict of steps: useful, computed, and in_sequence (one has to wait for the other)."""
    useful = sum(map(sum, batches))
    padded = sum(len(batch) * max(batch) for batch in batches)
    return {
        "useful": useful,
        "computed": useful if mode == "packed" else padded,
        "in_sequence": sum(map(max, batches)),
    }


def per_cent(part, whole):
    """A share in whole per cent."""
    return math.floor(100 * part / whole + 0.5)


def wasted(found):
    """The share of the computed steps that are padding, in whole per cent."""
    return per_cent(found["computed"] - found["useful"], found["computed"])


def one_digit(x):
    """A number with one decimal, halves rounded up as the page does."""
    return fixed(math.floor(10 * x + 0.5) / 10, 1)


class Batching(LiveFigure):
    """Sequences as rows of cells, in batches that are padded, packed or bucketed.

    mode: one of the three. spread: standard deviation of the logarithm of the lengths.
    sequences: how many there are. size: sequences in a batch. batch: the batch that the words
    are about, counted from 1. mark: show where output[:, -1] is read. seed: of the lengths.
    """

    front_end = "batching"
    title = "Padding, packing and bucketing"
    about = (
        "Sequences of different lengths in batches: how many of the computed steps are padding, "
        "and which state output[:, -1] reads."
    )
    views = {
        "Padded as they come": {},
        "Packed: the batch shrinks": {"mode": "packed"},
        "Bucketed by length": {"mode": "bucketed"},
        "What output[:, -1] reads": {"mark": True, "batch": 2},
        "Nearly equal lengths": {"spread": 0.1},
        "A large batch of very unequal lengths": {"spread": 1.0, "size": 8, "sequences": 32},
    }
    mode = traitlets.Enum(MODES, "padded").tag(sync=True)
    spread = traitlets.Float(0.7, min=0.0, max=1.0).tag(sync=True)
    sequences = traitlets.Int(24, min=4, max=32).tag(sync=True)
    size = traitlets.Int(4, min=2, max=8).tag(sync=True)
    batch = traitlets.Int(1, min=1, max=16).tag(sync=True)
    mark = traitlets.Bool(False).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=9999).tag(sync=True)
    alt = traitlets.Unicode(
        "Bars of the steps computed by padding, packing and bucketing, and below them each "
        "sequence as a row of cells over the time steps, real steps filled and padding hollow; "
        "the more the lengths differ, the more cells are padding, and sorting by length "
        "removes most of it."
    ).tag(sync=True)

    def batches(self, mode=None):
        """The batches, lists of lengths, for the present settings or another mode."""
        lengths = sequence_lengths(self.sequences, self.spread, self.seed)
        return make_batches(lengths, self.size, mode or self.mode)

    def shown(self):
        batches = self.batches()
        costs = {mode: cost(self.batches(mode), mode) for mode in MODES}
        at, found = min(self.batch, len(batches)), costs[self.mode]
        chosen, means = batches[at - 1], [sum(batch) / len(batch) for batch in batches]
        saved = {mode: costs["padded"]["computed"] - costs[mode]["computed"] for mode in MODES}
        texts = {
            **{name: str(value) for name, value in found.items()},
            "wasted": f"{wasted(found)} %",
            "shortest_mean": one_digit(min(means)),
            "longest_mean": one_digit(max(means)),
            "batch_sizes": " ".join(map(str, batch_sizes(chosen))),
        }
        if saved["packed"]:
            texts["share"] = f"{per_cent(saved['bucketed'], saved['packed'])} %"
            texts["bucketed_in_sequence"] = str(costs["bucketed"]["in_sequence"])
        if self.mark:
            shorter = sum(length < max(chosen) for length in chosen)
            texts["missed"] = f"{shorter} of {len(chosen)}"
        return {**texts, **self._controls(at, len(batches))}

    def _controls(self, at, count):
        """What stands beside the sliders."""
        return {
            "spread": fixed(self.spread),
            "sequences": str(self.sequences),
            "size": str(self.size),
            "batch": f"{at} of {count}",
        }

    def still(self):
        batches = self.batches()
        rows = len(batches) + sum(map(len, batches))
        fig = plot.Figure(figsize=(6.4, 1.2 + 0.16 * rows), layout="constrained")
        ax = fig.subplots()
        y, middles = 0, []
        for batch in batches:
            middles.append(y + (len(batch) - 1) / 2)
            for length in batch:
                self._draw_row(ax, y, length, max(batch))
                y += 1
            y += 1
        ax.set_yticks(middles, [f"batch {k}" for k in range(1, len(batches) + 1)])
        ax.set(xlabel="time step", ylim=(y - 1, -1), xlim=(0, None))
        ax.tick_params(left=False)
        found = cost(batches, self.mode)
        words = f"{self.mode}: {found['useful']} useful steps of {found['computed']} computed"
        ax.annotate(words, (1, 1), xycoords="axes fraction", ha="right", va="bottom")
        return fig

    def _draw_row(self, ax, y, length, end):
        """Real steps filled, padding hollow; a circle on the state wanted, a cross on the read."""
        ax.barh(y, length, 0.8, left=0, color=plot.BLUE)
        if self.mode != "packed" and end > length:
            ax.barh(y, end - length, 0.8, left=length, fill=False, edgecolor=plot.BLACK, lw=0.5)
        if self.mark:
            ax.plot(length - 0.5, y, color="white", marker="o")
            if end > length:
                ax.plot(end - 0.5, y, color=plot.VERMILION, marker="x")
