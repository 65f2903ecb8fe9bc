"""One time step of each cell: pure functions of the input, the state and the weights.

Weights are laid out as in the formulas and as in torch.nn: ``W_xh`` is (H, D) and multiplies
a column x_t. A batch is stored as rows, hence the transposes: ``x_BD @ W_xh.T``.
"""

import math

import torch


def elman_step(x_BD, h_BH, W_xh, W_hh, b_h):
    """h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h).

    x_BD: input (B, D). h_BH: previous hidden state (B, H). W_xh: (H, D). W_hh: (H, H).
    b_h: (H,). Returns the new hidden state (B, H), each number in (-1, 1).
    Source: elman1990, section "Networks with memory", with tanh for the logistic function.
    Taught in chapter 1.
    """
    return torch.tanh(x_BD @ W_xh.T + h_BH @ W_hh.T + b_h)


def lstm_step(x_BD, state, W_xh, W_hh, b_h):
    """c_t = f c_{t-1} + i g and h_t = o tanh(c_t), with gates i, f, o and candidate g.

    x_BD: input (B, D). state: (h_BH, c_BH), each (B, H). W_xh: (4H, D). W_hh: (4H, H).
    b_h: (4H,). Blocks of rows in the order i f g o, as in torch.nn.LSTM.
    Returns the new state (h_BH, c_BH).
    Source: gers2000forget (forget gate), without peepholes. Taught in chapter 5.
    """
    h_BH, c_BH = state
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ag_BH, ao_BH = a_BG.chunk(4, dim=-1)
    i_BH, f_BH = ai_BH.sigmoid(), af_BH.sigmoid()
    g_BH, o_BH = ag_BH.tanh(), ao_BH.sigmoid()
    c_BH = f_BH * c_BH + i_BH * g_BH
    h_BH = o_BH * c_BH.tanh()
    return h_BH, c_BH


def uniform(gates, D, H):
    """Random weights as torch.nn draws them: uniform within 1 / sqrt(H), bias included.

    gates: 1 for Elman, 4 for LSTM. Returns W_xh (gates*H, D), W_hh (gates*H, H),
    b_h (gates*H,).
    """
    bound = 1 / math.sqrt(H)
    shapes = [(gates * H, D), (gates * H, H), (gates * H,)]
    return [torch.empty(shape).uniform_(-bound, bound) for shape in shapes]
