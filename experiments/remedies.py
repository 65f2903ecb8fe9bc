"""The adding problem: each remedy at three learning rates, and the trial of 1997 done again.

Run it with ``python -m experiments.remedies``; one thread, about ten minutes. What
``experiments/results/remedies.json`` holds already is kept and the rest is added, so that the run
can be interrupted; without the file it starts afresh. "error" holds, for each start and learning
rate, the mean squared error of every seed on fresh sequences after STEPS batches of 32 (null where
a loss or a gradient was no finite number), T = 100, 32 units, norm clipped at 1. "adding_1997"
holds a row for each of ten trials on the task of hochreiter1997, experiment 4: training sequences
until the stopping criterion, or null, and wrong ones among 2,560. Chapter 11 prints both.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.utils import clip_grad_norm_, parametrizations

from experiments import record
from rnnbook import GRU, LSTM, RNN, Classifier, cells, evaluate, fit, tasks
from rnnbook.tasks.task import Task
from rnnbook.train import NaNLossError

T, STEPS, SEEDS, RATES = 100, 400, range(3), [3e-3, 1e-2, 2e-2]
TRIALS, MOST = range(10), 150_000  # of the trial of 1997, and sequences at most in each
RESULT = Path(__file__).parent / "results" / "remedies.json"


def turning(D, held, unit="tanh"):
    """A plain layer with an orthogonal W_hh and no bias; held: it stays orthogonal."""
    layer = cells.orthogonal_(RNN(D, 32, unit=unit))
    layer.b_h.data.zero_()
    if held:
        parametrizations.orthogonal(layer.cells[0], "W_hh")
    return layer


STARTS = {
    "tanh": lambda D: RNN(D, 32),
    "orthogonal": lambda D: turning(D, held=False),
    "held orthogonal": lambda D: turning(D, held=True),
    "held linear": lambda D: turning(D, held=True, unit="linear"),
    "IRNN": lambda D: cells.identity_(RNN(D, 32, unit="ReLU")),
    "LSTM bias 1": lambda D: LSTM(D, 32),
    "LSTM layer norm": lambda D: LSTM(D, 32, form="layer_norm"),
    "LSTM chrono": lambda D: cells.chrono_(LSTM(D, 32), longest=T),
    "GRU": lambda D: GRU(D, 32),
}


def error(start, rate, seed):
    """Train one network; its error on 256 fresh sequences, None where a loss was no number."""
    task = tasks.adding(T)
    torch.manual_seed(seed)
    model = Classifier(STARTS[start](task.D), task.K)
    try:
        fit(model, task, steps=STEPS, lr=rate, seed=seed)
    except NaNLossError:
        return None
    return float(f"{evaluate(model, task)['loss']:.3g}")


@dataclass(frozen=True)
class adding_1997(Task):
    """Experiment 4 of hochreiter1997: T to T + T/10 steps of a number in [-1, 1] and a marker.

    The marker is 1 at one of the first ten steps and at another of the first T/2 - 1, -1 at the
    first and the last step, else 0; a mark that falls on the first step is void. The target is
    0.5 + (X1 + X2)/4. Here all sequences of a batch have one length.
    """

    D, K, shortest = 2, 1, 30

    def draw(self, B, generator):
        T = self.T + int(torch.randint(self.T // 10 + 1, (), generator=generator))
        x_BTD = torch.zeros(B, T, 2)
        x_BTD[:, :, 0] = 2 * torch.rand(B, T, generator=generator) - 1
        first_B = torch.randint(10, (B,), generator=generator)
        second_B = torch.randint(self.T // 2 - 2, (B,), generator=generator)
        second_B += second_B >= first_B  # another step than the first one
        mark_BT = torch.zeros(B, T)
        for marked_B in (first_B, second_B):
            mark_BT[torch.arange(B), marked_B] = 1.0
        mark_BT[:, [0, -1]] = -1.0
        x_BTD[:, :, 1] = mark_BT
        y_B = 0.5 + (x_BTD[:, :, 0] * (mark_BT == 1)).sum(1) / 4
        return x_BTD, y_B[:, None]


def trial(seed, B=16, rate=2e-2, H=4):
    """Sequences until 2,000 in a row were right to 0.04 (None: never), wrong ones of 2,560.

    As in 1997 the input gates start nearly shut; the forget gates, new since, start open.
    """
    task = adding_1997(100)
    torch.manual_seed(seed)
    layer = LSTM(task.D, H, forget_bias=5.0)
    layer.b_h.data[:H] = torch.tensor([-3.0, -3.0, -6.0, -6.0])
    model = Classifier(layer, task.K)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    read = right = 0
    for x_BTD, y_BK, _ in task.batches(B, seed):
        output_BK = model(x_BTD)[0]
        loss = ((output_BK - y_BK) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        read += B
        right = 0 if ((output_BK - y_BK).abs() >= 0.04).any() else right + B
        if right >= 2000 or read >= MOST:
            break
    x_BTD, y_BK = task.batch(2560, seed=10_007 + seed)
    with torch.no_grad():
        wrong = int(((model(x_BTD)[0] - y_BK).abs() >= 0.04).sum())
    return {"sequences": read if right >= 2000 else None, "wrong": wrong}


def stored():
    """What earlier parts of this run have measured."""
    fresh = {
        "error": {start: {} for start in STARTS},
        "adding_1997": [],
        "parameters_1997": sum(p.numel() for p in Classifier(LSTM(2, 4), 1).parameters()),
        "steps": STEPS,
        "seeds": list(SEEDS),
    }
    return record.begun(RESULT, fresh)


def main():
    torch.set_num_threads(1)
    result = stored()
    for start, rows in result["error"].items():
        for rate in [r for r in RATES if str(r) not in rows]:
            started = time.perf_counter()
            rows[str(rate)] = [error(start, rate, seed) for seed in SEEDS]
            record.keep(RESULT, result, started)
            print(start, rate, rows[str(rate)], flush=True)
    for seed in TRIALS[len(result["adding_1997"]) :]:
        started = time.perf_counter()
        result["adding_1997"].append(trial(seed))
        record.keep(RESULT, result, started)
        print("trial", seed, result["adding_1997"][-1], flush=True)
    print(f"{RESULT.name} is complete after {result['seconds']} s")


if __name__ == "__main__":
    main()
