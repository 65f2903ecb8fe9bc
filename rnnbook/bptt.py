"""An Elman network with a read-out, forwards and backwards by hand in NumPy, float64.

    h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h),    o_t = W_hy h_t + b_y,    L = sum over t of L_t

One sequence: x_TD, states h_SH with S = T + 1 (h_SH[0] is the initial state, h_SH[t] the state
after t steps), outputs o_TK. ``gradients`` is the door that checks its arguments; the functions
behind it are what chapter 9 teaches.
"""

from typing import NamedTuple

import numpy as np

from rnnbook import door


class Weights(NamedTuple):
    """W_xh (H, D), W_hh (H, H), W_hy (K, H), b_h (H,), b_y (K,); or their gradients."""

    W_xh: np.ndarray
    W_hh: np.ndarray
    W_hy: np.ndarray
    b_h: np.ndarray
    b_y: np.ndarray

    def __add__(self, other):
        """Sum weight by weight, not as tuples are joined."""
        return Weights(*(a + b for a, b in zip(self, other)))


def random_weights(D, H, K, seed=0):
    """Weights uniform within 1 / sqrt(H), as torch.nn draws them."""
    for name, size in {"D": D, "H": H, "K": K}.items():
        door.within(name, size, 1)
    rng, bound = np.random.default_rng(seed), 1 / np.sqrt(H)
    shapes = (H, D), (H, H), (K, H), (H,), (K,)
    return Weights(*(rng.uniform(-bound, bound, shape) for shape in shapes))


def forward(w, x_TD, h_H):
    """All states h_SH, from the initial h_H on, and all outputs o_TK."""
    states = [h_H]
    for x_D in x_TD:
        states.append(np.tanh(w.W_xh @ x_D + w.W_hh @ states[-1] + w.b_h))
    h_SH = np.array(states)
    return h_SH, h_SH[1:] @ w.W_hy.T + w.b_y


def squared_error(o_TK, y_TK):
    """L_t = |o_t - y_t|^2 / 2: the loss summed over time, and dL/do_t for every step."""
    do_TK = o_TK - y_TK
    return (do_TK**2).sum() / 2, do_TK


def cross_entropy(o_TK, y_T):
    """L_t = -log softmax(o_t)[y_t] in nats, 0 where y_t is -100: its sum over time, and dL/do_t."""
    o_TK = o_TK - o_TK.max(axis=1, keepdims=True)
    log_p_TK = o_TK - np.log(np.exp(o_TK).sum(axis=1, keepdims=True))
    asked_T = y_T != -100
    hot_TK = np.eye(o_TK.shape[1])[np.where(asked_T, y_T, 0)] * asked_T[:, None]
    return -(hot_TK * log_p_TK).sum(), np.exp(log_p_TK) * asked_T[:, None] - hot_TK


LOSSES = {"squared error": squared_error, "cross-entropy": cross_entropy}


def backward(w, x_TD, h_SH, own_TH):
    """Backpropagation through time, given what each state receives from its own output.

    own_TH: dL_t/dh_t. From the last step to the first, with a_t the argument of tanh:
        dL/da_t = (1 - h_t^2) (dL_t/dh_t + W_hh^T dL/da_{t+1})
    Returns the gradients of W_xh, W_hh and b_h, sums over time, and that of h_0.
    """
    da_TH, later_H = np.zeros_like(own_TH), np.zeros(own_TH.shape[1])
    for t in reversed(range(len(x_TD))):
        da_TH[t] = (1 - h_SH[t + 1] ** 2) * (own_TH[t] + later_H)
        later_H = w.W_hh.T @ da_TH[t]
    return da_TH.T @ x_TD, da_TH.T @ h_SH[:-1], da_TH.sum(axis=0), later_H


def all_gradients(w, x_TD, h_SH, do_TK):
    """The gradients of all weights, and of h_0, by full backpropagation through time."""
    dW_xh, dW_hh, db_h, dh_H = backward(w, x_TD, h_SH, do_TK @ w.W_hy)
    return Weights(dW_xh, dW_hh, do_TK.T @ h_SH[1:], db_h, do_TK.sum(axis=0)), dh_H


def reaching(w, x_TD, h_SH, do_TK, reach):
    """Gradients in which the error of each step travels over at most ``reach`` steps.

    With reach 1 the state before is an input like any other, as in elman1990: no error reaches
    it. With reach T this is full backpropagation through time. Source: williams1990.
    """
    dh_TH = do_TK @ w.W_hy
    dW_xh, dW_hh, db_h = np.zeros_like(w.W_xh), np.zeros_like(w.W_hh), np.zeros_like(w.b_h)
    for t in range(len(x_TD)):
        start = max(0, t + 1 - reach)
        alone = np.zeros((t + 1 - start, dh_TH.shape[1]))
        alone[-1] = dh_TH[t]
        of_t = backward(w, x_TD[start : t + 1], h_SH[start : t + 2], alone)
        dW_xh, dW_hh, db_h = dW_xh + of_t[0], dW_hh + of_t[1], db_h + of_t[2]
    return Weights(dW_xh, dW_hh, do_TK.T @ h_SH[1:], db_h, do_TK.sum(axis=0))


def in_chunks(w, x_TD, h_SH, do_TK, chunk):
    """Gradients by truncated backpropagation in consecutive chunks of ``chunk`` steps.

    The state is carried from chunk to chunk and no error goes back over the border: detached.
    """
    total = Weights(*(np.zeros_like(part) for part in w))
    for start in range(0, len(x_TD), chunk):
        part = slice(start, start + chunk)
        total += all_gradients(w, x_TD[part], h_SH[start : start + chunk + 1], do_TK[part])[0]
    return total


def rtrl(w, x_TD, h_H, y, loss=squared_error):
    """Real-time recurrent learning: the full gradients, carried along forwards.

    P_HHZ[i] = dh_i/dtheta with theta = [W_xh, W_hh, b_h] (H, Z) and z_t = [x_t, h_{t-1}, 1]:
        P_t = (1 - h_t^2) (W_hh P_{t-1} + dtheta/dtheta z_t)
    Memory does not grow with T but is H^2 Z numbers, and a step costs H^3 Z products.
    Returns (loss summed over time, gradients). Source: williams1989.
    """
    H, D, total = len(h_H), x_TD.shape[1], 0.0
    P_HHZ, dtheta_HZ = np.zeros((H, H, D + H + 1)), np.zeros((H, D + H + 1))
    dW_hy, db_y, unit_H = np.zeros_like(w.W_hy), np.zeros_like(w.b_y), np.arange(H)
    for t, x_D in enumerate(x_TD):
        z_Z = np.concatenate([x_D, h_H, [1]])
        h_H = np.tanh(w.W_xh @ x_D + w.W_hh @ h_H + w.b_h)
        P_HHZ = np.einsum("ij,jkz->ikz", w.W_hh, P_HHZ)
        P_HHZ[unit_H, unit_H] += z_Z
        P_HHZ *= (1 - h_H**2)[:, None, None]
        L_t, do_1K = loss((w.W_hy @ h_H + w.b_y)[None], y[t : t + 1])
        total, do_K = total + L_t, do_1K[0]
        dtheta_HZ += np.einsum("i,ikz->kz", w.W_hy.T @ do_K, P_HHZ)
        dW_hy, db_y = dW_hy + np.outer(do_K, h_H), db_y + do_K
    dW_xh, dW_hh, db_h = np.split(dtheta_HZ, [D, D + H], axis=1)
    return total, Weights(dW_xh, dW_hh, dW_hy, db_h[:, 0], db_y)


def gradient_check(w, gradients, loss_of, step=1e-5):
    """How far gradients are from central differences of loss_of(weights): a dict by weight.

    The largest |difference| over the larger of the two gradients' norms, for each weight: about
    1e-9 where they are right.
    """
    errors = {}
    for name, weight, by_hand in zip(w._fields, w, gradients):
        measured = np.zeros(weight.shape)
        for index in np.ndindex(weight.shape):
            nudge = np.zeros(weight.shape)
            nudge[index] = step
            up, down = (loss_of(w._replace(**{name: weight + n})) for n in (nudge, -nudge))
            measured[index] = (up - down) / (2 * step)
        scale = max(np.linalg.norm(measured), np.linalg.norm(by_hand), 1e-30)
        errors[name] = float(np.abs(measured - by_hand).max() / scale)
    return errors


@door.checked
def gradients(
    w: Weights,
    x_TD: np.ndarray,
    y: np.ndarray,
    h_H: np.ndarray | None = None,
    loss: str = "squared error",
    reach: int | None = None,
    chunk: int | None = None,
):
    """The loss, summed over time, and its gradients: (L, Weights).

    y: (T, K) numbers, or (T,) whole numbers for "cross-entropy". h_H: initial state, 0 by
    default. reach: the error of a step goes back over at most so many; chunk: over no border of
    consecutive chunks; by default all the way. Raises ValueError for shapes that do not fit.
    Taught in chapter 9.
    """
    measure = LOSSES[door.choice("loss", loss, LOSSES)]
    h_H = np.zeros(len(w.b_h)) if h_H is None else h_H
    check(w, x_TD, y, h_H, measure)
    for name, value in {"reach": reach, "chunk": chunk}.items():
        door.within(name, 1 if value is None else value, 1)
    h_SH, o_TK = forward(w, x_TD, h_H)
    L, do_TK = measure(o_TK, y)
    if reach is not None and chunk is not None:
        raise ValueError("reach and chunk are two kinds of truncation; give one of them")
    if reach is not None:
        return L, reaching(w, x_TD, h_SH, do_TK, reach)
    return L, in_chunks(w, x_TD, h_SH, do_TK, chunk or len(x_TD))


def check(w, x_TD, y, h_H, loss):
    """Raise ValueError unless all shapes fit, and labels are -100 or 0 to K - 1."""
    (H, D), K, T = np.atleast_2d(w.W_xh).shape, np.size(w.b_y), len(x_TD)
    wanted = {
        "W_xh": (w.W_xh, (H, D)),
        "b_y": (w.b_y, (K,)),
        "W_hh": (w.W_hh, (H, H)),
        "W_hy": (w.W_hy, (K, H)),
        "b_h": (w.b_h, (H,)),
        "x_TD": (x_TD, (max(1, T), D)),
        "y": (y, (T,) if loss is cross_entropy else (T, K)),
        "h_H": (h_H, (H,)),
    }
    for name, (array, shape) in wanted.items():
        if np.shape(array) != shape:
            raise ValueError(
                f"{name} has shape {np.shape(array)}; expected {shape}: D={D} inputs, H={H} "
                f"units, K={K} outputs and T of at least 1 step"
            )
    if loss is cross_entropy:
        labels = set(np.unique(y).tolist()) - {-100}
        if not np.issubdtype(np.asarray(y).dtype, np.integer) or not labels <= set(range(K)):
            raise ValueError(
                f"y holds {sorted(labels)}; expected whole numbers 0 to {K - 1}, or -100"
            )
