"""A running text, read in streams."""

from dataclasses import dataclass

from rnnbook import door

from .parts import SPLITS, decode, encode


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
        return encode(text, self.chars)

    def decode(self, indices):
        """The text behind indices (T,), a tensor or a list."""
        return "".join(decode(indices, self.chars))

    @door.checked
    def batches(self, B: int, seed: int = 0, T: int = 64, split: str = "train"):
        """Yield (x_BT, y_BT, first) for ever: y is x one character later.

        The split is cut into B streams of equal length; consecutive batches are consecutive
        pieces of them, so that a state may be carried from one to the next. ``first`` is
        true when the streams start (again). The seed moves the cuts.
        """
        door.within("B", B, 1)
        door.within("T", T, 1)
        shift = seed * 7919 % T
        data = self.encode(getattr(self, door.choice("split", split, SPLITS))[shift:])
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
