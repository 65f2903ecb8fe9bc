"""The gradient-flow figure: page and Python alike, and both as autograd has it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.cells import gru_step, lstm_step
from rnnbook.widgets import GradientFlow, arithmetic
from rnnbook.widgets.gradient_flow import (
    BLOCKS,
    MATRICES,
    UNITS,
    gradient_flow,
    recurrent_matrix,
)
from tests.widgets.engine import run


def numbers(values):
    return np.array([-math.inf if v is None else v for v in values])


@settings(max_examples=40, deadline=None)
@given(
    gain=st.floats(0.2, 3),
    drive=st.sampled_from([0.0, 0.1, 0.7, 1.0, 3.0]),
    unit=st.sampled_from(list(UNITS)),
    matrix=st.sampled_from(MATRICES),
    seed=st.integers(0, 9999),
    H=st.sampled_from([5, 16]),
    T=st.sampled_from([20, 100]),
)
def test_gradient_flow_is_the_same_in_both_languages(**setting):
    ours, theirs = gradient_flow(**setting), run("gradient_flow", "gradientFlow(s)", s=setting)
    norms = numbers(theirs["logNorm"])
    assert np.array_equal(np.isinf(norms), np.isinf(ours["log_norm"]))
    finite = np.isfinite(norms)
    assert np.abs(norms[finite] - ours["log_norm"][finite]).max() < 1e-9
    assert theirs["radius"] == pytest.approx(ours["radius"], rel=1e-9)
    assert theirs["sigma"] == pytest.approx(ours["sigma"], rel=1e-9)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("matrix", MATRICES)
def test_gradient_flow_against_autograd(unit, matrix):
    """The norm of dh_T/dh_{T-k}, from autograd's Jacobian and numpy's spectral norm."""
    H, T, seed, drive = 6, 12, 3, 0.7
    W = torch.tensor(recurrent_matrix(matrix, 1.2, H, seed))
    x = drive * torch.tensor(arithmetic.normals(T * H, 2 * seed + 2)).reshape(T, H)
    phi = {"tanh": torch.tanh, "ReLU": torch.relu, "linear": lambda a: a}[unit]

    def forward(h, start):
        for x_t in x[start:]:
            h = phi(W @ h + x_t)
        return h

    flow = gradient_flow(1.2, drive, unit, matrix, H, T, seed)
    h = torch.zeros(H, dtype=torch.double)
    for t in range(T):
        jacobian = torch.autograd.functional.jacobian(lambda h, t=t: forward(h, t), h)
        norm = np.linalg.norm(jacobian.numpy(), 2)
        got = 10 ** flow["log_norm"][T - t]
        assert got == pytest.approx(norm, rel=1e-5), (unit, matrix, t)
        h = phi(W @ h + x[t])


def test_default_view_is_a_counter_example_to_the_rule():
    flow = GradientFlow().flow()
    assert flow["radius"] > 1.1 and flow["log_norm"][-1] < -3
    still = GradientFlow(drive=0.0).flow()
    assert still["log_norm"][-1] > 3
    chain = GradientFlow(matrix="non-normal", gain=1.0, unit="linear").flow()
    assert chain["radius"] < 0.8 and chain["log_norm"].max() > 3


# ---- Gated cells -----------------------------------------------------------------


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize(
    "cell, gain, drive, keep_bias",
    [("LSTM", 1.5, 1.0, 1.0), ("LSTM", 3.0, 0.2, -1.0), ("GRU", 3.0, 0.5, 1.0), ("GRU", 0.7, 3, 5)],
)
def test_gated_flow_is_the_same_in_both_languages(matrix, cell, gain, drive, keep_bias):
    setting = {"gain": gain, "drive": drive, "matrix": matrix, "H": 8, "T": 60, "seed": 4}
    setting |= {"cell": cell, "keep_bias": keep_bias, "unit": "tanh"}
    ours, theirs = gradient_flow(**setting), run("gradient_flow", "gradientFlow(s)", s=setting)
    assert np.abs(numbers(theirs["logNorm"]) - ours["log_norm"]).max() < 1e-9
    assert theirs["radius"] == pytest.approx(ours["radius"], rel=1e-9)
    assert theirs["sigma"] == pytest.approx(ours["sigma"], rel=1e-9)


def stepper(cell, gain, matrix, H, seed, keep_bias):
    """The package's step of a cell as a function of the whole state in one vector."""
    G = len(BLOCKS[cell])
    W_hh = np.vstack([recurrent_matrix(matrix, gain, H, seed + 10_000 * k) for k in range(G)])
    W_hh, W_xh = torch.tensor(W_hh), torch.eye(G * H, dtype=torch.double)
    b_h = torch.zeros(G * H, dtype=torch.double)
    b_h[H : 2 * H] = keep_bias  # the forget gate, the update gate
    if cell == "GRU":
        return lambda s, x: gru_step(x[None], s[None], W_xh, W_hh, b_h, b_h[:H])[0]

    def step(s, x):
        h, c = lstm_step(x[None], (s[None, :H], s[None, H:]), W_xh, W_hh, b_h)
        return torch.cat([h[0], c[0]])

    return step


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize(
    "cell, keep_bias", [("LSTM", -1.0), ("LSTM", 3.0), ("GRU", -1.0), ("GRU", 3.0)]
)
def test_gated_flow_against_autograd_of_the_package(cell, keep_bias, matrix):
    """Norms, radius and singular value from autograd's Jacobian of the package's steps."""
    H, T, seed, gain, drive = 5, 9, 3, 1.7, 0.8
    G, step = len(BLOCKS[cell]), stepper(cell, gain, matrix, H, seed, keep_bias)
    x = drive * torch.tensor(arithmetic.normals(T * G * H, 2 * seed + 2)).reshape(T, G * H)
    state = torch.zeros(2 * H if cell == "LSTM" else H, dtype=torch.double)
    flow = gradient_flow(gain, drive, "tanh", matrix, H, T, seed, cell, keep_bias)
    jacobian = torch.autograd.functional.jacobian
    at_zero = jacobian(lambda s: step(s, torch.zeros(G * H, dtype=torch.double)), state).numpy()
    # Power iteration is slow where the largest singular values are nearly equal.
    assert flow["sigma"] == pytest.approx(np.linalg.norm(at_zero, 2), rel=1e-4)
    # A chain has only one eigenvector, and numpy finds such eigenvalues to three digits.
    assert flow["radius"] == pytest.approx(np.abs(np.linalg.eigvals(at_zero)).max(), rel=1e-3)

    def forward(s, start):
        for x_t in x[start:]:
            s = step(s, x_t)
        return s

    for t in range(T):
        norm = np.linalg.norm(jacobian(lambda s, t=t: forward(s, t), state).numpy(), 2)
        assert 10 ** flow["log_norm"][T - t] == pytest.approx(norm, rel=1e-5), t
        state = step(state, x[t])


def test_without_inputs_a_gated_cell_follows_its_eigenvalue():
    for setting in ({"cell": "LSTM", "keep_bias": 2.0}, {"cell": "GRU", "gain": 3.0}):
        flow = GradientFlow(drive=0.0, **setting).flow()
        last = flow["log_norm"][-1] - flow["log_norm"][-51]
        assert last == pytest.approx(50 * math.log10(flow["radius"]), abs=0.3)


def test_the_forget_bias_helps_until_large_inputs_close_the_gate():
    """What the first sentence of the figure lets the reader find out."""
    ends = {
        (bias, drive): GradientFlow(cell="LSTM", keep_bias=bias, drive=drive).flow()["log_norm"][-1]
        for bias in (1.0, 4.0)
        for drive in (1.0, 3.0)
    }
    assert ends[1.0, 1.0] < -2 < ends[4.0, 1.0]
    assert ends[4.0, 3.0] < -2 and ends[1.0, 3.0] < -10


def test_shown_says_when_a_norm_is_exactly_zero():
    shown = GradientFlow(gain=0.2, unit="ReLU", H=2).shown()
    assert shown["end"] == "exactly 0" and shown["happened"] == "vanishes"
    assert GradientFlow().shown()["judged"] == "The rule is wrong here."
    assert GradientFlow(drive=0.0).shown()["judged"] == "The rule is right about the direction."
