"""Where weights start from. A name that ends in _ changes a cell, layer or model in place.

Each works on every cell inside: on all layers and both directions.
"""

import torch
from torch import nn

from rnnbook import door

from .modules import Cell


@torch.no_grad()
@door.checked
def identity_(module: nn.Module, gain: float = 1.0):
    """Every recurrent block W_hh = gain I, and every bias 0; returns ``module``.

    With ReLU units this is the start of le2015, who also draw the input weights very small; here
    they stay as they are. Taught in chapter 11.
    """
    for cell in cells_in(module, "W_hh"):
        for block in cell.W_hh.split(cell.H):
            block.copy_(gain * torch.eye(cell.H))
        for name, bias in cell.named_parameters():
            if name.startswith("b_"):
                bias.zero_()
    return module


@torch.no_grad()
@door.checked
def orthogonal_(module: nn.Module, gain: float = 1.0):
    """Every recurrent block of W_hh gain times a random orthogonal matrix; returns ``module``.

    Source: saxe2014. Taught in chapter 11.
    """
    for cell in cells_in(module, "W_hh"):
        for block in cell.W_hh.split(cell.H):
            nn.init.orthogonal_(block, gain)
    return module


@torch.no_grad()
@door.checked
def forget_bias_(module: nn.Module, value: float):
    """The bias of the gate that keeps the state: sigmoid(value) is kept; returns ``module``.

    That gate is f in an LSTM, z in a GRU, and 1 - i or 1 - z where the cell has it that way
    (coupled LSTM, minGRU). Raises ValueError where no cell has one. Taught in chapter 5.
    """
    for cell in cells_in(module, "keeping"):
        set_keeping(cell, torch.full((cell.H,), float(value)))
    return module


@torch.no_grad()
@door.checked
def chrono_(module: nn.Module, longest: float):
    """Biases for time spans up to ``longest`` steps: log u, u uniform in [1, longest - 1].

    The gate that keeps the state gets log u; the input gate of an LSTM of 2000 gets -log u.
    Returns ``module``. Source: tallec2018. Taught in chapter 5.
    """
    door.within("longest", longest, 2)
    for cell in cells_in(module, "keeping"):
        bias_H = torch.empty(cell.H).uniform_(1, longest - 1).log()
        set_keeping(cell, bias_H)
        if "f" in cell.rows:
            cell.b_h[cell.block("i")] = -bias_H.to(cell.b_h)
    return module


def set_keeping(cell, bias_H):
    """Let ``cell`` keep sigmoid(bias_H) of its state, as far as its biases decide."""
    gate, sign = cell.keeping
    cell.b_h[cell.block(gate)] = sign * bias_H.to(cell.b_h)


def cells_in(module, needed):
    """The cells inside ``module`` that have ``needed``; ValueError where none has."""
    cells = [m for m in module.modules() if isinstance(m, Cell) and getattr(m, needed) is not None]
    if not cells:
        what = {"W_hh": "recurrent weights", "keeping": "a gate that keeps the state"}[needed]
        inside = ", ".join(sorted({type(m).__name__ for m in module.modules()}))
        raise ValueError(f"no cell with {what} in it; found {inside}")
    return cells
