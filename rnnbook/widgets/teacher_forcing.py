"""A trained predictor that is fed the truth, its own predictions, or either by a coin."""

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import apply, fixed, tanh, uniforms
from .base import LiveFigure

T = 100  # inputs of a run; the last prediction is that of the value at step T
PERIODS, SIZES, PHASES = (16.0, 9.9), (0.6, 0.4), (0.5, 2.0)
LATER = 10, 20  # the effect of a nudge is told for these steps after it
# Trained and rounded by experiments/teacher_forcing_figure.py, always on the truth: "early" for
# 300 steps, "long" from there for 900 in all, "other" for 900 steps from other first weights.
WEIGHTS = {
    "early": {
        "W_xh": [-0.1318, -0.5132, 0.5896, 0.0369, 0.5892, -0.2167, -0.7152, -0.5427],
        "W_hh": [
            [-0.2345, 0.1633, 0.0316, -0.0928, 0.3568, -0.1785, 0.0315, -0.4498],
            [-0.1416, -0.039, 0.2723, -0.087, 0.1602, -0.3229, -0.3609, -0.1381],
            [-0.3803, -0.4079, -0.0967, 0.1762, 0.0268, 0.4637, 0.1308, -0.1274],
            [-0.4471, -0.4059, -0.2549, 0.2776, -0.0656, 0.0457, -0.1165, 0.2886],
            [-0.2061, -0.1446, -0.0392, -0.0183, -0.0963, 0.2259, 0.0896, 0.1004],
            [0.0545, -0.1635, -0.0962, -0.0129, -0.1551, 0.1533, 0.1826, 0.1867],
            [0.1985, 0.2038, -0.1749, -0.05, -0.4233, -0.3691, -0.2839, -0.3926],
            [0.247, 0.2174, -0.4095, 0.2632, 0.0069, -0.1171, -0.0509, -0.4373],
        ],
        "b_h": [0.2535, 0.1837, 0.1262, -0.3131, 0.0684, 0.0674, -0.1726, -0.1819],
        "W_hy": [-0.0536, -0.5969, 0.5466, 0.2315, 0.758, -0.2726, -0.5892, -0.2659],
        "b_y": 0.2801,
    },
    "long": {
        "W_xh": [-0.0521, -0.491, 0.8091, 0.1452, 0.8774, -0.3389, -1.0834, -0.9395],
        "W_hh": [
            [-0.2142, 0.141, 0.066, -0.102, 0.2388, -0.1904, 0.0546, -0.6165],
            [-0.1638, 0.0188, 0.3869, -0.0682, 0.4555, -0.3918, -0.7931, -0.1661],
            [-0.557, -0.3658, -0.0143, 0.2471, -0.3637, 0.8206, 0.5318, 0.26],
            [-0.4012, -0.439, -0.3371, 0.2446, -0.1162, -0.0012, 0.0105, 0.2131],
            [-0.1739, -0.1891, -0.2232, -0.0204, -0.0912, 0.1802, 0.3883, 0.2512],
            [0.0924, -0.1619, -0.1476, -0.0183, 0.1365, 0.2608, -0.2016, 0.113],
            [0.3061, 0.1295, 0.0268, -0.1225, -0.1027, -0.7004, -0.3513, -0.7931],
            [0.3604, 0.2298, -0.6423, 0.1876, 0.4844, -0.3746, -0.437, -0.3746],
        ],
        "b_h": [0.2409, 0.1802, 0.1278, -0.3145, 0.0579, 0.0903, -0.1278, -0.1413],
        "W_hy": [-0.0631, -0.7448, 0.6794, 0.2371, 1.1534, -0.3535, -0.9282, -0.4038],
        "b_y": 0.2717,
    },
    "other": {
        "W_xh": [-0.7368, -0.5856, 0.4307, -0.5089, 0.5084, 0.201, 0.3719, 0.6709],
        "W_hh": [
            [-0.4143, 0.1439, 0.4368, -0.0142, 0.5527, -0.2371, -0.2929, 0.1923],
            [-0.2941, 0.2137, 0.1957, 0.149, 0.5437, 0.2961, 0.2806, 0.5954],
            [-0.0014, -0.3744, -0.6666, 0.1936, 0.3666, -0.2514, 0.2535, -0.1751],
            [-0.3371, 0.4226, 0.2778, -0.4303, 0.7346, -0.1404, 0.0149, 0.2464],
            [-0.0348, -0.2836, -0.1862, 0.0431, 0.2101, -0.0635, 0.4449, -0.5149],
            [0.2497, -0.1386, -0.2945, -0.0961, -0.3267, 0.2439, 0.4494, -0.5019],
            [0.5501, -0.1334, -0.1204, -0.3782, -0.157, 0.4665, -0.0155, -0.5419],
            [0.0609, 0.0726, -0.667, -0.2018, -0.35, 0.3211, 0.1156, -0.317],
        ],
        "b_h": [-0.0286, 0.082, -0.0202, 0.0362, -0.0862, -0.0491, 0.075, -0.1231],
        "W_hy": [-0.9845, -0.8665, 0.2668, -0.6212, 0.8093, 0.1574, 0.5583, 0.7559],
        "b_y": 0.0694,
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

    network ("early", "long", "other"): how long it was trained, and from where. start: the first
    step at which it is fed its own prediction (10 to 90). share: the probability that the truth
    is fed there all the same (0 to 1), one coin a step, drawn with seed. nudge (-1 to 1): what
    is added to the value fed at nudge_step. weights: those of ``WEIGHTS``.
    """

    front_end = "teacher_forcing"
    title = "Teacher forcing against free running"
    about = (
        "A trained network predicts a wave almost without error while it is fed the truth, and "
        "loses the wave when it is fed its own predictions."
    )
    views = {
        "An excellent predictor on its own": {},
        "Trained three times as long": {"network": "long"},
        "From another start": {"network": "other"},
        "A nudge that dies out and one that stays": {"network": "other", "nudge": 0.3},
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
