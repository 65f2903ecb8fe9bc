"""Each probe on a case with a known answer."""

import copy
import math

import numpy as np
import pytest
import torch

from rnnbook import GRU, LSTM, RNN, MinGRU, probe
from rnnbook.layers import LRU, Jordan


def linear_like(layer, factor):
    """An Elman layer that works near zero, where tanh is the identity: W_hh = factor I."""
    with torch.no_grad():
        layer.W_xh.zero_()
        layer.b_h.zero_()
        layer.W_hh.copy_(factor * torch.eye(layer.H))
    return layer


@pytest.mark.parametrize("factor", [0.5, 1.1])
def test_gradient_flow_of_a_linear_network_is_a_power(factor):
    flow = probe.gradient_flow(linear_like(RNN(2, 5), factor), torch.zeros(3, 60, 2))
    lag = 60 - np.arange(61)
    np.testing.assert_allclose(flow, factor**lag, rtol=1e-5)


def test_gradient_flow_does_not_underflow():
    flow = probe.gradient_flow(linear_like(RNN(2, 5), 1e-2), torch.zeros(1, 100, 2))
    assert flow[0] == pytest.approx(1e-200)


def test_gradient_flow_of_an_lstm_with_open_gates_falls_with_the_forget_gate():
    layer = LSTM(2, 4, forget_bias=2.0)
    with torch.no_grad():
        layer.W_xh.zero_()
        layer.W_hh.zero_()
        layer.b_h.zero_()
        layer.b_h[4:8] = 2.0
    flow = probe.gradient_flow(layer, torch.zeros(1, 50, 2))
    forget = 1 / (1 + math.exp(-2.0))
    np.testing.assert_allclose(flow[1:48] / flow[2:49], forget, rtol=1e-6)


def test_gradient_flow_equals_the_product_of_jacobians():
    torch.manual_seed(0)
    layer, x_TD = RNN(3, 6), torch.randn(12, 3)
    W_xh, W_hh, b_h = (w.detach().double().numpy() for w in (layer.W_xh, layer.W_hh, layer.b_h))
    u_TH = x_TD.double().numpy() @ W_xh.T + b_h
    jacobians = probe.jacobians(W_hh, u_TH, np.zeros(6))
    direction = torch.randn(6, generator=torch.Generator().manual_seed(5)).double().numpy()
    row = direction / np.linalg.norm(direction)
    expected = [np.linalg.norm(row)]
    for J_HH in jacobians[::-1]:
        row = row @ J_HH
        expected.append(np.linalg.norm(row))
    flow = probe.gradient_flow(layer, x_TD[None], seed=5)
    np.testing.assert_allclose(flow, expected[::-1], rtol=1e-6)


def test_the_direct_road_is_the_product_of_the_forget_gates():
    torch.manual_seed(0)
    layer, x_BTD = LSTM(3, 4), torch.randn(1, 9, 3)
    seen = probe.gates(layer, x_BTD)
    direction_H = torch.randn(4, generator=torch.Generator().manual_seed(2)).double().numpy()
    slope_H = seen["o"][0, -1] * (1 - np.tanh(seen["c"][0, -1]) ** 2)
    at_end_H = slope_H * direction_H / np.linalg.norm(direction_H)
    flow = probe.gradient_flow(layer, x_BTD, seed=2, direct=True)
    for t in range(9):
        expected = np.linalg.norm(at_end_H * seen["f"][0, t:].prod(axis=0))
        assert flow[t] == pytest.approx(expected, rel=1e-6)
    assert not np.allclose(flow, probe.gradient_flow(layer, x_BTD, seed=2))


def test_only_an_lstm_has_a_direct_road():
    with pytest.raises(ValueError, match="RNN has no cell state"):
        probe.gradient_flow(RNN(3, 4), torch.zeros(1, 2, 3), direct=True)


def test_gates_are_those_of_the_closed_form():
    torch.manual_seed(0)
    layer, x_BTD = LSTM(3, 4), torch.randn(2, 9, 3)
    seen = probe.gates(layer, x_BTD)
    c_BTH = np.zeros((2, 4))
    for t in range(9):
        c_BTH = seen["f"][:, t] * c_BTH + seen["i"][:, t] * seen["g"][:, t]
        np.testing.assert_allclose(seen["c"][:, t], c_BTH)
        np.testing.assert_allclose(seen["h"][:, t], seen["o"][:, t] * np.tanh(c_BTH))
    y_BTH, _ = layer.double()(x_BTD.double())
    np.testing.assert_allclose(seen["h"], y_BTH.detach().numpy())


def weights_of(layer, **values):
    """The layer in float64 with some weights set, the other ones 0."""
    layer = layer.double()
    with torch.no_grad():
        for name, weight in layer.cells[0].named_parameters():
            weight.copy_(torch.as_tensor(values.get(name, 0.0), dtype=torch.float64))
    return layer


@pytest.mark.parametrize("unit", ["tanh", "ReLU", "linear"])
def test_step_jacobians_of_an_elman_layer_are_the_closed_form(unit):
    torch.manual_seed(1)
    layer, x_TD = RNN(3, 5, unit=unit).double(), torch.randn(7, 3).double()
    start = torch.randn(1, 5).double()
    W_xh, W_hh, b_h = (w.detach().numpy() for w in (layer.W_xh, layer.W_hh, layer.b_h))
    closed = probe.jacobians(W_hh, x_TD.numpy() @ W_xh.T + b_h, start[0].numpy(), unit)
    np.testing.assert_allclose(probe.step_jacobians(layer, x_TD, start), closed, atol=1e-14)


@pytest.mark.parametrize(
    "layer", [LSTM(2, 3), LSTM(2, 3, form="peephole"), GRU(2, 3), MinGRU(2, 3), Jordan(2, 3, 4)]
)
def test_step_jacobians_of_other_layers_agree_with_finite_differences(layer):
    torch.manual_seed(2)
    layer, x_TD = copy.deepcopy(layer).double(), torch.randn(1, 2).double()
    zero = layer.start(1, like=x_TD)
    widths = [part.shape[1] for part in (zero if isinstance(zero, tuple) else (zero,))]
    flat = torch.randn(sum(widths)).double()

    def as_state(numbers):
        split = tuple(part[None] for part in numbers.split(widths))
        return split if isinstance(zero, tuple) else split[0]

    def after(numbers):
        new = layer.step(x_TD, as_state(numbers))
        return torch.cat([part[0] for part in (new if isinstance(new, tuple) else (new,))])

    nudges = 1e-6 * torch.eye(len(flat)).double()
    measured = [(after(flat + n) - after(flat - n)).detach() / 2e-6 for n in nudges]
    (found,) = probe.step_jacobians(layer, x_TD, as_state(flat))
    np.testing.assert_allclose(found, torch.stack(measured, dim=1), atol=1e-8)


def test_gradient_flow_of_a_mingru_is_the_product_of_what_its_gates_keep():
    torch.manual_seed(0)
    layer, x_BTD = MinGRU(3, 4), torch.randn(1, 9, 3)
    kept = 1 - probe.gates(layer, x_BTD)["z"][0]
    direction = torch.randn(4, generator=torch.Generator().manual_seed(6)).double().numpy()
    direction /= np.linalg.norm(direction)
    flow = probe.gradient_flow(layer, x_BTD, seed=6)
    expected = [np.linalg.norm(direction * kept[t:].prod(axis=0)) for t in range(10)]
    np.testing.assert_allclose(flow, expected, rtol=1e-9)


@pytest.mark.parametrize(
    "layer",
    [
        *(LSTM(3, 4, form=form) for form in ("2000", "1997", "coupled", "peephole", "layer_norm")),
        *(GRU(3, 4), GRU(3, 4, reset="before"), MinGRU(3, 4)),
    ],
    ids=str,
)
def test_gates_rebuild_the_states(layer):
    torch.manual_seed(3)
    for weight in layer.parameters():
        torch.nn.init.normal_(weight)
    x_BTD = torch.randn(2, 6, 3)
    seen = probe.gates(layer, x_BTD)
    y_BTH = copy.deepcopy(layer).double()(x_BTD.double())[0].detach().numpy()
    np.testing.assert_allclose(seen["h"], y_BTH, atol=1e-12)
    past = np.zeros((2, 4))
    for t in range(6):
        now = {name: row[:, t] for name, row in seen.items()}
        if "c" in seen:
            past = now.get("f", 1.0) * past + now["i"] * now["g"]
            np.testing.assert_allclose(now["c"], past, atol=1e-12)
        else:
            keep = now["z"] if "r" in seen else 1 - now["z"]
            past = keep * past + (1 - keep) * now["n"]
            np.testing.assert_allclose(now["h"], past, atol=1e-12)


def test_the_spectrum_of_a_normal_and_of_a_non_normal_matrix():
    turn = 0.5 * np.array([[0.6, -0.8], [0.8, 0.6]])
    found = probe.spectrum(turn)
    np.testing.assert_allclose(found["singular"], [0.5, 0.5])
    np.testing.assert_allclose(sorted(found["eigenvalues"].imag), [-0.4, 0.4])
    assert found["radius"] == pytest.approx(0.5)
    shear = probe.spectrum(torch.tensor([[0.5, 10.0], [0.0, 0.5]]))
    assert shear["radius"] == pytest.approx(0.5) and shear["singular"][0] > 10


def test_growth_is_the_norm_of_the_product_and_never_underflows():
    rng = np.random.default_rng(0)
    J_THH = rng.normal(size=(8, 4, 4))
    expected, product = [0.0], np.eye(4)
    for J_HH in J_THH[::-1]:
        product = product @ J_HH
        expected.append(np.log10(np.linalg.norm(product, 2)))
    np.testing.assert_allclose(probe.growth(J_THH), expected, atol=1e-12)
    tiny = probe.growth(np.stack([1e-9 * np.eye(3)] * 100))
    np.testing.assert_allclose(tiny, -9.0 * np.arange(101), atol=1e-9)
    nilpotent = probe.growth(np.stack([np.eye(3, k=1)] * 5))
    np.testing.assert_allclose(nilpotent, [0, 0, 0, -np.inf, -np.inf, -np.inf])


def test_lyapunov_exponents_of_known_maps():
    stretch = np.stack([np.diag([2.0, 1.0, 0.25])] * 12)
    np.testing.assert_allclose(probe.lyapunov(stretch), np.log([2, 1, 0.25]), atol=1e-12)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    np.testing.assert_allclose(probe.lyapunov(np.stack([turn] * 9)), [0, 0], atol=1e-12)
    J_THH = np.random.default_rng(1).normal(size=(200, 3, 3))
    mean = np.log(np.abs(np.linalg.det(J_THH))).mean()
    assert probe.lyapunov(J_THH).sum() == pytest.approx(mean)


def test_a_delay_line_remembers_as_many_steps_as_it_has_units():
    H = 5
    line = weights_of(RNN(2, H, unit="linear"), W_hh=np.eye(H, k=-1), W_xh=np.eye(H, 2))
    curve = probe.memory_curve(line, lags=9)
    np.testing.assert_allclose(curve[:H], 1.0, atol=1e-6)
    assert curve[H:].max() < 0.03 and curve.sum() < H + 0.1
    small = probe.memory_curve(line, lags=9, size=1e-4)
    np.testing.assert_allclose(small[:H], 1.0, atol=1e-6)
    blind = weights_of(RNN(1, H), W_xh=np.full((H, 1), 0.3))
    now, *before = probe.memory_curve(blind, lags=4)
    assert now > 0.99 and max(before) < 0.03


def test_a_linear_probe_finds_what_is_there_and_nothing_else():
    rng = np.random.default_rng(1)
    states = rng.normal(size=(600, 4))
    # two classes whose means stand 20 standard deviations apart
    classes = rng.integers(2, size=600)
    assert probe.linear_probe(states + 20 * classes[:, None], classes) == 1.0
    assert probe.linear_probe(states + 20 * classes[:, None], classes == 1) == 1.0
    assert abs(probe.linear_probe(states, classes) - 0.5) < 0.1
    assert probe.linear_probe(states, states @ [1.0, -2.0, 0.5, 3.0]) == pytest.approx(1, abs=1e-4)
    assert abs(probe.linear_probe(states, rng.normal(size=600))) < 0.1
    assert probe.linear_probe(states, np.zeros(600)) == 0.0


@pytest.mark.parametrize("w, many", [(0.5, 1), (-0.9, 1), (1.5, 3), (3.0, 3)])
def test_fixed_points_of_one_tanh_unit(w, many):
    found = probe.fixed_points(weights_of(RNN(1, 1), W_hh=[[w]]))
    assert len(found.points) == many
    np.testing.assert_allclose(np.tanh(w * found.points), found.points, atol=1e-9)
    np.testing.assert_allclose(found.eigenvalues[:, 0], w * (1 - found.points[:, 0] ** 2))
    assert found.stable.tolist() == ([True] if many == 1 else [True, False, True])
    assert sorted(found.points[:, 0]) == found.points[:, 0].tolist()


def test_fixed_points_of_a_linear_layer_an_lstm_and_a_gru():
    W_hh = np.array([[0.5, 0.2], [0.0, -0.4]])
    layer = weights_of(RNN(1, 2, unit="linear"), W_hh=W_hh, W_xh=[[90.0], [1.0]], b_h=[0.5, 0.0])
    found = probe.fixed_points(layer, torch.tensor([2.0]))
    expected = np.linalg.solve(np.eye(2) - W_hh, [180.5, 2.0])
    np.testing.assert_allclose(found.points, [expected])
    np.testing.assert_allclose(found.eigenvalues[0], [0.5, -0.4])
    saddle = weights_of(RNN(1, 2, unit="linear"), W_hh=np.diag([0.5, 2.0]))
    assert probe.fixed_points(saddle).stable.tolist() == [False]
    # gates of 1/2 and a candidate of 0: c halves at every step
    (point,), ((first, *_),), (stable,) = probe.fixed_points(weights_of(LSTM(2, 3)))
    assert np.abs(point).max() < 1e-9 and first == pytest.approx(0.5) and stable
    torch.manual_seed(0)
    for seed in range(4):  # a fixed point of a GRU is its candidate, within (-1, 1)
        points = probe.fixed_points(GRU(2, 4), starts=12, seed=seed).points
        assert len(points) >= 1 and np.abs(points).max() < 1


PROBES = {
    "gradient_flow": lambda layer, x: probe.gradient_flow(layer, x),
    "step_jacobians": lambda layer, x: probe.step_jacobians(layer, x[0]),
    "gates": lambda layer, x: probe.gates(layer, x)["h"],
    "states_of": lambda layer, x: probe.states_of(layer, x),
    "memory_curve": lambda layer, x: probe.memory_curve(layer, lags=3, T=1200),
    "fixed_points": lambda layer, x: probe.fixed_points(layer, starts=3).points,
}


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_leaves_the_layer_alone_and_says_the_same_again(name):
    torch.manual_seed(4)
    layer, x_BTD = LSTM(3, 4, dropout=0.5, dropout_mask="step").train(), torch.randn(2, 5, 3)
    before, chance = copy.deepcopy(layer.state_dict()), torch.get_rng_state()
    first = PROBES[name](layer, x_BTD)
    np.testing.assert_allclose(PROBES[name](layer, x_BTD), first, atol=1e-12)
    assert np.isfinite(first).all()
    assert layer.training and all(p.grad is None for p in layer.parameters())
    assert torch.equal(torch.get_rng_state(), chance)
    for key, weight in layer.state_dict().items():
        assert weight.dtype == torch.float32 and torch.equal(weight, before[key])


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize(
    "layer", [LSTM(3, 4, L=2), LSTM(3, 4, bidirectional=True), LSTM(3, 4, zoneout=0.5)], ids=str
)
def test_a_probe_refuses_several_cells_and_zoneout(name, layer):
    with pytest.raises(ValueError, match="expected a layer of one cell without zoneout"):
        PROBES[name](layer, torch.randn(2, 5, 3))


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: probe.gradient_flow(RNN(3, 4), torch.zeros(2, 5)), "expected (B, T, 3)"),
        (lambda: probe.gates(RNN(3, 4), torch.zeros(2, 5, 3)), "has no gates"),
        (lambda: probe.step_jacobians(LRU(3, 4), torch.zeros(5, 3)), "complex"),
        (lambda: probe.spectrum(np.zeros((2, 3))), "expected (H, H)"),
        (lambda: probe.growth(np.zeros((2, 2))), "expected (T, H, H)"),
        (lambda: probe.lyapunov(np.zeros((5, 2, 3))), "expected (T, H, H)"),
        (lambda: probe.memory_curve(RNN(1, 4), lags=101), "lags is 101"),
        (lambda: probe.memory_curve(RNN(1, 4), lags=3, T=399), "T is 399"),
        (lambda: probe.memory_curve(RNN(1, 4), lags=3, size=math.nan), "size is nan"),
        (lambda: probe.fixed_points(RNN(3, 4), torch.zeros(2)), "expected (3)"),
        (lambda: probe.fixed_points(RNN(3, 4), starts=0), "starts is 0"),
        (lambda: probe.linear_probe(np.zeros((5, 2)), np.zeros(4)), "expected (N, H)"),
        (lambda: probe.linear_probe(np.zeros((5, 2)), np.zeros((5, 1), int)), "expected (N, H)"),
        (lambda: probe.linear_probe(np.full((5, 2), np.nan), np.zeros(5)), "not all finite"),
        (lambda: probe.linear_probe(np.zeros((5, 2)), np.zeros(5), ridge=-1.0), "ridge is -1"),
    ],
)
def test_a_probe_says_what_it_expected(call, says):
    with pytest.raises(ValueError) as error:
        call()
    assert says in str(error.value)
