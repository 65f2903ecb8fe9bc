"""Where a plain network ends up on Shakespeare when it is given eight minutes.

Run it with ``python -m experiments.shakespeare_rnn``; one thread, some eight minutes (the stored
run took 473 s). It writes ``experiments/results/shakespeare_rnn.json``: after each stretch of
training the bits per character on the training and the validation part, the number of
parameters, the seed, the seconds and the machine. Chapter 1 quotes the last score.

The state is carried from piece to piece, in training and in scoring. Each stretch calls ``fit``
anew: Adam starts afresh, and the stream of batches begins again where it began, with the same
seed. The score on the validation part covers all of the play but its last few characters; the
one on the training part covers about 11 % of it, the beginning of each of the 32 streams.
"""

import json
import platform
import time
from pathlib import Path

import torch

from rnnbook import RNN, LanguageModel, data, evaluate, fit

D, H, SEED = 64, 384, 0
PLAN = [(2000, 2e-3), (1500, 1e-3), (1000, 3e-4), (500, 1e-4)]  # steps and learning rate
RESULT = Path(__file__).parent / "results" / "shakespeare_rnn.json"


def score(model, text, split):
    """Bits per character over 53 consecutive pieces of 32 streams (the whole validation play)."""
    found = evaluate(model, text, batches=53, B=32, T=64, split=split)
    return round(found["bits_per_char"], 3)


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    text, started, stretches = data.shakespeare(), time.perf_counter(), []
    model = LanguageModel(RNN(D, H), text.V)
    for steps, lr in PLAN:
        fit(model, text, steps=steps, B=32, T=64, lr=lr, seed=SEED)
        scores = {split: score(model, text, split) for split in ("train", "valid")}
        seconds = round(time.perf_counter() - started)
        stretches.append({"steps": steps, "lr": lr, **scores, "seconds": seconds})
        print(stretches[-1], flush=True)
    result = {
        "stretches": stretches,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": SEED,
        "seconds": stretches[-1]["seconds"],
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
