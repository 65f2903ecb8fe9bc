"""Reading forwards only and in both directions, where the answer lies in the future."""

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import apply, fixed, length, sigmoid, tanh
from .base import LiveFigure

LONGEST = 18
READINGS = ("step", "last", "ends")
# Trained by experiments/bidirectional_figure.py and rounded to two decimals.
WEIGHTS = {
    "forward": {
        "cells": [
            {
                "W_xh": [
                    [0.56, 0.04, -0.58],
                    [-0.94, 2.53, -1.07],
                    [-0.78, 2.89, -1.26],
                    [-1.48, -2.46, 1.04],
                    [-0.29, -0.14, 0.11],
                    [-0.52, -0.79, 1.55],
                ],
                "W_hh": [
                    [0.22, -0.18, 0.29, 0.32, 0.51, -0.25],
                    [-0.03, 0.68, 1.04, -1.13, -0.3, -0.28],
                    [0.08, 1.31, 0.63, -0.88, -0.2, -0.57],
                    [0.4, 0.66, 0.81, -0.1, -0.58, -0.87],
                    [0.66, -0.29, 0.26, -0.22, 1.03, 0.26],
                    [-0.51, -0.17, 0.57, 0.38, -0.28, -0.21],
                ],
                "b_h": [0.62, -0.23, -0.23, -2.29, -0.18, -0.42],
            }
        ],
        "v": [-1.86, 2.26, 2.66, 2.58, -0.27, 1.14],
        "c": -0.76,
    },
    "both": {
        "cells": [
            {
                "W_xh": [[0.25, 1.47, -2.04], [-1.36, -1.53, 0.7], [-1.07, 3.09, -0.7]],
                "W_hh": [[0.22, -0.55, 0.71], [0.71, -0.36, 0.95], [1.19, -0.95, 1.43]],
                "b_h": [-0.31, -1.29, -0.25],
            },
            {
                "W_xh": [[0.31, -0.09, 0.02], [1.14, -0.33, 1.58], [-0.83, -2.59, 3.23]],
                "W_hh": [[0.13, 0.49, 0.62], [-0.19, -0.12, -2.62], [0.77, 0.58, 2.07]],
                "b_h": [0.06, 1.47, -0.03],
            },
        ],
        "v": [-0.24, 3.93, 6.55, 0.62, -5.92, 3.61],
        "c": -1.24,
    },
}


def symbols(text):
    """0 for a letter or any other character, 1 for an opening and 2 for a closing bracket."""
    return [{"(": 1, ")": 2}.get(character, 0) for character in text]


def marks(text):
    """Whether each character belongs to a pair of brackets with no other bracket inside."""
    found, opened = [False] * len(text), None
    for t, symbol in enumerate(symbols(text)):
        if symbol == 2 and opened is not None:
            found[opened : t + 1] = [True] * (t + 1 - opened)
        opened = t if symbol == 1 else None if symbol == 2 else opened
    return found


def states(cell, read):
    """The states (T, H) of a cell: h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), x_t one-hot."""
    W_xh, W_hh, b_h = (np.array(cell[name]) for name in ("W_xh", "W_hh", "b_h"))
    h_H, found = np.zeros(len(b_h)), []
    for symbol in read:
        h_H = tanh(W_xh[:, symbol] + apply(W_hh, h_H) + b_h)
        found.append(h_H)
    return np.array(found)


def halves(network, text):
    """The outputs (T, H) of each direction; the backward one starts at the last symbol."""
    forward, *backward = network["cells"]
    read = symbols(text)
    return [states(forward, read), *(states(cell, read[::-1])[::-1] for cell in backward)]


def chances(network, text):
    """What a network says for each character, (T,): sigmoid(v . (outputs side by side) + c)."""
    y_TH = np.concatenate(halves(network, text), axis=1)
    return sigmoid(apply(y_TH, np.array(network["v"])) + network["c"])


def felt(network, text, half, at):
    """How far another symbol at j would move the state of ``half`` at step ``at``, (T,).

    The larger distance of the two other symbols that could stand there.
    """
    others = {"(": ")a", ")": "(a"}
    base, moved = halves(network, text)[half][at], []
    for j, character in enumerate(text):
        changed = (text[:j] + other + text[j + 1 :] for other in others.get(character, "()"))
        moved.append(max(length(halves(network, one)[half][at] - base) for one in changed))
    return np.array(moved)


class Bidirectional(LiveFigure):
    """Two small trained networks mark closed brackets: one forwards, one in both directions.

    text: up to 18 characters. step: the character that the words are about, counted from 1.
    read: where the outputs are read: both halves at the step, both at the last one, or each at
    its own end. weights: of the two networks, as experiments/bidirectional_figure.py left them.
    """

    front_end = "bidirectional"
    title = "Forwards and in both directions"
    about = (
        "What each direction has seen at a step, why brackets need both, and where the summary "
        "of a whole sequence has to be read."
    )
    views = {
        "A bracket that is never closed": {},
        "The same bracket, closed": {"text": "a (b c) d (e f g)"},
        "The summary read at the last step": {"read": "last"},
        "The summary read at each own end": {"read": "ends"},
        "A text that ends with a bracket": {"text": "(((a))) b)", "read": "last", "step": 4},
        "No bracket at all": {"text": "plain words", "step": 6},
    }
    text = traitlets.Unicode("a (b c) d (e f g").tag(sync=True)
    step = traitlets.Int(14, min=1, max=LONGEST).tag(sync=True)
    read = traitlets.Enum(READINGS, "step").tag(sync=True)
    weights = traitlets.Dict().tag(sync=True)
    alt = traitlets.Unicode(
        "A short text with brackets in tiles; below it, which characters the forward and the "
        "backward state have seen, and bars of what a forward and a bidirectional network say "
        "for each character. Only the bidirectional one tells closed brackets from open ones."
    ).tag(sync=True)

    def __init__(self, **settings):
        super().__init__(**{"weights": WEIGHTS, **settings})

    @traitlets.validate("text")
    def _short(self, proposal):
        if not 1 <= len(proposal.value) <= LONGEST:
            raise traitlets.TraitError(
                f"text has {len(proposal.value)} characters; expected 1 to {LONGEST}, so that "
                "every step can be drawn"
            )
        return proposal.value

    def places(self):
        """The steps, counted from 0, at which the forward and the backward half are read."""
        last = len(self.text) - 1
        now = min(self.step - 1, last)
        return {"step": (now, now), "last": (last, last), "ends": (last, 0)}[self.read]

    def shown(self):
        T, network = len(self.text), self.weights["both"]
        t, places = min(self.step, T) - 1, self.places()
        past = self.text[: t + 1]
        texts = {
            "step": f"{t + 1} of {T}",
            "mark": "Yes" if marks(self.text)[t] else "No",
            "forward": fixed(chances(self.weights["forward"], self.text)[t]),
            "both": fixed(chances(network, self.text)[t]),
            "ended": fixed(chances(network, past)[t]),
            "closed": fixed(chances(network, past + ")")[t]),
        }
        seen = places[0] + 1, T - places[1]
        for half, name in enumerate(("forward", "backward")):
            moved = felt(network, self.text, half, places[half])
            texts[f"{name}_seen"] = f"{seen[half]} of {T}"
            texts[f"{name}_felt"] = str((moved > 0.01).sum())
        return texts

    def still(self):
        fig = plot.Figure(figsize=(6.4, 3.6), layout="constrained")
        rows = fig.subplots(4, 1, sharex=True, height_ratios=[1, 1, 2, 2])
        T, places = len(self.text), self.places()
        inks = (plot.BLUE, plot.VERMILION)
        for half, name in enumerate(("forward half\nhas seen", "backward half\nhas seen")):
            seen = range(places[0] + 1) if half == 0 else range(places[1], T)
            rows[half].bar(seen, 1, 0.8, color=inks[half])
            rows[half].set_ylabel(name, rotation=0, ha="right", va="center")
        for ax, ink, name in zip(rows[2:], inks, ("forward", "both")):
            ax.bar(range(T), chances(self.weights[name], self.text), 0.8, color=ink)
            ax.plot(range(T), marks(self.text), color=plot.BLACK, linestyle="", marker="_", ms=12)
            words = {"forward": "forward only\nsays", "both": "both directions\nsay"}[name]
            ax.set_ylabel(words, rotation=0, ha="right", va="center")
        for ax in rows:
            ax.set(yticks=[], ylim=(0, 1.1))
            ax.tick_params(bottom=False)
        rows[3].set_xticks(range(T), self.text.replace(" ", "␣"))
        return fig
