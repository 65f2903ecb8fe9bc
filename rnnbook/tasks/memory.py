"""Tasks that ask for memory: to keep, to count, to compare."""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import one_hot

from rnnbook import door

from .task import Task


@dataclass(frozen=True)
class adding(Task):
    """Add the two marked numbers of a sequence (simpler than hochreiter1997, experiment 4).

    x_BTD: D = 2, a number uniform in [0, 1) and a marker that is 1 at two steps, one in each
    half, and 0 elsewhere. y_BK: K = 1, the sum. Answering 1 scores the baseline, 1/6.
    """

    D, K, shortest, baseline = 2, 1, 2, 1 / 6

    def draw(self, B, generator):
        value_BT = torch.rand(B, self.T, generator=generator)
        half = self.T // 2
        first_B1 = torch.randint(half, (B, 1), generator=generator)
        second_B1 = torch.randint(half, self.T, (B, 1), generator=generator)
        marker_BT = torch.zeros(B, self.T)
        marker_BT.scatter_(1, torch.cat([first_B1, second_B1], dim=1), 1.0)
        y_B1 = (value_BT * marker_BT).sum(dim=1, keepdim=True)
        return torch.stack([value_BT, marker_BT], dim=2), y_B1


@dataclass(frozen=True)
class recall(Task):
    """Name the first symbol after T - 1 distractors.

    x_BTD: D = 8, one-hot: one of four symbols at the first step, one of four others at each
    later step. y_B: the first symbol, 0 to 3. The lag between cue and answer is T - 1.
    """

    D, K, shortest, baseline = 8, 4, 1, math.log(4)

    def draw(self, B, generator):
        x_BT = torch.randint(4, 8, (B, self.T), generator=generator)
        y_B = torch.randint(4, (B,), generator=generator)
        x_BT[:, 0] = y_B
        return one_hot(x_BT, 8).float(), y_B


@dataclass(frozen=True)
class lag(Task):
    """Repeat at every step the symbol of ``steps`` steps before.

    x_BTD: D = 4, one-hot. y_BT: 0 to 3, and -100 (no answer asked) in the first steps.
    """

    steps: int = 1
    D, K, shortest, baseline = 4, 4, 2, math.log(4)

    def draw(self, B, generator):
        if not 0 <= self.steps < self.T:
            raise ValueError(f"steps is {self.steps}; expected 0 to T - 1 = {self.T - 1}")
        x_BT = torch.randint(4, (B, self.T), generator=generator)
        y_BT = x_BT.roll(self.steps, dims=1)
        y_BT[:, : self.steps] = -100
        return one_hot(x_BT, 4).float(), y_BT


@dataclass(frozen=True)
class register(Task):
    """Show the last number that was written, but only when asked; else show 0.

    x_BTD: D = 3, a number uniform in [-1, 1], a write flag, 1 at the first step and with
    probability 0.1 later, and a read flag, 1 with probability 1/2. y_BTK: K = 1, the number
    at the latest write flag where the read flag is 1, else 0. A good memory opens to the
    input when the write flag is 1, holds still when it is 0, and opens to the output when the
    read flag is 1. Answering 0 scores 1/6.
    """

    D, K, shortest, baseline = 3, 1, 1, 1 / 6

    def draw(self, B, generator):
        value_BT = 2 * torch.rand(B, self.T, generator=generator) - 1
        write_BT = (torch.rand(B, self.T, generator=generator) < 0.1).float()
        write_BT[:, 0] = 1.0
        step_BT = torch.arange(self.T).expand(B, -1) * write_BT.long()
        held_BT = value_BT.gather(1, step_BT.cummax(dim=1).values)
        read_BT = (torch.rand(B, self.T, 1, generator=generator) < 0.5).float()[..., 0]
        return torch.stack([value_BT, write_BT, read_BT], dim=2), (held_BT * read_BT)[..., None]


@dataclass(frozen=True)
class copy(Task):
    """Repeat S symbols after a pause of T steps (arjovsky2016).

    x_BTD: D = 10, one-hot, over T + 2 S steps: S symbols, 0 to 7; then blanks, 8, but for a
    sign to begin, 9, S steps before the end. y_BT: blanks, and in the last S steps the symbols
    in order; K = 9. Answering blank, and at the end any symbol alike, scores the baseline
    S log 8 / (T + 2 S), in nats, averaged over all steps.
    """

    S: int = 10
    D, K, shortest = 10, 9, 1

    def __post_init__(self):
        super().__post_init__()
        door.within("S", self.S, 1)

    @property
    def baseline(self):
        return self.S * math.log(8) / (self.T + 2 * self.S)

    def draw(self, B, generator):
        symbols_BS = torch.randint(8, (B, self.S), generator=generator)
        x_BT = torch.full((B, self.T + 2 * self.S), 8)
        y_BT = x_BT.clone()
        x_BT[:, : self.S], x_BT[:, -self.S - 1], y_BT[:, -self.S :] = symbols_BS, 9, symbols_BS
        return one_hot(x_BT, 10).float(), y_BT


@dataclass(frozen=True)
class xor(Task):
    """Predict the next bit of a stream in which every third is the XOR of the two before.

    x_BTD: D = 1, the bits. y_BT: the next ones, K = 2. Two of three bits are random; only those
    at steps 2, 5, 8, ... (counted from 0) can be known, one step before. Baseline: log 2.
    Source: elman1990, section "Exclusive-OR".
    """

    D, K, shortest, baseline = 1, 2, 2, math.log(2)

    @property
    def best(self):
        return math.log(2) * (1 - (self.T + 1) // 3 / self.T)

    def draw(self, B, generator):
        bits_B3N = torch.randint(2, (B, 3, self.T // 3 + 1), generator=generator)
        bits_B3N[:, 2] = bits_B3N[:, 0] ^ bits_B3N[:, 1]
        bits = bits_B3N.transpose(1, 2).flatten(1)[:, : self.T + 1]
        return bits[:, :-1, None].float(), bits[:, 1:]


@dataclass(frozen=True)
class parity(Task):
    """Say at every step whether the number of ones so far is odd.

    x_BTD: D = 1, random bits. y_BT: 0 even, 1 odd; K = 2. Baseline: log 2.
    """

    D, K, shortest, baseline = 1, 2, 1, math.log(2)

    def draw(self, B, generator):
        bits_BT = torch.randint(2, (B, self.T), generator=generator)
        return bits_BT[:, :, None].float(), bits_BT.cumsum(1) % 2


@dataclass(frozen=True)
class noise(Task):
    """Nothing to learn: targets that know nothing of the inputs.

    x_BTD: D = 4, one-hot symbols. y_BT: other symbols, drawn apart; K = 4. No model can do
    better than the baseline log 4 on fresh batches; one that does has seen its targets.
    """

    D, K, shortest, baseline, best = 4, 4, 1, math.log(4), math.log(4)

    def draw(self, B, generator):
        x_BT, y_BT = torch.randint(4, (2, B, self.T), generator=generator)
        return one_hot(x_BT, 4).float(), y_BT


class permuted_digits:
    """Which digit an image shows, its 64 pixels read one by one in a fixed shuffled order.

    digits: the data set ``data.digits()``. seed: decides the order; None leaves the pixels in
    rows. x_BTD: D = 1, T = 64, 0 to 1. y_B: K = 10. Baseline: log 10. With another set of
    images this is the task of le2015.
    """

    T, D, K, baseline, best = 64, 1, 10, math.log(10), 0.0

    def __init__(self, digits, seed=0):
        if not hasattr(digits, "batches"):
            raise TypeError(f"digits is {door.short(digits)}; expected data.digits()")
        shuffle = torch.Generator().manual_seed(seed or 0)
        self.digits = digits
        self.order = torch.arange(64) if seed is None else torch.randperm(64, generator=shuffle)

    def batches(self, B, seed=0, split="train"):
        """Batches (x_BTD, y_B, True) for ever, every image once in an epoch."""
        for columns, y_B, _, _ in self.digits.batches(B, seed, split):
            pixels = columns.transpose(1, 2).flatten(1)  # row by row
            yield pixels[:, self.order, None], y_B, True
