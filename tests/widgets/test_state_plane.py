"""The state plane: both languages agree, and the fixed points are those of the book's probe."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from rnnbook import probe
from rnnbook.layers import RNN
from rnnbook.widgets.state_plane import (
    ROTATION,
    StatePlane,
    fate,
    fixed_points,
    image_curve,
    moduli,
    next_state,
    states,
)
from tests.widgets.engine import run

WEIGHT = st.integers(-150, 150).map(lambda k: k / 100)
SETTING = st.fixed_dictionaries(
    {
        **dict.fromkeys(("w11", "w12", "w21", "w22"), WEIGHT),
        "gain": st.integers(0, 50).map(lambda k: k / 20),
        "bias": st.integers(-20, 20).map(lambda k: k / 20),
        "start1": st.integers(-12, 12).map(lambda k: k / 10),
        "start2": st.integers(-12, 12).map(lambda k: k / 10),
    }
)


@settings(max_examples=20, deadline=None)
@given(SETTING)
def test_both_languages_say_the_same(s):
    figure = StatePlane(**s)
    theirs = run("state_plane", "fixedPoints(network(s))", s=s)
    ours = figure.points()
    assert [p["kind"] for p in theirs] == [kind for *_, kind in ours]
    assert np.allclose([[p["x"], p["y"]] for p in theirs], [h for h, *_ in ours], atol=1e-9)
    assert np.allclose([p["moduli"] for p in theirs], [size for _, size, _ in ours], atol=1e-9)
    said = run(
        "state_plane",
        "[pointsSaid(fixedPoints(network(s))), criticalSaid(s), "
        "fateSaid(fate(network(s), [s.start1, s.start2]))]",
        s=s,
    )
    shown = figure.shown()
    assert said == [shown["moduli"], shown["critical"], shown["fate"]]


def test_a_step_of_rank_1_ends_on_the_curve_that_is_drawn():
    settings = {"w11": 1.0, "w12": 0.6, "w21": -0.5, "w22": -0.3, "gain": 2.0, "bias": 0.1}
    W = StatePlane(**settings).matrix()
    curve = image_curve(W, 0.1)
    assert np.allclose(run("state_plane", "imageCurve(network(s))", s=settings), curve, atol=1e-12)
    for start in np.random.default_rng(0).uniform(-1.2, 1.2, (20, 2)):
        assert np.abs(next_state(W, 0.1, start) - curve).sum(axis=1).min() < 0.06
    assert image_curve(StatePlane().matrix(), 0.0) is None
    assert run("state_plane", "imageCurve(network(s))", s={**settings, "w22": 0.5}) == []


@settings(max_examples=60, deadline=None)
@given(SETTING)
def test_no_fixed_point_is_missing(s):
    """The indices of all fixed points of a map of the square into itself add up to 1."""
    figure = StatePlane(**s)
    W, total = figure.matrix(), 0
    for h in fixed_points(W, figure.bias):
        after = next_state(W, figure.bias, h)
        assert np.abs(after - h).max() < 1e-12
        index = np.linalg.det(np.eye(2) - (1 - after**2)[:, None] * W)
        if abs(index) < 1e-6:
            return  # on a bifurcation an index can be anything
        total += np.sign(index)
    assert total == 1


@pytest.mark.parametrize("view", list(StatePlane.views))
def test_fixed_points_against_the_probe(view):
    figure = StatePlane(**StatePlane.views[view])
    layer = RNN(D=1, H=2).double()
    with torch.no_grad():
        layer.only.W_xh.zero_()
        layer.only.W_hh.copy_(torch.tensor(figure.matrix()))
        layer.only.b_h.fill_(figure.bias)
    found = probe.fixed_points(layer)
    ours = figure.points()
    assert np.allclose(found.points, [h for h, *_ in ours], atol=1e-7)
    assert np.allclose(np.abs(found.eigenvalues), [size for _, size, _ in ours], atol=1e-6)
    assert found.stable.tolist() == [kind == "stable" for *_, kind in ours]


def test_steps_against_torch():
    figure = StatePlane()
    cell = torch.nn.RNNCell(1, 2, dtype=torch.double)
    with torch.no_grad():
        cell.weight_hh[:] = torch.tensor(figure.matrix())
        cell.bias_ih[:], cell.bias_hh[:] = 0.3, 0.0
        h, x = torch.tensor([[0.5, -0.9]], dtype=torch.double), torch.zeros(1, 1).double()
        path = states(figure.matrix(), 0.3, h[0].numpy(), 20)
        for after in path[1:]:
            h = cell(x, h)
            assert np.abs(h[0].numpy() - after).max() < 1e-12


@pytest.mark.parametrize("gain, count", [(0.6, 1), (1.2, 3), (1.8, 5), (2.5, 9)])
def test_the_gain_multiplies_the_fixed_points(gain, count):
    assert len(StatePlane(gain=gain).points()) == count


def test_a_rotation_leaves_nothing_to_rest_at():
    figure = StatePlane(**ROTATION, gain=1.2, start1=0.1, start2=0.05)
    [(h, sizes, kind)] = figure.points()
    assert kind == "unstable" and np.abs(h).max() == 0 and sizes == pytest.approx([1.2, 1.2])
    assert "keeps moving" in fate(figure.matrix(), 0.0, (0.1, 0.05))
    slow = StatePlane(**ROTATION, gain=0.9)
    assert "rest at (0.00, 0.00)" in slow.shown()["fate"]


def test_moduli_against_numpy():
    W, h = np.array([[0.9, -1.3], [1.1, 0.4]]), np.array([0.2, -0.5])
    J = (1 - next_state(W, 0.1, h) ** 2)[:, None] * W
    assert moduli(W, 0.1, h) == pytest.approx(np.sort(np.abs(np.linalg.eigvals(J)))[::-1])


def test_views_show_what_their_names_say():
    shown = {name: StatePlane(**view).shown() for name, view in StatePlane.views.items()}
    two = shown["Two memories and a saddle"]
    assert (two["stable"], two["saddle"]) == ("2", "1")
    four = shown["Four memories among nine fixed points"]
    assert (four["stable"], four["points"]) == ("4", "9")
    assert "rest at (0.86, \N{MINUS SIGN}0.86)" in four["fate"]
    assert shown["A bias that takes one memory away"]["stable"] == "1"
    assert "every 2 steps" in shown["A negative weight: the state alternates"]["fate"]


def test_kept_starts_come_in_pairs():
    with pytest.raises(TraitError, match="kept has 3 numbers; expected two for each start"):
        StatePlane(kept=[0.1, 0.2, 0.3])
