"""The figure of one LSTM cell: page and Python alike, and both as torch has it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.widgets import LSTMCell
from rnnbook.widgets.lstm_cell import half_life, lstm_trace
from tests.widgets.engine import run


@settings(max_examples=40, deadline=None)
@given(
    b_f=st.floats(-2, 6),
    b_i=st.floats(-6, 4),
    b_o=st.floats(-4, 4),
    x=st.lists(st.integers(-1, 1), min_size=5, max_size=24),
)
def test_lstm_is_the_same_in_both_languages(b_f, b_i, b_o, x):
    ours = lstm_trace(x, b_f, b_i, b_o)
    theirs = run("lstm_cell", "lstmTrace(x, b_f, b_i, b_o)", x=x, b_f=b_f, b_i=b_i, b_o=b_o)
    assert set(ours) == set(theirs)
    for key, values in ours.items():
        assert np.abs(values - theirs[key]).max() < 1e-12, key
    assert run("lstm_cell", "halfLife(b)", b=b_f) == pytest.approx(half_life(b_f), rel=1e-12)


def test_lstm_against_torch():
    cell = torch.nn.LSTMCell(1, 1, dtype=torch.double)
    plain = torch.nn.RNNCell(1, 1, dtype=torch.double)
    b_f, b_i, b_o = 2.5, -1.0, 0.5
    with torch.no_grad():
        for weight in [*cell.parameters(), *plain.parameters()]:
            weight.zero_()
        cell.weight_ih[:, 0] = torch.tensor([4.0, 6.0, 2.0, 0.0])  # i f g o
        cell.bias_ih[:] = torch.tensor([b_i, b_f, 0.0, b_o])
        plain.weight_ih[0, 0], plain.weight_hh[0, 0] = 1.0, 0.8
        x, state, other = LSTMCell().x, None, None
        trace = lstm_trace(x, b_f, b_i, b_o)
        for t, value in enumerate(x):
            x_BD = torch.tensor([[float(value)]], dtype=torch.double)
            state, other = cell(x_BD, state), plain(x_BD, other)
            assert trace["h"][t] == pytest.approx(state[0].item(), abs=1e-12)
            assert trace["c"][t] == pytest.approx(state[1].item(), abs=1e-12)
            assert trace["plain"][t] == pytest.approx(other.item(), abs=1e-12)


@pytest.mark.parametrize("b_f, steps", [(0, 1.0), (1, 2.2), (2, 5.5), (4, 38)])
def test_half_life_as_the_chapter_quotes_it(b_f, steps):
    assert float(f"{half_life(b_f):.2g}") == steps
