"""Losses and scores."""

import math

import torch
from torch.nn import functional as F

from rnnbook import door
from rnnbook.hardware import device

from .forcing import forward
from .pieces import checked, exactly, pieces_of


def loss_of(output, target):
    """Cross-entropy in nats for whole-number targets, else the mean squared error.

    output: (..., K); target: (...) whole numbers, -100 where no answer is asked, or (..., K).
    """
    if target.is_floating_point():
        return F.mse_loss(output, target)
    return F.cross_entropy(output.flatten(0, -2), target.flatten())


def mean_loss(output, piece, loss=None):
    """The mean loss over the asked positions; ``loss`` sees these alone, (N, K) and (N, ...)."""
    check_shapes(output, piece, loss)
    target = piece.y.to(output.device)
    if loss is None and (piece.whole or piece.lengths is None):
        return loss_of(output, target)
    asked = piece.asked().to(output.device)
    return (loss or loss_of)(output[asked], target[asked])


def check_shapes(output, piece, loss):
    """Raise ValueError for an output that cannot be compared with the target."""
    y, whole = piece.y, piece.whole
    if whole or loss is not None:
        fits = output.shape[:-1] == (y.shape if whole else y.shape[:-1])
    else:
        fits = output.shape == y.shape
    if not fits:
        raise ValueError(
            f"the model's output has shape {tuple(output.shape)}, the target {tuple(y.shape)} of "
            f"{y.dtype}; expected {'(..., K) and (...)' if whole else 'the same shape'}. A "
            "Tagger answers at every step, a Classifier once for each sequence"
        )
    if whole and (top := int(y.max())) >= output.shape[-1]:
        raise ValueError(
            f"the targets run up to {top} and the model has {output.shape[-1]} scores; expected "
            f"{top + 1} scores or more"
        )


@torch.no_grad()
def evaluate(
    model, data, batches=1, B=256, seed=10_007, loss=None, forcing=1.0, prompt=0, **options
):
    """Scores of ``model`` on fresh batches, over all positions that ask for an answer; a dict.

    Keys: loss; for whole-number targets also accuracy (0 to 1), and, unless ``loss`` is given,
    bits_per_char and perplexity = exp(loss), the loss being the total over all batches divided
    by the number of answers asked.
    loss: a function, as in ``fit``. forcing: the share of inputs that come from the data; with
    0 the model runs freely on its own predictions (see ``unroll``, also for the option feed).
    prompt: this many first steps of a batch come from the data in any case and are not scored.
    options go to ``data.batches`` (``split="valid"`` for a text).
    Raises ValueError when the data end too early or ask for nothing. Taught in chapter 12.
    """
    door.within("forcing", forcing, 0, 1)
    door.within("batches", batches, 1)
    reading = {"forcing": forcing, "prompt": prompt, "feed": options.pop("feed", None)}
    generator = torch.Generator().manual_seed(seed)
    state, tally = None, Tally(loss)
    model.to(device()).eval()
    for piece in exactly(batches, pieces_of(checked(data).batches(B, seed, **options))):
        state = None if piece.first else state
        output, state = forward(model, piece, state, generator=generator, **reading)
        if prompt:
            output, piece = output[:, prompt:], piece.steps(slice(prompt, None))
        tally.add(output, piece)
    return tally.scores()


class Tally:
    """Sums over batches, weighted by the answers that they ask for."""

    def __init__(self, loss):
        self.loss, self.total, self.right, self.asked, self.whole = loss, 0.0, 0, 0, False

    def add(self, output, piece):
        many = int(piece.asked().sum())
        if many:
            self.asked, self.whole = self.asked + many, piece.whole
            self.total += many * mean_loss(output, piece, self.loss).item()
        if piece.whole:
            self.right += int((output.argmax(-1).cpu() == piece.y).sum())

    def scores(self):
        if not self.asked:
            raise ValueError("the steps after the prompt ask for no answer; make it shorter")
        scores = {"loss": self.total / self.asked}
        if self.whole:
            scores["accuracy"] = self.right / self.asked
        if self.whole and self.loss is None:
            scores |= in_other_units(scores["loss"])
        return scores


def in_other_units(nats):
    """A cross-entropy in nats as bits_per_char and perplexity."""
    perplexity = math.exp(nats) if nats < 700 else math.inf
    return {"bits_per_char": nats / math.log(2), "perplexity": perplexity}
