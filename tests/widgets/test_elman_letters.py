"""The page reads a stream of letters as rnnbook does, and parts it into words as Python does."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from rnnbook import RNN, Tagger, tasks
from rnnbook.tasks.grammar import LEXICON
from rnnbook.widgets import elman_letters
from rnnbook.widgets.elman_letters import (
    ALPHABET,
    LONGEST,
    STORED,
    ElmanLetters,
    mean,
    percent,
    probabilities,
    words_of,
)
from tests.widgets.engine import run

NETWORK = {"weights": STORED["weights"], "lexicon": list(LEXICON)}
STREAMS = st.lists(st.sampled_from([*LEXICON, "zebra", "x", " ", "Car", "7"]), max_size=9)


@settings(max_examples=40, deadline=None)
@given(STREAMS.map("".join))
def test_streams_are_read_the_same_in_both_languages(text):
    text = text[:LONGEST]
    ours = ElmanLetters(text=text).read()
    theirs = run("elman_letters", "readStream(text, network)", text=text, network=NETWORK)
    assert [list(word) for word in ours["words"]] == theirs["words"]
    for key in ("letters", "first", "known"):
        assert ours[key] == theirs[key]
    if ours["letters"]:
        assert np.abs(ours["p"] - np.array(theirs["p"])).max() < 1e-9
        assert ours["error"][1:] == pytest.approx(theirs["error"][1:], abs=1e-9)


def test_probabilities_against_rnnbook():
    weights = {
        name: torch.tensor(value, dtype=torch.double) for name, value in STORED["weights"].items()
    }
    model = Tagger(RNN(26, len(weights["b_h"])), 26).double()
    (cell,) = model.layer.cells
    with torch.no_grad():
        for name in ("W_xh", "W_hh", "b_h"):
            getattr(cell, name).copy_(weights[name])
        model.read_out.weight.copy_(weights["W_hy"])
        model.read_out.bias.copy_(weights["b_y"])
        letters = "boyseeszebra"
        x_TD = torch.eye(26).double()[[ALPHABET.index(letter) for letter in letters]]
        p_TV = model(x_TD[None])[0][0].softmax(-1).numpy()
    assert np.abs(probabilities(letters, STORED["weights"]) - p_TV).max() < 1e-12


def test_words_start_where_the_task_says_so():
    task = tasks.letters(T=60)
    x_BTD, _ = task.batch(4, seed=5)
    for x_TD, onsets in zip(x_BTD, task.onsets(x_BTD).tolist()):
        text = "".join(ALPHABET[k] for k in x_TD.argmax(-1).tolist())
        first = [k == 0 for word, _ in words_of(text) for k in range(len(word))]
        assert first[1:] == onsets[:-1] or not words_of(text)[-1][1]
        whole = sum(len(word) for word, known in words_of(text) if known)
        assert first[1:whole] == onsets[: whole - 1]


def test_words_of():
    assert words_of("BoySees zebra dog") == [
        ("boy", True),
        ("sees", True),
        ("zebra", False),
        ("dog", True),
    ]
    assert words_of("zebradogx") == [("zebra", False), ("dog", True), ("x", False)]
    assert words_of(" 12 ") == []


def error_by(figure, key):
    now = figure.read()
    chosen = np.array(now[key])
    return np.nanmean(now["error"][chosen]), np.nanmean(now["error"][~chosen])


def test_error_is_large_where_words_begin():
    """What the first view is said to show: no letter inside a word costs as much as a first."""
    now = ElmanLetters().read()
    first = np.array(now["first"])
    assert np.nanmin(now["error"][first]) > np.nanmax(now["error"][~first])
    onset, inside = error_by(ElmanLetters(), "first")
    assert onset > 5 * inside


def test_an_unknown_word_costs_more_at_every_letter():
    figure = ElmanLetters(text="boysees zebra dogeatsbread")
    now, known = figure.read(), np.array(figure.read()["known"])
    assert now["error"][~known].min() > math.log2(15)
    known_cost, unknown_cost = error_by(figure, "known")
    assert unknown_cost > 5 * known_cost


def test_what_is_shown():
    shown = ElmanLetters(boundaries=True, at=60).shown()
    assert shown["at"] == "37 of 37" and {"onset", "inside"} < set(shown)
    assert not {"onset", "known", "unknown"} & set(ElmanLetters().shown())
    assert ElmanLetters(text="b").shown() == {"at": "–"}
    assert ElmanLetters(text="boy", boundaries=True).shown()["onset"] == mean([]) == "–"
    assert [percent(p) for p in (0, 0.0001, 0.06, 1)] == ["0 %", "under 0.1 %", "6.0 %", "100 %"]
    with pytest.raises(TraitError, match=f"at most {LONGEST}"):
        ElmanLetters(text="a" * (LONGEST + 1))


def test_a_link_carries_the_settings_and_not_the_network():
    assert set(ElmanLetters().limits) == {"text", "at", "boundaries"}
    assert all(
        len(elman_letters.ElmanLetters(**view).still().axes) == 1
        for view in ElmanLetters.views.values()
    )
