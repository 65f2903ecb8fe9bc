"""How gradients travel: their norms, the Jacobians of the steps, and what products of them do."""

import copy

import numpy as np
import torch
from torch import Tensor

from rnnbook import door
from rnnbook.cells import LSTMCell, parts
from rnnbook.layers import Recurrent


def double(layer):
    """A copy of a layer of one cell, in float64 on the CPU, without dropout.

    Raises ValueError for several cells, and for zoneout, which the probes would not see.
    """
    if len(layer.cells) > 1 or layer.zoneout:
        raise ValueError(f"cannot probe {layer}; expected a layer of one cell without zoneout")
    return copy.deepcopy(layer).double().cpu().eval()


def as_input(layer, x_BTD):
    """The input in float64 on the CPU; ValueError for other shapes than (B, T, D)."""
    x_BTD = x_BTD.double().cpu()
    door.matches("input", x_BTD, ("B", "T", layer.D), like=x_BTD)
    return x_BTD


@door.checked
def gradient_flow(layer: Recurrent, x_BTD: Tensor, seed: int = 0, direct: bool = False):
    """How much of a gradient that enters at the last step reaches each earlier state.

    The loss is the scalar product of h_T with a random direction of norm 1. Returns an
    array (T + 1,): at index t the norm of dL/d(state after t steps), index 0 being the
    initial state, averaged over the batch. For an LSTM the state is (h, c) taken together, and
    the gradient of c_t holds the road through h_t, so that even the last norm is not 1.
    direct: of an LSTM only the direct road from cell to cell, h being detached at every step.
    Raises ValueError where there is no such road, and for a layer of several cells.
    Taught in chapters 5 and 10.
    """
    layer = double(layer)
    x_BTD = as_input(layer, x_BTD)
    if direct and not isinstance(layer.only, LSTMCell):
        raise ValueError(
            f"{type(layer).__name__} has no cell state; direct=True follows that of an LSTM"
        )
    states = [layer.start(len(x_BTD), like=x_BTD)]
    for x_BD in x_BTD.unbind(1):
        for part in parts(states[-1]):
            part.requires_grad_() if part.is_leaf else part.retain_grad()
        before = (states[-1][0].detach(), states[-1][1]) if direct else states[-1]
        states.append(layer.step(x_BD, before))
    for part in parts(states[-1]):
        part.retain_grad()
    direction_H = torch.randn(layer.size, generator=torch.Generator().manual_seed(seed)).double()
    (parts(states[-1])[0] @ (direction_H / direction_H.norm())).sum().backward()
    return torch.stack([_norm(state) for state in states]).numpy()


def _norm(state):
    grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parts(state)]
    return torch.cat(grads, dim=1).norm(dim=1).mean()


# What a unit makes of its input a, and the slope of that.
UNITS = {
    "tanh": (np.tanh, lambda a: 1 - np.tanh(a) ** 2),
    "ReLU": (lambda a: np.maximum(a, 0), lambda a: 1.0 * (a > 0)),
    "linear": (lambda a: a, lambda a: np.ones_like(a)),
}


def jacobians(W_hh, u_TH, h_H, unit="tanh"):
    """J_t = dh_t/dh_{t-1} = diag(phi'(a_t)) W_hh with a_t = W_hh h_{t-1} + u_t.

    W_hh: array (H, H). u_TH: what enters from outside, W_xh x_t + b_h for a layer. h_H: the
    state to start from. unit: a name in ``UNITS``. Returns an array (T, H, H): row i, column
    j of a step says how unit i answers to the former state of unit j.
    Taught in chapter 10.
    """
    phi, slope = UNITS[unit]
    steps = []
    for u_H in u_TH:
        a_H = W_hh @ h_H + u_H
        steps.append(slope(a_H)[:, None] * W_hh)
        h_H = phi(a_H)
    return np.array(steps)


@door.checked
def step_jacobians(layer: Recurrent, x_TD: Tensor, state: Tensor | tuple | None = None):
    """d(state after step t) / d(state before it) of any layer of one cell, by autograd.

    x_TD: the inputs of one sequence. state: where it starts, for one sequence; zero by default.
    The parts of a state, h and c of an LSTM, lie side by side, N numbers in all. Returns an
    array (T, N, N), laid out as in ``jacobians``. Raises ValueError for the complex state of an
    LRU, whose Jacobian is its weights lam. Taught in chapter 10.
    """
    layer = double(layer)
    x_BTD = as_input(layer, x_TD[None])
    if state is None:
        state = layer.start(1, like=x_BTD)
    else:
        state = tuple(p.double() for p in state) if isinstance(state, tuple) else state.double()
        layer.only.check_state(state, 1)
    flat_N, step = flattened(layer, state)
    found = []
    for x_D in x_BTD[0]:
        found.append(torch.autograd.functional.jacobian(lambda s: step(x_D, s), flat_N))  # noqa: B023
        flat_N = step(x_D, flat_N).detach()
    return torch.stack(found).numpy()


def flattened(layer, state):
    """A state of one sequence as one vector, and the step as a function of such vectors."""
    if any(part.is_complex() for part in parts(state)):
        raise ValueError(f"the state of {type(layer).__name__} is complex; expected real numbers")
    widths = [part.shape[1] for part in parts(state)]

    def step(x_D, flat_N):
        split = tuple(part[None] for part in flat_N.split(widths))
        new = layer.step(x_D[None], split if isinstance(state, tuple) else split[0])
        return torch.cat([part[0] for part in parts(new)])

    return torch.cat([part[0] for part in parts(state)]), step


def spectrum(matrix):
    """Singular values and eigenvalues of a square matrix, the largest first.

    Returns a dict: singular (H,), eigenvalues (H,) complex, and radius, the largest modulus of
    an eigenvalue. Taught in chapter 10.
    """
    matrix = square(matrix)
    eigenvalues = np.linalg.eigvals(matrix).astype(complex)
    eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues))]
    singular = np.linalg.svd(matrix, compute_uv=False)
    return {"singular": singular, "eigenvalues": eigenvalues, "radius": abs(eigenvalues[0])}


def square(matrix, axes=2):
    """The matrix, or stack of matrices, in float64; ValueError unless square."""
    if isinstance(matrix, Tensor):
        matrix = matrix.detach().cpu().numpy()
    if np.iscomplexobj(matrix):
        raise ValueError("the matrix is complex; expected real numbers")
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim != axes or matrix.shape[-1] != matrix.shape[-2] or 0 in matrix.shape:
        wanted = "(H, H)" if axes == 2 else "(T, H, H)"
        raise ValueError(f"the matrix has shape {matrix.shape}; expected {wanted}")
    return matrix


def growth(J_THH):
    """log10 of the spectral norm of J_T ... J_{T-k+1} for k = 0 to T, an array (T + 1,).

    The product is scaled to a largest entry of 1 at every step and the logarithms of the scales
    are added up, so that nothing under- or overflows. A norm of 0 has the logarithm -inf.
    Taught in chapter 10.
    """
    J_THH = square(J_THH, axes=3)
    product_HH, log_scale, found = np.eye(J_THH.shape[1]), 0.0, [0.0]
    for J_HH in J_THH[::-1]:
        product_HH = product_HH @ J_HH
        scale = np.abs(product_HH).max()
        if scale == 0:
            return np.array(found + [-np.inf] * (len(J_THH) + 1 - len(found)))
        product_HH, log_scale = product_HH / scale, log_scale + np.log10(scale)
        found.append(log_scale + np.log10(np.linalg.norm(product_HH, 2)))
    return np.array(found)


def lyapunov(J_THH):
    """The Lyapunov exponents of a sequence of Jacobians, in nats a step, the largest first.

    How fast small differences grow along each of H directions, on average over the T steps: QR
    decompositions keep the directions apart. Returns an array (H,).
    Source: benettin1980. Taught in chapter 10.
    """
    J_THH = square(J_THH, axes=3)
    q_HH, total_H = np.eye(J_THH.shape[1]), 0.0
    for J_HH in J_THH:
        q_HH, r_HH = np.linalg.qr(J_HH @ q_HH)
        with np.errstate(divide="ignore"):
            total_H = total_H + np.log(np.abs(np.diag(r_HH)))
    return np.sort(total_H / len(J_THH))[::-1]
