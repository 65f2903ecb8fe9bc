"""The cliff: both languages agree, and gradients and steps are those of autograd and SGD."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.widgets.cliff import STEPS, TARGET, Cliff, T, big, descent, loss_and_gradient
from tests.widgets.engine import run

W = st.integers(70, 180).map(lambda k: k / 100)
B = st.integers(-40, 80).map(lambda k: k / 100)


def loss_of(w, b):
    h = torch.zeros((), dtype=torch.double)
    for _ in range(T):
        h = torch.tanh(w * h + b)
    return (h - TARGET) ** 2


@settings(max_examples=25, deadline=None)
@given(w=W, b=B, rate=st.sampled_from([0.01, 0.1, 0.2, 0.4]), threshold=st.floats(0.1, 5))
def test_both_languages_take_the_same_steps(w, b, rate, threshold):
    ours = descent(w, b, rate, threshold)
    theirs = run(
        "cliff",
        "[descent(w, b, r), descent(w, b, r, t)]",
        **{"w": w, "b": b, "r": rate, "t": threshold},
    )
    for column, path in enumerate(theirs):
        for key, values in ours.items():
            found = np.array([point[key] for point in path])
            assert np.allclose(found, values[:, column], rtol=1e-9, atol=1e-9), (key, column)


@settings(max_examples=25, deadline=None)
@given(w=W, b=B)
def test_gradients_against_autograd(w, b):
    at = [torch.tensor(v, dtype=torch.double, requires_grad=True) for v in (w, b)]
    loss = loss_of(*at)
    loss.backward()
    ours = [float(v) for v in loss_and_gradient(np.array(w), np.array(b))]
    exact = [loss.item(), at[0].grad.item(), at[1].grad.item()]
    assert ours == pytest.approx(exact, rel=1e-8, abs=1e-12)
    theirs = run("cliff", "lossAt(w, b)", w=w, b=b)
    assert [theirs["loss"], *theirs["gradient"]] == pytest.approx(exact, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("column, threshold", [(0, None), (1, 0.3)])
def test_steps_against_torch(column, threshold):
    """From a start far from the cliff, where rounding does not decide."""
    w, b = (torch.tensor([v], dtype=torch.double, requires_grad=True) for v in (0.8, 0.8))
    optimiser, ours = torch.optim.SGD([w, b], lr=0.1), descent(0.8, 0.8, 0.1, 0.3)
    clipped = 0
    for step in range(STEPS):
        assert w.item() == pytest.approx(ours["w"][step, column], abs=1e-4)
        assert b.item() == pytest.approx(ours["b"][step, column], abs=1e-4)
        optimiser.zero_grad()
        loss_of(w, b).sum().backward()
        if threshold:
            clipped += torch.nn.utils.clip_grad_norm_([w, b], threshold).item() > threshold
        optimiser.step()
    assert not threshold or clipped > 3


def test_default_view_is_thrown_and_the_clipped_path_arrives():
    paths = Cliff().descent()
    thrown = int(np.argmax(paths["moved"][:STEPS, 0]))
    assert np.array_equal(paths["b"][: thrown + 1, 0], paths["b"][: thrown + 1, 1])
    assert paths["norm"][thrown, 0] > 1000 * paths["norm"][thrown - 1, 0]
    assert paths["moved"][thrown, 0] > 100 and paths["norm"][-1, 0] == 0
    assert paths["loss"][-1, 0] == pytest.approx(0.25) and paths["loss"][-1, 1] < 0.01
    assert paths["moved"][:, 1].max() <= 0.1 + 1e-12


def test_views_show_what_their_names_say():
    views = {name: Cliff(**view).descent() for name, view in Cliff.views.items()}
    missed = views["A hair beside: the cliff is missed"]
    assert missed["moved"].max() < 1 and missed["loss"][-1].max() < 0.01
    assert views["A larger rate"]["moved"][:, 0].max() > 20
    slow = views["A threshold so low that 60 steps are too few"]["loss"][-1, 1]
    assert slow > 10 * Cliff().descent()["loss"][-1, 1]
    assert views["Below the cusp there is no cliff"]["norm"].max() < 1


@pytest.mark.parametrize("x", [0.0, -0.17, 999.4, 1988.2, -4.56e7, 3e-9])
def test_numbers_are_written_the_same(x):
    assert run("cliff", "big(x)", x=x) == big(x)
