"""The options of ``fit``, checked, and the choices that they name."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import torch

from rnnbook import door

from .forcing import DECAYS
from .pieces import checked

OPTIMISERS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}
# The factor of the learning rate by the progress p after the warm-up, 0 <= p < 1.
SCHEDULES = {
    "constant": lambda p: 1.0,
    "linear": lambda p: 1 - p,
    "cosine": lambda p: (1 + math.cos(math.pi * p)) / 2,
    "step": lambda p: 1.0 if p < 1 / 2 else 0.1 if p < 3 / 4 else 0.01,
}


@dataclass(frozen=True)
class Recipe:
    """How ``fit`` trains; each option is explained there."""

    steps: int
    B: int = 32
    lr: float = 1e-2
    clip: float | None = 1.0
    seed: int = 0
    optimiser: str | Callable = "adam"
    momentum: float = 0.0
    weight_decay: float = 0.0
    clip_value: float | None = None
    schedule: str | Callable = "constant"
    warmup: int = 0
    window: int | None = None
    forcing: float | str | Callable = 1.0
    feed: Callable | None = None
    loss: Callable | None = None
    valid: object = None
    valid_options: dict | None = None
    every: int = 100
    patience: int | None = None
    keep_best: bool | None = None
    checkpoint: str | Path | None = None
    progress: bool = True

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if not door.fits(value, field.type):
                raise TypeError(
                    f"fit: {field.name} is {door.short(value)}; expected {door.words(field.type)}"
                )
        self._check_ranges()
        self._check_names()

    def _check_ranges(self):
        if not 0 <= self.lr < math.inf:  # 0 changes nothing, which a chapter shows
            raise ValueError(f"lr is {self.lr}; expected a finite number of at least 0")
        for name in ("clip", "clip_value"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} is {value}; expected a finite number above 0")
        for name, low in {"steps": 0, "warmup": 0, "B": 1, "every": 1}.items():
            door.within(name, getattr(self, name), low)
        for name in ("window", "patience"):
            if getattr(self, name) is not None:
                door.within(name, getattr(self, name), 1)
        for name, high in {"momentum": 1, "weight_decay": math.inf}.items():
            door.within(name, getattr(self, name), 0, high)

    def _check_names(self):
        if self.valid is not None:
            checked(self.valid, "valid")
        known = {"optimiser": OPTIMISERS, "schedule": SCHEDULES, "forcing": DECAYS}
        for name, choices in known.items():
            if isinstance(getattr(self, name), str):
                door.choice(name, getattr(self, name), choices)
        if not isinstance(self.forcing, (str, Callable)):
            door.within("forcing", self.forcing, 0, 1)
        if self.momentum and self.optimiser in ("adam", "adamw"):
            raise ValueError(f"{self.optimiser!r} takes no momentum; 'sgd' and 'rmsprop' do")
        for name in ("patience", "keep_best", "valid_options"):
            if getattr(self, name) and self.valid is None:
                raise ValueError(f"{name} needs data to validate on; give them as valid=")

    def optimiser_for(self, parameters):
        """The optimiser; each group of parameters remembers the rate that it starts from."""
        make = OPTIMISERS.get(self.optimiser, self.optimiser)
        given = {"momentum": self.momentum, "weight_decay": self.weight_decay}
        given = {name: value for name, value in given.items() if value}
        if self.optimiser == "adamw":
            given.setdefault("weight_decay", 0.0)  # torch.optim takes 0.01
        optimiser = make(parameters, lr=self.lr, **given)
        for group in optimiser.param_groups:
            group["initial_lr"] = group["lr"]
        return optimiser

    def set_lr(self, optimiser, step):
        """Give the optimiser the learning rate of this step, and return it."""
        if callable(self.schedule):
            factor = self.schedule(step)
        else:
            done = max(0, step - self.warmup) / max(1, self.steps - self.warmup)
            factor = SCHEDULES[self.schedule](done)
        if step < self.warmup:
            factor *= (step + 1) / self.warmup
        for group in optimiser.param_groups:
            group["lr"] = group["initial_lr"] * factor
        return optimiser.param_groups[0]["lr"]

    def forcing_at(self, step):
        """The probability that an input comes from the data."""
        decay = DECAYS.get(self.forcing, self.forcing)
        if callable(decay):
            decay = decay(step / max(1, self.steps - 1))
        return door.within("forcing", decay, 0, 1)

    @property
    def keeps_best(self):
        """Whether the best validated weights are brought back at the end."""
        return self.patience is not None if self.keep_best is None else self.keep_best

    def validation(self, options):
        """The arguments of ``evaluate``: the options of the data, as far as they fit."""
        taken, split = names_of(self.valid.batches), {"split": "valid"}
        options = {n: v for n, v in {**options, **split}.items() if n in taken}
        reading = {"loss": self.loss, "feed": self.feed, "B": self.B}
        return {**reading, **options, **(self.valid_options or {})}


def names_of(function):
    """The names of the arguments that a function takes, with ** if it takes others too."""
    kinds = inspect.signature(function).parameters.values()
    return {"**" if p.kind is p.VAR_KEYWORD else p.name for p in kinds}


def sorted_out(options, data):
    """The options that are ``fit``'s own, and those that go to ``data.batches``.

    Raises TypeError for data without batches, and for an option that neither takes.
    """
    names = [field.name for field in fields(Recipe)]
    own = {name: value for name, value in options.items() if name in names}
    rest = {name: value for name, value in options.items() if name not in names}
    taken = names_of(checked(data).batches) - {"B", "seed"}
    unknown = sorted(rest.keys() - taken)
    if unknown and "**" not in taken:
        raise TypeError(
            f"unknown option {', '.join(unknown)}; fit takes {', '.join(names)}, and these data "
            f"{', '.join(sorted(taken)) or 'nothing more'}"
        )
    return own, rest
