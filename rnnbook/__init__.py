"""Readable reference code for a book on recurrent neural networks.

    from rnnbook import LSTM, LanguageModel, data, fit, sample

Modules are loaded when they are first used, so that ``import rnnbook`` is quick.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "claim": "claims",
    "device": "hardware",
    "RNN": "layers",
    "LSTM": "layers",
    "GRU": "layers",
    "MinGRU": "layers",
    "LanguageModel": "models",
    "Tagger": "models",
    "Classifier": "models",
    "fit": "train",
    "evaluate": "train",
    "run_grid": "train",
    "sweep": "train",
    "Log": "train",
    "sample": "decode",
    "beam": "decode",
    "Stream": "stream",
}
_MODULES = [
    *("bptt", "cells", "data", "hardware", "layers", "plot", "probe", "scan", "tasks"),
    "widgets",
]
__all__ = [*_HOME, *_MODULES]


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"rnnbook.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"rnnbook.{name}")
    raise AttributeError(f"rnnbook has no {name!r}; it has {', '.join(sorted(__all__))}")


def __dir__():
    return sorted(__all__)
