"""Train the LSTM that the live figure ``writer`` carries, and look for what its cells follow.

Run it with ``python -m experiments.writer``; one thread, ten to fifteen minutes. It writes the
weights as int8 and what the figure says about them to ``rnnbook/widgets/writer.bin`` and
``writer.json``, and ``experiments/results/writer.json``: bits per character on the validation
part every 500 steps, on the test part before and after the rounding to int8, for each thing
that was looked for the cell that goes with it most, the seed, the seconds of training and the
machine. A run that was stopped goes on from its last checkpoint.

The state is carried from piece to piece, in training and in scoring. The weights are those of
the best validation, so what the figure says is measured on the test part.
"""

import hashlib
import json
import platform
from pathlib import Path

import numpy as np
import torch

from rnnbook import LSTM, LanguageModel, data, evaluate, fit
from rnnbook.widgets.char_lstm import pack, unpack

D, H, B, T, SEED = 32, 192, 32, 64, 0
STEPS, RATE, EVERY = 16000, 3e-3, 500
ROOT = Path(__file__).parents[1]
CHECKPOINT = ROOT / "_build" / "writer.pt"
RESULT = ROOT / "experiments" / "results" / "writer.json"
WEIGHTS, MEASURED = (ROOT / "rnnbook" / "widgets" / f"writer.{kind}" for kind in ("bin", "json"))


def train(text):
    """The model with the best validated weights, and the log; goes on from the checkpoint."""
    torch.manual_seed(SEED)
    model = LanguageModel(LSTM(D, H), text.V)
    log = fit(
        model,
        text,
        steps=STEPS,
        B=B,
        T=T,
        lr=RATE,
        schedule="cosine",
        seed=SEED,
        valid=text,
        valid_options={"batches": 53},
        every=EVERY,
        keep_best=True,
        checkpoint=CHECKPOINT,
        progress=False,
    )
    return model, log


def packed(model, chars):
    """The weights as the bytes that the page reads, the embedding multiplied into W_xh."""
    (cell,) = model.layer.cells
    W_xh = cell.W_xh @ model.embed.weight.T
    weights = (W_xh, cell.W_hh, model.read_out.weight, cell.b_h, model.read_out.bias)
    return pack(chars, *(w.detach().cpu().double().numpy() for w in weights))


@torch.no_grad()
def unpacked(stored):
    """A model with the numbers that are left of the weights as int8; one-hot embedding."""
    net = unpack(stored)
    V = len(net.chars)
    model = LanguageModel(LSTM(V, net.H), V)
    (cell,) = model.layer.cells
    model.embed.weight.copy_(torch.eye(V))
    for weight, value in (
        (cell.W_xh, net.s_xh[:, None] * net.W_xh),
        (cell.W_hh, net.s_hh[:, None] * net.W_hh),
        (cell.b_h, net.b_h),
        (model.read_out.weight, net.s_hy[:, None] * net.W_hy),
        (model.read_out.bias, net.b_y),
    ):
        weight.copy_(torch.as_tensor(value))
    return model


def bits(model, text):
    """Bits per character on the test part, all of it but its last few characters."""
    return evaluate(model, text, batches=46, B=B, T=T, split="test")["bits_per_char"]


# ---- What a cell follows -----------------------------------------------------------


def since(starts_N):
    """How many letters ago the last True of a list was, at each letter."""
    at_N = np.arange(len(starts_N))
    return at_N - np.maximum.accumulate(np.where(starts_N, at_N, 0))


def things(text):
    """What a cell might follow, by name: a number for each letter, known when it is read."""
    letters = np.array(list(text))
    newline, colon = letters == "\n", letters == ":"
    blank = newline & np.roll(newline, 1)
    blank[0] = True
    named = since(blank) == since(blank | colon)  # no colon since the blank line
    return {
        "how far the line has come": since(newline),
        "being inside the name of a speaker": ~(newline | colon) & named,
        "how far the word has come": since(~np.char.isalpha(letters)),
        "having just read a new line": newline,
        "having just read a capital letter": np.char.isupper(letters),
        "having just read a vowel": np.isin(letters, list("AEIOUaeiou")),
    }


@torch.no_grad()
def states(model, text):
    """tanh(c) and h of every unit after each letter of the test part, each (H, N).

    32 streams beside each other, put one behind the other in what is returned.
    """
    (cell,), state, steps = model.layer.cells, None, {"c": [], "h": []}
    x_BN = text.encode(text.test)
    for x_B in x_BN[: len(x_BN) // 32 * 32].view(32, -1).T:
        state = cell(model.embed(x_B), state)
        steps["h"].append(state[0])
        steps["c"].append(state[1].tanh())
    return {part: torch.stack(h, 1).flatten(0, 1).double().numpy().T for part, h in steps.items()}


def correlations(model, text):
    """Pearson's correlation of each thing with c and h of each unit: part -> (things, H)."""
    found = {}
    for part, values_HN in states(model, text).items():
        values = [thing[: values_HN.shape[1]] for thing in things(text.test).values()]
        found[part] = np.corrcoef(values, values_HN)[: len(values), len(values) :]
    return found


def said(scores, r, text):
    """What the figure says: of each unit the thing it goes with most, of each thing the unit."""
    names, follows = list(things(text.test)), {}
    for part, r_KH in r.items():
        best_H = np.abs(r_KH).argmax(0)
        follows[part] = [[int(k), round(float(r_KH[k, u]), 2)] for u, k in enumerate(best_H)]
    return {
        "bits": scores["int8"],
        "letters": len(text.test) // 32 * 32,
        "things": names,
        "follows": follows,
        "cells": {name: best_unit(r, k) for k, name in enumerate(names)},
    }


def best_unit(r, k):
    """The unit that goes most with thing ``k``; units are counted from 1."""
    part = max(r, key=lambda part: np.abs(r[part][k]).max())
    unit = int(np.abs(r[part][k]).argmax())
    return {"unit": unit + 1, "part": part, "correlation": round(float(r[part][k, unit]), 3)}


# ---- The run -----------------------------------------------------------------------


def export(model, text):
    """Write the files of the figure; what was measured on the way."""
    stored = packed(model, text.chars)
    small = unpacked(stored)
    scores = {"float32": round(bits(model, text), 4), "int8": round(bits(small, text), 4)}
    words = said(scores, correlations(small, text), text)
    WEIGHTS.write_bytes(stored)
    MEASURED.write_text(json.dumps(words) + "\n", encoding="utf-8")
    sizes = {"bytes": len(stored), "sha256": hashlib.sha256(stored).hexdigest()}
    return {"bits_per_char": scores, **sizes, "cells": words["cells"]}


def main():
    torch.set_num_threads(1)
    text = data.shakespeare()
    model, log = train(text)
    result = {
        **export(model, text),
        "valid": [round(score, 3) for score in log["valid_bits_per_char"]],
        "best_step": log.best["step"],
        "steps": STEPS,
        "parameters": sum(p.numel() for p in model.parameters()),
        "seed": SEED,
        "seconds": round(log.last("seconds")),
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{RESULT.name} written after {result['seconds']} s of training")


if __name__ == "__main__":
    main()
