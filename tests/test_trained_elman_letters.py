"""The weights in the figure ``elman_letters`` are those that the experiment measured."""

import json
import math

import pytest
import torch

from experiments.elman_letters import RESULT, STORED, H, best, errors
from rnnbook import RNN, Tagger, tasks

FIGURE = json.loads(STORED.read_text(encoding="utf-8"))
RUN = json.loads(RESULT.read_text(encoding="utf-8"))


def test_figure_has_the_measured_errors():
    model = Tagger(RNN(26, H), 26)
    (cell,), weights = model.layer.cells, FIGURE["weights"]
    with torch.no_grad():
        for name in ("W_xh", "W_hh", "b_h"):
            getattr(cell, name).copy_(torch.tensor(weights[name]))
        model.read_out.weight.copy_(torch.tensor(weights["W_hy"]))
        model.read_out.bias.copy_(torch.tensor(weights["b_y"]))
    assert errors(model) == pytest.approx(RUN["errors"], abs=0.002)
    assert FIGURE["errors"] == RUN["errors"] and FIGURE["best"] == RUN["best"] == best()


def test_best_is_that_of_the_task():
    """The mean over all letters, weighted by how many of them begin a word."""
    lexicon = tasks.letters(T=5).lexicon
    length = sum(map(len, lexicon)) / len(lexicon)
    per_letter = (best()["onset"] + (length - 1) * best()["inside"]) / length
    assert per_letter == pytest.approx(tasks.letters(T=3000).best / math.log(2), abs=0.002)


def test_words_begin_where_the_error_is_large():
    assert RUN["errors"]["onset"] > 5 * RUN["errors"]["inside"]
    assert RUN["errors"]["onset"] < RUN["best"]["onset"] + 0.05
