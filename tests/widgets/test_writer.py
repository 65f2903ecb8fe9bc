"""The LSTM that writes in the page writes the same in Python, and is rnnbook's LSTM."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from rnnbook.cells.steps import lstm_step
from rnnbook.widgets.char_lstm import bits_per_letter, pack, rows_as_int8, unpack, weights_of, write
from rnnbook.widgets.writer import (
    LONGEST,
    MEASURED,
    NETWORK,
    WEIGHTS,
    Writer,
    letter,
    lines_of,
    percent,
)
from tests.widgets.engine import engine, run

SETTINGS = [("HAMLET:", 0.7, 0, 0), ("To be", 1.0, 5, 3), ("O", 0.0, 0, 1), ("The q9u", 1.6, 0, 42)]


@cache
def loaded():
    """Puts the stored network into the engine as ``net``."""
    read = f"const net = unpack(new DataView(Uint8Array.from({list(WEIGHTS)}).buffer)); 0"
    engine("writer").eval(read)


def js(expression, **values):
    loaded()
    return run("writer", expression, **values)


@pytest.mark.parametrize("start, temperature, top_k, seed", SETTINGS)
def test_writes_the_same_in_both_languages(start, temperature, top_k, seed):
    ours = write(NETWORK, start, 300, temperature, top_k, seed)
    call = "extend(begin(net, start, temperature, topK, seed), 300)"
    look = (
        "(({ text, states, z, begun }) => ({ text: text.map((k) => net.chars[k]).join(''), z, "
        "begun, h: states.map((s) => s.h[164]), c: states.map((s) => s.c[7]) }))"
    )
    theirs = js(f"{look}({call})", start=start, temperature=temperature, topK=top_k, seed=seed)
    assert theirs["text"] == ours["text"] and len(ours["text"]) == theirs["begun"] + 300
    assert np.abs(np.array(theirs["h"]) - ours["h"][:, 164]).max() < 1e-9
    assert np.abs(np.array(theirs["c"]) - ours["c"][:, 7]).max() < 1e-9
    assert np.abs(np.array(theirs["z"]) - ours["z"]).max() < 1e-9
    written = ours["text"][theirs["begun"] :]
    cost = js(f"bitsOf({call}, 300)", start=start, temperature=temperature, topK=top_k, seed=seed)
    assert cost == pytest.approx(bits_per_letter(ours["z"], written, NETWORK.chars), abs=1e-9)


def test_small_differences_between_states_fade():
    """So a last digit that the two languages round differently stays a last digit."""
    text = write(NETWORK, "HAMLET:", 120, seed=4)["text"]
    one, (h_H, c_H) = NETWORK.start(), NETWORK.start()
    two, gaps = (h_H, c_H + 1e-6), []
    for symbol in text:
        one, two = (NETWORK.step(NETWORK.chars.index(symbol), state) for state in (one, two))
        gaps.append(np.abs(one[0] - two[0]).max())
    assert gaps[0] > 1e-8 and gaps[-1] < 1e-8 and max(gaps) < 1e-5


def test_a_longer_text_goes_on_from_a_shorter_one():
    whole = write(NETWORK, "HAMLET:", 120, seed=2)["text"]
    assert whole.startswith(write(NETWORK, "HAMLET:", 80, seed=2)["text"])
    went_on = js("extend(extend(begin(net, 'HAMLET:', 1, 0, 2), 80), 120).text")
    assert "".join(NETWORK.chars[k] for k in went_on) == whole


def test_unknown_letters_are_left_out_and_nothing_stands_for_a_new_line():
    assert write(NETWORK, "a7é b", 0)["text"] == "a b"
    assert write(NETWORK, "42", 0)["text"] == write(NETWORK, "", 0)["text"] == "\n"
    assert js("begin(net, '42', 1, 0, 0).text") == [NETWORK.chars.index("\n")]


def test_step_against_rnnbook():
    """Random small weights, whose int8 form is put into rnnbook's own step."""
    H, V = 5, 3
    draw = np.random.default_rng(0)
    shapes = ((4 * H, V), (4 * H, H), (V, H), (4 * H,), (V,))
    net = unpack(pack("abc", *(draw.normal(size=shape) for shape in shapes)))
    W_xh, W_hh = net.s_xh[:, None] * net.W_xh, net.s_hh[:, None] * net.W_hh
    mine, theirs = net.start(), tuple(torch.zeros(1, H, dtype=torch.double) for _ in "hc")
    for index in (0, 2, 1, 1):
        mine = net.step(index, mine)
        x_BD = torch.eye(V, dtype=torch.double)[index][None]
        theirs = lstm_step(x_BD, theirs, *map(torch.as_tensor, (W_xh, W_hh, net.b_h)))
        for a, b in zip(mine, theirs):
            assert np.abs(a - b[0].numpy()).max() < 1e-12
    z_V = net.s_hy[:, None] * net.W_hy @ mine[0] + net.b_y
    assert np.abs(z_V - net.scores(mine[0])).max() < 1e-12


def test_int8_keeps_each_weight_to_half_a_step_of_its_row():
    W = np.random.default_rng(1).normal(size=(6, 9)) * np.arange(1, 7)[:, None]
    W_8, scale = rows_as_int8(W)
    assert W_8.dtype == np.int8 and (np.abs(W_8).max(1) == 127).all()
    assert (np.abs(W - scale[:, None] * W_8) <= scale[:, None] * 0.501).all()


@settings(max_examples=40, deadline=None)
@given(
    z=st.lists(st.floats(-20, 20), min_size=3, max_size=12),
    temperature=st.sampled_from([0.0, 0.1, 1.0, 2.0]),
    top_k=st.integers(0, 14),
)
def test_probabilities_of_a_draw(z, temperature, top_k):
    p = weights_of(np.array(z), temperature, top_k)
    p /= p.sum()
    assert js("shares(weightsOf(z, t, k))", z=z, t=temperature, k=top_k) == pytest.approx(p)
    if temperature == 0:
        assert p[np.argmax(z)] == 1
    elif top_k == 0:
        assert p == pytest.approx((torch.tensor(z).double() / temperature).softmax(0).numpy())
    else:
        assert (p > 0).sum() <= top_k and p[np.argmax(z)] == p.max()


@settings(max_examples=40, deadline=None)
@given(st.text("ab \n", max_size=90), st.integers(2, 30))
def test_lines_hold_the_whole_text(text, most):
    lines = lines_of(text, most)
    assert "".join(text[a:b] for a, b in lines) == text
    assert all(0 < b - a <= most and "\n" not in text[a : b - 1] for a, b in lines)


def test_always_the_best_letter_goes_in_circles():
    text = Writer(temperature=0.0, count=320).written()["text"]
    end = text[-60:]
    assert text.count(end) > 1, text


def test_default_cell_grows_along_the_line():
    """What the first view is said to show, on the text that it shows."""
    figure = Writer()
    now = figure.written()
    place = [t - begin for begin, end in lines_of(now["text"], 400) for t in range(begin, end)]
    assert np.corrcoef(place, figure.activity(now))[0, 1] > 0.5
    assert figure.shown()["thing"] == "how far the line has come"


def test_what_is_shown():
    shown = Writer(count=0, seed=3).shown()
    assert "bits" not in shown and shown["seed"] == "3"
    assert "bits" in Writer(count=1).shown()
    assert {letter(" "), letter("\n"), letter("a")} == {"␣", "↵", "a"}
    assert [percent(p) for p in (0, 0.0001, 0.0123, 0.5)] == ["0 %", "under 0.1 %", "1.2 %", "50 %"]
    with pytest.raises(TraitError, match=f"at most {LONGEST}"):
        Writer(start="a" * (LONGEST + 1))


def test_every_unit_has_what_was_measured_and_a_link_no_weights():
    figure = Writer()
    assert {len(units) for units in MEASURED["follows"].values()} == {NETWORK.H}
    keys = {"start", "temperature", "top_k", "seed", "unit", "part", "count"}
    assert set(figure.limits) == keys
    assert len(figure.still().axes) == 1
