"""Recall in a Hopfield network: a picture of 8 by 8 pixels, drawn or damaged, and the energy."""

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, uniforms
from .base import LiveFigure

SIDE, N, MOST = 8, 64, 10
LIMIT = 0.138  # random patterns per unit, Amit, Gutfreund and Sompolinsky (1985)
# Eight rows of eight pixels each, two hexadecimal digits a row.
LETTERS = {
    "distinct": {
        "A": "183c66667e666666",
        "L": "c0c0c0c0c0c0ffff",
        "X": "c3663c18183c66c3",
        "H": "c3c3c3ffffc3c3c3",
        "J": "0303030303c3ff7e",
        "Z": "ffff060c1830ffff",
        "T": "ffff181818181818",
        "S": "7fc0c07e030303fe",
        "O": "3c66c3c3c3c3663c",
        "E": "ffc0c0fcfcc0c0ff",
    },
    "similar": {
        "O": "3c7ec3c3c3c37e3c",
        "C": "3c7ec3c0c0c37e3c",
        "G": "3c7ec0c0cfc37e3c",
        "Q": "3c7ec3c3dbcf7e3d",
        "D": "fcfec3c3c3c3fefc",
        "U": "c3c3c3c3c3c37e3c",
        "B": "fcfec3fcfcc3fefc",
        "S": "3c7ec07c3e037e3c",
        "P": "fcfec3c3fefcc0c0",
        "R": "fcfec3c3fefccec7",
    },
}
KINDS = [*LETTERS, "random"]


def pixels(code):
    """16 hexadecimal digits as 64 numbers +1 or -1, row by row."""
    return np.array([1 if bit == "1" else -1 for bit in f"{int(code, 16):064b}"])


def patterns(kind, stored):
    """The stored pictures (stored, 64); the random ones are the same each time."""
    if kind == "random":
        draw = uniforms(1)
        random = [[1 if next(draw) < 0.5 else -1 for _ in range(N)] for _ in range(MOST)]
        return np.array(random[:stored])
    return np.array([pixels(code) for code in list(LETTERS[kind].values())[:stored]])


def shuffled(draw):
    """The numbers 0 to 63 in random order."""
    order = list(range(N))
    for i in range(N - 1, 0, -1):
        j = int(next(draw) * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


def probe(kind, cue, wrong, drawn, seed):
    """Picture number ``cue`` (0: all off), ``wrong`` pixels turned over, then those drawn."""
    s = patterns(kind, cue)[cue - 1].copy() if cue else -np.ones(N, dtype=int)
    s[shuffled(uniforms(2 * seed + 1))[:wrong]] *= -1
    return s * -pixels(drawn)


def energy(X_PN, s):
    """E = -1/2 s^T W s with Hebb's W = (sum of x x^T) / N, its diagonal set to 0."""
    overlaps = X_PN @ s
    return -(float(overlaps @ overlaps) - len(X_PN) * N) / (2 * N)


def recall(X_PN, start, seed):
    """Turn over one unit after the other that disagrees with what the others tell it.

    s_i becomes the sign of sum_j w_ij s_j and stays where the sum is 0. Units are visited in
    random order, all of them in each sweep, until a sweep changes none. Returns the units
    that turned over and the energy before and after each.
    """
    W = X_PN.T @ X_PN - len(X_PN) * np.eye(N, dtype=int)
    s, flips, energies, draw = start.copy(), [], [energy(X_PN, start)], uniforms(2 * seed + 2)
    settled = False
    while not settled:
        settled = True
        for i in shuffled(draw):
            if s[i] * (W[i] @ s) < 0:
                s[i] = -s[i]
                flips.append(i)
                energies.append(energy(X_PN, s))
                settled = False
    return flips, energies


def turned(start, flips):
    """The picture after these units have turned over."""
    s = start.copy()
    for i in flips:
        s[i] = -s[i]
    return s


def staying(X_PN):
    """Which of the stored pictures recall leaves as they are."""
    W = X_PN.T @ X_PN - len(X_PN) * np.eye(N, dtype=int)
    return [bool(np.all(x * (W @ x) >= 0)) for x in X_PN]


def likeness(X_PN):
    """The mean size of the overlap between two of the stored pictures."""
    P = len(X_PN)
    between = np.abs(X_PN @ X_PN.T) / N
    return float((between.sum() - P) / (P * (P - 1))) if P > 1 else 0.0


class Hopfield(LiveFigure):
    """Draw or damage a picture and let a Hopfield network recall it.

    kind: the stored pictures, "distinct" or "similar" letters or "random" pixels; stored:
    how many. cue: the picture asked for, from 1, or 0 for an empty one. wrong: how many of
    its pixels are turned over. drawn: those the reader turned over, 16 hexadecimal digits.
    seed: which pixels are wrong and in what order the units are asked. step: units that
    have turned over so far.
    """

    front_end = "hopfield"
    title = "Recall in a Hopfield network"
    about = "The energy falls with every step, and still the wrong memory may come back."
    views = {
        "Five similar letters: the wrong one comes back": {},
        "Five distinct letters": {"kind": "distinct", "step": 99},
        "Three similar letters: a mixture": {"stored": 3, "step": 99},
        "Eight distinct letters are too many": {"kind": "distinct", "stored": 8, "step": 99},
        "Eight random pictures are not": {"kind": "random", "stored": 8, "step": 99},
        "More than half wrong: the negative": {
            "kind": "distinct",
            "stored": 2,
            "cue": 2,
            "wrong": 48,
            "step": 99,
        },
        "A stroke drawn by hand": {
            "kind": "distinct",
            "stored": 4,
            "cue": 0,
            "wrong": 0,
            "drawn": "c0c0c0c0c0c00000",
            "step": 99,
        },
    }
    kind = traitlets.Enum(KINDS, "similar").tag(sync=True)
    stored = traitlets.Int(5, min=1, max=MOST).tag(sync=True)
    cue = traitlets.Int(3, min=0, max=MOST).tag(sync=True)
    wrong = traitlets.Int(6, min=0, max=N).tag(sync=True)
    drawn = traitlets.Unicode("0" * 16).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=9999).tag(sync=True)
    step = traitlets.Int(0, min=0, max=999).tag(sync=True)
    alt = traitlets.Unicode(
        "A row of stored pixel pictures with bars of their overlap with the state, two grids "
        "of pixels, the probe and the state that recall has reached, and a line chart of the "
        "energy, which falls with every unit that turns over."
    ).tag(sync=True)

    @traitlets.validate("drawn")
    def _sixteen_digits(self, proposal):
        code = proposal.value.lower()
        if len(code) != 16 or set(code) - set("0123456789abcdef"):
            raise traitlets.TraitError(
                f"drawn is {proposal.value!r}; expected 16 hexadecimal digits, two for each row"
            )
        return code

    def run(self):
        """Stored pictures, probe, the units that turn over and the energies."""
        X_PN = patterns(self.kind, self.stored)
        start = probe(self.kind, self.cue, self.wrong, self.drawn, self.seed)
        return X_PN, start, *recall(X_PN, start, self.seed)

    def name(self, number):
        """What a picture is called, counted from 1."""
        return f"no. {number}" if self.kind == "random" else list(LETTERS[self.kind])[number - 1]

    def shown(self):
        X_PN, start, flips, energies = self.run()
        step = min(self.step, len(flips))
        overlaps = X_PN @ turned(start, flips[:step])
        nearest = int(np.abs(overlaps).argmax())
        asked = self.name(self.cue) if self.cue else "nothing"
        alike = {"likeness": fixed(likeness(X_PN))} if self.stored > 1 else {}
        return alike | {
            "stored": str(self.stored),
            "cue": asked + (" (not stored)" if self.cue > self.stored else ""),
            "wrong": f"{self.wrong} of {N}",
            "load": fixed(self.stored / N, 3),
            "limit": fixed(LIMIT * N, 1),
            "staying": str(sum(staying(X_PN))),
            "flips": f"{step} of {len(flips)}",
            "energy": fixed(energies[step]),
            "nearest": self.name(nearest + 1),
            "overlap": fixed(overlaps[nearest] / N),
            "outcome": self._outcome(X_PN, turned(start, flips)),
        }

    def _outcome(self, X_PN, end):
        """In words, where recall ends."""
        overlaps = X_PN @ end
        k = int(np.abs(overlaps).argmax())
        if overlaps[k] == N:
            found = f"the stored picture {self.name(k + 1)}"
            rest = "" if not self.cue else ", as asked" if k + 1 == self.cue else ", a wrong memory"
            return found + rest
        if overlaps[k] == -N:
            return f"the negative of {self.name(k + 1)}"
        vote = np.array_equal(np.sign(X_PN.sum(axis=0)), end)
        return (
            "the majority vote of all stored pictures" if vote else "a mixture that nobody stored"
        )

    def still(self):
        X_PN, start, flips, energies = self.run()
        step = min(self.step, len(flips)) or len(flips)
        fig = plot.Figure(figsize=(6.4, 3.4), layout="constrained")
        top, below = fig.subfigures(2, 1, height_ratios=[1, 2])
        for x, ax in zip(X_PN, np.atleast_1d(top.subplots(1, MOST))):
            self._draw(ax, x)
        for ax in top.axes[self.stored :]:
            ax.axis("off")
        left, middle, right = below.subplots(1, 3, width_ratios=[1, 1, 1.4])
        self._draw(left, start, "probe")
        self._draw(middle, turned(start, flips[:step]), f"after {step} flips")
        right.plot(energies[: step + 1], color=plot.BLUE, marker="o")
        right.set(xlabel="flips", ylabel="energy")
        right.xaxis.get_major_locator().set_params(integer=True)
        return fig

    def _draw(self, ax, s, words=""):
        ax.imshow(s.reshape(SIDE, SIDE) < 0, cmap="gray", interpolation="nearest")
        ax.set(xticks=[], yticks=[], xlabel=words)
        for side in ("top", "right"):
            ax.spines[side].set_visible(True)
