"""Measure what happens inside a recurrent layer; never draw.

Everything here computes in float64 on the CPU: over a hundred steps gradients fall below
what float32 can hold.
"""

import copy

import numpy as np
import torch


def gradient_flow(layer, x_BTD, seed=0, direct=False):
    """How much of a gradient that enters at the last step reaches each earlier state.

    The loss is the scalar product of h_T with a random direction of norm 1. Returns an
    array (T + 1,): at index t the norm of dL/d(state after t steps), index 0 being the
    initial state, averaged over the batch. For an LSTM the state is (h, c) taken together.
    direct: of an LSTM only the direct road from cell to cell, h being detached at every step.
    Raises ValueError where there is no such road. Taught in chapters 5 and 10.
    """
    layer = copy.deepcopy(layer).double().cpu()
    x_BTD = x_BTD.double().cpu()
    B = x_BTD.shape[0]
    states = [layer.start(B, like=x_BTD)]
    if direct and len(_parts(states[0])) < 2:
        raise ValueError(
            f"{type(layer).__name__} has no cell state; direct=True follows that of an LSTM"
        )
    for x_BD in x_BTD.unbind(1):
        for part in _parts(states[-1]):
            part.requires_grad_() if part.is_leaf else part.retain_grad()
        before = (states[-1][0].detach(), states[-1][1]) if direct else states[-1]
        states.append(layer.step(x_BD, before))
    for part in _parts(states[-1]):
        part.retain_grad()
    direction_H = torch.randn(layer.H, generator=torch.Generator().manual_seed(seed)).double()
    (_parts(states[-1])[0] @ (direction_H / direction_H.norm())).sum().backward()
    return torch.stack([_norm(state) for state in states]).numpy()


def _parts(state):
    return state if isinstance(state, tuple) else (state,)


def _norm(state):
    grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in _parts(state)]
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


@torch.no_grad()
def gates(layer, x_BTD):
    """The gates and states of an LSTM at every step: a dict of arrays (B, T, H).

    Keys: i, f, o (0 to 1), g (-1 to 1), c and h. Taught in chapter 5.
    """
    layer = copy.deepcopy(layer).double().cpu()
    x_BTD = x_BTD.double().cpu()
    state, rows = layer.start(x_BTD.shape[0], like=x_BTD), []
    for x_BD in x_BTD.unbind(1):
        a_BG = x_BD @ layer.W_xh.T + state[0] @ layer.W_hh.T + layer.b_h
        i_BH, f_BH, g_BH, o_BH = a_BG.chunk(4, dim=-1)
        state = layer.step(x_BD, state)
        rows.append([i_BH.sigmoid(), f_BH.sigmoid(), o_BH.sigmoid(), g_BH.tanh(), *state])
    names = ("i", "f", "o", "g", "h", "c")
    return {n: torch.stack(r, dim=1).numpy() for n, r in zip(names, zip(*rows))}
