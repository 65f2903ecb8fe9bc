"""Backpropagation through time, whole and in windows: which gradients arrive."""

import math
from functools import cache

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import apply, fixed, length, normals, tanh
from .base import LiveFigure
from .batching import one_digit, per_cent

T, D, H, OUT = 24, 3, 6, 2  # steps, inputs, units, outputs
MODES = ("full", "carried", "reset")


@cache
def small_network():
    """W_xh (H, D), W_hh (H, H), W_hy (2, H), inputs x_TD and targets y_T2, all random.

    Normal entries; those of W_hh have the standard deviation 1.6 / sqrt(H), so that a
    gradient shrinks over 24 steps but does not vanish.
    """
    shapes = {"W_xh": (H, D), "W_hh": (H, H), "W_hy": (OUT, H), "x": (T, D), "y": (T, OUT)}
    sizes = {"W_xh": 0.5, "W_hh": 1.6 / math.sqrt(H), "W_hy": 1 / math.sqrt(H), "x": 1.0, "y": 1.0}
    return {
        name: sizes[name] * normals(math.prod(shape), seed).reshape(shape)
        for seed, (name, shape) in enumerate(shapes.items(), start=1)
    }


def window_start(t, K, mode):
    """The first step, counted from 0, that a gradient of step t can reach."""
    return 0 if mode == "full" else t - t % K


@cache
def gradient_sizes(K, mode):
    """The norms (T, T) of dL_t/dx_s, as backpropagation gives them and as they are.

    h_t = tanh(W_xh x_t + W_hh h_{t-1}), o_t = W_hy h_t, L_t = |o_t - y_t|^2 / 2; the state
    before a window's first step is the last one, or 0 where mode is "reset". Backwards from
    a_t, the argument of tanh: dL_t/da_t = (1 - h_t^2) W_hy^T (o_t - y_t), and
    dL_t/da_s = (1 - h_s^2) W_hh^T dL_t/da_{s+1} down to the first step of the window;
    dL_t/dx_s = W_xh^T dL_t/da_s. Rows are t, columns are s. Returns (arriving, true): true
    goes on over the borders where the state does.
    """
    net = small_network()
    h_TH, h_H = [], np.zeros(H)
    for t in range(T):
        before = np.zeros(H) if mode == "reset" and t % K == 0 else h_H
        h_H = tanh(apply(net["W_xh"], net["x"][t]) + apply(net["W_hh"], before))
        h_TH.append(h_H)
    arriving, true = np.zeros((T, T)), np.zeros((T, T))
    for t in range(T):
        error = apply(net["W_hy"], h_TH[t]) - net["y"][t]
        da_H, first = (1 - h_TH[t] ** 2) * apply(net["W_hy"].T, error), window_start(t, K, mode)
        for s in range(t, first - 1 if mode == "reset" else -1, -1):
            if s < t:
                da_H = (1 - h_TH[s] ** 2) * apply(net["W_hh"].T, da_H)
            true[t, s] = length(apply(net["W_xh"].T, da_H))
            arriving[t, s] = true[t, s] if s >= first else 0.0
    return arriving, true


def pairs(K, mode):
    """Which gradients arrive, (T, T) booleans: rows are losses, columns inputs up to them."""
    t, s = np.mgrid[:T, :T]
    first = np.array([window_start(t, K, mode) for t in range(T)])[:, None]
    return (s <= t) & (s >= first)


class Truncation(LiveFigure):
    """Windows of K steps: the gradient of one step's loss, and whether an input receives it.

    mode: full backpropagation, windows with the state carried over the border, or windows
    that start from a state of 0. K: steps in a window. t, s: step of the loss and of the
    input, counted from 1.
    """

    front_end = "truncation"
    title = "Truncated backpropagation: which gradients arrive"
    about = (
        "Windows cut the gradient at their borders: which losses still reach which inputs, "
        "and how large the gradient is that is lost."
    )
    views = {
        "One step apart, and cut": {},
        "Five steps apart, and not cut": {"t": 12, "s": 7},
        "Full backpropagation": {"mode": "full"},
        "State reset at the borders": {"mode": "reset"},
        "Windows of twelve steps": {"K": 12, "t": 20, "s": 10},
        "Windows of one step": {"K": 1, "t": 13, "s": 13},
        "An input after the loss": {"t": 9, "s": 15},
    }
    mode = traitlets.Enum(MODES, "carried").tag(sync=True)
    K = traitlets.Int(6, min=1, max=T).tag(sync=True)
    t = traitlets.Int(13, min=1, max=T).tag(sync=True)
    s = traitlets.Int(12, min=1, max=T).tag(sync=True)
    alt = traitlets.Unicode(
        "A chain of 24 states in windows, with arrows of the state forwards and of the gradient "
        "backwards, which end at window borders; below it a triangle of cells, loss step against "
        "input step, filled in blocks along the diagonal where the gradient arrives. Smaller "
        "windows leave smaller blocks."
    ).tag(sync=True)

    def shown(self):
        arriving, true = gradient_sizes(self.K, self.mode)
        arrives, at = pairs(self.K, self.mode), (self.t - 1, self.s - 1)
        lag, reach = self.t - self.s, arrives.sum(1) - 1
        texts = {"K": str(self.K), "t": str(self.t), "s": str(self.s)}
        texts |= {"size": fixed(arriving[at], 4)} if lag >= 0 else {}
        if lag >= 0 and not arrives[at] and self.mode == "carried":
            texts["lost"] = fixed(true[at], 4)
        count, all_pairs = int(arrives.sum()), T * (T + 1) // 2
        texts |= {
            "arriving": f"{count} of {all_pairs}",
            "share": f"{per_cent(count, all_pairs)} %",
            "reach": one_digit(reach.mean()),
            "furthest": str(reach.max()),
            "kept": str(T if self.mode == "full" else self.K),
        }
        if lag >= 0:
            texts["at_lag"] = f"{np.trace(arrives, -lag)} of {T - lag}"
        return texts

    def still(self):
        fig, ax = plot.figure(height=4.2)
        arriving, _ = gradient_sizes(self.K, self.mode)
        arrives, edges = pairs(self.K, self.mode), np.arange(T + 1) + 0.5
        opacity = np.where(arrives, strength(arriving), 0.0)
        ink = plot.matplotlib.colors.to_rgb(plot.VERMILION)
        image = np.concatenate([np.broadcast_to(ink, (T, T, 3)), opacity[..., None]], axis=2)
        ax.imshow(image, extent=(0.5, T + 0.5, T + 0.5, 0.5), aspect="auto")
        ax.stairs(edges[:-1], edges, baseline=T + 0.5, color=plot.BLACK, linewidth=0.5)
        ax.plot(self.s, self.t, color=plot.BLACK, marker="s", markersize=9, fillstyle="none")
        arrived = "arrives" if arrives[self.t - 1, self.s - 1] else "does not arrive"
        words = f"loss {self.t}, input {self.s}: the gradient {arrived}"
        ax.annotate(words, (1, 1), xycoords="axes fraction", ha="right", va="top")
        ax.set(xlabel="input at step", ylabel="loss at step")
        ax.set_xticks(range(4, T + 1, 4))
        ax.set_yticks(range(4, T + 1, 4))
        return fig


def strength(size):
    """The opacity of a gradient: 0.2 at a size of 0.001 and below, 1 at 1 and above."""
    return 0.2 + 0.8 * np.clip(1 + np.log10(np.maximum(size, 1e-3)) / 3, 0, 1)
