"""A series in time: windows that never cross from one part, or over a gap, into the next."""

from dataclasses import dataclass

import torch

from rnnbook import door

from .parts import SPLITS, Scaler, shuffled


@dataclass(frozen=True)
class Series:
    """Numbers in the order of time: the first part trains, the next validates, the last tests.

    values: (N, D) as measured; what they are stands in ``quantity``, with the unit.
    time: (N,) whole numbers in ``unit``; two neighbours are ``step`` apart, or more over a
    gap. ends: where the parts "valid" and "test" begin. T: the usual length of a window.
    anomaly: the range of indices that is labelled as one, or None.
    """

    values: torch.Tensor
    time: torch.Tensor
    ends: tuple
    step: int
    quantity: str
    unit: str
    T: int
    licence: str
    source: str
    anomaly: range | None = None

    @property
    def D(self):
        return self.values.shape[1]

    K = D

    def span(self, split):
        """The slice of ``values`` and ``time`` that a part is."""
        at = SPLITS.index(door.choice("split", split, SPLITS))
        bounds = (0, *self.ends, len(self.values))
        return slice(bounds[at], bounds[at + 1])

    train = property(lambda self: self.values[self.span("train")])
    valid = property(lambda self: self.values[self.span("valid")])
    test = property(lambda self: self.values[self.span("test")])

    @property
    def scaler(self):
        """Mean and deviation of the training part."""
        return Scaler.of(self.train)

    def starts(self, T, horizon, split):
        """Where a window of T inputs with its targets lies whole in a part and over no gap."""
        door.within("T", T, 1)
        door.within("horizon", horizon, 1)
        span, length = self.span(split), T + horizon
        time = self.time[span]
        if length > len(time):
            raise ValueError(
                f"T={T} with horizon={horizon} needs {length} values, the {split} part has "
                f"{len(time)}; make T or horizon smaller"
            )
        whole = time[length - 1 :] - time[: len(time) - length + 1] == (length - 1) * self.step
        return (span.start + whole.nonzero()[:, 0]).tolist()

    @door.checked
    def batches(
        self,
        B: int,
        seed: int = 0,
        split: str = "train",
        T: int | None = None,
        horizon: int = 1,
    ):
        """Yield (x_BTD, y_BTK, True) for ever: windows, scaled, and what comes ``horizon`` later.

        y[:, t] is the value ``horizon`` steps after x[:, t], and K = D. Each epoch shows every
        window of the part once, in an order that the seed decides.
        """
        T = T or self.T
        values = self.scaler.scale(self.values)
        starts = self.starts(T, horizon, split)
        lists = shuffled(starts, B, torch.Generator().manual_seed(seed), f"{split} (T={T})")
        return (_windows(values, chosen, T, horizon) for chosen in lists)


def _windows(values, starts, T, horizon):
    index_BT = torch.tensor(starts)[:, None] + torch.arange(T)
    return values[index_BT], values[index_BT + horizon], True
