"""The figure on truncated backpropagation: both languages, autograd and rnnbook.bptt agree."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import bptt
from rnnbook.widgets.truncation import (
    MODES,
    D,
    H,
    T,
    Truncation,
    gradient_sizes,
    pairs,
    small_network,
    strength,
    window_start,
)
from tests.widgets.engine import run

WINDOWS = st.integers(1, T), st.sampled_from(MODES)
SOME = [(K, mode) for K in (1, 5, 6, 12, 24) for mode in MODES]


@settings(max_examples=40, deadline=None)
@given(*WINDOWS)
def test_both_languages_find_the_same_gradients(K, mode):
    theirs = run("truncation", "gradientSizes(K, mode)", K=K, mode=mode)
    for ours, name in zip(gradient_sizes(K, mode), ("arriving", "real")):
        size = np.array([list(row) for row in theirs[name]])
        assert np.abs(size - ours).max() < 1e-12
    shades = run("truncation", "sizes.map(strength)", sizes=ours.ravel().tolist())
    assert np.abs(np.array(shades) - strength(ours).ravel()).max() < 1e-12


@settings(max_examples=40, deadline=None)
@given(*WINDOWS, st.integers(0, T - 1))
def test_both_languages_count_the_same_pairs(K, mode, lag):
    arrives = pairs(K, mode)
    theirs = run("truncation", "counts(K, mode, lag)", K=K, mode=mode, lag=lag)
    reach = arrives.sum(1) - 1
    wanted = {"all": arrives.sum(), "atLag": np.trace(arrives, -lag), "furthest": reach.max()}
    assert {key: theirs[key] for key in wanted} == wanted
    assert theirs["mean"] == pytest.approx(reach.mean(), abs=1e-12)


def autograd(K, mode, truncated=True):
    """The norms of dL_t/dx_s by torch, with the state detached (or reset) at the borders."""
    net = {name: torch.tensor(value) for name, value in small_network().items()}
    x_TD, h, losses = net["x"].clone().requires_grad_(), torch.zeros(H, dtype=torch.double), []
    for t in range(T):
        if mode != "full" and t % K == 0:
            h = torch.zeros_like(h) if mode == "reset" else h.detach() if truncated else h
        h = torch.tanh(net["W_xh"] @ x_TD[t] + net["W_hh"] @ h)
        losses.append((net["W_hy"] @ h - net["y"][t]).square().sum() / 2)
    rows = [torch.autograd.grad(loss, x_TD, retain_graph=True)[0].norm(dim=1) for loss in losses]
    return torch.stack(rows).numpy()


@pytest.mark.parametrize("K, mode", SOME)
def test_gradients_against_autograd_with_detach(K, mode):
    arriving, true = gradient_sizes(K, mode)
    assert np.abs(arriving - autograd(K, mode)).max() < 1e-12
    assert np.abs(true - autograd(K, mode, truncated=False)).max() < 1e-12
    assert np.array_equal(arriving > 0, pairs(K, mode))


@pytest.mark.parametrize("K", [1, 5, 6, 24])
def test_the_windows_are_those_of_bptt(K):
    """Summed over all pairs in windows, the error signals give the gradient of ``in_chunks``."""
    net, zero = small_network(), np.zeros(H)
    w = bptt.Weights(net["W_xh"], net["W_hh"], net["W_hy"], zero, np.zeros(2))
    h_SH, o_TK = bptt.forward(w, net["x"], zero)
    error_TK, total = o_TK - net["y"], np.zeros((H, D))
    for t in range(T):
        first = window_start(t, K, "carried")
        alone = np.zeros((t + 1 - first, H))
        alone[-1] = error_TK[t] @ w.W_hy
        total += bptt.backward(w, net["x"][first : t + 1], h_SH[first : t + 2], alone)[0]
    chunked = bptt.in_chunks(w, net["x"], h_SH, error_TK, K).W_xh
    assert np.abs(total - chunked).max() < 1e-12


def test_the_mean_reach_is_about_half_a_window():
    for K in (2, 3, 4, 6, 8, 12, 24):
        shown = Truncation(K=K).shown()
        assert float(shown["reach"]) == pytest.approx((K - 1) / 2, abs=0.051)
        assert shown["furthest"] == str(K - 1)


def test_the_first_view_is_a_neighbour_that_is_cut_and_no_small_one():
    shown = Truncation().shown()
    assert shown["size"] == "0.0000" and float(shown["lost"]) > 0.3
    assert float(Truncation(t=12, s=7).shown()["size"]) > 0.01
    reset = Truncation(mode="reset").shown()
    assert reset["size"] == "0.0000" and "lost" not in reset


def test_an_input_after_the_loss_has_no_gradient_to_show():
    assert not {"size", "lost", "at_lag"} & set(Truncation(t=9, s=15).shown())


@pytest.mark.parametrize("view", Truncation.views)
def test_what_is_shown_and_drawn(view):
    figure = Truncation(**Truncation.views[view])
    assert all(figure.shown().values())
    assert figure.still().get_size_inches()[0] == 6.4
    assert len(figure._still_svg()) < 40_000
