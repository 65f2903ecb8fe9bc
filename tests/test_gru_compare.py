"""The table of chapter 6 is what ``experiments/gru_compare.py`` stored."""

import ast
import json

import pytest
import torch

from book.tools.notebooks import CHAPTERS, read
from experiments import gru_compare as compare

STORED = json.loads(compare.RESULT.read_text(encoding="utf-8"))


def test_chapter_quotes_the_stored_run():
    cell = next(c for c in read(CHAPTERS / "06-gru.ipynb").cells if c.id == "gru-stored")
    quoted = ast.literal_eval(ast.parse(cell.source).body[0].value)
    for task, (title, rows) in zip(compare.TASKS, quoted.items(), strict=True):
        assert title.startswith(task)
        assert list(rows) == list(compare.CELLS)
        for name, scores in rows.items():
            assert scores == [float(f"{v:.3g}") for v in STORED["score"][task][name]], name


@pytest.mark.parametrize("task", compare.TASKS)
def test_stored_run_is_whole(task):
    for cell in compare.CELLS:
        starts = compare.STARTS.get(cell, compare.STARTS["gated"])
        tuned = STORED["tuned"][task][cell]
        assert list(tuned) == [f"{rate}, {start}" for rate in compare.RATES for start in starts]
        assert all(len(rows) == len(compare.TUNE) for rows in tuned.values())
        assert STORED["best"][task][cell] == compare.best_of(task, tuned)
        assert len(STORED["score"][task][cell]) == len(compare.SEEDS)


def test_chapter_quotes_the_sizes():
    cell = next(c for c in read(CHAPTERS / "06-gru.ipynb").cells if c.id == "gru-equal-text")
    lines = [line.strip("| ").split(" | ") for line in cell.source.splitlines() if "|" in line]
    for (_, most, *units), (D, kind, K, budget, *_) in zip(
        lines[2:], compare.TASKS.values(), strict=True
    ):
        assert int(most.replace(",", "")) == budget
        for H, layer in zip(units, compare.CELLS.values(), strict=True):
            widest = compare.widest(lambda H, layer=layer: kind(layer(D, H), K), budget)
            assert widest.layer.H == int(H)


def test_sizes_differ_by_less_than_a_tenth():
    for counts in STORED["parameters"].values():
        assert max(counts.values()) < 1.1 * min(counts.values())


def test_counting_is_judged_from_the_first_b_on():
    class Counter(torch.nn.Module):
        """Knows the count of ``a`` up to a limit, and what follows from it."""

        def __init__(self, most):
            super().__init__()
            self.most = most

        def forward(self, x_BTD):
            scores, (n, left) = torch.zeros_like(x_BTD), (0, 0)
            for t, symbol in enumerate(x_BTD[0].argmax(-1).tolist()):
                n, left = (min(n + 1, self.most), n + 1) if symbol == 1 else (n, left)
                left = min(left, self.most) if symbol == 1 else left - 1
                scores[0, t, 3 if symbol == 2 and left == 0 else 2] = 1.0
            return scores, None

    assert compare.counted(Counter(most=100)) == 1
    assert compare.counted(Counter(most=30)) == 10 / 40
