"""One time step of each cell: pure functions of the input, the state and the weights.

Weights are laid out as in the formulas and as in torch.nn: ``W_xh`` is (H, D) and multiplies
a column x_t. A batch is stored as rows, hence the transposes: ``x_BD @ W_xh.T``. Where a cell
has gates their weights are stacked, G rows in all.
"""

import torch
from torch.nn.functional import layer_norm


def elman_step(x_BD, h_BH, W_xh, W_hh, b_h):
    """h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h).

    x_BD: input (B, D). h_BH: previous hidden state (B, H). W_xh: (H, D). W_hh: (H, H).
    b_h: (H,). Returns the new hidden state (B, H), each number in (-1, 1).
    Source: elman1990, section "Networks with memory", with tanh for the logistic function.
    Taught in chapter 1.
    """
    return torch.tanh(x_BD @ W_xh.T + h_BH @ W_hh.T + b_h)


def jordan_step(x_BD, state, W_xh, W_sh, W_hy, b_h, b_y, decay):
    """s_t = decay s_{t-1} + y_{t-1}, h_t = tanh(W_xh x_t + W_sh s_t + b_h), y_t = W_hy h_t + b_y.

    x_BD: input (B, D). state: (y_BK, s_BK), output and state units of the step before, each
    (B, K). W_xh: (H, D). W_sh: (H, K). W_hy: (K, H). b_h: (H,). b_y: (K,). decay: 0 to 1.
    Memory passes through the output alone: of h_t nothing is kept. Returns (y_BK, s_BK).
    Source: jordan1986, with tanh for the logistic function and a linear output. Taught in
    chapter 4.
    """
    y_BK, s_BK = state
    s_BK = decay * s_BK + y_BK
    h_BH = torch.tanh(x_BD @ W_xh.T + s_BK @ W_sh.T + b_h)
    return h_BH @ W_hy.T + b_y, s_BK


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


def lstm_1997_step(x_BD, state, W_xh, W_hh, b_h):
    """c_t = c_{t-1} + i g and h_t = o tanh(c_t): nothing is ever forgotten.

    Shapes as in ``lstm_step``, with 3H rows of weights in the order i g o.
    Source: hochreiter1997, with one cell a block and tanh for its two scaled logistic
    functions. Taught in chapter 5.
    """
    h_BH, c_BH = state
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, ag_BH, ao_BH = a_BG.chunk(3, dim=-1)
    c_BH = c_BH + ai_BH.sigmoid() * ag_BH.tanh()
    return ao_BH.sigmoid() * c_BH.tanh(), c_BH


def lstm_coupled_step(x_BD, state, W_xh, W_hh, b_h):
    """c_t = (1 - i) c_{t-1} + i g and h_t = o tanh(c_t): what is written replaces the old.

    Shapes as in ``lstm_step``, with 3H rows of weights in the order i g o.
    Source: greff2017, variant CIFG, without peepholes. Taught in chapter 5.
    """
    h_BH, c_BH = state
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, ag_BH, ao_BH = a_BG.chunk(3, dim=-1)
    i_BH = ai_BH.sigmoid()
    c_BH = (1 - i_BH) * c_BH + i_BH * ag_BH.tanh()
    return ao_BH.sigmoid() * c_BH.tanh(), c_BH


def lstm_peephole_step(x_BD, state, W_xh, W_hh, b_h, p_3H):
    """``lstm_step`` whose gates also see the cell: i and f see c_{t-1}, o sees c_t.

    p_3H: (3, H), the weights from each cell to its own gates i, f and o.
    Source: gers2000peephole. Taught in chapter 5.
    """
    h_BH, c_BH = state
    a_BG = x_BD @ W_xh.T + h_BH @ W_hh.T + b_h
    ai_BH, af_BH, ag_BH, ao_BH = a_BG.chunk(4, dim=-1)
    i_BH = (ai_BH + p_3H[0] * c_BH).sigmoid()
    f_BH = (af_BH + p_3H[1] * c_BH).sigmoid()
    c_BH = f_BH * c_BH + i_BH * ag_BH.tanh()
    o_BH = (ao_BH + p_3H[2] * c_BH).sigmoid()
    return o_BH * c_BH.tanh(), c_BH


def lstm_layer_norm_step(x_BD, state, W_xh, W_hh, b_h, gain_x, gain_h, gain_c, b_c):
    """``lstm_step`` with W_xh x_t, W_hh h_{t-1} and c_t brought to mean 0 and variance 1.

    The first two are normalised over all 4H gates, c_t over its H units on its way to h_t.
    gain_x, gain_h: (4H,). gain_c, b_c: (H,).
    Source: ba2016. Taught in chapter 11.
    """
    h_BH, c_BH = state
    x_BG = layer_norm(x_BD @ W_xh.T, gain_x.shape, gain_x)
    h_BG = layer_norm(h_BH @ W_hh.T, gain_h.shape, gain_h)
    ai_BH, af_BH, ag_BH, ao_BH = (x_BG + h_BG + b_h).chunk(4, dim=-1)
    c_BH = af_BH.sigmoid() * c_BH + ai_BH.sigmoid() * ag_BH.tanh()
    h_BH = ao_BH.sigmoid() * layer_norm(c_BH, gain_c.shape, gain_c, b_c).tanh()
    return h_BH, c_BH


def gru_step(x_BD, h_BH, W_xh, W_hh, b_h, b_hn):
    """h_t = (1 - z) n + z h_{t-1}, the reset gate after the recurrent product.

    n = tanh(W_xn x_t + b_n + r (W_hn h_{t-1} + b_hn)). x_BD: input (B, D). h_BH: (B, H).
    W_xh: (3H, D). W_hh: (3H, H). b_h: (3H,). b_hn: (H,). Blocks of rows in the order r z n
    and the sign of z as in torch.nn.GRU. Returns the new state (B, H).
    Source: cho2014, in the form of its first versions and of cuDNN. Taught in chapter 6.
    """
    xr_BH, xz_BH, xn_BH = (x_BD @ W_xh.T + b_h).chunk(3, dim=-1)
    hr_BH, hz_BH, hn_BH = (h_BH @ W_hh.T).chunk(3, dim=-1)
    r_BH, z_BH = (xr_BH + hr_BH).sigmoid(), (xz_BH + hz_BH).sigmoid()
    n_BH = (xn_BH + r_BH * (hn_BH + b_hn)).tanh()
    return (1 - z_BH) * n_BH + z_BH * h_BH


def gru_before_step(x_BD, h_BH, W_xh, W_hh, b_h):
    """h_t = (1 - z) n + z h_{t-1}, the reset gate before the recurrent product.

    n = tanh(W_xn x_t + W_hn (r h_{t-1}) + b_n). Shapes as in ``gru_step``.
    Source: chung2014, with the sign of z as in torch.nn.GRU. Taught in chapter 6.
    """
    H = h_BH.shape[-1]
    xr_BH, xz_BH, xn_BH = (x_BD @ W_xh.T + b_h).chunk(3, dim=-1)
    hr_BH, hz_BH = (h_BH @ W_hh[: 2 * H].T).chunk(2, dim=-1)
    r_BH, z_BH = (xr_BH + hr_BH).sigmoid(), (xz_BH + hz_BH).sigmoid()
    n_BH = (xn_BH + (r_BH * h_BH) @ W_hh[2 * H :].T).tanh()
    return (1 - z_BH) * n_BH + z_BH * h_BH


def mingru_step(x_BD, h_BH, W_xh, b_h):
    """h_t = (1 - z) h_{t-1} + z n, where z = sigmoid(W_xz x_t + b_z) and n = W_xn x_t + b_n.

    x_BD: input (B, D). h_BH: (B, H). W_xh: (2H, D). b_h: (2H,). Rows in the order z n.
    Gate and candidate see the input alone, so the step is linear in h_{t-1}. Note the sign
    of z: 1 writes, where in ``gru_step`` 1 keeps. Returns the new state (B, H).
    Source: feng2024. Taught in chapter 6.
    """
    az_BH, n_BH = (x_BD @ W_xh.T + b_h).chunk(2, dim=-1)
    z_BH = az_BH.sigmoid()
    return (1 - z_BH) * h_BH + z_BH * n_BH


def lru_step(x_BD, h_BN, lam_N, gamma_N, W_xh, W_hy, W_xy):
    """h_t = lam h_{t-1} + gamma W_xh x_t and y_t = Re(W_hy h_t) + W_xy x_t, h complex.

    x_BD: input (B, D). h_BN: complex (B, N). lam_N: complex (N,), within the unit circle.
    gamma_N: (N,). W_xh: complex (N, D). W_hy: complex (H, N). W_xy: (H, D).
    Returns the output y_BH and the new state h_BN. Source: orvieto2023.
    """
    h_BN = lam_N * h_BN + gamma_N * (x_BD.to(W_xh.dtype) @ W_xh.T)
    return (h_BN @ W_hy.T).real + x_BD @ W_xy.T, h_BN
