"""A trained predictor that is fed the truth, its own predictions, or either by a coin."""

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import apply, fixed, tanh, uniforms
from .base import LiveFigure

T = 100  # inputs of a run; the last prediction is that of the value at step T
PERIODS, SIZES, PHASES = (16.0, 9.9), (0.6, 0.4), (0.5, 2.0)
LATER = 10, 20  # the effect of a nudge is told for these steps after it
# Trained and rounded by experiments/teacher_forcing_figure.py: "early" on the truth for 300
# steps, "forced" in the same way for 600; "sampled" as "early" and then for 300 steps in which
# a coin decides at every step whether the truth or its own prediction is fed.
WEIGHTS = {
    "early": {
        "W_xh": [0.2993, 0.6599, -0.43, -0.0029, -0.4254, 0.621, -0.5774, -0.4887],
        "W_hh": [
            [-0.4092, -0.3081, 0.1544, -0.3575, -0.2532, -0.1271, 0.1932, 0.1379],
            [-0.1324, -0.1978, 0.3149, 0.6912, 0.0098, -0.2501, -0.3948, 0.0198],
            [-0.6387, -0.0488, 0.0514, -0.1552, 0.0474, -0.2898, 0.446, 0.1282],
            [-0.4597, -0.6567, -0.0923, 0.1406, -0.0501, -0.2463, 0.6298, 0.2268],
            [-0.3648, -0.658, 0.2365, -0.4274, 0.2368, -0.295, 0.4237, -0.3101],
            [0.3797, 0.3826, 0.3035, 0.2955, -0.1847, 0.0303, 0.0814, -0.1327],
            [0.3978, 0.2106, -0.5983, -0.1808, -0.2088, 0.0166, -0.2378, 0.3456],
            [-0.0743, -0.3476, -0.2687, -0.1102, -0.5978, 0.2683, 0.414, 0.266],
        ],
        "b_h": [0.0074, 0.1091, -0.0388, -0.0802, -0.1005, -0.0921, 0.1083, -0.0814],
        "W_hy": [0.1159, 0.4058, -0.4065, -0.0814, -0.4398, 0.4255, -0.3555, -0.4376],
        "b_y": 0.0004,
    },
    "forced": {
        "W_xh": [0.2617, 0.7003, -0.3902, 0.0083, -0.5395, 0.6804, -0.5929, -0.5319],
        "W_hh": [
            [-0.5086, -0.2733, 0.013, -0.4398, -0.1979, -0.1111, 0.2224, 0.1255],
            [-0.3256, -0.0316, 0.3454, 0.7821, -0.0179, -0.3065, -0.2368, 0.2021],
            [-0.4505, 0.1884, 0.2006, -0.2733, -0.0904, -0.0609, 0.0884, 0.2171],
            [-0.4704, -0.8071, -0.2562, 0.1915, -0.0015, -0.2626, 0.6939, 0.0758],
            [-0.3598, -0.5301, 0.2477, -0.5406, 0.1696, -0.2123, 0.4177, -0.3214],
            [0.2402, 0.3547, 0.3048, 0.4463, -0.1357, -0.0946, 0.2361, -0.0703],
            [0.5314, 0.0948, -0.6163, -0.2392, -0.198, 0.0597, -0.3706, 0.1643],
            [-0.1087, -0.1643, -0.1969, -0.1668, -0.6067, 0.3129, 0.3532, 0.2045],
        ],
        "b_h": [-0.0088, 0.0841, -0.0274, -0.0624, -0.0827, -0.086, 0.1186, -0.0751],
        "W_hy": [0.1659, 0.7647, -0.4813, -0.0019, -0.4928, 0.5029, -0.539, -0.571],
        "b_y": -0.0021,
    },
    "sampled": {
        "W_xh": [0.2568, 0.6021, -0.4467, -0.0125, -0.3535, 0.5853, -0.5161, -0.4902],
        "W_hh": [
            [-0.319, -0.4131, 0.1018, -0.6097, -0.1971, -0.1306, 0.2158, 0.1468],
            [-0.4225, -0.1211, 0.3682, 0.638, -0.0837, -0.3104, -0.3515, 0.056],
            [-0.4409, 0.2665, 0.5752, -0.1239, -0.2919, 0.0468, 0.2449, 0.2165],
            [-0.6162, -0.5561, -0.2749, 0.3011, -0.0277, -0.2974, 0.5535, 0.0381],
            [-0.1453, -0.6072, 0.2827, -0.4909, 0.2203, -0.129, 0.32, -0.3821],
            [0.1721, 0.3277, 0.2627, 0.1956, -0.188, -0.1035, 0.169, -0.0935],
            [0.5373, 0.2078, -0.5722, -0.0809, -0.1448, 0.0239, -0.2795, 0.3255],
            [0.0261, -0.2001, -0.1199, 0.0754, -0.6793, 0.3151, 0.392, 0.4081],
        ],
        "b_h": [-0.0068, 0.1162, -0.0366, -0.085, -0.0929, -0.0965, 0.1041, -0.076],
        "W_hy": [0.265, 0.4211, -0.3738, -0.0322, -0.3591, 0.3955, -0.4149, -0.4661],
        "b_y": -0.0047,
    },
}


def wave():
    """The values x_0 .. x_T of the sum of two sines, rounded to multiples of 2^-20."""
    t = np.arange(T + 1)
    parts = [a * np.sin(2 * np.pi * t / p + f) for p, a, f in zip(PERIODS, SIZES, PHASES)]
    return np.floor(sum(parts) * 1048576 + 0.5) / 1048576


def coins(share, seed):
    """Whether the truth is fed at each step (T,), if the network is on its own there."""
    draw = uniforms(seed)
    return np.array([next(draw) < share for _ in range(T)])


def predict(weights, truth_T, nudge=0.0, nudge_step=0):
    """The predictions (T,) of x_1 .. x_T by a plain network with one output.

    h_t = tanh(w_xh u_t + W_hh h_{t-1} + b_h) and p_t = w_hy h_t + b_y; u_t is x_t where
    truth_T[t], else the prediction of the step before, and at ``nudge_step`` it is off by
    ``nudge``. weights: W_xh (H,), W_hh (H, H), b_h (H,), W_hy (H,), b_y.
    """
    W_xh, W_HH, b_h, W_hy = (np.array(weights[k]) for k in ("W_xh", "W_hh", "b_h", "W_hy"))
    x, h_H, out, predicted = wave(), np.zeros(len(b_h)), 0.0, []
    for t in range(T):
        fed = (x[t] if truth_T[t] else out) + (nudge if t == nudge_step else 0.0)
        h_H = tanh(b_h + W_xh * fed + apply(W_HH, h_H))
        out = weights["b_y"] + apply(W_hy[None], h_H)[0]
        predicted.append(float(out))
    return np.array(predicted)


class TeacherForcing(LiveFigure):
    """A small recurrent predictor of a wave, fed the truth or what it predicted itself.

    network ("early", "forced", "sampled"): how it was trained. start: the first step at which
    it is fed its own prediction (10 to 90). share: the probability that the truth is fed
    there all the same (0 to 1), one coin a step, drawn with seed. nudge (-1 to 1): what is
    added to the value fed at nudge_step. weights: those of ``WEIGHTS``.
    """

    front_end = "teacher_forcing"
    title = "Teacher forcing against free running"
    about = (
        "A trained network predicts a wave almost without error while it is fed the truth, and "
        "loses the wave when it is fed its own predictions."
    )
    views = {
        "An excellent predictor on its own": {},
        "Trained twice as long": {"network": "forced"},
        "Worse one step ahead, better on its own": {"network": "sampled"},
        "A nudge that dies out and one that stays": {"network": "sampled", "nudge": 0.8},
        "The truth at every other step or so": {"share": 0.5},
    }
    network = traitlets.Enum(list(WEIGHTS), "early").tag(sync=True)
    start = traitlets.Int(30, min=10, max=90).tag(sync=True)
    share = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    nudge = traitlets.Float(0.0, min=-1.0, max=1.0).tag(sync=True)
    nudge_step = traitlets.Int(50, min=10, max=T - 1 - LATER[1]).tag(sync=True)
    seed = traitlets.Int(1, min=0, max=9999).tag(sync=True)
    weights = traitlets.Dict(WEIGHTS).tag(sync=True)
    alt = traitlets.Unicode(
        "Line chart of a wave over a hundred steps with the predictions of a network that is "
        "fed the truth and of the same network fed its own predictions, and below it their "
        "errors on a logarithmic axis; the second error is far larger and stays so."
    ).tag(sync=True)

    def runs(self, nudge=None):
        """The predictions of both runs (T,): forced and free, with the nudge of the figure."""
        weights = self.weights[self.network]
        nudge = self.nudge if nudge is None else nudge
        truth = (np.arange(T) < self.start) | coins(self.share, self.seed)
        both = {"forced": np.ones(T, bool), "free": truth}
        return {k: predict(weights, fed, nudge, self.nudge_step) for k, fed in both.items()}

    def errors(self):
        """Mean squares over the steps on its own: of both runs' errors, and of the wave."""
        x = wave()[1:]
        gaps = {name: (p - x)[self.start :] for name, p in self.runs().items()}
        gaps["zero"] = x[self.start :]
        return {name: float(np.cumsum(gap * gap)[-1] / len(gap)) for name, gap in gaps.items()}

    def shown(self):
        errors, runs, still = self.errors(), self.runs(), self.runs(nudge=0.0)
        texts = {name: fixed(value, 6) for name, value in errors.items()}
        texts |= {
            "start": str(self.start),
            "share": fixed(self.share),
            "nudge": fixed(self.nudge),
            "nudge_step": str(self.nudge_step),
            "ratio": fixed(errors["free"] / errors["forced"], 1),
        }
        if self.nudge:
            after = slice(self.nudge_step + LATER[0], self.nudge_step + LATER[1] + 1)
            moved = {name: np.abs(runs[name] - still[name])[after].max() for name in runs}
            texts |= {f"{name}_moved": fixed(gap, 6) for name, gap in moved.items()}
        return texts

    def still(self):
        x, runs, steps = wave()[1:], self.runs(), np.arange(1, T + 1)
        fig = plot.Figure(figsize=(6.4, 4.2), layout="constrained")
        top, low = fig.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        lines = (("truth", x, plot.BLACK, ":"), ("fed the truth", runs["forced"], plot.BLUE, "--"))
        for name, values, ink, style in (*lines, ("free", runs["free"], plot.BLUE, "-")):
            top.plot(steps, values, color=ink, linestyle=style)
            if name != "truth":
                low.plot(steps, np.abs(values - x), color=ink, linestyle=style)
                plot.label_end(low, T, abs(values[-1] - x[-1]), name)
        top.axvline(self.start, color=plot.BLACK, linewidth=0.8)
        top.set(ylabel="wave and predictions", ylim=(-1.6, 1.6))
        low.set_yscale("log")
        low.set(xlabel="time step", ylabel="error", ylim=(1e-4, 10))
        return fig
