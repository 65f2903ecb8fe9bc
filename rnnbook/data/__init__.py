"""Real data that ships with the package, with its checksum and one split for the whole book.

Nothing here touches the network. ``book/tools/rebuild_data.py`` in the book's repository
rebuilds each file from its source.
"""

import hashlib
import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

FILES = Path(__file__).parent / "files"
REMEDY = "reinstall rnnbook, or rebuild the file with `python -m book.tools.rebuild_data`"


class DataError(RuntimeError):
    """A packaged data file is missing or damaged."""


@dataclass(frozen=True)
class Text:
    """A text in three parts, and the characters that it is written in.

    train, valid, test: strings. chars: the vocabulary, sorted; V: its size.
    licence, source: what may be done with the text, and where it comes from.
    """

    train: str
    valid: str
    test: str
    chars: str
    licence: str
    source: str

    @property
    def V(self):
        return len(self.chars)

    def encode(self, text):
        """Indices of the characters, int64 (T,). ValueError for an unknown character."""
        index = {char: i for i, char in enumerate(self.chars)}
        unknown = sorted(set(text) - set(self.chars))
        if unknown:
            raise ValueError(
                f"unknown characters {unknown}; this text is written in {self.chars!r}. "
                "Remove or replace them first."
            )
        return torch.tensor([index[char] for char in text], dtype=torch.long)

    def decode(self, indices):
        """The text behind indices (T,), a tensor or a list."""
        return "".join(self.chars[int(i)] for i in indices)

    def batches(self, B, seed=0, T=64, split="train"):
        """Yield (x_BT, y_BT, first) for ever: y is x one character later.

        The split is cut into B streams of equal length; consecutive batches are consecutive
        pieces of them, so that a state may be carried from one to the next. ``first`` is
        true when the streams start (again). The seed moves the cuts.
        """
        shift = seed * 7919 % T
        data = self.encode(getattr(self, split)[shift:])
        length = (len(data) - 1) // B
        if length < T:
            raise ValueError(
                f"B={B} streams of T={T} characters need {B * T + 1} characters, the "
                f"{split} part has {len(data)}; make B or T smaller"
            )
        x_BN = data[: B * length].view(B, length)
        y_BN = data[1 : B * length + 1].view(B, length)
        while True:
            for start in range(0, length - T + 1, T):
                piece = slice(start, start + T)
                yield x_BN[:, piece], y_BN[:, piece], start == 0


@cache
def shakespeare():
    """Nine of Shakespeare's tragedies: seven to train on, one each to validate and test.

    1.2 million characters over an alphabet of about sixty; speakers stand on lines of their
    own as ``HAMLET:``. Taught in chapter 1. Raises DataError when the file is missing or damaged.
    """
    text, record = _read("shakespeare")
    train, valid, test = text.split("\f")
    chars = "".join(sorted(set(train)))
    return Text(train, valid, test, chars, record["licence"], record["package"])


def _read(name, folder=None):
    """The unpacked text of a data file and its record in the manifest."""
    folder = folder or FILES
    record = json.loads((folder / "manifest.json").read_text())[name]
    path = folder / record["file"]
    if not path.exists():
        raise DataError(f"data file {path.name} is missing from {path.parent}; {REMEDY}")
    packed = path.read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != record["sha256"]:
        raise DataError(
            f"data file {path.name} is damaged: its SHA-256 begins {found[:12]}, expected "
            f"{record['sha256'][:12]}; {REMEDY}"
        )
    return lzma.decompress(packed).decode(), record
