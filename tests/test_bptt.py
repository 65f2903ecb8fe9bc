"""Backpropagation through time by hand: equal to autograd, to RTRL and to finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import bptt

# T, D, H, K, pairwise different, so that no axis can be mistaken for another.
SIZES = st.lists(st.integers(1, 7), min_size=4, max_size=4, unique=True)
LOSSES = {"squared error": bptt.squared_error, "cross-entropy": bptt.cross_entropy}


def case(sizes=(6, 2, 4, 3), seed=0, loss="squared error"):
    """Weights, inputs, targets and an initial state."""
    T, D, H, K = sizes
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(T, K)) if loss == "squared error" else rng.integers(K, size=T)
    if loss == "cross-entropy" and T > 1:
        y[rng.integers(T)] = -100
    return bptt.random_weights(D, H, K, seed), rng.normal(size=(T, D)), y, rng.normal(size=H)


def twin(w, x_TD, y, h_H, loss, detach_at=lambda t: False):
    """The loss and gradients by autograd; detach_at: steps before which the state is detached."""
    leaves = [torch.tensor(part, requires_grad=True) for part in w]
    W_xh, W_hh, W_hy, b_h, b_y = leaves
    start = h = torch.tensor(h_H, requires_grad=True)
    outputs = []
    for t, x_D in enumerate(torch.tensor(x_TD)):
        h = h.detach() if detach_at(t) else h
        h = torch.tanh(W_xh @ x_D + W_hh @ h + b_h)
        outputs.append(W_hy @ h + b_y)
    o_TK = torch.stack(outputs)
    if loss == "squared error":
        total = ((o_TK - torch.tensor(y)) ** 2).sum() / 2
    else:
        total = torch.nn.functional.cross_entropy(o_TK, torch.tensor(y), reduction="sum")
    found = torch.autograd.grad(total, [*leaves, start], allow_unused=True)
    return total.item(), [g.numpy() for g in found[:-1]], found[-1]


def same(ours, theirs, tolerance=1e-10):
    for name, a, b in zip(bptt.Weights._fields, ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=25, deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 999))
def test_full_gradients_equal_autograd(loss, sizes, seed):
    w, x_TD, y, h_H = case(sizes, seed, loss)
    L, ours = bptt.gradients(w, x_TD, y, h_H, loss)
    total, theirs, dh_H = twin(w, x_TD, y, h_H, loss)
    assert L == pytest.approx(total)
    same(ours, theirs)
    h_SH, o_TK = bptt.forward(w, x_TD, h_H)
    _, ours_h = bptt.all_gradients(w, x_TD, h_SH, LOSSES[loss](o_TK, y)[1])
    np.testing.assert_allclose(ours_h, dh_H, atol=1e-10)


@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=25, deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 999))
def test_real_time_recurrent_learning_gives_the_same_gradients(loss, sizes, seed):
    w, x_TD, y, h_H = case(sizes, seed, loss)
    L, ours = bptt.gradients(w, x_TD, y, h_H, loss)
    total, carried = bptt.rtrl(w, x_TD, h_H, y, LOSSES[loss])
    assert total == pytest.approx(L)
    same(carried, ours)


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 7, 20])
def test_chunks_equal_autograd_with_a_detached_state(chunk):
    w, x_TD, y, h_H = case((7, 2, 4, 3))
    _, ours = bptt.gradients(w, x_TD, y, h_H, chunk=chunk)
    _, theirs, _ = twin(w, x_TD, y, h_H, "squared error", lambda t: t > 0 and t % chunk == 0)
    same(ours, theirs)


@pytest.mark.parametrize("reach", [1, 2, 3, 6, 7, 20])
def test_reach_equals_autograd_step_by_step(reach):
    w, x_TD, y, h_H = case((7, 2, 4, 3))
    _, ours = bptt.gradients(w, x_TD, y, h_H, reach=reach)
    sums = [np.zeros_like(part) for part in w]
    for t in range(7):  # the loss of step t alone, with the state detached reach steps before
        upto = slice(0, t + 1)
        far = twin(w, x_TD[upto], y[upto], h_H, "squared error", lambda s, t=t: s == t + 1 - reach)
        if t:
            less = twin(w, x_TD[:t], y[:t], h_H, "squared error", lambda s, t=t: s == t + 1 - reach)
        sums = [s + a - (less[1][k] if t else 0) for k, (s, a) in enumerate(zip(sums, far[1]))]
    same(ours, sums)


def test_a_reach_of_one_is_elman_s_and_a_reach_of_all_is_full():
    w, x_TD, y, h_H = case((7, 2, 4, 3))
    _, elman = bptt.gradients(w, x_TD, y, h_H, reach=1)
    _, context_as_input, _ = twin(w, x_TD, y, h_H, "squared error", lambda t: True)
    same(elman, context_as_input)
    _, full = bptt.gradients(w, x_TD, y, h_H)
    same(bptt.gradients(w, x_TD, y, h_H, reach=7)[1], full)
    same(bptt.gradients(w, x_TD, y, h_H, chunk=7)[1], full)
    assert not np.allclose(elman.W_hh, full.W_hh)


@pytest.mark.parametrize("loss", LOSSES)
def test_finite_differences_agree_and_see_a_planted_error(loss):
    w, x_TD, y, h_H = case(loss=loss)
    _, ours = bptt.gradients(w, x_TD, y, h_H, loss)

    def loss_of(weights):
        return bptt.gradients(weights, x_TD, y, h_H, loss)[0]

    assert max(bptt.gradient_check(w, ours, loss_of).values()) < 1e-7
    for name in w._fields:
        wrong = ours._replace(**{name: getattr(ours, name) * 1.01 + 1e-3})
        errors = bptt.gradient_check(w, wrong, loss_of)
        assert errors.pop(name) > 1e-4 and max(errors.values()) < 1e-7


@pytest.mark.parametrize(
    "change, says",
    [
        ({"x_TD": np.zeros((6, 5))}, "x_TD has shape (6, 5); expected (6, 2)"),
        ({"x_TD": np.zeros((0, 2)), "y": np.zeros((0, 3))}, "at least 1 step"),
        ({"y": np.zeros((5, 3))}, "y has shape (5, 3)"),
        ({"y": np.zeros(6, int), "loss": "squared error"}, "y has shape (6,)"),
        ({"h_H": np.zeros(2)}, "h_H has shape (2,)"),
        ({"loss": "hinge"}, "'cross-entropy'"),
        ({"reach": 0}, "reach is 0"),
        ({"chunk": -1}, "chunk is -1"),
        ({"chunk": 2, "reach": 2}, "give one of them"),
        ({"y": np.array([0, 1, 2, 3, 0, 0]), "loss": "cross-entropy"}, "expected whole numbers"),
        ({"y": np.array([0, 1, -1, 2, 0, 0]), "loss": "cross-entropy"}, "y holds [-1, 0, 1, 2]"),
        ({"y": np.zeros(6), "loss": "cross-entropy"}, "expected whole numbers 0 to 2"),
    ],
)
def test_what_does_not_fit_is_refused(change, says):
    w, x_TD, y, h_H = case()
    with pytest.raises(ValueError) as error:
        bptt.gradients(**{"w": w, "x_TD": x_TD, "y": y, "h_H": h_H, **change})
    assert says in str(error.value)


def test_wrong_types_and_sizes_are_refused():
    w, x_TD, y, _ = case()
    with pytest.raises(TypeError, match="x_TD is"):
        bptt.gradients(w, x_TD.tolist(), y)
    with pytest.raises(ValueError, match="H is 0"):
        bptt.random_weights(2, 0, 3)


@pytest.mark.parametrize("name, shape", [("W_hh", (4, 3)), ("W_hy", (3, 3)), ("b_h", (5,))])
def test_each_weight_s_shape_is_looked_at(name, shape):
    w, x_TD, y, _ = case()
    with pytest.raises(ValueError, match=f"{name} has shape"):
        bptt.gradients(w._replace(**{name: np.zeros(shape)}), x_TD, y)
    with pytest.raises(ValueError, match="b_y has shape"):
        bptt.gradients(w._replace(b_y=np.zeros((3, 1))), x_TD, y)


def test_large_outputs_do_not_overflow():
    L, do_TK = bptt.cross_entropy(np.array([[1000.0, 0.0]]), np.array([1]))
    assert L == pytest.approx(1000) and np.isfinite(do_TK).all()


def test_weights_of_whole_numbers_are_checked_too():
    w, x_TD, y, h_H = case()
    w = bptt.Weights(*(np.rint(2 * part).astype(int) for part in w))
    _, ours = bptt.gradients(w, x_TD, y, h_H)
    errors = bptt.gradient_check(w, ours, lambda v: bptt.gradients(v, x_TD, y, h_H)[0])
    assert max(errors.values()) < 1e-6
