"""An LSTM that writes in the page, one letter after another, and one of its cells at work."""

import json
from pathlib import Path

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed
from .base import LiveFigure
from .char_lstm import NEWLINE, bits_per_letter, unpack, weights_of, write

HERE = Path(__file__).parent
WEIGHTS = (HERE / "writer.bin").read_bytes()
# What experiments/writer.py measured on these weights.
MEASURED = json.loads((HERE / "writer.json").read_text(encoding="utf-8"))
NETWORK = unpack(WEIGHTS)
LONGEST, MOST, BARS = 60, 400, 8  # letters of the beginning, letters written, bars


def cell_of(thing):
    """The settings that show the cell which goes most with a thing looked for."""
    cell = MEASURED["cells"][thing]
    return {"unit": cell["unit"], "part": cell["part"]}


LINE_CELL = cell_of("how far the line has come")


def letter(symbol):
    """A letter as it is shown."""
    return {" ": "␣", NEWLINE: "↵"}.get(symbol, symbol)


def percent(p):
    """A probability as it is shown."""
    if 0 < p < 0.0005:
        return "under 0.1 %"
    return f"{fixed(100 * p, 1 if 0 < p < 0.1 else 0)} %"


def lines_of(text, most):
    """Lines of at most ``most`` letters as (from, to) pairs, broken at new lines and spaces."""
    lines, begin = [], 0
    while begin < len(text):
        newline = text.find(NEWLINE, begin)
        end = len(text) if newline < 0 else newline + 1
        if end - begin > most:
            space = text.rfind(" ", begin, begin + most)
            end = space + 1 if space > begin else begin + most
        lines.append((begin, end))
        begin = end
    return lines


class Writer(LiveFigure):
    """A trained character LSTM that writes, its next letter, and one of its cells.

    start: the beginning, of at most 60 letters. count: letters written after it.
    temperature: 0 takes the best letter, 1 draws from the network's own distribution. top_k:
    draw from the k best letters; 0 is all. seed: of the draws. unit, part: which cell state
    ("c") or hidden state ("h") is drawn under the letters; units are counted from 1.
    """

    front_end = "writer"
    title = "An LSTM that writes"
    about = (
        "A trained network writes in the page, letter by letter, and shows what one of its "
        "cells is doing meanwhile."
    )
    views = {
        "A cell that knows how long the line is": {},
        "Always the best letter: it goes in circles": {"temperature": 0.0, "count": 320},
        "Too hot: hardly a word": {"temperature": 1.7},
        "A cell that lights up in names": {
            **cell_of("being inside the name of a speaker"),
            "seed": 14,
            "count": 240,
        },
        "Only the three best letters": {"top_k": 3, "temperature": 1.0},
    }
    start = traitlets.Unicode("HAMLET:").tag(sync=True)
    temperature = traitlets.Float(0.7, min=0.0, max=2.0).tag(sync=True)
    top_k = traitlets.Int(0, min=0, max=20).tag(sync=True)
    seed = traitlets.Int(5, min=0, max=99).tag(sync=True)
    unit = traitlets.Int(LINE_CELL["unit"], min=1, max=NETWORK.H).tag(sync=True)
    part = traitlets.Enum(["c", "h"], LINE_CELL["part"]).tag(sync=True)
    count = traitlets.Int(160, min=0, max=MOST).tag(sync=True)
    weights = traitlets.Bytes(WEIGHTS).tag(sync=True)
    measured = traitlets.Dict(MEASURED).tag(sync=True)
    sizes = traitlets.Dict({"longest": LONGEST, "most": MOST, "bars": BARS}).tag(sync=True)
    alt = traitlets.Unicode(
        "A text that a network writes letter by letter, with a bar under each letter for the "
        "state of one cell, up for positive and down for negative, which slowly changes along "
        "each line; beside it bars of the probabilities of the next letter."
    ).tag(sync=True)

    @traitlets.validate("start")
    def _short(self, proposal):
        if len(proposal.value) > LONGEST:
            raise traitlets.TraitError(
                f"start has {len(proposal.value)} characters; expected at most {LONGEST}"
            )
        return proposal.value

    def written(self):
        """The dict of ``char_lstm.write`` for the present settings."""
        settings = (self.count, self.temperature, self.top_k, self.seed)
        return write(NETWORK, self.start, *settings)

    def activity(self, written):
        """The value drawn under each letter: tanh(c) or h of the unit."""
        values = written[self.part][:, self.unit - 1]
        return np.tanh(values) if self.part == "c" else values

    def shown(self):
        now = self.written()
        own = weights_of(now["z"][-1], 1, 0)
        best = int(np.argmax(own))
        k, r = MEASURED["follows"][self.part][self.unit - 1]
        new = now["text"][len(now["text"]) - self.count :]
        return {
            "temperature": fixed(self.temperature, 1),
            "top_k": str(self.top_k) if self.top_k else f"0 (all {len(NETWORK.chars)})",
            "seed": str(self.seed),
            "unit": f"{self.unit} of {NETWORK.H}",
            "best": letter(NETWORK.chars[best]),
            "p_best": percent(now["p"][best]),
            "own_best": percent(own[best] / own.sum()),
            "value": fixed(self.activity(now)[-1]),
            "thing": MEASURED["things"][k],
            "correlation": fixed(r),
            **({"bits": fixed(bits_per_letter(now["z"], new, NETWORK.chars))} if new else {}),
        }

    def still(self):
        now, letters = self.written(), 58
        text, values = now["text"], self.activity(now)
        lines = lines_of(text, letters)
        fig = plot.Figure(figsize=(6.4, 0.4 * len(lines) + 0.2), layout="constrained")
        ax = fig.subplots()
        for row, (begin, end) in enumerate(lines):
            for t in range(begin, end):
                ink = plot.VERMILION if values[t] < 0 else plot.BLUE
                ax.bar(t - begin, 0.25 * values[t], 0.85, bottom=-row - 0.4, color=ink)
                ax.text(
                    t - begin, -row, letter(text[t]).strip("␣"), ha="center", family="monospace"
                )
            ax.plot([-0.5, end - begin - 0.5], [-row - 0.4] * 2, color=plot.BLACK, linewidth=0.3)
        ax.set(xlim=(-1, letters), ylim=(-len(lines) + 0.2, 0.6))
        ax.axis("off")
        return fig
