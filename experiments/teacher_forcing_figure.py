"""The predictors of the live figure on teacher forcing, and how much the seed decides.

Run it with ``python -m experiments.teacher_forcing_figure``; one thread, about a minute. It writes
``experiments/results/teacher_forcing_figure.json``: for each of four seeds and three networks the
mean squared errors on waves they were not trained on, one step ahead and running free for a
hundred steps; the weights, rounded to four decimals, of the networks that the figure shows; and
the seconds and the machine. The figure keeps a copy of the weights, and a test holds the two equal.

"early" is fed the true value at each of 300 steps of training. "forced" goes on from there for 600
steps in the same way, "sampled" for 600 in which every value fed is the truth or its own prediction
by the toss of a coin, one for each step and wave (scheduled sampling with a constant share); the
gradient goes through the predictions that were fed back. All meet sums of two sines with random
phases, and each stretch starts Adam and its cosine afresh.
"""

import json
import math
import platform
import time
from pathlib import Path

import torch

H, B, T, WARM = 8, 32, 60, 20
SEEDS, TESTING = range(4), 100  # and the seed of the waves that are not trained on
PERIODS, SIZES = (16.0, 9.9), (0.6, 0.4)
SHOWN = ("early 3", "forced 3", "forced 1")
RESULT = Path(__file__).parent / "results" / "teacher_forcing_figure.json"


def waves(count, steps, generator):
    """Sums of two sines of fixed periods with random phases, (count, steps)."""
    t = torch.arange(steps, dtype=torch.double)
    phases = 2 * math.pi * torch.rand(count, 2, 1, generator=generator, dtype=torch.double)
    parts = (
        a * torch.sin(2 * math.pi * t / p + phases[:, k])
        for k, (p, a) in enumerate(zip(PERIODS, SIZES))
    )
    return sum(parts)


def start(generator):
    """The weights before training: W_xh (H,), W_hh (H, H), b_h (H,), W_hy (H,), b_y."""
    shapes = {"W_xh": (H,), "W_hh": (H, H), "b_h": (H,), "W_hy": (H,), "b_y": ()}
    bound = 1 / math.sqrt(H)
    return {
        name: bound * (2 * torch.rand(shape, generator=generator, dtype=torch.double) - 1)
        for name, shape in shapes.items()
    }


def predictions(w, x_BT, truth_BT):
    """The prediction of each next value; step t is fed x where truth_BT[:, t], else its own."""
    h_BH, own_B, out = x_BT.new_zeros(len(x_BT), H), x_BT[:, 0], []
    for t in range(x_BT.shape[1] - 1):
        fed_B = torch.where(truth_BT[:, t], x_BT[:, t], own_B)
        h_BH = torch.tanh(fed_B[:, None] * w["W_xh"] + h_BH @ w["W_hh"].T + w["b_h"])
        own_B = h_BH @ w["W_hy"] + w["b_y"]
        out.append(own_B)
    return torch.stack(out, dim=1)


def train(w, steps, lr, share, generator):
    """The weights after further steps, fed the truth with probability ``share``."""
    w = {name: value.detach().clone().requires_grad_() for name, value in w.items()}
    optimiser = torch.optim.Adam(w.values(), lr)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        x_BT = waves(B, T, generator)
        truth_BT = torch.rand(B, T, generator=generator) < share
        truth_BT[:, :WARM] = True
        gap_BT = predictions(w, x_BT, truth_BT) - x_BT[:, 1:]
        loss = gap_BT[:, 5:].square().mean()  # the first values say too little about the phases
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(w.values(), 1.0)
        optimiser.step()
        plan.step()
    return w


@torch.no_grad()
def errors(w, free=100, count=1000):
    """Mean squared errors after ``WARM`` steps on the truth: one step ahead, and free."""
    x_BT = waves(count, WARM + free + 1, torch.Generator().manual_seed(TESTING))
    truth_BT = torch.ones_like(x_BT, dtype=torch.bool)
    found = {}
    for name in ("one_step", "free"):
        gap = predictions(w, x_BT, truth_BT) - x_BT[:, 1:]
        found[name] = float(f"{gap[:, WARM:].square().mean().item():.3g}")
        truth_BT[:, WARM + 1 :] = False
    return found


def networks(seed):
    """The three networks of one seed, their weights rounded to four decimals."""
    generator = torch.Generator().manual_seed(seed)
    early = train(start(generator), 300, 1e-2, 1.0, generator)
    middle = generator.get_state()
    found = {"early": early, "forced": train(early, 600, 5e-3, 1.0, generator)}
    found["sampled"] = train(early, 600, 5e-3, 0.5, generator.set_state(middle))
    return {
        name: {key: (value.detach() * 1e4).round() / 1e4 for key, value in w.items()}
        for name, w in found.items()
    }


def main():
    torch.set_num_threads(1)
    started, result = time.perf_counter(), {"errors": {}, "weights": {}}
    for seed in SEEDS:
        for name, w in networks(seed).items():
            key = f"{name} {seed}"
            result["errors"][key] = errors(w)
            print(key, result["errors"][key], flush=True)
            if key in SHOWN:
                result["weights"][key] = {part: value.tolist() for part, value in w.items()}
    result["seconds"] = round(time.perf_counter() - started)
    result["machine"] = f"{platform.machine()}, one thread, torch {torch.__version__}"
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
