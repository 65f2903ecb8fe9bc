"""The register of chapter 5 with more training, and with a forget gate that is stuck at 1.

Run it with ``python -m experiments.lstm_register``; one thread, five to fifteen minutes. It
writes ``experiments/results/lstm_register.json``: for each network and number of batches the
mean squared error of every learning rate and seed on ``tasks.register(40)``, the seconds, the
machine and what else it was doing. Chapter 5 prints, for each network and number of batches,
the mean over the seeds at the best of the three rates.
"""

import json
import os
import platform
import time
from pathlib import Path

import torch

from rnnbook import LSTM, RNN, Tagger, evaluate, fit, tasks

STEPS, RATES, SEEDS = [400, 2000], [3e-3, 1e-2, 3e-2], range(3)
RESULT = Path(__file__).parent / "results" / "lstm_register.json"


@torch.no_grad()
def without_forgetting(layer):
    """An LSTM whose forget gate is exactly 1 and, its slope being 0 there, stays so."""
    rows = slice(layer.H, 2 * layer.H)
    layer.W_xh[rows], layer.W_hh[rows], layer.b_h[rows] = 0, 0, 100
    return layer


NETWORKS = {
    "RNN, 8 units": lambda: RNN(3, 8),
    "RNN, 32 units": lambda: RNN(3, 32),
    "LSTM, f stuck at 1": lambda: without_forgetting(LSTM(3, 3)),
    "LSTM": lambda: LSTM(3, 3, forget_bias=3.0),
}


def error(network, steps, rate, seed):
    """Train one network; its mean squared error on 256 fresh sequences."""
    task = tasks.register(T=40)
    torch.manual_seed(seed)
    model = Tagger(NETWORKS[network](), task.K)
    fit(model, task, steps=steps, lr=rate, seed=seed)
    return round(evaluate(model, task)["loss"], 5)


def main():
    torch.set_num_threads(1)
    started, runs, load = time.perf_counter(), {}, 0
    for network in NETWORKS:
        runs[network] = {}
        for steps in STEPS:
            row = {str(rate): [error(network, steps, rate, s) for s in SEEDS] for rate in RATES}
            runs[network][str(steps)] = row
            load = max(load, os.getloadavg()[0])
            print(f"{network}, {steps} batches: {row}", flush=True)
    result = {
        "error": runs,
        "seeds": list(SEEDS),
        "seconds": round(time.perf_counter() - started),
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
        # this run is one
        "beside": "other processes were running" if load > 1.5 else "nothing else was running",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
