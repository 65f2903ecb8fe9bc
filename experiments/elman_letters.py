"""Train the small plain network of the live figure ``elman_letters`` on words run together.

Run it with ``python -m experiments.elman_letters``; one thread, under a minute. It writes the
weights, rounded to three decimals, and what the figure says about them to
``rnnbook/widgets/elman_letters.json``, and ``experiments/results/elman_letters.json``: the mean
error in bits at the first letters of words and at the others on a stream that was not trained
on, what knowing the fifteen words would reach, the seed, the seconds and the machine.
"""

import json
import math
import platform
import time
from collections import Counter
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from rnnbook import RNN, Tagger, fit, tasks

H, SEED, STEPS, RATE = 20, 0, 4000, 1e-2
TASK, TEST_SEED, TEST_B = tasks.letters(T=100), 999_983, 256
RESULT = Path(__file__).parent / "results" / "elman_letters.json"
STORED = Path(__file__).parents[1] / "rnnbook" / "widgets" / "elman_letters.json"


def train():
    """The network, its weights rounded to three decimals."""
    torch.manual_seed(SEED)
    model = Tagger(RNN(TASK.D, H), TASK.K)
    fit(model, TASK, steps=STEPS, lr=RATE, schedule="cosine", seed=SEED, progress=False)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_((weight * 1000).round() / 1000)
    return model


def weights(model):
    """The weights by name, as lists of numbers with three decimals."""
    (cell,) = model.layer.cells
    found = {"W_xh": cell.W_xh, "W_hh": cell.W_hh, "b_h": cell.b_h}
    found |= {"W_hy": model.read_out.weight, "b_y": model.read_out.bias}
    return {name: _rounded(weight.tolist()) for name, weight in found.items()}


def _rounded(values):
    return [_rounded(v) if isinstance(v, list) else round(v, 3) for v in values]


@torch.no_grad()
def errors(model):
    """Mean of -log2 p of the letters that begin a word and of the others, on fresh streams."""
    x_BTD, y_BT = TASK.batch(TEST_B, TEST_SEED)[:2]
    logits_BTK, _ = model(x_BTD)
    bits_BT = cross_entropy(logits_BTK.mT, y_BT, reduction="none") / math.log(2)
    onsets_BT = TASK.onsets(x_BTD)
    return {
        "onset": round(bits_BT[onsets_BT].mean().item(), 3),
        "inside": round(bits_BT[~onsets_BT].mean().item(), 3),
        "letters": y_BT.numel(),
    }


def best():
    """The same means for someone who knows the words, all of them equally likely."""
    firsts = Counter(word[0] for word in TASK.lexicon)
    many = len(TASK.lexicon)
    onset = -sum(n / many * math.log2(n / many) for n in firsts.values())
    others = sum(len(word) - 1 for word in TASK.lexicon) / many
    return {"onset": round(onset, 3), "inside": round((math.log2(many) - onset) / others, 3)}


def main():
    torch.set_num_threads(1)
    started = time.perf_counter()
    model = train()
    found = {"errors": errors(model), "best": best()}
    STORED.write_text(json.dumps({**found, "weights": weights(model)}) + "\n", encoding="utf-8")
    result = {
        **found,
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": STEPS,
        "seed": SEED,
        "seconds": round(time.perf_counter() - started),
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
