"""Four tasks, four cells, equal parameters: GRU, LSTM, plain network and minGRU.

Run it with ``python -m experiments.gru_compare``; one thread, about half an hour. What
``experiments/results/gru_compare.json`` holds already is kept and the rest is added, so that
the run can be interrupted. Each cell is as wide as the number of parameters allows, layer and
read-out together. For each task and cell the best of three learning rates and two or three starts
is chosen by the mean score over the seeds TUNE; ``score`` then holds fresh runs with the seeds
SEEDS at that setting, and ``tuned`` all that led to the choice. Chapter 6 prints the means.
"""

import time
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from experiments import record
from rnnbook import GRU, LSTM, RNN, Classifier, MinGRU, Tagger, cells, data, evaluate, fit, tasks

RATES, TUNE, SEEDS = [3e-3, 1e-2, 3e-2], range(2), range(2, 7)
CELLS = {"RNN": RNN, "GRU": GRU, "LSTM": LSTM, "MinGRU": MinGRU}
STARTS = {"RNN": ["as drawn", "orthogonal"], "gated": ["bias 1", "bias 3", "bias 5"]}
RESULT = Path(__file__).parent / "results" / "gru_compare.json"
COUNT = tasks.a_n_b_n(T=41)


def parameters(model):
    return sum(weight.numel() for weight in model.parameters())


def widest(make, budget):
    """The model with the most units that has at most ``budget`` parameters."""
    H = 1
    while parameters(make(H + 1)) <= budget:
        H += 1
    return make(H)


@torch.no_grad()
def started(layer, start):
    """The layer with its start: what it keeps, or an orthogonal W_hh and no bias."""
    if start == "orthogonal":
        cells.orthogonal_(layer).b_h.zero_()
    elif start.startswith("bias"):
        cells.forget_bias_(layer, float(start.split()[1]))
    return layer


def nats(scores_NK, y_NK):
    """What the keys of a frame cost together."""
    return binary_cross_entropy_with_logits(scores_NK, y_NK, reduction="none").sum(1).mean()


def counted(model, first=21, last=60):
    """The share of n for which every symbol from the first b on is predicted."""
    right = 0
    for n in range(first, last + 1):
        string = torch.tensor([COUNT.symbols.index(symbol) for symbol in COUNT.string_of(n)])
        with torch.no_grad():
            y_BTK, _ = model(one_hot(string[None, :-1], COUNT.K).float())
        right += bool((y_BTK[0].argmax(-1)[n + 1 :] == string[n + 2 :]).all())
    return right / (last + 1 - first)


def chorales(model, rate, seed):
    """Nats per frame: (best on the validation part, then on the test part)."""
    music = data.chorales()
    whole = {"B": 51, "batches": 1}
    options = {"valid": music, "valid_options": whole, "every": 50, "keep_best": True}
    log = fit(model, music, steps=600, B=16, lr=rate, loss=nats, seed=seed, **options)
    return log.best["loss"], evaluate(model, music, loss=nats, split="test", **whole)["loss"]


def scored(task, score, steps):
    def run(model, rate, seed):
        fit(model, task, steps=steps, lr=rate, seed=seed)
        value = counted(model) if task is COUNT else evaluate(model, task)[score]
        return value, value

    return run


# name: (D, model, K, parameters, is more better, run)
TASKS = {
    "chorales": (88, Tagger, 88, 20_000, False, chorales),
    "adding": (2, Classifier, 1, 2_080, False, scored(tasks.adding(100), "loss", 600)),
    "recall": (8, Classifier, 4, 2_500, True, scored(tasks.recall(100), "accuracy", 400)),
    "counting": (COUNT.D, Tagger, COUNT.K, 680, True, scored(COUNT, None, 800)),
}


def train(task, cell, rate, start, seed):
    D, kind, K, budget, _, run = TASKS[task]
    torch.manual_seed(seed)
    H = widest(lambda H: kind(CELLS[cell](D, H), K), budget).layer.H
    torch.manual_seed(seed)
    model = kind(started(CELLS[cell](D, H), start), K)
    return [round(value, 5) for value in run(model, rate, seed)]


def best_of(task, tuned):
    """The setting with the best mean; of equals, the lower rate and the later start."""
    sign = -1 if TASKS[task][4] else 1

    def rank(name):
        rate, start = name.split(", ")
        starts = next(row for row in STARTS.values() if start in row)
        return sign * sum(row[0] for row in tuned[name]), float(rate), -starts.index(start)

    return min(tuned, key=rank)


def stored():
    fresh = {
        "tuned": {task: {cell: {} for cell in CELLS} for task in TASKS},
        "best": {task: {} for task in TASKS},
        "score": {task: {cell: [] for cell in CELLS} for task in TASKS},
        "parameters": {
            task: {
                cell: parameters(widest(lambda H, D=D, k=k, K=K, c=c: k(c(D, H), K), budget))
                for cell, c in CELLS.items()
            }
            for task, (D, k, K, budget, *_) in TASKS.items()
        },
        "tune": list(TUNE),
        "seeds": list(SEEDS),
    }
    return record.begun(RESULT, fresh)


def main():
    torch.set_num_threads(1)
    result = stored()
    for task in reversed(TASKS):
        for cell in CELLS:
            tuned = result["tuned"][task][cell]
            for rate in RATES:
                for start in STARTS.get(cell, STARTS["gated"]):
                    rows = tuned.setdefault(f"{rate}, {start}", [])
                    for seed in TUNE[len(rows) :]:
                        started = time.perf_counter()
                        rows.append(train(task, cell, rate, start, seed))
                        record.keep(RESULT, result, started)
            best, scores = best_of(task, tuned), result["score"][task][cell]
            if result["best"][task].get(cell) != best:
                result["best"][task][cell] = best
                scores.clear()
            rate, start = best.split(", ")
            for seed in SEEDS[len(scores) :]:
                started = time.perf_counter()
                scores.append(train(task, cell, float(rate), start, seed)[1])
                record.keep(RESULT, result, started)
            print(task, cell, best, scores, flush=True)
    print(f"{RESULT.name} is complete after {result['seconds']} s")


if __name__ == "__main__":
    main()
