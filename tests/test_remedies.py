"""The tables of chapter 11 are what ``experiments/remedies.py`` stored; its task of 1997."""

import ast
import json
import statistics

from book.tools.notebooks import CHAPTERS, read
from experiments import remedies


def stored():
    return json.loads(remedies.RESULT.read_text(encoding="utf-8"))


def literals(cell_id):
    """The values that a cell assigns, by name."""
    cell = next(c for c in read(CHAPTERS / "11-remedies.ipynb").cells if c.id == cell_id)
    assigned = [node for node in ast.parse(cell.source).body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: ast.literal_eval(node.value) for node in assigned}


def quoted_as(row):
    """The errors of a rate as the chapter writes them."""
    return ["inf" if error is None else error for error in row]


def median(row):
    return statistics.median(map(float, quoted_as(row)))


def test_chapter_quotes_the_stored_errors():
    quoted = literals("rem-table-errors")["stored"]
    found = stored()["error"]
    assert list(quoted) == list(found)
    for name, rates in found.items():
        best = min(rates, key=lambda rate: median(rates[rate]))  # the first of equals
        learned = [sum(float(e) < 0.08 for e in quoted_as(row)) for row in rates.values()]
        assert quoted[name] == [*learned, float(best), *quoted_as(rates[best])], name


def test_chapter_quotes_the_stored_trials():
    quoted, found = literals("rem-classic-run"), stored()["adding_1997"]
    assert quoted["read"] == [trial["sequences"] for trial in found]
    assert quoted["wrong"] == [trial["wrong"] for trial in found]
    assert stored()["parameters_1997"] == 117


def test_stored_runs_are_whole():
    found = stored()
    assert list(found["error"]) == list(remedies.STARTS)
    assert len(found["adding_1997"]) == len(remedies.TRIALS)
    for rates in found["error"].values():
        assert list(rates) == [str(rate) for rate in remedies.RATES]
        assert all(len(row) == len(remedies.SEEDS) for row in rates.values())


def test_the_adding_problem_of_1997():
    x_BTD, y_BK = remedies.adding_1997(100).batch(B=300, seed=1)
    assert 100 <= x_BTD.shape[1] <= 110
    for x_TD, y_K in zip(x_BTD.tolist(), y_BK.tolist(), strict=True):
        marked = [(t, value) for t, (value, mark) in enumerate(x_TD) if mark == 1]
        assert x_TD[0][1] == x_TD[-1][1] == -1
        assert len(marked) in (1, 2) and all(0 < t < 49 for t, _ in marked)
        assert marked[0][0] < 10 or len(marked) == 1
        assert abs(y_K[0] - 0.5 - sum(value for _, value in marked) / 4) < 1e-6
