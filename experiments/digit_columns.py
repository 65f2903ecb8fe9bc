"""Which digit a column of pixels is part of: forwards, later, in both directions, deeper.

Run it with ``python -m experiments.digit_columns``; one thread, some minutes. What
``experiments/results/digit_columns.json`` holds already is kept and the rest is added, so that
the run can be interrupted; without the file it starts afresh. The file says for each network
and learning rate the share of right columns of the validation and of the test digits for every
seed, and the number of parameters, the seconds, the machine and what else it was doing.

``wait`` is the number of columns that a network may read on before it has to name a column.
Chapter 7 prints for each network the test score at the rate with the best validation score.
"""

import time
from pathlib import Path

import torch

from experiments import record
from rnnbook import LSTM, RNN, Tagger, data, evaluate, fit

SEEDS, STEPS, RATES = range(5), 200, [0.01, 0.02, 0.04]
RESULT = Path(__file__).parent / "results" / "digit_columns.json"
NETWORKS = {  # name: (layer, wait)
    "RNN": (lambda: RNN(8, 86), 0),
    "LSTM": (lambda: LSTM(8, 42), 0),
    "LSTM, 2 later": (lambda: LSTM(8, 42), 2),
    "LSTM, 4 later": (lambda: LSTM(8, 42), 4),
    "LSTM, 6 later": (lambda: LSTM(8, 42), 6),
    "LSTM, 8 later": (lambda: LSTM(8, 42), 8),
    "bidirectional RNN": (lambda: RNN(8, 58, bidirectional=True), 0),
    "bidirectional LSTM": (lambda: LSTM(8, 28, bidirectional=True), 0),
    "the same, 2 layers": (lambda: LSTM(8, 15, bidirectional=True, L=2), 0),
    "the same, 3 layers": (lambda: LSTM(8, 12, bidirectional=True, L=3), 0),
}


class Columns:
    """Five digits with gaps; name for each column the digit."""

    D, K = 8, 10

    def __init__(self, wait=0):
        self.wait = wait

    def batches(self, B, seed=0, split="train"):
        part, g = digits.part(split), torch.Generator().manual_seed(seed)
        image_N88 = torch.stack([digits.encode(image) for image, _ in part])
        name_N = torch.tensor([int(name) for _, name in part])
        row_B11 = torch.arange(B)[:, None, None]
        while True:
            pick_B5 = torch.randint(len(part), (B, 5), generator=g)
            width_B5 = 8 + torch.randint(3, (B, 5), generator=g)
            start_B5 = width_B5.cumsum(1) - width_B5
            at_B58 = start_B5[:, :, None] + torch.arange(8)
            x_BTD = torch.zeros(B, 50 + self.wait, 8)
            y_BT = torch.full((B, 50 + self.wait), -100)
            x_BTD[row_B11, at_B58] = image_N88[pick_B5]
            y_BT[row_B11, at_B58 + self.wait] = name_N[pick_B5][:, :, None]
            yield x_BTD, y_BT, True


digits = data.digits()


def scores(network, rate, seed):
    """Train one network; the share of right columns of new strips: (validation, test)."""
    layer, wait = NETWORKS[network]
    task = Columns(wait)
    torch.manual_seed(seed)
    model = Tagger(layer(), task.K)
    fit(model, task, steps=STEPS, lr=rate, schedule="linear", seed=seed)
    found = [evaluate(model, task, B=400, split=split) for split in ("valid", "test")]
    return [round(one["accuracy"], 4) for one in found]


def stored():
    """What earlier parts of this run have measured."""
    models = {name: Tagger(layer(), 10) for name, (layer, _) in NETWORKS.items()}
    fresh = {
        "scores": {name: {} for name in NETWORKS},
        "parameters": {n: sum(p.numel() for p in m.parameters()) for n, m in models.items()},
        "steps": STEPS,
        "seeds": list(SEEDS),
    }
    return record.begun(RESULT, fresh)


def main():
    torch.set_num_threads(1)
    result = stored()
    for name, rates in result["scores"].items():
        for rate in RATES:
            if str(rate) in rates:
                continue
            started = time.perf_counter()
            rates[str(rate)] = [scores(name, rate, seed) for seed in SEEDS]
            print(name, rate, rates[str(rate)], flush=True)
            record.keep(RESULT, result, started)
    print(f"{RESULT.name} is complete after {result['seconds']} s")


if __name__ == "__main__":
    main()
