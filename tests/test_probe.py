"""Each probe on a case with a known answer."""

import copy
import math

import numpy as np
import pytest
import torch

from rnnbook import GRU, LSTM, RNN, MinGRU, cells, probe
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
    "layer",
    [
        *(LSTM(2, 3, form=form) for form in ("2000", "1997", "coupled", "peephole", "layer_norm")),
        *(GRU(2, 3), GRU(2, 3, reset="before"), MinGRU(2, 3), Jordan(2, 3, 4)),
    ],
    ids=str,
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
    "direct": lambda layer, x: probe.gradient_flow(layer, x, direct=True),
    "step_jacobians": lambda layer, x: probe.step_jacobians(layer, x[0]),
    "gates": lambda layer, x: probe.gates(layer, x)["h"],
    "states_of": lambda layer, x: probe.states_of(layer, x),
    "memory_curve": lambda layer, x: probe.memory_curve(layer, lags=3, T=1200),
    "fixed_points": lambda layer, x: probe.fixed_points(layer, starts=3).points,
}


@pytest.mark.parametrize(
    "options", [{"dropout": 0.5, "dropout_mask": "step"}, {"learn_start": True}]
)
@pytest.mark.parametrize("name", PROBES)
def test_a_probe_leaves_the_layer_alone_and_says_the_same_again(name, options):
    torch.manual_seed(4)
    layer, x_BTD = LSTM(3, 4, **options).train(), torch.randn(2, 5, 3)
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


# Gradients


def arrays(cell):
    return [w.detach().double().numpy() for w in (cell.W_xh, cell.W_hh, cell.b_h)]


def random_direction(size, seed):
    direction = torch.randn(size, generator=torch.Generator().manual_seed(seed)).double().numpy()
    return direction / np.linalg.norm(direction)


def stirred(layer, scale=0.7, seed=0):
    torch.manual_seed(seed)
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(scale * torch.randn_like(p))
    return layer


def test_gradient_flow_of_an_lru_shrinks_as_the_powers_of_its_numbers():
    layer, x_BTD = LRU(2, 4, N=3, least=0.5), torch.randn(2, 7, 2)
    lam_N, *_, W_hy, _ = (w.detach().numpy() for w in layer.double().only.weights())
    into = random_direction(4, 0) @ W_hy
    flow = probe.gradient_flow(layer, x_BTD.double())
    lag = 7 - np.arange(7)
    expected = [np.linalg.norm(np.abs(lam_N) ** k * np.abs(into)) for k in lag]
    np.testing.assert_allclose(flow[:7], expected, rtol=1e-12)


@pytest.mark.parametrize("reset", ["after", "before"])
def test_gradient_flow_of_a_gru_is_the_product_of_its_jacobians(reset):
    layer, x_TD = stirred(GRU(2, 4, reset=reset)), torch.randn(6, 2)
    row, expected = random_direction(4, 1), [1.0]
    for J_HH in probe.step_jacobians(layer, x_TD)[::-1]:
        row = row @ J_HH
        expected.append(np.linalg.norm(row))
    flow = probe.gradient_flow(layer, x_TD[None], seed=1)
    np.testing.assert_allclose(flow, expected[::-1], rtol=1e-12)


@pytest.mark.parametrize("form", ["2000", "1997", "coupled"])
def test_gradient_flow_of_an_lstm_is_the_product_of_its_jacobians(form):
    layer, x_TD = stirred(LSTM(2, 3, form=form)), torch.randn(6, 2)
    seen = {name: part[0] for name, part in probe.gates(layer, x_TD[None]).items()}
    slope_TH = seen["o"] * (1 - np.tanh(seen["c"]) ** 2)  # of h_t to its own c_t
    flow = probe.gradient_flow(layer, x_TD[None], seed=1)
    row = np.concatenate([random_direction(3, 1), np.zeros(3)])
    J_TNN = probe.step_jacobians(layer, x_TD)
    for t in range(6, 0, -1):
        total = np.concatenate([row[:3], row[3:] + row[:3] * slope_TH[t - 1]])
        assert flow[t] == pytest.approx(np.linalg.norm(total), rel=1e-12)
        row = row @ J_TNN[t - 1]
    assert flow[0] == pytest.approx(np.linalg.norm(row), rel=1e-12)


STEPPED = {
    "tanh": lambda: RNN(2, 3),
    **{f"LSTM {form}": lambda form=form: LSTM(2, 3, form=form) for form in cells.LSTMCell.FORMS},
    "GRU after": lambda: GRU(2, 3),
    "GRU before": lambda: GRU(2, 3, reset="before"),
    "MinGRU": lambda: MinGRU(2, 3),
    "Jordan": lambda: Jordan(2, 5, 3),
}


# Products of matrices


def test_growth_of_a_matrix_that_first_grows_and_then_shrinks():
    W, k = np.array([[0.5, 10.0], [0.0, 0.5]]), np.arange(1, 61)
    found = probe.growth(np.array([W] * 60))
    # W^k = 0.5^k (I + 20 k N) with N = [[0, 1], [0, 0]], whose norm has a closed form.
    expected = k * math.log10(0.5) + np.log10(10 * k + np.sqrt((10 * k) ** 2 + 1))
    np.testing.assert_allclose(found[1:], expected, atol=1e-12)
    assert found[1] > 1 and found[-1] < -10


@pytest.mark.parametrize("factor, at_end", [(1e-3, -1500), (1e3, 1500), (1e-300, -150_000)])
def test_growth_neither_underflows_nor_overflows(factor, at_end):
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
    found = probe.growth(np.array([factor * Q] * 500))
    assert found[-1] == pytest.approx(at_end, rel=1e-10)


def test_growth_of_nothing_is_minus_infinity_from_there_on():
    J_THH = np.array([np.eye(2), np.zeros((2, 2)), 10 * np.eye(2)])
    assert probe.growth(J_THH).tolist() == [0, 1, -math.inf, -math.inf]
    nilpotent = np.array([[[0.0, 1.0], [0.0, 0.0]]] * 3)
    assert probe.growth(nilpotent).tolist() == [0, 0, -math.inf, -math.inf]


def test_lyapunov_exponents_of_diagonal_matrices_are_the_mean_logarithms():
    d_TH = np.random.default_rng(0).uniform(0.1, 3, (50, 4)) * [1, -1, 1, -1]
    found = probe.lyapunov(np.array([np.diag(d_H) for d_H in d_TH]))
    np.testing.assert_allclose(found, np.sort(np.log(np.abs(d_TH)).mean(0))[::-1], atol=1e-12)


def test_exponents_far_apart_are_told_apart_where_the_product_itself_underflows():
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    W = Q @ np.diag([2.0, 1e-3, 1e-6]) @ Q.T
    found = probe.lyapunov(np.array([W] * 400))
    np.testing.assert_allclose(found, np.log([2.0, 1e-3, 1e-6]), atol=0.02)


def test_a_direction_that_is_lost_has_an_exponent_of_minus_infinity():
    found = probe.lyapunov(np.array([np.diag([2.0, 0.0])] * 3))
    assert found[0] == pytest.approx(math.log(2)) and found[1] == -math.inf


@pytest.mark.parametrize("probed", [probe.growth, probe.lyapunov])
@pytest.mark.parametrize("shape", [(3,), (3, 3), (2, 3, 4), (0, 3, 3), (2, 0, 0)])
def test_what_is_no_stack_of_square_matrices_is_refused(probed, shape):
    with pytest.raises(ValueError, match=r"expected \(T, H, H\)"):
        probed(np.zeros(shape))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (0, 0), (1, 3, 3)])
def test_what_is_no_square_matrix_is_refused(shape):
    with pytest.raises(ValueError, match=r"expected \(H, H\)"):
        probe.spectrum(np.zeros(shape))


def test_complex_matrices_are_refused_rather_than_cut_to_their_real_parts():
    with pytest.raises(ValueError, match="complex"):
        probe.spectrum(1j * np.eye(2))
    with pytest.raises(ValueError, match="complex"):
        probe.growth(torch.eye(2, dtype=torch.cdouble)[None])


# States


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def normalised(a, gain, shift=0.0):
    return gain * (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + 1e-5) + shift


def lstm_gates(cell, x, h, c):
    W_xh, W_hh, b = arrays(cell)
    more = [w.detach().double().numpy() for w in cell.more]
    if cell.form == "layer_norm":
        a = normalised(x @ W_xh.T, more[0]) + normalised(h @ W_hh.T, more[1]) + b
    else:
        a = x @ W_xh.T + h @ W_hh.T + b
    a = dict(zip(cell.rows, np.split(a, len(cell.rows), axis=1)))
    p = dict(zip("ifo", more[0])) if cell.form == "peephole" else dict.fromkeys("ifo", 0.0)
    i, g = sigmoid(a["i"] + p["i"] * c), np.tanh(a["g"])
    f = {"1997": 1.0, "coupled": 1 - i}.get(cell.form)
    f = sigmoid(a["f"] + p["f"] * c) if f is None else f
    c = f * c + i * g
    o = sigmoid(a["o"] + p["o"] * c)
    inner = normalised(c, *more[2:]) if cell.form == "layer_norm" else c
    gates = {"i": i, "g": g, "o": o, "c": c, "h": o * np.tanh(inner)}
    return gates if cell.form == "1997" else gates | {"f": f}


@pytest.mark.parametrize("form", cells.LSTMCell.FORMS)
def test_the_gates_of_every_form_of_the_lstm_are_those_of_the_formulas(form):
    layer, x_BTD = stirred(LSTM(3, 4, form=form)), torch.randn(2, 6, 3)
    seen = probe.gates(layer, x_BTD)
    h = c = np.zeros((2, 4))
    for t in range(6):
        expected = lstm_gates(layer.only, x_BTD[:, t].double().numpy(), h, c)
        assert set(expected) == set(seen)
        for name, value in expected.items():
            np.testing.assert_allclose(seen[name][:, t], value, rtol=1e-9, atol=1e-12)
        h, c = expected["h"], expected["c"]


@pytest.mark.parametrize("reset", ["after", "before"])
def test_the_gates_of_a_gru_are_those_of_the_formulas(reset):
    layer, x_BTD = stirred(GRU(3, 4, reset=reset)), torch.randn(2, 6, 3)
    seen, h = probe.gates(layer, x_BTD), np.zeros((2, 4))
    assert set(seen) == set("rznh")
    W_xh, W_hh, b = arrays(layer)
    for t in range(6):
        x = x_BTD[:, t].double().numpy() @ W_xh.T + b
        r, z = sigmoid(x[:, :4] + h @ W_hh[:4].T), sigmoid(x[:, 4:8] + h @ W_hh[4:8].T)
        if reset == "after":
            inner = r * (h @ W_hh[8:].T + layer.only.b_hn.detach().double().numpy())
        else:
            inner = (r * h) @ W_hh[8:].T
        n = np.tanh(x[:, 8:] + inner)
        h = (1 - z) * n + z * h
        for name, value in zip("rznh", (r, z, n, h)):
            np.testing.assert_allclose(seen[name][:, t], value, rtol=1e-9, atol=1e-12)


def test_the_gates_of_a_mingru_are_those_of_the_formulas():
    layer, x_BTD = stirred(MinGRU(3, 4)), torch.randn(2, 6, 3)
    seen, h = probe.gates(layer, x_BTD), np.zeros((2, 4))
    W_xh, b = (w.detach().double().numpy() for w in (layer.W_xh, layer.b_h))
    assert set(seen) == set("znh")
    for t in range(6):
        a = x_BTD[:, t].double().numpy() @ W_xh.T + b
        z, n = sigmoid(a[:, :4]), a[:, 4:]
        h = (1 - z) * h + z * n
        for name, value in zip("znh", (z, n, h)):
            np.testing.assert_allclose(seen[name][:, t], value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", STEPPED)
def test_states_are_those_of_the_layer_h_before_c(name):
    layer, x_BTD = stirred(STEPPED[name]()), torch.randn(3, 5, 2)
    states = probe.states_of(layer, x_BTD)
    y_BTH, end = layer.double()(x_BTD.double())
    np.testing.assert_allclose(states[:, :, : layer.size], y_BTH.detach().numpy(), atol=1e-12)
    last = torch.cat(cells.parts(end), dim=1).detach().numpy()
    np.testing.assert_allclose(states[:, -1], last, atol=1e-12)


def test_the_states_of_an_lru_hold_real_and_imaginary_parts():
    layer = LRU(2, 3, N=4)
    states = probe.states_of(layer, torch.randn(2, 5, 2))
    assert states.shape == (2, 5, 3 + 2 * 4) and states.dtype == np.float64


# Memory


def linear_layer(W_hh, into=None, D=1):
    """h_t = W_hh h_{t-1} + into x_t."""
    layer = RNN(D, len(W_hh), unit="linear")
    with torch.no_grad():
        layer.W_hh.copy_(torch.as_tensor(W_hh))
        layer.W_xh.fill_(1.0)
        layer.W_xh[:, 0] = torch.as_tensor(np.eye(len(W_hh))[0] if into is None else into)
        layer.b_h.zero_()
    return layer


def test_a_layer_that_hears_nothing_remembers_nothing():
    found = probe.memory_curve(linear_layer(0.5 * np.eye(3), into=np.zeros(3)), lags=4)
    np.testing.assert_allclose(found, 0, atol=1e-12)


def test_the_capacity_of_a_linear_layer_is_the_number_of_its_units():
    rng = np.random.default_rng(0)
    W = rng.standard_normal((4, 4))
    W *= 0.8 / np.abs(np.linalg.eigvals(W)).max()
    curve = probe.memory_curve(linear_layer(W, into=rng.standard_normal(4)), lags=60, T=6000)
    assert curve.sum() == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("layer", [RNN(1, 5), GRU(1, 5), MinGRU(1, 5)])
def test_the_capacity_is_at_most_the_number_of_units(layer):
    stirred(layer, 0.5)
    capacity = probe.memory_curve(layer, lags=50, T=4000).sum()
    assert 0.9 < capacity < 5 + 0.1


# Read-outs


def test_a_probe_finds_classes_that_lie_apart_and_none_where_there_are_none():
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 3, 600)
    apart = 10 * np.eye(3)[classes] @ rng.standard_normal((3, 5)) + rng.standard_normal((600, 5))
    names = np.array([7, -2, 30])[classes]
    assert probe.linear_probe(apart, names) == 1.0
    assert probe.linear_probe(torch.tensor(apart), torch.tensor(names)) == 1.0
    assert 0.25 < probe.linear_probe(rng.standard_normal((600, 5)), names) < 0.42


def test_two_rings_are_not_read_out_by_a_line():
    angle = np.linspace(0, 40, 800)
    outer = np.arange(800) % 2
    states = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + outer)[:, None]
    assert probe.linear_probe(states, outer == 1) < 0.65
    assert probe.linear_probe(np.c_[states, (states**2).sum(1)], outer == 1) == 1.0


@pytest.mark.parametrize("K", [None, 3])
def test_a_probe_of_numbers_gives_the_share_that_is_explained(K):
    rng = np.random.default_rng(1)
    states = rng.standard_normal((20_000, 4)) * [1, 10, 1e-3, 1] + [0, 5, 100, 0]
    weights = rng.standard_normal((4,) if K is None else (4, K))
    linear = (states - states.mean(0)) / states.std(0) @ weights + 3.0
    assert probe.linear_probe(states, linear) == pytest.approx(1, abs=1e-4)
    noise = rng.standard_normal(linear.shape)
    assert abs(probe.linear_probe(states, noise)) < 0.03
    half = linear / linear.std(0) + noise
    assert probe.linear_probe(states, half) == pytest.approx(0.5, abs=0.03)


def test_a_probe_scores_examples_that_it_has_not_seen():
    rng = np.random.default_rng(2)
    states, targets = rng.standard_normal((60, 29)), rng.standard_normal(60)
    assert probe.linear_probe(states, targets, ridge=1e-8) < 0  # fitted to the noise of one half


def test_the_seed_draws_the_halves_and_nothing_that_varies_is_nothing_to_explain():
    rng = np.random.default_rng(3)
    states, targets = rng.standard_normal((50, 4)), rng.standard_normal(50)
    one, again, other = (probe.linear_probe(states, targets, seed=s) for s in (0, 0, 1))
    assert one == again != other
    assert probe.linear_probe(states, np.full(50, 2.0)) == 0
    assert probe.linear_probe(np.ones((50, 4)), np.arange(50) % 2) <= 0.7


# Points of rest


def scalar(w, b=0.0):
    layer = RNN(1, 1).double()
    with torch.no_grad():
        layer.W_hh.fill_(w)
        layer.W_xh.fill_(1.0)
        layer.b_h.fill_(b)
    return layer


def test_a_constant_input_moves_the_point_and_takes_two_away():
    """With b + x = 2 one crossing of tanh(2 h + 2) and h is left."""
    h = 1.0
    for _ in range(200):
        h = math.tanh(2 * h + 2)
    for layer, x in ((scalar(2.0), 2.0), (scalar(2.0, b=1.5), 0.5)):
        found = probe.fixed_points(layer, torch.tensor([x]))
        np.testing.assert_allclose(found.points, [[h]], atol=1e-9)


@pytest.mark.parametrize("b", [0.0, 1.0])
def test_a_layer_that_keeps_everything_has_no_isolated_point(b):
    layer = linear_layer(np.eye(2), D=1)
    with torch.no_grad():
        layer.b_h.fill_(b)
    found = probe.fixed_points(layer, starts=5)
    assert found.points.shape == found.eigenvalues.shape == (0, 2) and found.stable.shape == (0,)


@pytest.mark.parametrize("b_g", [0.0, 0.8])
def test_an_lstm_without_weights_rests_where_writing_and_forgetting_balance(b_g):
    layer = LSTM(1, 2).double()
    with torch.no_grad():
        for p in layer.parameters():
            p.zero_()
        layer.b_h[layer.only.block("g")] = b_g
    found = probe.fixed_points(layer)
    c = math.tanh(b_g)  # c = c / 2 + tanh(b_g) / 2
    np.testing.assert_allclose(found.points, [[0.5 * math.tanh(c)] * 2 + [c] * 2], atol=1e-9)
    np.testing.assert_allclose(found.eigenvalues, [[0.5, 0.5, 0, 0]], atol=1e-9)
    assert found.stable.tolist() == [True]


def test_a_mingru_rests_at_its_candidate():
    layer = stirred(MinGRU(2, 3)).double()
    x_D = torch.tensor([1.0, -1.0], dtype=torch.float64)
    gates = layer.only.gates(x_D[None], None)
    found = probe.fixed_points(layer, x_D)
    np.testing.assert_allclose(found.points, gates["n"].detach().numpy(), atol=1e-8)
    kept = np.sort(1 - gates["z"].detach().numpy())[:, ::-1]
    np.testing.assert_allclose(found.eigenvalues, kept, atol=1e-9)


GROWING = {"LSTM 1997", "LSTM peephole"}  # their cells may grow for ever and rest nowhere


@pytest.mark.parametrize("name", [*(n for n in STEPPED if n not in GROWING), "a strong net"])
def test_a_step_leaves_every_point_as_it_is_and_none_comes_twice(name):
    layer = stirred(RNN(2, 3), 2.5) if name == "a strong net" else stirred(STEPPED[name]())
    x_D = torch.tensor([0.3, -0.2], dtype=torch.float64)
    points, eigenvalues, stable = probe.fixed_points(layer, x_D, starts=20)
    layer.double()
    for k, point in enumerate(points):
        split = torch.tensor(point)[None].split(3, dim=1)
        new = layer.step(x_D[None], split if len(split) > 1 else split[0])
        new = torch.cat(cells.parts(new), dim=1)[0].detach().numpy()
        np.testing.assert_allclose(new, point, atol=1e-8)
        J_NN = probe.step_jacobians(layer, x_D[None], split if len(split) > 1 else split[0])[0]
        radius = np.abs(np.linalg.eigvals(J_NN)).max()
        assert abs(eigenvalues[k][0]) == pytest.approx(radius, abs=1e-6)
        assert stable[k] == (radius < 1)
    assert len(points) > (1 if name == "a strong net" else 0)
    assert points[:, 0].tolist() == sorted(points[:, 0])
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert np.all(gaps[~np.eye(len(points), dtype=bool)] > 1e-6)


@pytest.mark.parametrize(
    "arguments, error, says",
    [
        ({"x_D": torch.zeros(3)}, ValueError, "input has shape"),
        ({"x_D": torch.zeros(1, 2)}, ValueError, "input has shape"),
        ({"x_D": [0.0, 0.0]}, TypeError, "x_D is"),
        ({"starts": 0}, ValueError, "starts is 0"),
        ({"starts": 1.5}, TypeError, "starts is 1.5"),
    ],
)
def test_fixed_points_refuses(arguments, error, says):
    with pytest.raises(error, match=says):
        probe.fixed_points(RNN(2, 3), **arguments)


# What holds for all


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("layer", ["layer", torch.nn.LSTM(2, 3)], ids=["text", "torch"])
def test_what_is_no_layer_is_refused(name, layer):
    with pytest.raises(TypeError, match="layer is"):
        PROBES[name](layer, torch.zeros(2, 5, 2))


WITH_INPUT = [probe.gradient_flow, probe.gates, probe.states_of]


@pytest.mark.parametrize("probed", WITH_INPUT)
@pytest.mark.parametrize("shape", [(3, 2), (1, 3, 4), (1, 0, 2), (0, 3, 2), (1, 1, 3, 2)])
def test_inputs_of_other_shapes_are_refused(probed, shape):
    with pytest.raises(ValueError, match="input has shape"):
        probed(LSTM(2, 3), torch.zeros(shape))
    with pytest.raises(TypeError, match="x_BTD is"):
        probed(LSTM(2, 3), np.zeros((1, 3, 2)))


@pytest.mark.parametrize(
    "x, state, error, says",
    [
        (torch.zeros(4), None, ValueError, "input has shape"),
        (torch.zeros(4, 3), None, ValueError, "input has shape"),
        (torch.zeros(0, 2), None, ValueError, "input has shape"),
        (np.zeros((4, 2)), None, TypeError, "x_TD is"),
        (torch.zeros(4, 2), torch.zeros(1, 3), ValueError, "the state is"),
        (torch.zeros(4, 2), (torch.zeros(2, 3), torch.zeros(2, 3)), ValueError, "state has shape"),
        (torch.zeros(4, 2), (torch.zeros(3), torch.zeros(3)), ValueError, "state has shape"),
        (torch.zeros(4, 2), 0.0, TypeError, "state is 0.0"),
    ],
)
def test_step_jacobians_refuses(x, state, error, says):
    with pytest.raises(error, match=says):
        probe.step_jacobians(LSTM(2, 3), x, state)


@pytest.mark.parametrize("name", ["step_jacobians", "fixed_points"])
def test_a_complex_state_is_refused(name):
    with pytest.raises(ValueError, match="the state of LRU is complex"):
        PROBES[name](LRU(2, 3), torch.zeros(2, 5, 2))


# ---- Memory ----------------------------------------------------------------------


def test_kept_counts_each_piece_of_memory_once_until_autograd_lets_go():
    x, w = torch.randn(100).double(), torch.randn(100).double().requires_grad_()
    kept = probe.Kept(x, w)
    with kept:
        product = x * w  # keeps x and w, which are there anyway
        assert kept.now == 0
        loss = (torch.tanh(product) * torch.tanh(product)).sum()  # two results of tanh
        assert kept.now == 2 * 800
        loss.backward()
        assert (kept.now, kept.most) == (0, 2 * 800)
    held = torch.exp(w)  # outside of with nothing is counted
    assert held.requires_grad and kept.now == 0
