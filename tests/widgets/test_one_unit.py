"""One unit: both languages agree, and the fixed points are those of the book's probe."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import probe
from rnnbook.layers import RNN
from rnnbook.widgets.one_unit import OneUnit, fate, fixed_points, next_state, states
from tests.widgets.engine import run

W = st.integers(-60, 60).map(lambda k: k / 20)
B = st.integers(-200, 200).map(lambda k: k / 200)
START = st.integers(-100, 100).map(lambda k: k / 100)


@settings(max_examples=60, deadline=None)
@given(w=W, b=B, start=START)
def test_both_languages_say_the_same(w, b, start):
    figure = OneUnit(w=w, b=b, start=start)
    theirs = run("one_unit", "fixedPoints(w, b)", w=w, b=b)
    ours = figure.points()
    assert [p["kind"] for p in theirs] == [kind for *_, kind in ours]
    assert np.allclose([p["h"] for p in theirs], [h for h, *_ in ours], atol=1e-9)
    assert np.allclose([p["slope"] for p in theirs], [slope for _, slope, _ in ours], atol=1e-9)
    said = run(
        "one_unit",
        "[pointsSaid(fixedPoints(w, b)), fateSaid(w, b, h), states(w, b, h, 30)]",
        w=w,
        b=b,
        h=start,
    )
    shown = figure.shown()
    assert said[:2] == [shown["slopes"], shown["fate"]]
    assert said[2] == states(w, b, start, 30).tolist()


@settings(max_examples=15, deadline=None)
@given(w=W, b=B)
def test_fixed_points_are_those_of_the_probe(w, b):
    layer = RNN(1, 1).double()
    layer.W_hh.data.fill_(w)
    layer.b_h.data.fill_(b)
    found = probe.fixed_points(layer, starts=24, spread=0.6)
    ours = [(h, slope) for h, slope in fixed_points(w, b) if abs(slope - 1) > 1e-3]
    theirs = [
        (h, value)
        for h, value in zip(found.points[:, 0], found.eigenvalues[:, 0].real)
        if abs(value - 1) > 1e-3
    ]
    assert np.allclose(ours, theirs, atol=1e-7)


@pytest.mark.parametrize("w, b, start", [(1.5, 0.2, 0.3), (-1.3, 0.1, 0.0), (0.4, -0.7, 0.9)])
def test_slope_and_states_against_torch(w, b, start):
    h = torch.tensor(start, dtype=torch.double)
    for state in states(w, b, start, 20):
        assert state == pytest.approx(h.item(), abs=1e-9)
        h = torch.tanh(w * h + b)
    for at, slope in fixed_points(w, b):
        assert next_state(w, b, at) == pytest.approx(at, abs=1e-12)
        h = torch.tensor(at, dtype=torch.double, requires_grad=True)
        torch.tanh(w * h + b).backward()
        assert slope == pytest.approx(h.grad.item(), abs=1e-9)


def test_one_point_becomes_three_at_a_weight_of_one():
    assert [len(fixed_points(w, 0.0)) for w in (0.5, 1.0, 1.01, 2.0)] == [1, 1, 3, 3]
    assert [kind for *_, kind in OneUnit(w=1.0).points()] == ["borderline"]


def test_views_show_what_their_names_say():
    views = {name: OneUnit(**view) for name, view in OneUnit.views.items()}
    kinds = {name: [kind for *_, kind in figure.points()] for name, figure in views.items()}
    assert kinds["Two memories with an edge between them"] == ["stable", "unstable", "stable"]
    assert kinds["A small weight: everything is forgotten"] == ["stable"]
    assert kinds["A bias has taken one memory away"] == ["stable"]
    ends = {name: fate(f.w, f.b, f.start) for name, f in views.items()}
    assert "rest at 0.00" in ends["A small weight: everything is forgotten"]
    assert ends["At the bifurcation it creeps"].startswith("creeps")
    assert "rest at 0.9" in ends["A bias has taken one memory away"]
    assert ends["A negative weight: the state alternates"].startswith("never rests")
    since = int(ends["A bias that only just has: a long halt"].split("step ")[1].split()[0])
    assert since > 30 and kinds["A bias that only just has: a long halt"] == ["stable"]
