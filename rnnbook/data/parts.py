"""What the data sets share: parts, symbols, shuffled batches, padding and scaling."""

from dataclasses import dataclass

import torch
from torch.nn.utils.rnn import pad_sequence

from rnnbook import door

SPLITS = ("train", "valid", "test")


def encode(sequence, symbols):
    """Indices of the symbols of a text or list, int64 (T,). ValueError for an unknown one."""
    index = {symbol: i for i, symbol in enumerate(symbols)}
    unknown = sorted(set(sequence) - index.keys())
    if unknown:
        known = repr(symbols) if isinstance(symbols, str) else ", ".join(symbols)
        raise ValueError(
            f"unknown symbols {unknown}; expected are only {known}. Remove or replace them first."
        )
    return torch.tensor([index[symbol] for symbol in sequence], dtype=torch.long)


def decode(indices, symbols):
    """The symbols behind indices (T,), a tensor or a list."""
    return [symbols[int(i)] for i in indices]


def shuffled(examples, B, generator, split):
    """Lists of B examples for ever, each example once in an epoch, in an order drawn anew.

    The last list of an epoch holds what is left over. ValueError for B beyond the examples.
    """
    door.within("B", B, 1)
    if B > len(examples):
        raise ValueError(
            f"B={B} is more than the {len(examples)} examples of the {split} part; make B smaller"
        )
    return _epochs(examples, B, generator)


def _epochs(examples, B, generator):
    while True:
        for chosen in torch.randperm(len(examples), generator=generator).split(B):
            yield [examples[i] for i in chosen.tolist()]


def pad(sequences, value=0):
    """Sequences of different lengths as one tensor (B, T, ...), and their lengths (B,)."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    return pad_sequence(list(sequences), batch_first=True, padding_value=value), lengths


@dataclass(frozen=True)
class Scaler:
    """Mean and standard deviation of each feature of a training part, (D,) each."""

    mean: torch.Tensor
    sd: torch.Tensor

    @classmethod
    def of(cls, x_TD):
        return cls(x_TD.mean(dim=0), x_TD.std(dim=0, correction=0))

    def scale(self, x):
        """Numbers (..., D) with mean 0 and deviation 1 on the training part."""
        return (x - self.mean) / self.sd

    def unscale(self, z):
        """Scaled numbers (..., D) in their own unit again."""
        return z * self.sd + self.mean


@dataclass(frozen=True)
class Examples:
    """Examples in three parts. A subclass says in ``collate`` how some of them make a batch.

    train, valid, test: lists. licence, source: what may be done with them, and whose they are.
    """

    train: list
    valid: list
    test: list
    licence: str
    source: str

    def part(self, split):
        """The examples of "train", "valid" or "test"; ValueError for another name."""
        return getattr(self, door.choice("split", split, SPLITS))

    @door.checked
    def batches(self, B: int, seed: int = 0, split: str = "train"):
        """Yield batches of B examples for ever, as the class describes them.

        Each epoch shows every example once, in an order that the seed decides; its last
        batch may be smaller. ValueError when the part has fewer than B examples.
        """
        generator = torch.Generator().manual_seed(seed)
        lists = shuffled(self.part(split), B, generator, split)
        return (self.collate(examples, generator) for examples in lists)
