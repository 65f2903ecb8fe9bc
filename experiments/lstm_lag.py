"""Success against lag: plain networks and LSTMs on ``tasks.recall`` at three learning rates.

Run it with ``python -m experiments.lstm_lag``; one thread, some five minutes. It writes
``experiments/results/lstm_lag.json``: for each start and length T the accuracy of every
learning rate and seed after STEPS batches, the number of parameters, the seconds and the
machine. The lag between cue and answer is T - 1. Chapter 5 draws the result.
"""

import json
import platform
import time
from pathlib import Path

import torch

from rnnbook import LSTM, RNN, Classifier, evaluate, fit, tasks

LENGTHS, RATES, SEEDS, STEPS = [10, 30, 100], [1e-3, 3e-3, 1e-2], range(5), 300
RESULT = Path(__file__).parent / "results" / "lstm_lag.json"


@torch.no_grad()
def orthogonal(layer):
    """A plain layer that starts as a rotation: orthogonal W_hh, no bias."""
    torch.nn.init.orthogonal_(layer.W_hh)
    layer.b_h.zero_()
    return layer


@torch.no_grad()
def chrono(layer, longest):
    """tallec2018: forget biases log u, input biases -log u, u uniform in [1, longest]."""
    H = layer.H
    bias_H = torch.empty(H).uniform_(1, longest).log()
    layer.b_h[:H], layer.b_h[H : 2 * H] = -bias_H, bias_H
    return layer


STARTS = {
    "RNN": lambda D, T: RNN(D, 32),
    "RNN, as many parameters": lambda D, T: RNN(D, 68),
    "RNN, orthogonal": lambda D, T: orthogonal(RNN(D, 32)),
    "LSTM, forget bias 0": lambda D, T: LSTM(D, 32, forget_bias=0.0),
    "LSTM, forget bias 1": lambda D, T: LSTM(D, 32, forget_bias=1.0),
    "LSTM, forget bias 5": lambda D, T: LSTM(D, 32, forget_bias=5.0),
    "LSTM, chrono": lambda D, T: chrono(LSTM(D, 32), longest=T - 1),
}


def accuracy(start, T, rate, seed):
    """Train one network; the share of right answers on 256 fresh sequences."""
    task = tasks.recall(T)
    torch.manual_seed(seed)
    model = Classifier(STARTS[start](task.D, T), task.K)
    fit(model, task, steps=STEPS, lr=rate, seed=seed)
    return round(evaluate(model, task)["accuracy"], 3)


def main():
    torch.set_num_threads(1)
    started, runs = time.perf_counter(), {}
    for start in STARTS:
        runs[start] = {}
        for T in LENGTHS:
            row = {str(r): [accuracy(start, T, r, s) for s in SEEDS] for r in RATES}
            runs[start][str(T)] = row
            print(f"{start}, T={T}: {row}", flush=True)
    layers = {start: make(8, 100) for start, make in STARTS.items()}
    result = {
        "accuracy": runs,
        "parameters": {n: sum(p.numel() for p in la.parameters()) for n, la in layers.items()},
        "steps": STEPS,
        "seeds": list(SEEDS),
        "seconds": round(time.perf_counter() - started),
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
