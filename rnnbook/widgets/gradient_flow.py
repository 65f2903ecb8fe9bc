"""How strongly the last state of a network still depends on an earlier one."""

import math

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import (
    apply,
    fixed,
    largest_singular_value,
    length,
    normals,
    product,
    sigmoid,
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
BLOCKS = {"plain": "h", "LSTM": "ifgo", "GRU": "rzn"}


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


def gradient_flow(
    gain, drive, unit="tanh", matrix="random", H=16, T=100, seed=0, cell="plain", keep_bias=1.0
):
    """log10 of the spectral norm of dh_T/dh_{T-k} for k = 0..T, and what W_hh promised.

    a_t = W_hh h_{t-1} + drive x_t with standard normal x_t, h_0 = 0, and
    dh_t/dh_{t-1} = diag(phi'(a_t)) W_hh. At drive 0 the state stays 0, where tanh is linear.
    Returns a dict: log_norm (T + 1,), radius (the spectral radius of W_hh) and sigma (its
    largest singular value). A norm of exactly 0 has the logarithm -inf.
    For another cell see ``gated_flow``, which has no use for unit.
    """
    if cell != "plain":
        return gated_flow(cell, gain, drive, matrix, H, T, seed, keep_bias)
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


def gated_flow(cell, gain, drive, matrix="random", H=16, T=100, seed=0, keep_bias=1.0):
    """``gradient_flow`` for an LSTM or a GRU: of its whole state, (h, c) or h.

    Every gate and candidate has a recurrent block of its own, gain times a matrix of the kind
    asked for, and inputs of its own, drive x_t. The biases are 0 but that of the gate that
    keeps (forget gate, update gate), keep_bias. radius and sigma are those of the Jacobian at
    the state 0 without input, which for a plain cell is W_hh.
    """
    seeds = [seed + 10_000 * k for k in range(len(BLOCKS[cell]))]
    blocks = [recurrent_matrix(matrix, gain, H, s) for s in seeds]
    x_TGH = drive * normals(T * len(blocks) * H, 2 * seed + 2).reshape(T, len(blocks), H)
    step = lstm_jacobian if cell == "LSTM" else gru_jacobian
    state, steps = np.zeros((2 if cell == "LSTM" else 1, H)), []
    _, at_zero = step(state, blocks, np.zeros((len(blocks), H)), keep_bias)
    for x_GH in x_TGH:
        state, jacobian = step(state, blocks, x_GH, keep_bias)
        steps.append(jacobian)
    sigma, _ = largest_singular_value(at_zero, steps=1000)
    # At the state 0, h is half of c, and so the Jacobian has the eigenvalues of that of c alone.
    ruled = 0.5 * at_zero[H:, :H] + at_zero[H:, H:] if cell == "LSTM" else at_zero
    return {
        "log_norm": chain_norms(steps[::-1]),
        "radius": spectral_radius(ruled),
        "sigma": sigma,
    }


def lstm_jacobian(state, blocks, x_GH, keep_bias):
    """One step of an LSTM from (h, c): the new state (2, H) and its Jacobian (2H, 2H)."""
    (h_H, c_H), (W_i, W_f, W_g, W_o) = state, blocks
    ai_H, af_H, ag_H, ao_H = (apply(W, h_H) + x_H for W, x_H in zip(blocks, x_GH))
    i_H, f_H, g_H, o_H = sigmoid(ai_H), sigmoid(af_H + keep_bias), tanh(ag_H), sigmoid(ao_H)
    new_c_H = f_H * c_H + i_H * g_H
    squashed_H = tanh(new_c_H)
    slope_H = o_H * (1 - squashed_H * squashed_H)
    c_by_h = (c_H * f_H * (1 - f_H))[:, None] * W_f + (g_H * i_H * (1 - i_H))[:, None] * W_i
    c_by_h = c_by_h + (i_H * (1 - g_H * g_H))[:, None] * W_g
    h_by_h = (squashed_H * o_H * (1 - o_H))[:, None] * W_o + slope_H[:, None] * c_by_h
    jacobian = np.block([[h_by_h, np.diag(slope_H * f_H)], [c_by_h, np.diag(f_H)]])
    return np.array([o_H * squashed_H, new_c_H]), jacobian


def gru_jacobian(state, blocks, x_GH, keep_bias):
    """One step of a GRU from h: the new state (1, H) and its Jacobian (H, H)."""
    (h_H,), (W_r, W_z, W_n) = state, blocks
    r_H = sigmoid(apply(W_r, h_H) + x_GH[0])
    z_H = sigmoid(apply(W_z, h_H) + x_GH[1] + keep_bias)
    inner_H = apply(W_n, h_H)
    n_H = tanh(x_GH[2] + r_H * inner_H)
    slope_H = (1 - z_H) * (1 - n_H * n_H)
    jacobian = (slope_H * r_H)[:, None] * W_n
    jacobian = jacobian + (slope_H * inner_H * r_H * (1 - r_H))[:, None] * W_r
    jacobian = jacobian + ((h_H - n_H) * z_H * (1 - z_H))[:, None] * W_z
    return ((1 - z_H) * n_H + z_H * h_H)[None], jacobian + np.diag(z_H)


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


def rule(radius):
    """What the eigenvalue rule says of a gradient, with a little tolerance at 1."""
    return "keeps its size" if abs(radius - 1) < 1e-5 else "vanishes" if radius < 1 else "explodes"


def reach(log_norm):
    """The lag from which on less than a hundredth is left, in words."""
    left = np.flatnonzero(log_norm >= -2)[-1]
    return f"{left + 1} steps" if left + 1 < len(log_norm) else f"more than {left} steps"


class GradientFlow(LiveFigure):
    """The norm of dh_T/dh_{T-k} against the lag k, for a network the reader sets.

    gain (0.2 to 3), drive (0 to 3), unit ("tanh", "ReLU", "linear"), matrix ("random",
    "orthogonal", "non-normal"), seed; cell ("plain", "LSTM", "GRU"; those two have no use for
    unit) and keep_bias, of the LSTM's forget or the GRU's update gate; H units and T steps are
    fixed when it is made.
    """

    front_end = "gradient_flow"
    title = "How much of a gradient arrives"
    about = (
        "The norm of the gradient many steps back, beside what the spectral radius of the "
        "recurrent weights promises, for a plain cell, an LSTM and a GRU."
    )
    views = {
        "Explodes by the rule, vanishes in truth": {},
        "Without inputs the rule is right": {"drive": 0.0},
        "A chain that grows before it fades": {
            "gain": 1.0,
            "unit": "linear",
            "matrix": "non-normal",
        },
        "An LSTM with forget bias 1": {"cell": "LSTM"},
        "An LSTM with forget bias 6": {"cell": "LSTM", "keep_bias": 6.0},
        "A GRU with update bias 1": {"cell": "GRU"},
        "A GRU with update bias 6": {"cell": "GRU", "keep_bias": 6.0},
    }
    gain = traitlets.Float(1.5, min=0.2, max=3.0).tag(sync=True)
    drive = traitlets.Float(1.0, min=0.0, max=3.0).tag(sync=True)
    unit = traitlets.Enum(list(UNITS), "tanh").tag(sync=True)
    matrix = traitlets.Enum(list(MATRICES), "random").tag(sync=True)
    seed = traitlets.Int(0, min=0, max=9999).tag(sync=True)
    H = traitlets.Int(16, min=2, max=32).tag(sync=True)
    T = traitlets.Int(100, min=10, max=200).tag(sync=True)
    cell = traitlets.Enum(list(BLOCKS), "plain").tag(sync=True)
    keep_bias = traitlets.Float(1.0, min=-2.0, max=6.0).tag(sync=True)
    alt = traitlets.Unicode(
        "Line chart of the norm of the gradient (logarithmic) against the number of steps "
        "back, beside the line that the spectral radius predicts and the bound by the "
        "largest singular value; the cell, its gain and the drive can be changed."
    ).tag(sync=True)

    def flow(self):
        """The dict of ``gradient_flow`` for the present settings."""
        names = ("gain", "drive", "unit", "matrix", "H", "T", "seed", "cell", "keep_bias")
        return gradient_flow(**{name: getattr(self, name) for name in names})

    def shown(self):
        flow = self.flow()
        end, said = flow["log_norm"][-1], rule(flow["radius"])
        gate = float(sigmoid(self.keep_bias))
        right = "The rule is right about the direction."
        judged = right if said == verdict(end) else "The rule is wrong here."
        if said != verdict(end) == "keeps its size":
            judged = "After these steps neither has happened."
        return {
            "gain": fixed(self.gain),
            "drive": fixed(self.drive),
            "keep_bias": f"{fixed(self.keep_bias, 1)}, gate {fixed(gate)}",
            "radius": fixed(flow["radius"]),
            "sigma": fixed(flow["sigma"]),
            "rule": said,
            "end": "exactly 0" if end == -math.inf else f"10{fixed(end, 1)}",
            "happened": verdict(end),
            "reach": reach(flow["log_norm"]),
            "judged": judged,
        }

    def still(self):
        flow = self.flow()
        lags = np.arange(self.T + 1)
        fig, ax = plot.figure(height=3.2)
        lines = (
            ("measured", flow["log_norm"], plot.VERMILION, "-"),
            ("ρ to the power k", lags * math.log10(flow["radius"]), plot.BLACK, "--"),
            ("σ to the power k", lags * math.log10(flow["sigma"]), plot.BLACK, ":"),
        )
        if self.cell != "plain":  # where sigma is no bound
            lines = lines[:2]
        for name, values, ink, style in lines:
            shown = np.flatnonzero((values >= -40) & (values <= 20))
            ax.plot(lags[shown], values[shown], color=ink, linestyle=style)
            plot.label_end(ax, lags[shown[-1]], values[shown[-1]], name)
        ax.set(xlabel="lag k (steps back)", ylabel="log₁₀ of the gradient's norm")
        ax.set_ylim(-40, 20)
        return fig
