"""Stretching: both languages agree, and the singular values are NumPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.widgets.stretching import LAST, Stretching, sized, stretching
from tests.widgets.engine import run

EIGENVALUE = st.integers(-110, 110).map(lambda k: k / 100)
SHEAR = st.integers(0, 50).map(lambda k: k / 10)


@settings(max_examples=60, deadline=None)
@given(lambda1=EIGENVALUE, lambda2=EIGENVALUE, shear=SHEAR, angle=st.integers(0, 360))
def test_both_languages_compute_the_same(**setting):
    ours, theirs = stretching(**setting), run("stretching", "stretching(s)", s=setting)
    for name, other in (("powers", "all"), ("norms", "norms"), ("path", "path")):
        assert np.allclose(theirs[other], ours[name], rtol=1e-9, atol=1e-12), name
    assert np.allclose(theirs["lengths"], ours["lengths"], rtol=1e-9, atol=1e-12)
    assert theirs["radius"] == ours["radius"]
    assert theirs["sigma"] == pytest.approx(ours["sigma"], rel=1e-12)


@pytest.mark.parametrize("view", list(Stretching.views))
def test_both_languages_say_the_same(view):
    figure = Stretching(**Stretching.views[view])
    said = run(
        "stretching",
        "(({ norms, radius }) => [peakSaid(norms), endSaid(norms), ruleSaid(radius)])"
        "(stretching(s))",
        s={key: getattr(figure, key) for key in ("lambda1", "lambda2", "shear", "angle")},
    )
    shown = figure.shown()
    assert said == [shown["peak"], shown["end"], shown["rule"]]


@settings(max_examples=40, deadline=None)
@given(lambda1=EIGENVALUE, lambda2=EIGENVALUE, shear=SHEAR)
def test_singular_values_and_axes_against_numpy(lambda1, lambda2, shear):
    A, found = np.array([[lambda1, shear], [0.0, lambda2]]), stretching(lambda1, lambda2, shear)
    for k in (1, 2, 7, LAST):
        U, sigma, _ = np.linalg.svd(np.linalg.matrix_power(A, k))
        assert found["norms"][k] == pytest.approx(sigma[0], rel=1e-9, abs=1e-12)
        drawn = run("stretching", "ellipse(A)", A=found["powers"][k].tolist())
        assert drawn["long"] == pytest.approx(sigma[0], rel=1e-9, abs=1e-12)
        assert drawn["short"] == pytest.approx(sigma[1], abs=1e-9 * max(1, sigma[0]))
        if sigma[0] > 1.01 * sigma[1] + 1e-9:
            axis = np.array([np.cos(drawn["angle"]), np.sin(drawn["angle"])])
            assert abs(axis @ U[:, 0]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("x", [0, 3e-4, 0.0314, 7.25, 999.4, 1234.0, 9.96e4, 3.3e41])
def test_sizes_are_written_the_same(x):
    assert run("stretching", "sized(x)", x=x) == sized(x)


def test_eigenvalues_below_one_and_tenfold_growth():
    found = Stretching().run()
    assert found["radius"] < 1 and found["norms"].max() > 10 and found["norms"][-1] < 1
    assert Stretching(shear=0.0).run()["norms"].max() == 1.0
    assert found["sigma"] > 3  # and yet no explosion


def test_views_show_what_their_names_say():
    runs = {name: Stretching(**view).run() for name, view in Stretching.views.items()}
    assert runs["A start on an eigenvector shrinks at once"]["lengths"].max() == 1.0
    once = runs["A negative eigenvalue: growth for one step only"]["norms"]
    assert once.argmax() == 1 and once[2] < once[1]
    assert runs["An eigenvalue just above one: growth for ever"]["norms"].argmax() == LAST
