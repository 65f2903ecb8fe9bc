"""Optimisers and learning-rate schedules on one small training run, computed in the page.

The network h_t = tanh(w_xh x_t + W_hh h_{t-1} + b_h), y_t = w_hy h_t + b_y with three hidden
units learns to repeat the sign that it read one step before. Every step of training takes a
new batch of four sequences of eight signs, and the targets carry normal noise; the loss shown
is the squared error against the signs without the noise.
"""

import math
from functools import cache

import numpy as np
import traitlets

from rnnbook import plot

from .arithmetic import fixed, length, normals, tanh
from .base import LiveFigure

H, T, B, STEPS, LAST = 3, 8, 4, 300, 20
NOISE, WARM, CLIP = 0.3, 30, 1.0
MOST = 1e4  # a run whose loss passes this has diverged
LOWEST, RATES = -4, 51  # the sweep: log10 of its lowest rate, and ten rates to a power of ten
GOOD = 10  # the grade of a final loss of 0.01
# Where the parts of the weight vector begin: w_xh, W_hh, b_h, w_hy, b_y.
W_HH, B_H, W_HY, B_Y, WEIGHTS = 3, 12, 15, 18, 19

OPTIMISERS = ("SGD", "momentum", "RMSprop", "Adam")
SCHEDULES = {
    "constant": lambda k: 1.0,
    "cosine": lambda k: (k + 1) / WARM if k < WARM else 0.5 * (1 + _cosine(k)),
    "step": lambda k: (1, 0.1, 0.01)[3 * k // STEPS],
}
# The final loss of a run at every rate of the sweep, a character each: fifths of a power of
# ten below 1 as a digit in base 36 (a: 0.01, f: 0.001), or x for a run that diverged.
SWEEP = {
    "SGD constant": "0000111111122345689bbcccddddddddccbbaa98xxxxxxxxxxx",
    "SGD constant clip": "0000111111122335689bbcccddddddddccbbaa9842100000000",
    "SGD cosine": "000000011111112234568abbccdddeeeffffffffxxxxxxxxxxx",
    "SGD cosine clip": "000000011111112234568abbcccddeeefffffffffffggg31310",
    "SGD step": "00000000111111122334689bbcccdddeeeffffghxxxxxxxxxxx",
    "SGD step clip": "00000000011111112234679abcccdddeeeffffggihhh6hhf666",
    "momentum constant": "12233568abbcccccddddddddeedcca8997666600xxxxxxxxxxx",
    "momentum constant clip": "122234689bbcccccddddddddeeddca899766553200000000000",
    "momentum cosine": "11112234568abbcccdddddeeeeffeeeedddddehxxxxxxxxxxxx",
    "momentum cosine clip": "11112233568abbcccdddddeeeeffeeeedddddeghgee04020414",
    "momentum step": "1111112234579bbccccddddddeeefghhhgggffe5xxxxxxxxxxx",
    "momentum step clip": "1111112234579bbccccddddddeeefghhhggggfef6e401132244",
    "RMSprop constant": "11111223469cdeeeeeedddcccbbaaa987201300100000xxxxxx",
    "RMSprop constant clip": "11111223469cdeeeeeedddcccbba99987010000000000xxxxxx",
    "RMSprop cosine": "11111112233579cdeeeffggggggggffffff025f00650111001x",
    "RMSprop cosine clip": "1111111223457adeeeeffggggggggfffffff666g10010000000",
    "RMSprop step": "01111112233569cdeeefffgggggghhhfg002h11200000xxxxxx",
    "RMSprop step clip": "11111112233579ceeeefffgggggggghii020100100000xxxxxx",
    "Adam constant": "111111223457acdddddddddeeeedcba99a98885000100010010",
    "Adam constant clip": "111111223457acdddddddddeeeedcba99a88876003100000000",
    "Adam cosine": "001111111223458bdeeeeffffffffffeeddddddddfgjj10i501",
    "Adam cosine clip": "001111111223468bdeeeeffffffffffeeddddddeefg5j551000",
    "Adam step": "0001111111223357adeeeefffffffgghhhggggg000100010021",
    "Adam step clip": "0001111111223457adeeeefffffffghhihhhggf002100011020",
}


def _cosine(k):
    """The cosine of the schedule at step k, rounded to a multiple of 2^-20 as normals are."""
    cosine = math.cos(math.pi * (k - WARM) / (STEPS - WARM))
    return math.floor(cosine * 1048576 + 0.5) / 1048576


def learning_rate(log_rate):
    """10^log_rate to three significant digits."""
    return float(f"{10**log_rate:.3g}")


def start():
    """The weights (19,) before training."""
    return 0.4 * normals(WEIGHTS, 1)


@cache
def signs():
    """x, the signs to repeat, and those with noise, each (STEPS, T, B)."""
    z = normals(2 * STEPS * T * B, 5).reshape(STEPS, T, B, 2)
    x = np.where(z[..., 0] > 0, 1.0, -1.0)
    clean = np.zeros_like(x)
    clean[:, 1:] = x[:, :-1]
    return x, clean, clean + NOISE * z[..., 1]


def loss_and_gradient(w, x_TB, clean_TB, y_TB):
    """The mean squared error against clean_TB, and the gradient (19,) of that against y_TB."""
    W_HH_ = w[W_HH:B_H].reshape(H, H)
    h_HB, states, outs = np.zeros((H, B)), [], []
    for x_B in x_TB:
        a_HB = w[B_H:W_HY, None] + w[:W_HH, None] * x_B
        for j in range(H):
            a_HB = a_HB + W_HH_[:, j, None] * h_HB[j]
        h_HB = tanh(a_HB)
        out_B = w[B_Y] + w[W_HY] * h_HB[0]
        for i in range(1, H):
            out_B = out_B + w[W_HY + i] * h_HB[i]
        states.append(h_HB)
        outs.append(out_B)
    wrong_TB = np.array(outs) - clean_TB
    loss = np.cumsum(wrong_TB * wrong_TB)[-1] / (T * B)
    return float(loss), backward(w, x_TB, states, 2 * (np.array(outs) - y_TB) / (T * B))


def backward(w, x_TB, states, d_TB):
    """The gradient (19,), added up in the order of the page: backwards in time."""
    W_HH_, later_HB, parts = w[W_HH:B_H].reshape(H, H), np.zeros((H, B)), []
    for t in range(T - 1, -1, -1):
        h_HB, old_HB = states[t], states[t - 1] if t else np.zeros((H, B))
        da_HB = (later_HB + d_TB[t] * w[W_HY:B_Y, None]) * (1 - h_HB * h_HB)
        recurrent = (da_HB[:, None] * old_HB[None]).reshape(H * H, B)
        parts.append(
            np.vstack([da_HB * x_TB[t], recurrent, da_HB, d_TB[t] * h_HB, d_TB[t][None]]).T
        )
        later_HB = np.cumsum(W_HH_[:, :, None] * da_HB[:, None], axis=0)[-1]
    return np.cumsum(np.vstack(parts), axis=0)[-1]


def update(optimiser, w, g, lr, kept):
    """One step as torch.optim takes it, in place; ``kept`` holds m, v and the powers of beta."""
    if optimiser == "SGD":
        w -= lr * g
    elif optimiser == "momentum":
        kept["m"] = 0.9 * kept["m"] + g
        w -= lr * kept["m"]
    elif optimiser == "RMSprop":
        kept["v"] = 0.99 * kept["v"] + 0.01 * (g * g)
        w -= lr * (g / (np.sqrt(kept["v"]) + 1e-8))
    else:
        kept["one"], kept["two"] = kept["one"] * 0.9, kept["two"] * 0.999
        kept["m"] = 0.9 * kept["m"] + 0.1 * g
        kept["v"] = 0.999 * kept["v"] + 0.001 * (g * g)
        root = math.sqrt(1 - kept["two"])
        w -= lr / (1 - kept["one"]) * (kept["m"] / (np.sqrt(kept["v"]) / root + 1e-8))


def training(optimiser, schedule, log_rate, clip, steps=STEPS):
    """A run: dict of losses, rates and diverged (the last step's number, or 0).

    It ends early where the loss passes ``MOST`` or is no number. With ``clip`` a gradient
    longer than 1 is shortened as torch.nn.utils.clip_grad_norm_ does it.
    """
    w, lr, losses, rates = start(), learning_rate(log_rate), [], []
    kept = {"m": np.zeros(WEIGHTS), "v": np.zeros(WEIGHTS), "one": 1.0, "two": 1.0}
    for k in range(steps):
        loss, g = loss_and_gradient(w, *(part[k] for part in signs()))
        losses.append(loss)
        rates.append(lr * SCHEDULES[schedule](k))
        if not loss <= MOST:
            break
        if clip:
            g = g * min(1.0, CLIP / (length(g) + 1e-6))
        update(optimiser, w, g, rates[k], kept)
    diverged = 0 if losses[-1] <= MOST else len(losses)
    return {"losses": np.array(losses), "rates": np.array(rates), "diverged": diverged}


def final_loss(losses):
    """The mean over the last twenty steps."""
    last = losses[-LAST:]
    return float(np.cumsum(last)[-1] / len(last))


def good_rates(optimiser, schedule, clip):
    """log10 of the rates of the sweep that end with a loss of at most 0.01."""
    grades = SWEEP[f"{optimiser} {schedule}{' clip' if clip else ''}"]
    found = [n for n, grade in enumerate(grades) if grade != "x" and int(grade, 36) >= GOOD]
    return [LOWEST + n / 10 for n in found]


class Schedules(LiveFigure):
    """One training run under an optimiser, a schedule and a learning rate.

    optimiser ("SGD", "momentum", "RMSprop", "Adam"), schedule ("constant", "cosine" after a
    warm-up of 30 steps, "step": a tenth after each third), log_rate: log10 of the learning
    rate (-4 to 1), clip: shorten gradients longer than 1. sweep: the grades of ``SWEEP``.
    """

    front_end = "schedules"
    title = "Learning-rate schedules and optimisers on one run"
    about = (
        "The loss of one real training run, its learning rate, and the rates at which each "
        "optimiser would have ended well."
    )
    views = {
        "SGD at a constant rate": {},
        "The same rate, warmed up and let down": {"schedule": "cosine"},
        "One step too far": {"schedule": "cosine", "log_rate": 0.0},
        "Clipping where it diverged": {"schedule": "cosine", "log_rate": 0.4, "clip": True},
        "Adam's good rates": {"optimiser": "Adam", "log_rate": -2.0},
        "RMSprop with a falling rate": {
            "optimiser": "RMSprop",
            "schedule": "step",
            "log_rate": -1.3,
        },
    }
    optimiser = traitlets.Enum(list(OPTIMISERS), "SGD").tag(sync=True)
    schedule = traitlets.Enum(list(SCHEDULES), "constant").tag(sync=True)
    log_rate = traitlets.Float(-0.2, min=-4.0, max=1.0).tag(sync=True)
    clip = traitlets.Bool(False).tag(sync=True)
    sweep = traitlets.Dict(SWEEP).tag(sync=True)
    alt = traitlets.Unicode(
        "Line chart of the loss (logarithmic) over 300 training steps, below it the learning "
        "rate, and below that four rows of squares for the final loss at 51 learning rates; "
        "the optimiser, the schedule, the rate and clipping can be changed."
    ).tag(sync=True)

    def run(self):
        """The dict of ``training`` for the present settings."""
        return training(self.optimiser, self.schedule, self.log_rate, self.clip)

    def shown(self):
        run = self.run()
        losses = run["losses"]
        best = int(np.argmin(losses))
        good = good_rates(self.optimiser, self.schedule, self.clip)
        values = {
            "log_rate": f"{learning_rate(self.log_rate):g}",
            "lowest": fixed(losses[best], 5),
            "lowest_step": str(best + 1),
            "good": str(len(good)),
            "width": fixed(len(good) / 10, 1),
            "from": f"{learning_rate(good[0]):g}",
            "to": f"{learning_rate(good[-1]):g}",
        }
        if run["diverged"]:
            return {**values, "diverged": f"diverged at step {run['diverged']}"}
        return {**values, "final": fixed(final_loss(losses), 5), "diverged": "did not diverge"}

    def still(self):
        run = self.run()
        fig = plot.Figure(figsize=(6.4, 4.2), layout="constrained")
        top, low = fig.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        steps = np.arange(1, len(run["losses"]) + 1)
        top.plot(steps, run["losses"], color=plot.BLUE)
        top.set_yscale("log")
        top.set(ylabel="loss", ylim=(1e-4, 10), xlim=(0, STEPS))
        low.plot(steps, run["rates"], color=plot.BLACK)
        low.set(xlabel="training step", ylabel="learning rate")
        low.set_ylim(0)
        return fig
