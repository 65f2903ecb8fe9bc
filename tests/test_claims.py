"""A claim holds or raises, keeps its figures, and refuses what is not a number."""

import math

import numpy as np
import pytest
import torch

from rnnbook import claim
from rnnbook import claims as module


def test_a_false_claim_raises_with_the_figures():
    with pytest.raises(module.ClaimError, match="claim X1 does not hold: a 0.5; b 0.2"):
        claim("X1", holds=lambda a, b: a < b, a=0.5, b=0.2)


def test_a_true_claim_prints_one_line(capsys):
    claim("X1", holds=lambda a, b: a < min(b), a=1 / 3, b=[1, 2])
    assert capsys.readouterr().out == "claim X1 holds: a 0.333; b 1 2\n"


def test_the_predicate_sees_what_is_stored():
    kept = {}
    claim("X1", holds=lambda a: kept.update(a=a) or True, a=math.pi)
    assert kept == {"a": 3.142}


def test_figures_may_be_arrays_tensors_and_nested(monkeypatch):
    shown = []
    monkeypatch.setattr(module, "_show", lambda line, metadata: shown.append(metadata))
    claim(
        "X1",
        holds=lambda a, b, c: len(a) == 2,
        a=np.array([1.23456, 2]),
        b=torch.tensor(0.5),
        c={10: range(2)},
    )
    assert shown[0]["claim"]["figures"] == {"a": [1.235, 2.0], "b": 0.5, "c": {"10": [0, 1]}}


def test_wrong_names_and_types_are_refused():
    with pytest.raises(TypeError, match="name exactly the same"):
        claim("X1", holds=lambda a: True, b=1)
    with pytest.raises(TypeError, match="holds a str"):
        claim("X1", holds=lambda a: True, a="high")


def test_in_a_notebook_the_figures_travel_with_the_output():
    import nbformat
    from nbclient import NotebookClient

    cell = nbformat.v4.new_code_cell(
        "from rnnbook import claim\nclaim('X1', holds=lambda a: a > 0, a=0.123456)"
    )
    book = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(book, kernel_name="python3").execute()
    (output,) = book.cells[0].outputs
    assert output.data == {"text/plain": "claim X1 holds: a 0.123"}
    assert output.metadata == {"claim": {"id": "X1", "figures": {"a": 0.1235}}}
