"""The three predictors of the live figure on teacher forcing, trained from the same weights.

Run it with ``python -m experiments.teacher_forcing_figure``; one thread, under a minute. It
writes ``experiments/results/teacher_forcing_figure.json``: for each network the weights, rounded
to four decimals, and the mean squared errors on waves it was not trained on, one step ahead and
running free for a hundred steps; and the seed, the seconds and the machine. The figure keeps a
copy of the weights, and a test holds the two equal.

"early" is fed the true value at every one of 300 steps of training. "forced" goes on from there
for 300 steps in the same way, "sampled" for 300 steps in which every value fed is the truth or
its own prediction by the toss of a coin, one for each step and wave (scheduled sampling with a
constant share); the gradient goes through the predictions that were fed back. All three meet
sums of two sines with random phases, and each stretch starts Adam and its cosine afresh.
"""

import json
import math
import platform
import time
from pathlib import Path

import torch

H, B, T, STEPS, SEED, WARM = 8, 32, 60, 300, 0, 20
PERIODS, SIZES = (16.0, 9.9), (0.6, 0.4)
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


def train(w, share, generator):
    """The weights after ``STEPS`` more steps, fed the truth with probability ``share``."""
    w = {name: value.detach().clone().requires_grad_() for name, value in w.items()}
    optimiser = torch.optim.Adam(w.values(), 1e-2)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
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
    x_BT = waves(count, WARM + free + 1, torch.Generator().manual_seed(SEED + 1))
    truth_BT = torch.ones_like(x_BT, dtype=torch.bool)
    found = {}
    for name in ("one_step", "free"):
        gap = predictions(w, x_BT, truth_BT) - x_BT[:, 1:]
        found[name] = gap[:, WARM:].square().mean().item()
        truth_BT[:, WARM + 1 :] = False
    return found


def main():
    torch.set_num_threads(1)
    started, result = time.perf_counter(), {}
    generator = torch.Generator().manual_seed(SEED)
    early = train(start(generator), 1.0, generator)
    middle = generator.get_state()
    networks = {"early": early, "forced": train(early, 1.0, generator)}
    networks["sampled"] = train(early, 0.5, generator.set_state(middle))
    for name, w in networks.items():
        w = {key: (value.detach() * 1e4).round() / 1e4 for key, value in w.items()}
        scores = {key: float(f"{value:.3g}") for key, value in errors(w).items()}
        result[name] = {"weights": {k: v.tolist() for k, v in w.items()}, **scores}
        print(name, scores, flush=True)
    result |= {"steps": STEPS, "seed": SEED, "seconds": round(time.perf_counter() - started)}
    result["machine"] = f"{platform.machine()}, one thread, torch {torch.__version__}"
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
