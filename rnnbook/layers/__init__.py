"""Recurrent layers: a cell over time, in depth and in both directions."""

from .linear import LRU, MinGRU
from .named import GRU, LSTM, RNN, Jordan
from .padding import mask_of
from .recurrent import Recurrent
from .torch_twins import flip_update_, from_torch, to_torch
