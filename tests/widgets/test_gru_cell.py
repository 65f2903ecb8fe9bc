"""The two GRU units of the live figure against its JavaScript and the book's own cells."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.cells import gru_before_step, gru_step
from rnnbook.widgets.gru_cell import FORMS, PULSES, W_XN, W_XZ, GRUCell, candidate_matrix, gru_trace
from tests.widgets.engine import run

SETTINGS = {
    "x": st.lists(st.integers(-1, 1), min_size=5, max_size=20),
    "b_r1": st.floats(-4, 4),
    "b_r2": st.floats(-4, 4),
    "b_z": st.floats(-4, 4),
    "cross": st.floats(0, 2.5),
    "form": st.sampled_from(FORMS),
    "turned": st.booleans(),
}


@settings(max_examples=60, deadline=None)
@given(**SETTINGS)
def test_gru_is_the_same_in_both_languages(**setting):
    theirs = run("gru_cell", f"gruTrace({', '.join(setting)})", **setting)
    for key, values in gru_trace(**setting).items():
        assert np.abs(values - np.array(theirs[key])).max() < 1e-12, key


@settings(max_examples=30, deadline=None)
@given(**SETTINGS)
def test_gru_against_the_cells_of_the_book(x, b_r1, b_r2, b_z, cross, form, turned):
    """Turned: negated weights of z are those of the other sign, as 1 - s(a) = s(-a)."""
    sign = -1 if turned else 1
    W_xh = torch.tensor([0, 0, sign * W_XZ, sign * W_XZ, *W_XN], dtype=torch.double)[:, None]
    W_hh = torch.zeros(6, 2, dtype=torch.double)
    W_hh[4:] = torch.tensor(candidate_matrix(cross))
    b_h = torch.tensor([b_r1, b_r2, sign * b_z, sign * b_z, 0, 0], dtype=torch.double)
    h, states = torch.zeros(1, 2, dtype=torch.double), []
    for x_t in x:
        x_BD = torch.tensor([[x_t]], dtype=torch.double)
        if form == "before":
            h = gru_before_step(x_BD, h, W_xh, W_hh, b_h)
        else:
            h = gru_step(x_BD, h, W_xh, W_hh, b_h, torch.zeros(2, dtype=torch.double))
        states.append(h[0].numpy())
    ours = gru_trace(x, b_r1, b_r2, b_z, cross, form, turned)["h"]
    assert np.abs(ours - np.array(states)).max() < 1e-12


def test_the_two_forms_differ_and_say_when_they_agree():
    def gap(**setting):
        one, two = (gru_trace(PULSES, form=form, **setting)["h"] for form in FORMS)
        return np.abs(one - two).max(axis=0)

    assert gap()[1] > 0.6  # unit 2 hears of the pulse in one form only
    assert gap(b_r1=4.0, b_r2=-4.0)[1] > 0.5
    assert gap(b_r1=-1.0, b_r2=-1.0).max() < 1e-15
    assert gap(cross=0.0).max() < 1e-15


def test_sign_changes_the_word_and_not_the_states():
    old, new = GRUCell(b_z=2.5).shown(), GRUCell(b_z=2.5, sign="new").shown()
    assert float(old["z"]) + float(new["z"]) == pytest.approx(1, abs=1e-9)
    assert {k: v for k, v in old.items() if k not in ("z", "b_z")} == {
        k: v for k, v in new.items() if k not in ("z", "b_z")
    }
    assert float(GRUCell(compare="sign", b_z=2.5).shown()["gap"]) > 0.5


def test_every_view_shows_and_draws():
    for name, view in GRUCell.views.items():
        figure = GRUCell(**view)
        assert figure.shown() and len(figure._still_svg()) < 40_000, name
    assert GRUCell(x=PULSES[:5], step=9).step == 5
