"""Elman's words run together: the error of the next letter tells where words begin."""

import json
import math
import re
from pathlib import Path

import numpy as np
import traitlets

from rnnbook import plot
from rnnbook.tasks.grammar import LEXICON

from .arithmetic import apply, fixed, tanh
from .base import LiveFigure

# Weights and errors, written by experiments/elman_letters.py.
STORED = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
LONGEST, GUESSES = 60, 5  # letters of the stream, guesses listed
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def words_of(text):
    """The words in a text, each with whether it is in the lexicon: a list of pairs.

    All but the letters a to z parts words. Letters that begin no word of the lexicon are put
    together to an unknown one.
    """
    found = []
    for rest in re.findall("[a-z]+", text.lower()):
        unknown = ""
        while rest:
            word = next((word for word in LEXICON if rest.startswith(word)), None)
            if word and unknown:
                found.append((unknown, False))
            if word:
                found.append((word, True))
            unknown = "" if word else unknown + rest[0]
            rest = rest[len(word or " ") :]
        if unknown:
            found.append((unknown, False))
    return found


def probabilities(letters, weights):
    """p (T, 26): after each letter, the probabilities of the next; from h_0 = 0."""
    W_xh, W_hh, b_h, W_hy, b_y = (
        np.array(weights[name]) for name in ("W_xh", "W_hh", "b_h", "W_hy", "b_y")
    )
    h_H, rows = np.zeros(len(b_h)), []
    for letter in letters:
        h_H = tanh(W_xh[:, ALPHABET.index(letter)] + apply(W_hh, h_H) + b_h)
        z_V = apply(W_hy, h_H) + b_y
        p_V = np.exp(z_V - z_V.max())
        rows.append(p_V / p_V.sum())
    return np.array(rows)


def bits_of_letters(letters, p_TV):
    """-log2 p of each letter, in bits; none (nan) for the first, which nothing foretells."""
    costs = [-math.log2(p_V[ALPHABET.index(k)]) for p_V, k in zip(p_TV, letters[1:])]
    return np.array([math.nan, *costs])


def mean(values):
    """The mean as it is shown, and a dash where there is nothing to average."""
    values = [v for v in values if not math.isnan(v)]
    return fixed(sum(values) / len(values)) if values else "–"


def percent(p):
    """A probability as it is shown."""
    if 0 < p < 0.0005:
        return "under 0.1 %"
    return f"{fixed(100 * p, 1 if 0 < p < 0.1 else 0)} %"


class ElmanLetters(LiveFigure):
    """The error of a small network at each letter of words without spaces between them.

    text: the stream, of at most 60 letters; spaces are not read, but part words. at: the
    letter, counted from 1, whose guesses are listed. boundaries: whether the words are shown.
    """

    front_end = "elman_letters"
    title = "Words without spaces"
    about = (
        "A network that was trained to guess the next letter errs most where a word begins, "
        "though nobody told it that there are words."
    )
    views = {
        "Where do the words begin?": {},
        "The word boundaries": {"boundaries": True},
        "Inside a word, where two words part": {"boundaries": True, "at": 13},
        "A word that it does not know": {
            "text": "boysees zebra dogeatsbread",
            "boundaries": True,
            "at": 10,
        },
        "The letters of known words, shuffled": {"text": "odgsaecbterylbiagsrne", "at": 6},
    }
    text = traitlets.Unicode("boyseesdogcateatsbreadgirlbreaksglass").tag(sync=True)
    at = traitlets.Int(2, min=2, max=LONGEST).tag(sync=True)
    boundaries = traitlets.Bool(False).tag(sync=True)
    network = traitlets.Dict({**STORED, "lexicon": list(LEXICON)}).tag(sync=True)
    sizes = traitlets.Dict({"longest": LONGEST, "guesses": GUESSES}).tag(sync=True)
    alt = traitlets.Unicode(
        "A bar over each letter of a stream of words without spaces: how many bits the letter "
        "cost a network that guessed it. Bars are tall where words begin and short within them; "
        "below, the guesses for one letter."
    ).tag(sync=True)

    @traitlets.validate("text")
    def _short(self, proposal):
        if len(proposal.value) > LONGEST:
            raise traitlets.TraitError(
                f"text has {len(proposal.value)} characters; expected at most {LONGEST}"
            )
        return proposal.value

    def read(self):
        """A dict: letters, p and error of each, and per letter first (of a word) and known."""
        words = words_of(self.text)
        letters = "".join(word for word, _ in words)
        p_TV = probabilities(letters, STORED["weights"])
        return {
            "words": words,
            "letters": letters,
            "p": p_TV,
            "error": bits_of_letters(letters, p_TV) if letters else np.array([]),
            "first": [k == 0 for word, _ in words for k in range(len(word))],
            "known": [known for word, known in words for _ in word],
        }

    def shown(self):
        now = self.read()
        letters, error = now["letters"], now["error"]
        at = min(self.at, len(letters))
        if at < 2:
            return {"at": "–"}
        p = now["p"][at - 2][ALPHABET.index(letters[at - 1])]
        found = {
            "at": f"{at} of {len(letters)}",
            "letter": letters[at - 1],
            "p": percent(p),
            "error": fixed(error[at - 1]),
        }
        if self.boundaries:
            found["onset"] = mean(error[np.array(now["first"])])
            found["inside"] = mean(error[~np.array(now["first"])])
            if not all(now["known"]):
                found["unknown"] = mean(error[~np.array(now["known"])])
                found["known"] = mean(error[np.array(now["known"])])
        return found

    def still(self):
        now = self.read()
        steps = np.arange(1, len(now["letters"]) + 1)
        fig, ax = plot.figure(height=2.6)
        ax.bar(steps, now["error"], 0.75, color=plot.BLUE)
        ax.set_xticks(steps, now["letters"])
        ax.tick_params(axis="x", length=0)
        ax.set(xlabel="letter", ylabel="error in bits", xlim=(0.3, len(steps) + 0.7))
        for step, first in zip(steps, now["first"]):
            if first and self.boundaries:
                ax.axvline(step - 0.5, color=plot.BLACK, linestyle="--", linewidth=0.8)
        return fig
