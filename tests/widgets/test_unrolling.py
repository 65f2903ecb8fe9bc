"""The unrolling figure: page and Python alike, and both as torch has it."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.widgets import Unrolling
from rnnbook.widgets.unrolling import difference, letter_weights, read
from tests.widgets.engine import run


@settings(max_examples=40, deadline=None)
@given(
    text=st.text("abcxyz Q'-9", max_size=24),
    before=st.text("abcxyz ", max_size=24),
    memory=st.booleans(),
)
def test_unrolling_is_the_same_in_both_languages(text, before, memory):
    W_xh, W_hh = letter_weights()
    arguments = {"a": text, "b": before, "x": W_xh, "h": W_hh, "m": memory}
    theirs = run("unrolling", "[readText(a, x, h, m), difference(a, b, x, h, m)]", **arguments)
    states = read(text, W_xh, W_hh, memory)
    assert np.abs(np.array(theirs[0]).reshape(states.shape) - states).max(initial=0) < 1e-12
    gap = difference(text, before, W_xh, W_hh, memory)
    assert len(theirs[1]) == len(gap)
    assert np.abs(np.array(theirs[1]) - gap).max(initial=0) < 1e-12


def test_unrolling_against_torch():
    W_xh, W_hh = letter_weights()
    cell = torch.nn.RNN(29, 6, bias=False, batch_first=True, dtype=torch.double)
    with torch.no_grad():
        cell.weight_ih_l0[:] = torch.tensor(W_xh, dtype=torch.double)
        cell.weight_hh_l0[:] = torch.tensor(W_hh, dtype=torch.double)
        index = torch.tensor(["abcdefghijklmnopqrstuvwxyz '".index(c) for c in "dread and butter"])
        out, _ = cell(torch.nn.functional.one_hot(index, 29).double()[None])
    assert np.abs(out[0].numpy() - read("dread and butter", W_xh, W_hh)).max() < 1e-12


def test_an_early_letter_is_remembered_for_about_ten_steps():
    gap = Unrolling().difference()
    assert gap[0] > 1.5 and gap[6] > 0.3 * gap[0] and gap[15] < 0.05 * gap[0]
    forgetful = Unrolling(memory=False).difference()
    assert forgetful[0] > 0.5 and forgetful[1:].max() == 0
