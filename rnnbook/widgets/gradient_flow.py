"""How strongly the last state of a network still depends on an earlier one."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import (
    apply,
    largest_singular_value,
    length,
    normals,
    product,
    spectral_radius,
    tanh,
)
from .base import LiveFigure

UNITS = {
    "tanh": (tanh, lambda h, a: 1 - h * h),
    "ReLU": (lambda a: np.maximum(a, 0.0), lambda h, a: (a > 0).astype(float)),
    "linear": (lambda a: a, lambda h, a: np.ones_like(a)),
}
MATRICES = ("random", "orthogonal", "non-normal")


def recurrent_matrix(matrix, gain, H=16, seed=0):
    """W_hh (H, H), ``gain`` times one of three kinds of matrix.

    random: normal entries of variance 1/H, so that its eigenvalues fill the unit disc.
    orthogonal: rows of the random one made orthonormal (Gram and Schmidt).
    non-normal: a chain; a unit keeps 0.7 of itself and gives 0.7 to the next, so that
    every eigenvalue is 0.7 while the largest singular value is nearly 1.4.
    """
    return gain * _matrix_of_gain_one(matrix, H, seed)


def _matrix_of_gain_one(matrix, H, seed):
    if matrix == "non-normal":
        return 0.7 * np.eye(H) + 0.7 * np.eye(H, k=-1)
    W_HH = normals(H * H, 2 * seed + 1).reshape(H, H)
    if matrix == "random":
        return W_HH / math.sqrt(H)
    rows = []
    for v in W_HH:
        for q in rows:
            v = v - np.cumsum(v * q)[-1] * q
        rows.append(v / length(v))
    return np.array(rows)


def gradient_flow(gain, drive, unit="tanh", matrix="random", H=16, T=100, seed=0):
    """log10 of the spectral norm of dh_T/dh_{T-k} for k = 0..T, and what W_hh promised.

    a_t = W_hh h_{t-1} + drive x_t with standard normal x_t, h_0 = 0, and
    dh_t/dh_{t-1} = diag(phi'(a_t)) W_hh. At drive 0 the state stays 0, where tanh is linear.
    Returns a dict: log_norm (T + 1,), radius (the spectral radius of W_hh) and sigma (its
    largest singular value). A norm of exactly 0 has the logarithm -inf.
    """
    W_1_HH = _matrix_of_gain_one(matrix, H, seed)
    W_HH = gain * W_1_HH
    x_TH = normals(T * H, 2 * seed + 2).reshape(T, H)
    phi, slope = UNITS[unit]
    h_H, steps = np.zeros(H), []
    for x_H in x_TH:
        a_H = apply(W_HH, h_H) + drive * x_H
        h_H = phi(a_H)
        steps.append(slope(h_H, a_H)[:, None] * W_HH)
    log_norm = chain_norms(steps[::-1])
    radius, (sigma, _) = spectral_radius(W_1_HH), largest_singular_value(W_1_HH)
    return {"log_norm": log_norm, "radius": gain * radius, "sigma": gain * sigma}


def chain_norms(jacobians):
    """log10 of the spectral norms of I, J_1, J_1 J_2, ... for the list given.

    The product is scaled to a largest entry of 1 after each step, and the logarithms of
    the scales are added up, so that nothing under- or overflows.
    """
    H = len(jacobians[0])
    J_HH, u_H, log_scale, norms = np.eye(H), None, 0.0, [0.0]
    for step in jacobians:
        J_HH = product(J_HH, step)
        scale = np.abs(J_HH).max()
        if scale == 0:
            norms += [-math.inf] * (len(jacobians) + 1 - len(norms))
            break
        J_HH, log_scale = J_HH / scale, log_scale + math.log10(scale)
        norm, u_H = largest_singular_value(J_HH, u_H, precision=1e-8)
        norms.append(log_scale + math.log10(norm))
    return np.array(norms)


def verdict(exponent):
    """What a factor 10^exponent does to a gradient."""
    return "vanishes" if exponent < -2 else "explodes" if exponent > 2 else "keeps its size"


class GradientFlow(LiveFigure):
    """The norm of dh_T/dh_{T-k} against the lag k, for a network the reader sets.

    gain (0.2 to 3), drive (0 to 3), unit ("tanh", "ReLU", "linear"), matrix ("random",
    "orthogonal", "non-normal"), seed; H units and T steps are fixed when it is made.
    """

    front_end = "gradient_flow"
    gain = traitlets.Float(1.5, min=0.2, max=3.0).tag(sync=True)
    drive = traitlets.Float(1.0, min=0.0, max=3.0).tag(sync=True)
    unit = traitlets.Enum(list(UNITS), "tanh").tag(sync=True)
    matrix = traitlets.Enum(list(MATRICES), "random").tag(sync=True)
    seed = traitlets.Int(0, min=0, max=9999).tag(sync=True)
    H = traitlets.Int(16, min=2, max=32).tag(sync=True)
    T = traitlets.Int(100, min=10, max=200).tag(sync=True)
    alt = traitlets.Unicode(
        "Line chart of the norm of the gradient (logarithmic) against the number of steps "
        "back, beside the line that the spectral radius predicts and the bound by the "
        "largest singular value; gain and drive can be changed."
    ).tag(sync=True)

    def flow(self):
        """The dict of ``gradient_flow`` for the present settings."""
        names = ("gain", "drive", "unit", "matrix", "H", "T", "seed")
        return gradient_flow(**{name: getattr(self, name) for name in names})

    def still(self):
        flow = self.flow()
        lags = np.arange(self.T + 1)
        fig, ax = plot.figure(height=3.2)
        lines = (
            ("measured", flow["log_norm"], plot.VERMILION, "-"),
            ("ρ to the power k", lags * math.log10(flow["radius"]), plot.BLACK, "--"),
            ("σ to the power k", lags * math.log10(flow["sigma"]), plot.BLACK, ":"),
        )
        for name, values, ink, style in lines:
            shown = np.flatnonzero((values >= -40) & (values <= 20))
            ax.plot(lags[shown], values[shown], color=ink, linestyle=style)
            plot.label_end(ax, lags[shown[-1]], values[shown[-1]], name)
        ax.set(xlabel="lag k (steps back)", ylabel="log₁₀ of the gradient's norm")
        ax.set_ylim(-40, 20)
        return fig
