"""Save a run of ``fit``, and go on from there as if it had never stopped."""

import hashlib
import os
import re
import zipfile
from dataclasses import fields
from pathlib import Path

import torch

from rnnbook.hardware import device

from .pieces import detach

KEPT = ("state", "best", "step", "read", "waited")
NO_MATTER = ("checkpoint", "progress")  # options that leave the numbers alone


class CheckpointError(RuntimeError):
    """A checkpoint cannot be read, or belongs to another call of ``fit``."""


def save(run):
    """Write the run to ``recipe.checkpoint``: whole, or not at all."""
    if run.recipe.checkpoint is None:
        return
    path = Path(run.recipe.checkpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    run.state = detach(run.state)
    kept = {
        "settings": run.settings,
        "model": run.model.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "log": vars(run.log),
        "generator": run.generator.get_state(),
        "random": {where: source.get_rng_state() for where, source in random_sources().items()},
        **{name: getattr(run, name) for name in KEPT},
    }
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save(kept, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def resume(run):
    """Take the run up where ``recipe.checkpoint`` left it, if there is such a file.

    Raises CheckpointError for a damaged file and for one of a call with other arguments.
    """
    if run.recipe.checkpoint is None:
        return
    path, run.settings = Path(run.recipe.checkpoint), settings(run)
    if not path.exists():
        return
    kept = read(path)
    same_settings(kept["settings"], run.settings, path)
    run.model.load_state_dict(kept["model"])
    run.optimiser.load_state_dict(kept["optimiser"])
    vars(run.log).update(kept["log"])
    run.generator.set_state(kept["generator"])
    for name in KEPT:
        setattr(run, name, kept[name])
    run.state = moved(run.state)
    for where, source in random_sources().items():
        source.set_rng_state(kept["random"].get(where, source.get_rng_state()))


def read(path):
    """The content of a checkpoint, on the CPU."""
    try:
        with zipfile.ZipFile(path) as file:  # torch.load does not look at the checksums
            if (part := file.testzip()) is not None:
                raise zipfile.BadZipFile(f"the checksum of {part} is wrong")
        kept = torch.load(path, map_location="cpu", weights_only=True)
        missing = {"settings", "model", "optimiser", "log", "generator", "random", *KEPT} - set(
            kept
        )
        if missing:
            raise KeyError(*missing)
    except Exception as error:  # a damaged file raises whatever its bytes lead to
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint ({type(error).__name__}: {error}). It was left "
            "as it is; move it away to begin anew"
        ) from error
    return kept


def settings(run):
    """What has to be equal for the numbers to be equal, in words."""
    chosen = {field.name: getattr(run.recipe, field.name) for field in fields(run.recipe)}
    for name in NO_MATTER:
        del chosen[name]
    chosen |= run.options | {"data": run.data}
    for name, weight in run.model.state_dict().items():
        chosen[f"the shape of {name}"] = tuple(weight.shape)
    chosen["model"] = run.model
    return {name: in_words(value) for name, value in chosen.items()}


def same_settings(old, new, path):
    """Raise CheckpointError that names the first difference."""
    for name in dict.fromkeys([*new, *old]):
        if old.get(name) != new.get(name):
            raise CheckpointError(
                f"{path} belongs to another run: there {name} is {old.get(name)}, here "
                f"{new.get(name)}. Use the same arguments, or another checkpoint"
            )


def in_words(value):
    """A value as text without addresses; a long one by its beginning and a hash."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    if len(text) <= 200:
        return text
    return f"{text[:100]}... ({hashlib.sha256(text.encode()).hexdigest()[:12]})"


def random_sources():
    """The modules with a generator that the run may draw from, by name."""
    kind = device().type
    return {"cpu": torch} if kind == "cpu" else {"cpu": torch, kind: getattr(torch, kind)}


def moved(state):
    """The state on the device; its parts keep their places."""
    if isinstance(state, (tuple, list)):
        return type(state)(moved(part) for part in state)
    return None if state is None else state.to(device())
