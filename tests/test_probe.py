"""Each probe on a case with a known answer."""

import math

import numpy as np
import pytest
import torch

from rnnbook import LSTM, RNN, probe


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
