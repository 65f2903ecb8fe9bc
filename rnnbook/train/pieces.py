"""What ``batches`` yields: inputs, targets, and which answers are asked."""

from dataclasses import dataclass

import torch

from rnnbook import door
from rnnbook.layers import mask_of


@dataclass
class Piece:
    """A batch or some of its steps: x, y, whether it begins anew, lengths (B,) or None."""

    x: torch.Tensor
    y: torch.Tensor
    first: bool
    lengths: torch.Tensor | None = None

    @property
    def whole(self):
        """Whether the targets are whole numbers."""
        return not self.y.is_floating_point()

    @property
    def per_step(self):
        """Whether there is a target at every step."""
        steps = self.x.shape[1:2] == self.y.shape[1:2]
        return steps and self.y.ndim == (2 if self.whole else 3)

    def asked(self):
        """True where an answer is asked: the shape of y, without the last axis of numbers."""
        if self.whole:
            return self.y != -100
        if self.lengths is not None and self.per_step:
            return mask_of(self.lengths, self.y.shape[1])
        return torch.ones(self.y.shape[:-1], dtype=torch.bool)

    def steps(self, part):
        """The piece of the steps in a slice."""
        if not self.per_step:
            raise ValueError(
                f"x has shape {tuple(self.x.shape)} and y {tuple(self.y.shape)}; expected a "
                "target at every step, since steps are taken one by one or in parts"
            )
        x, y, first, lengths = self.x[:, part], self.y[:, part], self.first, self.lengths
        if lengths is not None:
            lengths = (lengths - (part.start or 0)).clamp(0, x.shape[1])
        return Piece(x, y, first and not part.start, lengths)


def pieces_of(batches, window=None):
    """Each batch as a piece, or as consecutive pieces of at most ``window`` steps.

    Raises TypeError for a batch of another kind, ValueError for one that asks nothing.
    """
    for batch in batches:
        if not isinstance(batch, tuple) or len(batch) not in (3, 4):
            what = f"{len(batch)} parts" if isinstance(batch, tuple) else door.short(batch)
            raise TypeError(f"a batch is {what}; expected (x, y, first) or (x, y, first, lengths)")
        piece = Piece(*batch)
        if not piece.asked().any():
            raise ValueError("a batch asks for no answer: all its targets are -100")
        if window is None:
            yield piece
        else:
            for start in range(0, piece.x.shape[1], window):
                yield piece.steps(slice(start, start + window))


def checked(data, name="data"):
    """``data``; TypeError unless they have batches."""
    if not hasattr(data, "batches"):
        raise TypeError(
            f"{name} is {door.short(data)}; expected a text, a task or another object with "
            "batches(B, seed), which yields (x, y, first)"
        )
    return data


def exactly(count, batches):
    """The first ``count`` of ``batches``; ValueError when there are fewer."""
    came = 0
    for _, batch in zip(range(count), batches):
        came += 1
        yield batch
    if came < count:
        raise ValueError(f"the data ended after {came} batches; {count} were asked for")


def detach(state):
    """The state without its history: memory goes on, credit stops here. None stays None."""
    if state is None:
        return None
    if isinstance(state, (tuple, list)):
        return type(state)(detach(part) for part in state)
    return state.detach()
