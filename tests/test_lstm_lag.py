"""The table of chapter 5 is what ``experiments/lstm_lag.py`` stored; its register task."""

import ast
import json

import torch

from book.tools.notebooks import CHAPTERS, ROOT, read
from rnnbook import tasks


def test_chapter_quotes_the_stored_run():
    stored = json.loads((ROOT / "experiments/results/lstm_lag.json").read_text())["accuracy"]
    cell = next(c for c in read(CHAPTERS / "05-lstm.ipynb").cells if c.id == "lstm-sweep")
    quoted = ast.literal_eval(ast.parse(cell.source).body[0].value)
    assert list(quoted) == list(stored)
    for name, lengths in stored.items():
        best = [max(sum(a) / len(a) for a in rates.values()) for rates in lengths.values()]
        assert quoted[name] == [round(value, 2) for value in best], name


def test_register_shows_the_latest_write_when_asked():
    task = tasks.register(T=50)
    x_BTD, y_BTK = task.batch(B=200, seed=3)
    assert x_BTD.shape == (200, 50, 3) and y_BTK.shape == (200, 50, 1)
    for x_TD, y_TK in zip(x_BTD[:5], y_BTK[:5], strict=True):
        kept = None
        for (value, write, asked), y in zip(x_TD.tolist(), y_TK[:, 0].tolist(), strict=True):
            kept = value if write else kept
            assert y == (kept if asked else 0)
    assert torch.isclose((y_BTK**2).mean(), torch.tensor(task.baseline), rtol=0.1)
