"""The training loop."""

import inspect
import math
import time
from contextlib import contextmanager
from itertools import islice

import torch
from torch import nn

from rnnbook import door
from rnnbook.hardware import device

from . import checkpoint, progress
from .forcing import forward
from .log import Log
from .pieces import detach, pieces_of
from .recipe import Recipe, sorted_out
from .scores import evaluate, mean_loss


class NaNLossError(RuntimeError):
    """The loss or its gradient stopped being a number; ``log`` holds what came before."""


def fit(model, data, steps, B=32, lr=1e-2, clip=1.0, seed=0, **options):
    """Train ``model`` in place, on ``device()``, with ``steps`` updates; return the Log.

    data: a text, a task or another object with batches. One batch of B sequences makes one
    update. While the data say that a batch continues the last one, the state is carried and
    detached (truncated BPTT). Batches with lengths are read by ``model(x, state, lengths=...)``.
    The seed decides the batches and the draws of ``forcing``.

    Score and gradient
    loss: by default cross-entropy in nats for whole-number targets, else the mean squared
        error; or a function of the asked positions, output (N, K) and target (N,) or (N, K).
    clip: the gradient's norm is scaled down to this (pascanu2013); None leaves it alone.
    clip_value: cut each number of the gradient to at most this instead.
    window: cut each batch into pieces of so many steps, with one update for each piece, the
        state carried and detached. A piece that asks for nothing is read without an update.

    Optimiser
    optimiser: "adam", "adamw", "rmsprop", "sgd", or a function that makes one of (parameters,
        lr=lr). momentum: of "sgd" and "rmsprop". weight_decay: a multiple of the weights that
        is added to the gradient, or, with "adamw", taken off the weights.
    schedule: what lr is multiplied with: "constant"; "linear" and "cosine" fall to 0; "step":
        1/10 from the half, 1/100 from three quarters on; or a function of the step.
    warmup: over so many first steps the rate grows in equal parts; the schedule starts then.

    Inputs
    forcing: the probability that an input comes from the data instead of the model's own
        prediction (``unroll``), drawn for each sequence and step; the first input of a piece
        always does. A number; "linear" or "inverse sigmoid", falling from 1 to 0; or a
        function of the progress, 0 to 1. feed: a function from output to next input.

    Watching
    valid: data to validate on every ``every`` steps and at the end, on the part "valid" where
        they have one; valid_options change the arguments of ``evaluate`` (batches=4).
    patience: stop after so many validations in a row that were no better than the best.
    keep_best: end with the best validated weights; None does so where patience is given.
    checkpoint: a file, written every ``every`` steps and at the end. The same call goes on
        from it, with the same numbers as if it had not stopped, if the data depend on the
        seed alone; a call with other arguments is refused.
    progress: show a bar in a notebook or on a terminal, unless the variable CI is set.

    Other options go to ``data.batches`` (T for a text). Logged at each step: loss, grad_norm
    before clipping, lr, seconds, bits_per_char (where the loss is cross-entropy); when
    validated: valid_loss and the other scores. Taught in chapter 12.
    Raises NaNLossError with the step and the last gradient norm when a loss or a norm is no
    finite number. That error, and KeyboardInterrupt, carries the log so far as ``error.log``.
    TypeError, ValueError: options, data or shapes that cannot be; data that end too early.
    """
    own, options = sorted_out(options, data)
    run = Run(model, data, Recipe(steps, B, lr, clip, seed, **own), options)
    with run.running():
        for piece in run.pieces():
            state = None if piece.first else detach(run.state)
            output, run.state = run.forward(piece, state)
            loss = run.finite("loss", mean_loss(output, piece, run.recipe.loss))
            rate = run.recipe.set_lr(run.optimiser, run.step)
            run.optimiser.zero_grad()
            loss.backward()
            norm = run.finite("gradient norm", clip_gradient(model, run.recipe))
            run.optimiser.step()
            run.write(piece, loss=loss.item(), grad_norm=norm.item(), lr=rate)
            run.count()
    return run.log


fit.__signature__ = inspect.Signature(
    [
        *list(inspect.signature(fit).parameters.values())[:2],
        *inspect.signature(Recipe).parameters.values(),
        inspect.signature(fit).parameters["options"],
    ]
)


class Run:
    """A run of ``fit``: all that changes on the way, and all that a checkpoint keeps."""

    def __init__(self, model, data, recipe, options):
        if not isinstance(model, nn.Module) or not any(w.requires_grad for w in model.parameters()):
            raise TypeError(f"model is {door.short(model)}; expected a module with weights to fit")
        self.model, self.data, self.recipe, self.options = model, data, recipe, options
        self.model.to(device()).train()
        self.optimiser = recipe.optimiser_for(model.parameters())
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.log, self.state, self.best = Log(), None, None
        self.step = self.read = self.waited = 0  # updates, pieces, validations without a gain

    @contextmanager
    def running(self):
        """Go on from the checkpoint, show a bar; an error that ends the run takes the log along."""
        checkpoint.resume(self)
        self.start = time.perf_counter() - self.log.last("seconds", default=0.0)
        with progress.bar(self.recipe.steps, self.step, self.recipe.progress) as self.show:
            try:
                yield
            except (NaNLossError, KeyboardInterrupt) as error:
                error.log = self.log
                error.add_note(f"after {self.step} steps; what was logged is in the error's .log")
                raise
        self.log.stopped = self.log.stopped or "steps"
        if self.best is not None:
            self.model.load_state_dict(self.best)

    def pieces(self):
        """A piece for each update that is left; pieces that ask for nothing are only read."""
        recipe = self.recipe
        pieces = pieces_of(self.data.batches(recipe.B, recipe.seed, **self.options), recipe.window)
        pieces = islice(pieces, self.read, None)
        while self.step < recipe.steps and self.log.stopped is None:
            piece = next(pieces, None)
            if piece is None:
                raise ValueError(
                    f"the data ended after {self.read} batches, the run needs {recipe.steps}; make "
                    "steps smaller, or let batches() go on for ever"
                )
            self.read += 1
            if piece.asked().any():
                yield piece
            else:
                with torch.no_grad():
                    _, self.state = self.forward(piece, None if piece.first else self.state)

    def forward(self, piece, state):
        """The model's output and state, from the inputs that ``forcing`` decides on."""
        recipe = self.recipe
        forcing = recipe.forcing_at(self.step)
        return forward(
            self.model, piece, state, forcing, generator=self.generator, feed=recipe.feed
        )

    def finite(self, what, value):
        """``value``; NaNLossError unless it is a finite number."""
        if not torch.isfinite(value):
            last = f"{self.log['grad_norm'][-1]:.2g}" if self.log.rows else "not known"
            raise NaNLossError(
                f"the {what} is {value.item()} at step {self.step}; the last gradient norm was "
                f"{last}. Lower the learning rate or clip the gradient."
            )
        return value

    def write(self, piece, **values):
        """Log one update."""
        seconds = time.perf_counter() - self.start
        self.log.add(self.step, **values, seconds=seconds)
        if piece.whole and self.recipe.loss is None:
            self.log.add(self.step, bits_per_char=values["loss"] / math.log(2))

    def count(self):
        """One update more; every so often and at the end, validate and save."""
        self.step += 1
        self.show(loss=self.log.last())
        if self.step % self.recipe.every and self.step < self.recipe.steps:
            return
        if self.recipe.valid is not None:
            self.validate()
        checkpoint.save(self)

    def validate(self):
        """Score the model, remember the best, and stop when patience is at its end."""
        recipe = self.recipe
        scores = evaluate(self.model, recipe.valid, **recipe.validation(self.options))
        self.model.train()
        self.log.add(self.step, **{f"valid_{name}": score for name, score in scores.items()})
        if scores["loss"] < (self.log.best or {"loss": math.inf})["loss"]:
            self.log.best, self.waited = {"step": self.step, "loss": scores["loss"]}, 0
            if recipe.keeps_best:
                self.best = {name: w.clone() for name, w in self.model.state_dict().items()}
        else:
            self.waited += 1
        if recipe.patience is not None and self.waited >= recipe.patience:
            self.log.stopped = "patience"


def clip_gradient(model, recipe):
    """Clip by norm, or by value where ``clip_value`` is given; the norm before clipping."""
    weights = list(model.parameters())
    if recipe.clip_value is None:
        return nn.utils.clip_grad_norm_(weights, recipe.clip or math.inf)
    norm = nn.utils.clip_grad_norm_(weights, math.inf)
    nn.utils.clip_grad_value_(weights, recipe.clip_value)
    return norm
