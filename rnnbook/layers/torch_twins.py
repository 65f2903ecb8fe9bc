"""From a layer of torch.nn to one of this book with the same numbers, and back; signs of a GRU."""

import torch
from torch import nn

from rnnbook import door

from .named import GRU, LSTM, RNN
from .recurrent import Recurrent

TWINS = {nn.RNN: RNN, nn.LSTM: LSTM, nn.GRU: GRU}
UNITS = {"tanh": "tanh", "relu": "ReLU"}


@torch.no_grad()
@door.checked
def from_torch(module: nn.Module):
    """The layer that computes what ``module``, an nn.RNN, nn.LSTM or nn.GRU, computes.

    torch.nn has two biases where one would do; they are added up, but for the one inside the
    reset gate of a GRU. Raises ValueError for other modules, no biases or projections.
    Taught in chapter 6.
    """
    kind = TWINS.get(type(module))
    if kind is None or not module.bias or module.proj_size:
        raise ValueError(
            f"cannot take over {module}; expected nn.RNN, nn.LSTM or nn.GRU with biases and "
            "without projection"
        )
    options = {"unit": UNITS[module.nonlinearity]} if kind is RNN else {}
    layer = kind(
        module.input_size,
        module.hidden_size,
        L=module.num_layers,
        bidirectional=module.bidirectional,
        dropout=module.dropout,
        **options,
    ).to(module.weight_ih_l0)
    for cell, (W_xh, W_hh, b_ih, b_hh) in zip(layer.cells, module.all_weights):
        cell.W_xh.copy_(W_xh)
        cell.W_hh.copy_(W_hh)
        cell.b_h.copy_(b_ih + b_hh)
        if kind is GRU:
            cell.b_h[cell.block("n")] = b_ih[cell.block("n")]
            cell.b_hn.copy_(b_hh[cell.block("n")])
    return layer.train(module.training)


@torch.no_grad()
@door.checked
def to_torch(layer: Recurrent):
    """The nn.RNN, nn.LSTM or nn.GRU (batch first) that computes what ``layer`` computes.

    Raises ValueError where none does: another form of LSTM, a GRU that resets before the
    recurrent product, a linear unit, dropout inside the recurrence, zoneout, a learned start.
    Taught in chapter 6.
    """
    kind = next((k for k, ours in TWINS.items() if type(layer) is ours), None)
    if kind is None or "library" not in layer.allowed or len(layer.starts):
        raise ValueError(f"no layer of torch.nn computes what {layer} does")
    unit = getattr(layer.cells[0], "unit", None)
    options = {"nonlinearity": unit.lower()} if unit else {}
    module = kind(
        layer.D,
        layer.H,
        num_layers=layer.L,
        bidirectional=layer.bidirectional,
        dropout=layer.dropout if layer.L > 1 else 0.0,  # between layers; with one torch.nn warns
        batch_first=True,
        **options,
    ).to(layer.cells[0].W_xh)
    for cell, (W_xh, W_hh, b_ih, b_hh) in zip(layer.cells, module.all_weights):
        W_xh.copy_(cell.W_xh)
        W_hh.copy_(cell.W_hh)
        b_ih.copy_(cell.b_h)
        b_hh.zero_()
        if kind is nn.GRU:
            b_hh[cell.block("n")] = cell.b_hn
    return module.train(layer.training)


@torch.no_grad()
@door.checked
def flip_update_(layer: Recurrent):
    """Turn the sign of the update gate of a GRU: negate its weights; returns ``layer``.

    Papers since chung2014 write h_t = (1 - z) h_{t-1} + z n, torch.nn and this book
    h_t = (1 - z) n + z h_{t-1}; since 1 - sigmoid(a) = sigmoid(-a), weights made for the one
    serve the other after this, exactly. Where r acts cannot be exchanged like that.
    Taught in chapter 6.
    """
    if not isinstance(layer, GRU):
        raise ValueError(f"{type(layer).__name__} has no update gate; expected a GRU")
    for cell in layer.cells:
        for weight in (cell.W_xh, cell.W_hh, cell.b_h):
            weight[cell.block("z")].neg_()
    return layer
