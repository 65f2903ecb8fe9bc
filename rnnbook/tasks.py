"""Synthetic problems with a known answer and a known trivial baseline.

Every task yields batches (x_BTD, y, first) for ever; ``first`` is always true, since each
batch starts anew. D is the number of input features, K of outputs, and ``baseline`` the loss
of the best answer that ignores everything but the statistics of the target.
"""

import math
from dataclasses import dataclass
from itertools import count

import torch
from torch.nn.functional import one_hot


@dataclass(frozen=True)
class Task:
    """T time steps; ``draw(B, generator)`` makes one batch."""

    T: int

    def __post_init__(self):
        if self.T < self.shortest:
            name = type(self).__name__
            raise ValueError(f"{name} has T={self.T}; expected at least {self.shortest} steps")

    def batch(self, B, seed=0):
        """One batch (x_BTD, y), the same for the same seed."""
        return self.draw(B, torch.Generator().manual_seed(seed))

    def batches(self, B, seed=0):
        """Batches (x_BTD, y, True) for ever, from seeds of their own."""
        for step in count():
            yield *self.batch(B, seed=(seed + 1) * 1_000_003 + step), True


@dataclass(frozen=True)
class adding(Task):
    """Add the two marked numbers of a sequence (hochreiter1997, experiment 4).

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
