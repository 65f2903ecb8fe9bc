"""The weights in the figure ``writer`` are those that ``experiments/writer.py`` measured."""

import hashlib
import json

import numpy as np
import pytest
import torch

from experiments.writer import MEASURED, RESULT, STEPS, WEIGHTS, D, H, packed, things, unpacked
from rnnbook import LSTM, LanguageModel, data, evaluate

STORED = json.loads(RESULT.read_text(encoding="utf-8"))
SAID = json.loads(MEASURED.read_text(encoding="utf-8"))


def test_stored_run():
    weights = WEIGHTS.read_bytes()
    assert hashlib.sha256(weights).hexdigest() == STORED["sha256"]
    assert len(weights) == STORED["bytes"] < 300_000
    scores = STORED["bits_per_char"]
    assert abs(scores["int8"] - scores["float32"]) < 0.05
    assert SAID["bits"] == scores["int8"] and SAID["cells"] == STORED["cells"]
    assert STORED["steps"] == STEPS and min(STORED["valid"]) < 2.2


def test_figure_has_the_measured_score():
    """A tenth of the measurement, which the whole must be near."""
    text = data.shakespeare()
    found = evaluate(unpacked(WEIGHTS.read_bytes()), text, batches=5, B=32, T=64, split="test")
    assert found["bits_per_char"] == pytest.approx(STORED["bits_per_char"]["int8"], abs=0.1)


def test_packing_costs_little_and_keeps_the_order_of_the_weights():
    torch.manual_seed(0)
    text = data.shakespeare()
    model = LanguageModel(LSTM(D, H), text.V)
    x_BT = text.encode("Who's there?")[None]
    small = unpacked(packed(model, text.chars))
    with torch.no_grad():
        assert (model(x_BT)[0] - small(x_BT)[0]).abs().max() < 0.01


def test_things_looked_for():
    found = things("\nAB:\nto, be\n\nC:\n")
    as_list = {name: np.asarray(v).astype(int).tolist() for name, v in found.items()}
    assert as_list == {
        "how far the line has come": [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0, 0, 1, 2, 0],
        "being inside the name of a speaker": [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
        "how far the word has come": [0, 1, 2, 0, 0, 1, 2, 0, 0, 1, 2, 0, 0, 1, 0, 0],
        "having just read a new line": [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1],
        "having just read a capital letter": [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
        "having just read a vowel": [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    }
