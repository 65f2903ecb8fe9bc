"""Two small networks that mark closed brackets, for the live figure on bidirectional reading.

Run it with ``python -m experiments.bidirectional_figure``; one thread, about a minute. It writes
``experiments/results/bidirectional_figure.json``: the weights of both networks to two decimals,
the share of right marks of both, the seed, the seconds and the machine. The live figure carries
these weights.

A sequence is letters and brackets. A symbol is marked where it belongs to a pair of brackets
without another bracket inside, so the mark of a letter hangs on the next bracket, however far
away. One network reads forwards with 6 units, the other in both directions with 3 units each.
"""

import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from rnnbook import RNN, Tagger, fit
from rnnbook.tasks.task import Task

SEED, STEPS, B, LONGEST = 0, 3000, 256, 18
SHARES = torch.tensor([0.7, 0.15, 0.15])  # of letters, opening and closing brackets
NETWORKS = {
    "forward": {"D": 3, "H": 6},
    "both": {"D": 3, "H": 3, "bidirectional": True},
}
RESULT = Path(__file__).parent / "results" / "bidirectional_figure.json"


def marks(symbols):
    """1 for the symbols of a pair of brackets and between them, else 0; a list like symbols.

    0 is a letter, 1 an opening and 2 a closing bracket. A pair has no other bracket inside.
    """
    found, opened = [0] * len(symbols), None
    for t, symbol in enumerate(symbols):
        if symbol == 2 and opened is not None:
            found[opened : t + 1] = [1] * (t + 1 - opened)
        opened = t if symbol == 1 else None if symbol == 2 else opened
    return found


@dataclass(frozen=True)
class Brackets(Task):
    """Random letters and brackets, 1 to T of them; the targets are ``marks``."""

    D, K, shortest = 3, 2, 1

    def draw(self, B, generator):
        lengths = torch.randint(1, self.T + 1, (B,), generator=generator)
        symbols_BT = torch.multinomial(SHARES.expand(B, 3), self.T, True, generator=generator)
        y_BT = torch.full((B, self.T), -100)
        for b, length in enumerate(lengths):
            y_BT[b, :length] = torch.tensor(marks(symbols_BT[b, :length].tolist()))
        return torch.nn.functional.one_hot(symbols_BT, 3).float(), y_BT, lengths


def trained(name, task):
    """One of the two networks, trained with a rate that falls to 0."""
    torch.manual_seed(SEED)
    model = Tagger(RNN(**NETWORKS[name]), K=2)
    fit(model, task, steps=STEPS, B=B, schedule="cosine", seed=SEED, progress=False)
    return model.double()


def round_(model):
    """Set the weights to two decimals, in place."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.round(weight, decimals=2))


def weights(model):
    """A dict of lists: for each direction W_xh, W_hh and b_h; v and c of the read-out.

    The two scores of a step become one number, their difference v h + c.
    """
    v, c = (torch.diff(p.detach(), dim=0)[0] for p in model.read_out.parameters())
    cells = [
        {name: listed(weight.detach()) for name, weight in cell.named_parameters()}
        for cell in model.layer.cells
    ]
    return {"cells": cells, "v": listed(v), "c": listed(c)}


def listed(weight):
    """A tensor of numbers with two decimals as lists of them."""
    return torch.round(weight, decimals=2).tolist()


def score(model, task):
    """The share of right marks over 5,000 new sequences."""
    x_BTD, y_BT, lengths = task.batch(5000, seed=SEED + 1)
    with torch.no_grad():
        right_BT = model(x_BTD.double(), lengths=lengths)[0].argmax(-1) == y_BT
    return round(right_BT[y_BT >= 0].double().mean().item(), 4)


def main():
    torch.set_num_threads(1)
    task, started, networks = Brackets(LONGEST), time.perf_counter(), {}
    for name in NETWORKS:
        model = trained(name, task)
        round_(model)
        networks[name] = {"right": score(model, task), **weights(model)}
        print(name, networks[name]["right"], flush=True)
    result = {
        "networks": networks,
        "seed": SEED,
        "seconds": round(time.perf_counter() - started),
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s")


if __name__ == "__main__":
    main()
