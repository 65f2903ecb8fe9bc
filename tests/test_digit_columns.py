"""The table of chapter 7 is what ``experiments/`` stored, and its task is the same there."""

import ast
import inspect
import json

import torch

from book.tools.notebooks import CHAPTERS, read
from experiments import digit_columns


def source(cell_id):
    cells = read(CHAPTERS / "07-deep-and-bidirectional.ipynb").cells
    return next(cell.source for cell in cells if cell.id == cell_id)


def stored():
    return json.loads(digit_columns.RESULT.read_text(encoding="utf-8"))


def test_chapter_quotes_the_stored_runs():
    quoted = ast.literal_eval(ast.parse(source("deep-table")).body[0].value)
    assert list(quoted) == list(digit_columns.NETWORKS)
    for name, rates in stored()["scores"].items():
        best = max(rates.values(), key=lambda row: sum(valid for valid, _ in row))
        assert quoted[name] == [round(score, 3) for score in sorted(test for _, test in best)]


def test_stored_runs_are_whole_and_of_equal_size():
    result = stored()
    assert list(result["scores"]) == list(digit_columns.NETWORKS)
    for rates in result["scores"].values():
        assert list(rates) == [str(rate) for rate in digit_columns.RATES]
        assert all(len(row) == len(digit_columns.SEEDS) for row in rates.values())
    sizes = result["parameters"].values()
    assert max(sizes) < 1.1 * min(sizes) and round(min(sizes), -3) == 9000


def test_chapter_and_experiment_have_the_same_task():
    (ours,) = ast.parse(inspect.getsource(digit_columns.Columns)).body
    theirs = next(n for n in ast.parse(source("deep-columns")).body if isinstance(n, ast.ClassDef))
    assert ast.dump(ours) == ast.dump(theirs)


def test_columns_are_named_later_by_as_many_as_asked():
    x_BTD, y_BT, _ = next(digit_columns.Columns().batches(B=3, seed=1))
    z_BTD, w_BT, _ = next(digit_columns.Columns(wait=4).batches(B=3, seed=1))
    assert torch.equal(x_BTD, z_BTD[:, :50]) and torch.equal(y_BT, w_BT[:, 4:])
    assert (y_BT >= 0).sum() == 3 * 5 * 8 and not x_BTD[y_BT < 0].any()
