"""What all tasks share."""

from dataclasses import dataclass
from itertools import count

import torch

from rnnbook import door


@dataclass(frozen=True)
class Task:
    """T time steps, where a task says nothing else; ``draw(B, generator)`` makes one batch.

    D: input features. K: outputs. baseline: the loss of the best answer that ignores
    everything but the statistics of the target. best: the loss that no model can go below.
    """

    T: int
    best = 0.0

    def __post_init__(self):
        if not door.fits(self.T, int):
            raise TypeError(f"T is {door.short(self.T)}; expected a whole number")
        if self.T < self.shortest:
            name = type(self).__name__
            raise ValueError(f"{name} has T={self.T}; expected at least {self.shortest} steps")

    @door.checked
    def batch(self, B: int, seed: int = 0):
        """One batch (x_BTD, y), the same for the same seed, and the lengths where they differ."""
        return self.draw(door.within("B", B, 1), torch.Generator().manual_seed(seed))

    @door.checked
    def batches(self, B: int, seed: int = 0):
        """Batches (x_BTD, y, True) for ever, with lengths behind them where they differ."""
        seeds = ((seed + 1) * 1_000_003 + step for step in count())
        for x_BTD, y, *lengths in (self.batch(B, seed=s) for s in seeds):
            yield x_BTD, y, True, *lengths
