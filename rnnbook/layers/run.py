"""One cell over all steps, in three ways with the same result.

Each takes (cell, x_BTD, state, lengths) and returns (y_BTH, state): the outputs of all steps,
and the state at the end of each sequence. What stands in y behind an end has no meaning.
"""

import warnings

import torch
from torch.nn.functional import pad
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from rnnbook.cells import ElmanCell, GRUCell, LSTMCell, parts

from . import by_hand as hand
from .padding import at_end, mask_of


def loop(cell, x_BTD, state, lengths=None, drop=None, zoneout=0.0):
    """Call ``cell.step`` for one step after the other: the definition of a recurrent layer.

    drop: a function that gives the dropout mask (B, H) of the next step. zoneout: the share of
    the state that stays as it was: at random in training, on average afterwards.
    """
    outputs = []
    ends_B = None if lengths is None else lengths.to(x_BTD.device)
    for t, x_BD in enumerate(x_BTD.unbind(1)):
        new = cell.step(x_BD, state) if drop is None else cell.step(x_BD, state, drop())
        if zoneout:
            new = mixed(state, new, zoned(state, zoneout, cell.training))
        if lengths is not None:
            over_B1 = (t >= ends_B)[:, None]
            new = mixed(state, new, [over_B1.to(part.dtype) for part in parts(state)])
        state = new
        outputs.append(parts(state)[0])
    return torch.stack(outputs, dim=1), state


def mixed(old, new, shares):
    """Of each part of the state the share that stays old, the rest new."""
    both = [torch.lerp(b, a, share) for a, b, share in zip(parts(old), parts(new), shares)]
    return tuple(both) if isinstance(new, tuple) else both[0]


def zoned(state, rate, training):
    """For each number of the state 1 where it stays old, on average ``rate``."""
    rates = [torch.full_like(part, rate) for part in parts(state)]
    return [torch.bernoulli(r) for r in rates] if training else rates


def by_hand(cell, x_BTD, state, lengths=None):
    """The backward pass written out: ``by_hand.py``."""
    x_TBD, weights = x_BTD.transpose(0, 1), (cell.W_xh, cell.W_hh, cell.b_h)
    if isinstance(cell, LSTMCell):
        h_TBH, c_TBH = hand.LSTM.apply(x_TBD, *state, *weights)
        return h_TBH.transpose(0, 1), (at_end(h_TBH, lengths), at_end(c_TBH, lengths))
    if isinstance(cell, GRUCell):
        h_TBH = hand.GRU.apply(x_TBD, state, *weights, cell.b_hn)
    else:
        relu, over_TB1 = cell.unit == "ReLU", None
        if relu and lengths is not None:
            over_TB1 = ~mask_of(lengths.to(x_TBD.device), len(x_TBD)).T[:, :, None]
        h_TBH = hand.Elman.apply(x_TBD, state, *weights, relu, over_TB1)
    return h_TBH.transpose(0, 1), at_end(h_TBH, lengths)


def library(cell, x_BTD, state, lengths=None):
    """The function behind torch.nn: cuDNN on a GPU, oneDNN for an LSTM on a CPU."""
    hx = tuple(part[None] for part in parts(state))
    if lengths is None:
        y_BTH, *ends = call(cell, x_BTD, hx)
        return y_BTH, state_of(cell, ends)
    packed = pack_padded_sequence(x_BTD, lengths, batch_first=True, enforce_sorted=False)
    order, back = packed.sorted_indices, packed.unsorted_indices
    y, *ends = call(cell, packed.data, [p[:, order] for p in hx], packed.batch_sizes)
    y = PackedSequence(y, packed.batch_sizes, order, back)
    y_BTH, _ = pad_packed_sequence(y, batch_first=True, total_length=x_BTD.shape[1])
    return y_BTH, state_of(cell, [end[:, back] for end in ends])


def call(cell, x, hx, batch_sizes=None):
    """torch.lstm, torch.gru, torch.rnn_tanh or torch.rnn_relu for one cell."""
    b_hh = torch.zeros_like(cell.b_h)
    if isinstance(cell, LSTMCell):
        function, hx = torch.lstm, tuple(hx)
    elif isinstance(cell, GRUCell):
        function, (hx,), b_hh = torch.gru, hx, pad(cell.b_hn, (2 * cell.H, 0))
    else:
        function, (hx,) = {"tanh": torch.rnn_tanh, "ReLU": torch.rnn_relu}[cell.unit], hx
    weights = [cell.W_xh, cell.W_hh, cell.b_h, b_hh]
    options = (True, 1, 0.0, cell.training, False)  # biases, layers, dropout, training, directions
    with warnings.catch_warnings():
        if x.is_cuda:  # cuDNN copies weights that it did not lay out itself, and says so
            warnings.filterwarnings("ignore", "RNN module weights are not part of single")
        if batch_sizes is None:
            return function(x, hx, weights, *options, True)
        return function(x, batch_sizes, hx, weights, *options)


def state_of(cell, ends):
    """The library's end states, (1, B, H) each, as a state of the cell."""
    ends = tuple(end[0] for end in ends)
    return ends if len(ends) > 1 else ends[0]


def possible(cell):
    """Which of the three the options of a cell allow."""
    plain = (
        (isinstance(cell, ElmanCell) and cell.unit != "linear")
        or (isinstance(cell, LSTMCell) and cell.form == "2000")
        or (isinstance(cell, GRUCell) and cell.reset == "after")
    )
    return {"loop", "by_hand", "library"} if plain else {"loop"}
