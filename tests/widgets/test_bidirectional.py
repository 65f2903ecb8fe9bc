"""The figure on two directions: both languages, torch and rnnbook's layer agree with it."""

import json
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from experiments import bidirectional_figure as experiment
from rnnbook import RNN
from rnnbook.widgets.bidirectional import (
    LONGEST,
    WEIGHTS,
    Bidirectional,
    chances,
    felt,
    halves,
    marks,
    symbols,
)
from tests.widgets.engine import run

TEXTS = st.text("ab ()", min_size=1, max_size=LONGEST)


def tensor(values):
    return torch.tensor(values, dtype=torch.double)


def one_hot(texts):
    return torch.nn.functional.one_hot(torch.tensor([symbols(text) for text in texts]), 3).double()


def torch_outputs(texts):
    """The outputs (B, T, 2H) of torch's bidirectional layer with the figure's weights."""
    layer = torch.nn.RNN(3, 3, bidirectional=True, batch_first=True, dtype=torch.double)
    with torch.no_grad():
        for cell, way in zip(WEIGHTS["both"]["cells"], ("", "_reverse")):
            getattr(layer, f"weight_ih_l0{way}")[:] = tensor(cell["W_xh"])
            getattr(layer, f"weight_hh_l0{way}")[:] = tensor(cell["W_hh"])
            getattr(layer, f"bias_ih_l0{way}")[:] = tensor(cell["b_h"])
            getattr(layer, f"bias_hh_l0{way}").zero_()
        return layer(one_hot(texts))


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.sampled_from(list(WEIGHTS)))
def test_both_languages_say_the_same(text, name):
    network = WEIGHTS[name]
    values = {"c": list(text), "n": network}
    assert run("bidirectional", "marks(c)", c=list(text)) == marks(text)
    theirs = run("bidirectional", "chances(n, c)", **values)
    assert np.abs(np.array(theirs) - chances(network, text)).max() < 1e-12
    for half, ours in enumerate(halves(network, text)):
        theirs = run("bidirectional", "outputs(n, c, half)", half=half, **values)
        assert np.abs(np.array(theirs) - ours).max() < 1e-12
        at = len(text) // 2
        theirs = run("bidirectional", "felt(n, c, half, at)", half=half, at=at, **values)
        assert np.abs(np.array(theirs) - felt(network, text, half, at)).max() < 1e-12


@settings(max_examples=20, deadline=None)
@given(TEXTS, st.integers(1, LONGEST), st.sampled_from(["step", "last", "ends"]))
def test_both_languages_read_at_the_same_places(text, step, read):
    figure, T = Bidirectional(text=text, step=step, read=read), len(text)
    theirs = run("bidirectional", "places(r, t, T)", r=read, t=min(step, T) - 1, T=T)
    assert tuple(theirs) == figure.places()


@pytest.mark.parametrize("view", Bidirectional.views)
def test_both_halves_against_torch_and_the_books_layer(view):
    text = Bidirectional(**Bidirectional.views[view]).text
    ours = np.concatenate(halves(WEIGHTS["both"], text), axis=1)
    assert np.abs(torch_outputs([text])[0][0].numpy() - ours).max() < 1e-12
    layer = RNN(3, 3, bidirectional=True).double()
    with torch.no_grad():
        for cell, weights in zip(layer.cells, WEIGHTS["both"]["cells"]):
            for name, weight in cell.named_parameters():
                weight[:] = tensor(weights[name])
        assert np.abs(layer(one_hot([text]))[0][0].numpy() - ours).max() < 1e-12


def test_the_summary_is_read_where_torch_keeps_the_last_states():
    text = Bidirectional().text
    forward, backward = halves(WEIGHTS["both"], text)
    _, h_2BH = torch_outputs([text])
    p, q = Bidirectional(read="ends").places()
    assert np.abs(h_2BH[0, 0].numpy() - forward[p]).max() < 1e-12
    assert np.abs(h_2BH[1, 0].numpy() - backward[q]).max() < 1e-12
    p, q = Bidirectional(read="last").places()
    assert np.abs(h_2BH[0, 0].numpy() - forward[p]).max() < 1e-12
    assert np.abs(h_2BH[1, 0].numpy() - backward[q]).max() > 0.1


@settings(max_examples=20, deadline=None)
@given(TEXTS, TEXTS)
def test_at_the_last_step_the_backward_half_knows_the_last_character_alone(one, other):
    states = [halves(WEIGHTS["both"], text + "a")[1][-1] for text in (one, other)]
    assert np.array_equal(*states)
    shown = Bidirectional(text=one[:-1] + "a", read="last").shown()
    assert shown["backward_seen"].startswith("1 of") and shown["backward_felt"] == "1"


@settings(max_examples=20, deadline=None)
@given(TEXTS, TEXTS)
def test_what_a_half_has_not_seen_cannot_move_it(past, future):
    text, at = past + future, len(past) - 1
    assert not felt(WEIGHTS["both"], text, 0, at)[at + 1 :].any()
    assert not felt(WEIGHTS["both"], text, 1, at)[:at].any()
    ours, alone = (chances(WEIGHTS["forward"], t)[: len(past)] for t in (text, past))
    assert np.array_equal(ours, alone)


def test_both_directions_mark_every_short_text_rightly():
    texts = ["".join(letters) for letters in product("a()", repeat=8)]
    score = torch_outputs(texts)[0] @ tensor(WEIGHTS["both"]["v"]) + WEIGHTS["both"]["c"]
    assert torch.equal(score > 0, torch.tensor([marks(text) for text in texts]))


def test_the_first_view_fails_forwards_and_its_future_decides():
    shown = Bidirectional().shown()
    closed = Bidirectional(text=Bidirectional().text + ")").shown()
    assert (shown["mark"], closed["mark"]) == ("No", "Yes")
    assert shown["forward"] == closed["forward"]
    assert float(shown["both"]) < 0.05 and float(closed["both"]) > 0.95
    assert (shown["ended"], shown["closed"]) == (closed["ended"], closed["closed"])


def test_the_weights_are_those_that_the_experiment_stored():
    stored = json.loads(experiment.RESULT.read_text(encoding="utf-8"))["networks"]
    assert {name: {**WEIGHTS[name], "right": stored[name]["right"]} for name in WEIGHTS} == stored
    assert stored["both"]["right"] > 0.99 > 0.9 > stored["forward"]["right"]


def test_the_experiment_and_the_figure_mark_the_same():
    for letters in product("a()", repeat=6):
        assert experiment.marks(symbols(letters)) == marks("".join(letters))
    x_BTD, y_BT, lengths = experiment.Brackets(LONGEST).batch(20, seed=1)
    text = "".join("a()"[k] for k in x_BTD[3].argmax(-1)[: lengths[3]])
    assert y_BT[3].tolist() == marks(text) + [-100] * (LONGEST - len(text))


def test_rounding_and_storing_keep_what_the_network_says():
    torch.manual_seed(0)
    model = experiment.Tagger(RNN(**experiment.NETWORKS["both"]), K=2).double()
    experiment.round_(model)
    with torch.no_grad():
        said = model(one_hot(["ab (c) d(e"]))[0].softmax(-1)[0, :, 1]
    assert np.abs(chances(experiment.weights(model), "ab (c) d(e") - said.numpy()).max() < 1e-12


@pytest.mark.parametrize("view", Bidirectional.views)
def test_what_is_shown_and_drawn(view):
    figure = Bidirectional(**Bidirectional.views[view])
    assert all(figure.shown().values())
    assert figure.still().get_size_inches()[0] == 6.4
    assert len(figure._still_svg()) < 40_000
    assert "weights" not in figure.limits


@pytest.mark.parametrize("text", ["", "a" * 19])
def test_a_text_that_cannot_be_drawn_is_refused(text):
    with pytest.raises(TraitError, match=f"text has {len(text)} characters; expected 1 to 18"):
        Bidirectional(text=text)
