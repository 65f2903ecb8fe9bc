"""Layers whose recurrence is linear in the state, so that a scan can run their steps together."""

from rnnbook import cells, scan

from .padding import at_end
from .recurrent import Recurrent
from .run import loop


def mingru_scan(cell, x_BTD, state, lengths=None):
    """``steps.mingru_step`` for all steps with ``scan.scan``."""
    gates = cell.gates(x_BTD.transpose(0, 1), None)
    h_TBH = scan.scan(1 - gates["z"], gates["z"] * gates["n"], state)
    return h_TBH.transpose(0, 1), at_end(h_TBH, lengths)


def lru_inputs(cell, x_BTD):
    """lam_N, gamma W_xh x_t for all steps (time first), and the weights behind the state."""
    lam_N, gamma_N, W_xh, W_hy, W_xy = cell.weights()
    u_TBN = gamma_N * (x_BTD.transpose(0, 1).to(W_xh.dtype) @ W_xh.T)
    return lam_N, u_TBN, W_hy, W_xy


def lru_scan(cell, x_BTD, state, lengths=None):
    """``steps.lru_step`` for all steps with ``scan.scan``."""
    lam_N, u_TBN, W_hy, W_xy = lru_inputs(cell, x_BTD)
    h_TBN = scan.scan(lam_N.expand(u_TBN.shape), u_TBN, state[1])
    return lru_read_out(h_TBN, x_BTD, W_hy, W_xy, lengths)


def lru_fft(cell, x_BTD, state, lengths=None):
    """``steps.lru_step`` for all steps as one convolution, ``scan.convolve``."""
    lam_N, u_TBN, W_hy, W_xy = lru_inputs(cell, x_BTD)
    h_TBN = scan.convolve(lam_N, u_TBN, state[1])
    return lru_read_out(h_TBN, x_BTD, W_hy, W_xy, lengths)


def lru_read_out(h_TBN, x_BTD, W_hy, W_xy, lengths):
    y_TBH = (h_TBN @ W_hy.T).real + x_BTD.transpose(0, 1) @ W_xy.T
    return y_TBH.transpose(0, 1), (at_end(y_TBH, lengths), at_end(h_TBN, lengths))


class MinGRU(Recurrent):
    """Minimal gated unit: h_t = (1 - z) h_{t-1} + z n, gate and candidate seeing x_t alone.

    implementation: "loop" or "scan". Source: feng2024. Taught in chapter 6.
    """

    cell = cells.MinGRUCell
    implementations = {"loop": loop, "scan": mingru_scan}
    possible = staticmethod(lambda cell: {"loop", "scan"})
    fastest = dict.fromkeys(Recurrent.fastest, ("scan", "loop"))


class LRU(Recurrent):
    """Linear recurrent unit: N complex numbers that turn and shrink at fixed rates.

    N: their number, by default H. implementation: "loop", "scan" or "fft". Source:
    orvieto2023, here one recurrence alone, without the block around it.
    """

    cell = cells.LRUCell
    implementations = {"loop": loop, "scan": lru_scan, "fft": lru_fft}
    possible = staticmethod(lambda cell: {"loop", "scan", "fft"})
    fastest = dict.fromkeys(Recurrent.fastest, ("scan", "fft", "loop"))
