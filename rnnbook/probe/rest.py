"""Where a layer comes to rest: its fixed points under a constant input, and their stability."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rnnbook import door
from rnnbook.layers import Recurrent

from .flow import double, flattened


class FixedPoints(NamedTuple):
    """points (P, N): states that a step leaves as they are, h before c. eigenvalues (P, N):
    those of the step's Jacobian there, the largest first. stable (P,): whether all lie within
    the unit circle.
    """

    points: np.ndarray
    eigenvalues: np.ndarray
    stable: np.ndarray


@door.checked
def fixed_points(
    layer: Recurrent,
    x_D: Tensor | None = None,
    starts: int = 64,
    spread: float = 2.0,
    seed: int = 0,
):
    """The states that a layer of one cell maps to themselves when x_D (zero by default) goes on.

    Newton's method on step(h) - h from ``starts`` normal random states of standard deviation
    ``spread``; what does not converge to 1e-10 is dropped, and points closer than 1e-6 are one.
    Some may be missed, and those that are not isolated are left out: where an eigenvalue is 1, as
    at a bifurcation, or where a gate is so full that every state is all but kept. Returns
    ``FixedPoints``, ordered by their first coordinate. Source: sussillo2013, who minimise
    |step(h) - h|^2. Taught in chapter 3.
    """
    door.within("starts", starts, 1)
    layer = double(layer)
    x_D = torch.zeros(layer.D) if x_D is None else x_D.cpu()
    door.matches("input", x_D, (layer.D,), like=x_D)
    flat_N, step = flattened(layer, layer.start(1, like=layer.only.W_xh))
    generator = torch.Generator().manual_seed(seed)
    begin = spread * torch.randn(starts, len(flat_N), generator=generator).double()
    found = []
    for s_N in [torch.zeros_like(flat_N), *begin]:
        s_N = newton(lambda s: step(x_D.double(), s), s_N)
        if s_N is not None and all((s_N - other).norm() > 1e-6 for other, _ in found):
            found.append((s_N, jacobian(lambda s: step(x_D.double(), s), s_N)))
    found.sort(key=lambda pair: pair[0].tolist())
    values = [np.linalg.eigvals(J.numpy()).astype(complex) for _, J in found]
    values = [one[np.argsort(-np.abs(one))] for one in values]
    points = np.array([s.numpy() for s, _ in found]).reshape(-1, len(flat_N))
    values = np.array(values).reshape(-1, len(flat_N))
    return FixedPoints(points, values, (np.abs(values) < 1).all(axis=1))


def jacobian(function, s_N):
    return torch.autograd.functional.jacobian(function, s_N)


def newton(function, s_N, steps=100):
    """An isolated root of function(s) - s, or None; a step is no longer than s, or 1."""
    for _ in range(steps):
        gap_N = (function(s_N) - s_N).detach()
        slope_NN = jacobian(function, s_N) - torch.eye(len(s_N), dtype=s_N.dtype)
        if not (gap_N.isfinite().all() and slope_NN.isfinite().all()):
            return None
        if gap_N.norm() < 1e-10 * max(1.0, float(s_N.norm())):
            return s_N if torch.linalg.matrix_norm(slope_NN, -2) > 1e-6 else None
        move_N = torch.linalg.lstsq(slope_NN, -gap_N[:, None]).solution[:, 0]
        longest = max(1.0, float(s_N.norm()))
        s_N = s_N + move_N * min(1.0, longest / float(move_N.norm().clamp(min=1e-300)))
    return None
