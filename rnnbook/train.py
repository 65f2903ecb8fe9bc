"""Fit a model, and keep a log of what happened."""

import math
import time

import torch
from torch.nn import functional as F

from . import plot
from .hardware import device


class NaNLossError(RuntimeError):
    """The loss stopped being a number."""


class Log:
    """What ``fit`` wrote down at every step: lists by name, such as ``log["loss"]``."""

    def __init__(self):
        self.rows = {}

    def add(self, **values):
        for name, value in values.items():
            self.rows.setdefault(name, []).append(value)

    def __getitem__(self, name):
        if name not in self.rows:
            raise KeyError(f"{name!r} was not logged; logged are {', '.join(self.rows)}")
        return self.rows[name]

    def plot(self, name="loss", **options):
        """Draw one logged row against the step; options go to ``plot.curves``."""
        return plot.curves({name: self[name]}, x="step", y=name.replace("_", " "), **options)


def fit(model, data, steps, B=32, lr=1e-2, clip=1.0, seed=0, **options):
    """Train ``model`` on ``steps`` batches of ``data`` with Adam; return the Log.

    data: a text or a task; options go to its ``batches`` (T for a text). Whole-number
    targets are scored with cross-entropy in nats, others with the mean squared error.
    clip: the gradient's norm is scaled down to this; None leaves it alone.
    The state is carried, detached, while the data say that a batch continues the last one
    (truncated BPTT); the seed chooses the batches. The model is trained in place, on
    ``device()``. Logged: loss, bits_per_char (whole-number targets), grad_norm before
    clipping, seconds.
    Raises NaNLossError with the step and the last gradient norm.
    """
    where = device()
    model.to(where).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    log, state, start = Log(), None, time.perf_counter()
    for step, (x, y, first) in zip(range(steps), data.batches(B, seed, **options)):
        state = None if first else detach(state)
        output, state = model(x.to(where), state)
        loss = loss_of(output, y.to(where))
        _stop_at_nan(loss, step, log)
        optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip or math.inf)
        optimiser.step()
        log.add(loss=loss.item(), grad_norm=norm.item(), seconds=time.perf_counter() - start)
        if not y.is_floating_point():
            log.add(bits_per_char=loss.item() / math.log(2))
    return log


def loss_of(output, target):
    """Cross-entropy in nats for whole-number targets, else the mean squared error.

    output: (..., K); target: (...) whole numbers, -100 where no answer is asked, or (..., K).
    """
    if target.is_floating_point():
        return F.mse_loss(output, target)
    return F.cross_entropy(output.flatten(0, -2), target.flatten())


def detach(state):
    """The state without its history: memory goes on, credit stops here. None stays None."""
    if state is None:
        return None
    if isinstance(state, tuple):
        return tuple(detach(part) for part in state)
    return state.detach()


@torch.no_grad()
def evaluate(model, data, batches=1, B=256, seed=10_007, **options):
    """Mean loss and accuracy of ``model`` on fresh batches; returns a dict.

    Keys: loss; for whole-number targets also accuracy (0 to 1) and bits_per_char.
    options go to ``data.batches`` (``split="valid"`` for a text).
    """
    where, state, loss, right, asked = device(), None, 0.0, 0, 0
    model.to(where).eval()
    for _, (x, y, first) in zip(range(batches), data.batches(B, seed, **options)):
        output, state = model(x.to(where), None if first else state)
        y = y.to(where)
        loss += loss_of(output, y).item() / batches
        if not y.is_floating_point():
            right += ((output.argmax(-1) == y) & (y != -100)).sum().item()
            asked += (y != -100).sum().item()
    if not asked:
        return {"loss": loss}
    return {"loss": loss, "accuracy": right / asked, "bits_per_char": loss / math.log(2)}


def _stop_at_nan(loss, step, log):
    if not torch.isfinite(loss):
        last = f"{log['grad_norm'][-1]:.2g}" if log.rows else "not known"
        raise NaNLossError(
            f"the loss is {loss.item()} at step {step}; the last gradient norm was {last}. "
            "Lower the learning rate or clip the gradient."
        )
