"""One recurrent cell reading a text letter by letter, and what it still remembers."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import apply, fixed, normals, tanh
from .base import LiveFigure
from .gradient_flow import recurrent_matrix

ALPHABET = "abcdefghijklmnopqrstuvwxyz '"
LONGEST = 24


def letter_weights(H=6, gain=1.1, size=0.5, seed=3):
    """W_xh (H, 29) and W_hh (H, H) of the small network, rounded to three decimals.

    W_xh has a column for each letter of ``ALPHABET`` and a last one for all other
    characters; its entries are normal with standard deviation ``size``. W_hh is ``gain``
    times an orthogonal matrix: it turns the state and stretches it a little, and a
    difference fades because the units saturate.
    """
    V = len(ALPHABET) + 1
    W_xh = size * normals(H * V, seed).reshape(H, V)
    W_hh = recurrent_matrix("orthogonal", gain, H, seed)
    return np.round(W_xh, 3).tolist(), np.round(W_hh, 3).tolist()


def read(text, W_xh, W_hh, memory=True):
    """The states (T, H) after each letter: h_t = tanh(W_xh x_t + W_hh h_{t-1}), h_0 = 0.

    x_t is one-hot, so W_xh x_t is the letter's column. Without memory W_hh is 0.
    """
    W_xh, W_hh = np.asarray(W_xh, dtype=float), np.asarray(W_hh, dtype=float)
    h_H, states = np.zeros(len(W_hh)), []
    for letter in text.lower():
        column = W_xh[:, ALPHABET.find(letter)]  # find gives -1, the last column, for others
        h_H = tanh(column + apply(W_hh, h_H)) if memory else tanh(column)
        states.append(h_H)
    return np.array(states).reshape(len(states), len(W_hh))


def difference(text, before, W_xh, W_hh, memory=True):
    """The distance ||h_t - h'_t|| between the states of two texts, while both last."""
    T = min(len(text), len(before))
    gap = read(text[:T], W_xh, W_hh, memory) - read(before[:T], W_xh, W_hh, memory)
    return np.array([math.sqrt(np.cumsum(row * row)[-1]) for row in gap])


class Unrolling(LiveFigure):
    """A recurrent cell unrolled over a text of up to 24 characters.

    text: what is read. before: the text it is compared with. step: letters read so far
    (0 to 24, by default all). memory: False sets W_hh to 0. W_xh, W_hh: the weights.
    """

    front_end = "unrolling"
    title = "A recurrent cell unrolled over a text"
    about = (
        "The hidden state of a small recurrent cell after every letter, and how long it differs "
        "when the first letter is another one."
    )
    views = {
        "The first letter fades": {},
        "Without memory": {"memory": False},
        "Half of the text": {"step": 8},
        "A letter changed in the middle": {"text": "it is a test", "before": "it as a test"},
    }
    text = traitlets.Unicode("dread and butter").tag(sync=True)
    before = traitlets.Unicode("bread and butter").tag(sync=True)
    step = traitlets.Int(LONGEST, min=0, max=LONGEST).tag(sync=True)
    memory = traitlets.Bool(True).tag(sync=True)
    W_xh = traitlets.List().tag(sync=True)
    W_hh = traitlets.List().tag(sync=True)
    alt = traitlets.Unicode(
        "One recurrent cell drawn once for every letter of a short text, with its hidden "
        "state of six units as bars under each letter; a last row of bars shows how far the "
        "states are from those of a text with another first letter, shrinking step by step."
    ).tag(sync=True)

    def __init__(self, **settings):
        if not {"W_xh", "W_hh"} & set(settings):
            settings["W_xh"], settings["W_hh"] = letter_weights()
        super().__init__(**settings)

    @traitlets.validate("text", "before")
    def _short(self, proposal):
        if len(proposal.value) > LONGEST:
            raise traitlets.TraitError(
                f"{proposal.trait.name} has {len(proposal.value)} characters; expected at most "
                f"{LONGEST}, so that every step can be drawn"
            )
        return proposal.value

    def states(self):
        """The states (T, H) for the present settings."""
        return read(self.text, self.W_xh, self.W_hh, self.memory)

    def difference(self):
        """The distances (T,) from the states of ``before``."""
        return difference(self.text, self.before, self.W_xh, self.W_hh, self.memory)

    def shown(self):
        step = min(self.step, len(self.text))
        h_H = self.states()[step - 1] if step else np.zeros(len(self.W_hh))
        texts = {
            "step": f"{step} of {len(self.text)}",
            "state": ", ".join(fixed(v) for v in h_H),
        }
        gap = self.difference()
        if self.text != self.before and 0 < step <= len(gap):
            texts["gap"] = fixed(gap[step - 1], 3)
        return texts

    def still(self):
        h_TH, gap, edges = self.states(), self.difference(), np.arange(len(self.text) + 1) - 0.5
        fig = plot.Figure(figsize=(6.4, 4.2), layout="constrained")
        H = h_TH.shape[1]
        rows = fig.subplots(H + 1, 1, sharex=True, height_ratios=[1] * H + [2])
        for unit, ax in enumerate(rows[:H]):
            for ink, part in ((plot.BLUE, np.maximum), (plot.VERMILION, np.minimum)):
                ax.stairs(part(h_TH[:, unit], 0), edges, fill=True, color=ink)
            ax.axhline(0, color=plot.BLACK, linewidth=0.4)
            ax.set(ylim=(-1, 1), yticks=[])
            ax.tick_params(bottom=False)
            ax.spines[:].set_visible(False)
            ax.set_ylabel(f"unit {unit + 1}", rotation=0, ha="right", va="center")
        rows[H].stairs(gap, edges[: len(gap) + 1], fill=True, color=plot.BLACK)
        rows[H].set_ylabel("difference", rotation=0, ha="right", va="center")
        rows[H].set_xticks(range(len(self.text)), self.text.replace(" ", "␣"))
        rows[H].set_xlabel(f"letter read (compared with “{self.before}”)")
        return fig
