"""The tables of chapter 5 are what ``experiments/`` stored; its register task, an exercise."""

import ast
import json
import re

import pytest
import torch

from book.tools.notebooks import CHAPTERS, ROOT, read
from experiments import lstm_lag, lstm_register
from rnnbook import LSTM, tasks


def mean(row):
    return sum(row) / len(row)


def result(name):
    return json.loads((ROOT / f"experiments/results/{name}.json").read_text(encoding="utf-8"))


def literal(cell_id):
    cell = next(c for c in read(CHAPTERS / "05-lstm.ipynb").cells if c.id == cell_id)
    return ast.literal_eval(ast.parse(cell.source).body[0].value)


def test_chapter_quotes_the_stored_run():
    stored, quoted = result("lstm_lag")["accuracy"], literal("lstm-sweep")
    assert list(quoted) == list(stored)
    for name, lengths in stored.items():
        lag_9, lag_29, lag_99 = (
            [sum(share > 0.9 for share in row) for row in rates.values()]
            for rates in lengths.values()
        )
        assert quoted[name] == [sum(lag_9), sum(lag_29), lag_99], name


def test_chapter_quotes_the_stored_register():
    stored, quoted = result("lstm_register")["error"], literal("lstm-register-long")
    assert list(quoted) == list(stored)
    for name, steps in stored.items():
        best = [min(mean(row) for row in rates.values()) for rates in steps.values()]
        assert quoted[name] == [round(value, 4) for value in best], name


def test_the_cut_of_exercise_5_is_made():
    """Of a loss on the last state, the output gate hears from the last step alone."""
    cell = next(c for c in read(CHAPTERS / "05-lstm.ipynb").cells if c.id == "lstm-exercises")
    code = next(b for b in re.findall(r"```python\n(.*?)```", cell.source, re.S) if "Cut" in b)
    names = {"LSTM": LSTM}
    exec(code, names)  # our own notebook's source
    torch.manual_seed(0)
    layer, x_BTD = names["layer"], tasks.recall(T=5).batch(B=4)[0]
    h_BTH, _ = layer(x_BTD)
    h_BTH[:, -1].sum().backward()
    reached = layer.W_xh.grad.view(4, 32, 8).abs().amax(dim=1) > 0  # by gate and letter
    seen, later, last = (x_BTD[:, t:].amax(dim=(0, 1)) > 0 for t in (0, 1, -1))
    assert not torch.equal(seen, last)
    for gate, letters in zip(reached, (seen, later, seen, last), strict=True):
        assert torch.equal(gate, letters)


@pytest.mark.parametrize(
    "module, measured, rows, columns",
    [
        (lstm_lag, "accuracy", lstm_lag.STARTS, lstm_lag.LENGTHS),
        (lstm_register, "error", lstm_register.NETWORKS, lstm_register.STEPS),
    ],
)
def test_stored_runs_are_whole(module, measured, rows, columns):
    stored = json.loads(module.RESULT.read_text(encoding="utf-8"))[measured]
    assert list(stored) == list(rows)
    for table in stored.values():
        assert list(table) == [str(column) for column in columns]
        for rates in table.values():
            assert list(rates) == [str(rate) for rate in module.RATES]
            assert all(len(row) == len(module.SEEDS) for row in rates.values())


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
