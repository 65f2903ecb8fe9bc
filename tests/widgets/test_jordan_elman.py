"""The two networks of the live figure against its JavaScript and the book's own layers."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import RNN, layers
from rnnbook.widgets.jordan_elman import (
    B_H,
    W_HH,
    W_SH,
    W_XH,
    JordanElman,
    elman,
    input_rows,
    jordan,
    judged,
    read_out,
    targets,
)
from tests.widgets.engine import run

BITS = st.lists(st.integers(-1, 1), min_size=9, max_size=9)
LOUDNESS, DECAY = st.floats(0, 1), st.floats(0, 0.95)


def double(values):
    return torch.tensor(np.asarray(values), dtype=torch.double)


@settings(max_examples=60, deadline=None)
@given(x=BITS, loudness=LOUDNESS, decay=DECAY, forced=st.booleans())
def test_networks_are_the_same_in_both_languages(x, loudness, decay, forced):
    script = "[elman(x, l), jordan(x, l, a, f), targets(x, l)]"
    one, two, target = run("jordan_elman", script, x=x, l=loudness, a=decay, f=forced)
    ours = elman(x, loudness), jordan(x, loudness, decay, forced)
    for mine, theirs in zip(ours, (one, two)):
        for key, values in mine.items():
            assert np.abs(values - np.array(theirs[key])).max() < 1e-12, key
    assert np.abs(targets(x, loudness) - np.array(target)).max() < 1e-12


@settings(max_examples=30, deadline=None)
@given(x=BITS, loudness=LOUDNESS)
def test_elman_against_the_layer(x, loudness):
    layer = RNN(2, 4).double()
    cell = layer.cells[0]
    with torch.no_grad():
        for weight, value in ((cell.W_xh, W_XH), (cell.W_hh, W_HH), (cell.b_h, B_H)):
            weight.copy_(double(value))
        h_BTH, _ = layer(double(input_rows(x))[None])
    ours = elman(x, loudness)
    assert np.abs(h_BTH[0, :, 0].numpy() - ours["h"]).max() < 1e-12
    assert np.abs(h_BTH[0].numpy() @ read_out(loudness) - ours["y"]).max() < 1e-12


@settings(max_examples=30, deadline=None)
@given(x=BITS, loudness=LOUDNESS, decay=DECAY)
def test_jordan_against_the_layer(x, loudness, decay):
    """Freely running by the loop; with the targets, all steps at once."""
    layer = layers.Jordan(2, 4, K=1, decay=decay).double()
    cell = layer.cells[0]
    pairs = ((cell.W_xh, W_XH), (cell.W_sh, W_SH[:, None]), (cell.b_h, B_H))
    with torch.no_grad():
        for weight, value in (*pairs, (cell.W_hy, read_out(loudness)[None])):
            weight.copy_(double(value))
        cell.b_y.zero_()
        x_BTD = double(input_rows(x))[None]
        y_BTK, _ = layer(x_BTD)
        s_BTK = cell.states_of(double(targets(x, loudness))[None, :, None])
        at_once_BTK = cell.all_steps(x_BTD, s_BTK)
    assert np.abs(y_BTK[0, :, 0].numpy() - jordan(x, loudness, decay)["y"]).max() < 1e-9
    forced = jordan(x, loudness, decay, forced=True)
    assert np.abs(s_BTK[0, :, 0].numpy() - forced["s"]).max() < 1e-12
    assert np.abs(at_once_BTK[0, :, 0].numpy() - forced["y"]).max() < 1e-9


def answers(**settings):
    shown = JordanElman(**settings).shown()
    return shown["elman_judged"], shown["jordan_judged"]


def test_what_each_network_still_knows():
    told = {name: answers(**view) for name, view in JordanElman.views.items()}
    assert list(told.values()) == [
        ("remembered", "forgotten"),  # silent
        ("remembered", "remembered"),  # slow decay
        ("remembered", "remembered"),  # whispers
        ("remembered", "wrong"),  # cannot change its mind
        ("remembered", "forgotten"),  # too softly
        ("remembered", "remembered"),  # the same, forced
    ]
    assert answers(x=[0] * 9) == ("nothing was shown",) * 2
    assert judged(-0.9, -1) == "remembered" and judged(0.9, -1) == "wrong"


@settings(max_examples=40, deadline=None)
@given(x=BITS, loudness=LOUDNESS)
def test_elman_always_knows_the_last_bit(x, loudness):
    bit = targets(x, loudness)[-1]
    assert judged(elman(x, loudness)["y"][-1], bit) in ("remembered", "nothing was shown")


def test_every_view_draws():
    for name, view in JordanElman.views.items():
        assert len(JordanElman(**view)._still_svg()) < 40_000, name
