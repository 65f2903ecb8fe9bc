"""Success against lag: plain networks and LSTMs on ``tasks.recall`` at eight learning rates.

Run it with ``python -m experiments.lstm_lag``; one thread, half an hour to an hour. What
``experiments/results/lstm_lag.json`` holds already is kept and the rest is added, so that
the run can be interrupted; without the file it starts afresh. The file says, for each start
and length T, the accuracy of every learning rate and seed after STEPS batches, the number of
parameters, the seconds of all parts together, the machine and what else it was doing. The
lag between cue and answer is T - 1. Chapter 5 prints, for each start and lag, how many of all
runs learned: more than nine of ten answers right.
"""

import time
from pathlib import Path

import torch

from experiments import record
from rnnbook import LSTM, RNN, Classifier, cells, evaluate, fit, tasks

LENGTHS, SEEDS, STEPS = [10, 30, 100], range(5), 300
RATES = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 2e-2, 3e-2, 1e-1]
RESULT = Path(__file__).parent / "results" / "lstm_lag.json"


@torch.no_grad()
def orthogonal(layer):
    """A plain layer that starts with an orthogonal W_hh, which keeps lengths, and no bias."""
    cells.orthogonal_(layer).b_h.zero_()
    return layer


STARTS = {
    "RNN 32": lambda D, T: RNN(D, 32),
    "RNN 68": lambda D, T: RNN(D, 68),
    "orthogonal 32": lambda D, T: orthogonal(RNN(D, 32)),
    "orthogonal 68": lambda D, T: orthogonal(RNN(D, 68)),
    "LSTM bias 0": lambda D, T: LSTM(D, 32, forget_bias=0.0),
    "LSTM bias 1": lambda D, T: LSTM(D, 32, forget_bias=1.0),
    "LSTM bias 2": lambda D, T: LSTM(D, 32, forget_bias=2.0),
    "LSTM bias 5": lambda D, T: LSTM(D, 32, forget_bias=5.0),
    "LSTM chrono": lambda D, T: cells.chrono_(LSTM(D, 32), longest=T),
}


def accuracy(start, T, rate, seed):
    """Train one network; the share of right answers on 256 fresh sequences."""
    task = tasks.recall(T)
    torch.manual_seed(seed)
    model = Classifier(STARTS[start](task.D, T), task.K)
    fit(model, task, steps=STEPS, lr=rate, seed=seed)
    return round(evaluate(model, task)["accuracy"], 3)


def stored():
    """What earlier parts of this run have measured, with room for starts new since then."""
    layers = {start: make(8, 100) for start, make in STARTS.items()}
    fresh = {
        "accuracy": {start: {str(T): {} for T in LENGTHS} for start in STARTS},
        "parameters": {n: sum(p.numel() for p in la.parameters()) for n, la in layers.items()},
        "steps": STEPS,
        "seeds": list(SEEDS),
    }
    result = record.begun(RESULT, fresh)
    for part in ("accuracy", "parameters"):
        result[part] = {start: result[part].get(start, new) for start, new in fresh[part].items()}
    return result


def main():
    torch.set_num_threads(1)
    result = stored()
    for T in reversed(LENGTHS):  # the longest lag first
        for start in STARTS:
            row, started = result["accuracy"][start][str(T)], time.perf_counter()
            for rate in RATES:
                row[str(rate)] = row.get(str(rate)) or [accuracy(start, T, rate, s) for s in SEEDS]
            result["accuracy"][start][str(T)] = {str(rate): row[str(rate)] for rate in RATES}
            print(f"{start}, T={T}: {row}", flush=True)
            record.keep(RESULT, result, started)
    print(f"{RESULT.name} is complete after {result['seconds']} s")


if __name__ == "__main__":
    main()
