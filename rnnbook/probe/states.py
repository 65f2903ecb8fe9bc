"""What the states of a layer hold: gates, traces of past inputs, answers to questions."""

import numpy as np
import torch
from torch import Tensor

from rnnbook import door
from rnnbook.cells import parts
from rnnbook.layers import Recurrent

from .flow import as_input, double


@torch.no_grad()
@door.checked
def gates(layer: Recurrent, x_BTD: Tensor):
    """The gates and states of a layer of one cell at every step: a dict of arrays (B, T, H).

    Keys: the gates of the cell (i, f, o and the candidate g of an LSTM, r, z and n of a GRU, z
    and n of a minGRU), h, and c where there is one. Raises ValueError for a cell without gates.
    Taught in chapters 5 and 6.
    """
    layer = double(layer)
    x_BTD = as_input(layer, x_BTD)
    state, rows = layer.start(len(x_BTD), like=x_BTD), []
    for x_BD in x_BTD.unbind(1):
        row = layer.only.gates(x_BD, state)
        state = layer.step(x_BD, state)
        rows.append(row | dict(zip("hc", parts(state))))
    return {name: torch.stack([row[name] for row in rows], dim=1).numpy() for name in rows[0]}


@torch.no_grad()
@door.checked
def states_of(layer: Recurrent, x_BTD: Tensor):
    """All numbers of the state after every step, h before c: an array (B, T, N)."""
    layer = double(layer)
    x_BTD = as_input(layer, x_BTD)
    state, rows = layer.start(len(x_BTD), like=x_BTD), []
    for x_BD in x_BTD.unbind(1):
        state = layer.step(x_BD, state)
        rows.append(
            torch.cat(
                [torch.view_as_real(p).flatten(1) if p.is_complex() else p for p in parts(state)],
                dim=1,
            )
        )
    return torch.stack(rows, dim=1).numpy()


@door.checked
def memory_curve(
    layer: Recurrent,
    lags: int,
    T: int = 2000,
    washout: int = 100,
    size: float = 1.0,
    seed: int = 0,
):
    """How much of the input k steps back a linear read-out of the state recovers, k = 0 to lags.

    The first input is white noise, uniform within ``size``; the others are 0. A read-out for
    each lag is fitted to the first half of T steps (ridge 1e-8, after ``washout`` steps) and
    scored on the second: the squared correlation, 0 to 1. The sum over the lags is the memory
    capacity, in the long run at most the N numbers of the state; T must be 100 times as many.
    Returns an array (lags + 1,).
    Source: jaeger2002. Taught in chapter 10.
    """
    door.within("lags", lags, 0, washout)
    door.within("size", size, 1e-12)
    noise = np.random.default_rng(seed).uniform(-size, size, washout + T)
    x_BTD = torch.zeros(1, washout + T, layer.D, dtype=torch.float64)
    x_BTD[0, :, 0] = torch.as_tensor(noise)
    known = states_of(layer, x_BTD)[0, washout:]
    door.within("T", T, 100 * known.shape[1])
    known = normal(known, "the states")
    past = np.stack([noise[washout - k : washout - k + T] for k in range(lags + 1)], axis=1)
    half = T // 2
    guess = affine(known[:half], past[:half], known[half:], ridge=1e-8)
    return squared_correlation(guess, past[half:])


def normal(numbers, what):
    """Columns of standard deviation 1, but for those that do not vary; ValueError for NaN."""
    if not np.isfinite(numbers).all():
        raise ValueError(f"{what} are not all finite numbers")
    spread = numbers.std(0)
    return numbers / np.where(spread > 0, spread, 1)


def affine(known, wanted, new, ridge):
    """Fit wanted = known W + b on some rows by ridge regression, and answer for new ones."""
    mean, aim = known.mean(0), wanted.mean(0)
    centred = known - mean
    square = centred.T @ centred + ridge * len(known) * np.eye(known.shape[1])
    weights = np.linalg.solve(square, centred.T @ (wanted - aim))
    return (new - mean) @ weights + aim


def squared_correlation(guess, truth):
    """Column by column; 0 where one of the two does not vary."""
    guess, truth = guess - guess.mean(0), truth - truth.mean(0)
    below = (guess**2).sum(0) * (truth**2).sum(0)
    return (guess * truth).sum(0) ** 2 / np.where(below > 0, below, 1)


@door.checked
def linear_probe(states, targets, ridge: float = 1e-3, seed: int = 0):
    """How well a linear read-out finds ``targets`` in ``states``, on examples it has not seen.

    states: (N, H). targets: (N,) whole numbers for classes, else numbers (N,) or (N, K). Half of
    the examples, drawn by the seed, fit a ridge regression (to 1 for the right class and 0 for
    the others). Returns the share of right classes, or R^2 (0 where the targets do not vary), on
    the other half.
    Source: alain2017. Taught in chapter 13.
    """
    states, targets = (
        x.detach().cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
        for x in (states, targets)
    )
    classes = targets.dtype == bool or np.issubdtype(targets.dtype, np.integer)
    door.within("ridge", ridge, 0)
    fitting = states.ndim == 2 and len(states) == len(targets) >= 4
    if not fitting or targets.ndim > 2 - classes:
        raise ValueError(
            f"states have shape {states.shape} and targets {targets.shape}; expected (N, H) and "
            "(N,) or (N, K) with at least 4 examples"
        )
    order = np.random.default_rng(seed).permutation(len(states))
    fit, score = np.array_split(order, 2)
    states = normal(states, "the states")
    if classes:
        names, index = np.unique(targets, return_inverse=True)
        hot = np.eye(len(names))[index]
        guess = affine(states[fit], hot[fit], states[score], ridge)
        return float((guess.argmax(1) == index[score]).mean())
    targets = normal(targets.reshape(len(targets), -1), "the targets")
    guess = affine(states[fit], targets[fit], states[score], ridge)
    total = targets[score].var(0).sum()
    return float(1 - ((guess - targets[score]) ** 2).mean(0).sum() / total) if total > 0 else 0.0
