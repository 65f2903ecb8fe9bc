"""Sequences of different lengths: to classify, to label, to translate, to predict."""

from dataclasses import dataclass
from functools import partial
from itertools import count

import torch

from rnnbook import door

from .parts import Examples, Scaler, decode, encode, pad, shuffled


@dataclass(frozen=True)
class Classified(Examples):
    """Sequences with one class each: an example is (sequence, name of its class).

    classes: the K names. Batches are (x, y_B, True, lengths): x is padded with 0 to the
    longest, y_B holds indices of classes, and lengths (B,) the steps that are real.
    """

    classes: tuple

    @property
    def K(self):
        return len(self.classes)

    def collate(self, examples, generator=None):
        x, lengths = pad([self.encode(sequence) for sequence, _ in examples])
        return x, encode([name for _, name in examples], self.classes), True, lengths


@dataclass(frozen=True)
class Utterances(Classified):
    """Classified frames of D numbers; batches hold them scaled, x_BTD."""

    scaler: Scaler

    @property
    def D(self):
        return len(self.scaler.mean)

    def encode(self, frames):
        """Scaled frames (T, D)."""
        return self.scaler.scale(frames)


@dataclass(frozen=True)
class Names(Classified):
    """Classified words; batches hold indices of characters, x_BT, of which there are V."""

    chars: str

    @property
    def V(self):
        return len(self.chars)

    def encode(self, name):
        """Indices of the characters, int64 (T,). ValueError for an unknown character."""
        return encode(name, self.chars)

    def decode(self, indices):
        """The text behind indices (T,), a tensor or a list."""
        return "".join(decode(indices, self.chars))


@dataclass(frozen=True)
class Digits(Classified):
    """Classified images, 8 by 8, of 0 to 16; batches hold their columns, 0 to 1, as steps."""

    D = 8

    def encode(self, image):
        """Columns from left to right, (8, 8): step, then pixel from the top."""
        return image.T / 16


@dataclass(frozen=True)
class Strips(Examples):
    """Two to six digits side by side, a column a step, and which digits they are, in order.

    Parts are those of ``digits``. D = 8 pixels; K = 11: the classes 1 to 10 are the digits
    0 to 9, and 0 is the blank of CTC. A strip is drawn anew every time, with 0 to 2 empty
    columns between two digits. Batches are (x_BTD, y, True, lengths, label_lengths): x is
    padded with 0, y (B, at most 6) with -100.
    """

    D, K = 8, 11

    @door.checked
    def batches(self, B: int, seed: int = 0, split: str = "train"):
        """Yield batches of B new strips for ever; the seed decides them."""
        door.within("B", B, 1)
        generator = torch.Generator().manual_seed(seed)
        draw = partial(_strip, self.part(split), generator)
        return (_stack([draw() for _ in range(B)]) for _ in count())

    def decode(self, labels):
        """The digits behind labels 1 to 10, as text; blanks and padding are left out."""
        return "".join(str(int(i) - 1) for i in labels if i > 0)


def _strip(examples, generator):
    """One strip: columns (T, 8) and labels."""
    many = int(torch.randint(2, 7, (), generator=generator))
    chosen = torch.randint(len(examples), (many,), generator=generator).tolist()
    gaps = torch.randint(3, (many,), generator=generator).tolist()
    gaps[-1] = 0
    pieces = [
        torch.cat([examples[i][0].T / 16, torch.zeros(gap, 8)]) for i, gap in zip(chosen, gaps)
    ]
    return torch.cat(pieces), torch.tensor([int(examples[i][1]) + 1 for i in chosen])


def _stack(strips):
    x_BTD, lengths = pad([columns for columns, _ in strips])
    labels, label_lengths = pad([labels for _, labels in strips], -100)
    return x_BTD, labels, True, lengths, label_lengths


@dataclass(frozen=True)
class Tagged(Examples):
    """Texts with a class for each character: an example is (name, text, digits of classes).

    classes: the K names; chars: the V characters; keywords, builtins: the words of those two
    classes. Batches are (x_BT, y_BT, True, lengths): pieces of T characters; the last one of
    a text may be shorter, and is padded with 0 in x and -100 in y.
    """

    classes: tuple
    chars: str
    keywords: tuple
    builtins: tuple

    K = Classified.K
    V, encode, decode = Names.V, Names.encode, Names.decode

    @door.checked
    def batches(self, B: int, seed: int = 0, split: str = "train", T: int = 200):
        """Yield batches for ever; each epoch shows every piece once, in the seed's order."""
        door.within("T", T, 1)
        pieces = [
            pair
            for _, text, labels in self.part(split)
            for pair in zip(self.encode(text).split(T), encode(labels, "01234567").split(T))
        ]
        lists = shuffled(pieces, B, torch.Generator().manual_seed(seed), split)
        return (self.collate(examples) for examples in lists)

    def collate(self, pieces):
        x_BT, lengths = pad([x for x, _ in pieces])
        y_BT, _ = pad([y for _, y in pieces], -100)
        return x_BT, y_BT, True, lengths


@dataclass(frozen=True)
class Pronunciations(Examples):
    """Words with all their pronunciations: an example is (word, list of lists of phones).

    chars: the V letters to read; phones: the K symbols to write, of which 0 starts and 1 ends.
    Batches are (x_BS, y_BT, True, x_lengths, y_lengths): letters padded with 0; one of the
    word's pronunciations, drawn by the seed, closed by the end symbol and padded with -100.
    A decoder that is fed the right answer reads y shifted by one, the start symbol first.
    """

    chars: str
    phones: tuple

    V, encode = Names.V, Names.encode

    @property
    def K(self):
        return len(self.phones)

    def encode_phones(self, phones):
        """Indices of phones, closed by the end symbol, int64 (T,)."""
        return torch.cat([encode(phones, self.phones), torch.tensor([1])])

    def decode_phones(self, indices):
        """The phones behind indices (T,), up to the end symbol; padding is left out."""
        indices = [int(i) for i in indices if i >= 0]
        return decode(indices[: indices.index(1)] if 1 in indices else indices, self.phones)

    def collate(self, examples, generator):
        x_BS, x_lengths = pad([self.encode(word) for word, _ in examples])
        picks = torch.rand(len(examples), generator=generator).tolist()
        chosen = [ways[int(pick * len(ways))] for (_, ways), pick in zip(examples, picks)]
        y_BT, y_lengths = pad([self.encode_phones(phones) for phones in chosen], -100)
        return x_BS, y_BT, True, x_lengths, y_lengths


@dataclass(frozen=True)
class Chorales(Examples):
    """Music in four voices: an example is (name, voices), voices int64 (T, 4).

    A voice is the MIDI number that sounds on each quarter note (60 is middle C), 0 in a rest.
    Batches are (x_BTD, y_BTK, True, lengths): frames of the 88 keys of a piano, 1 where a key
    sounds, and the frame after each; padded with 0, so mask a loss with ``lengths``.
    """

    D, K = 88, 88

    @staticmethod
    def frames(voices):
        """Voices (T, 4) as keys (T, 88) of 0 and 1; key 0 is the lowest A, MIDI number 21."""
        keys = torch.zeros(len(voices), 21 + 88)
        return keys.scatter(1, voices, 1.0)[:, 21:]

    def collate(self, examples, generator=None):
        frames = [self.frames(voices) for _, voices in examples]
        x_BTD, lengths = pad([frame[:-1] for frame in frames])
        y_BTK, _ = pad([frame[1:] for frame in frames])
        return x_BTD, y_BTK, True, lengths
