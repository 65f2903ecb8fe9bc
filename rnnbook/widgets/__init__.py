"""Live figures: they do their own arithmetic in the page, with or without a kernel.

    from rnnbook.widgets import GradientFlow

    GradientFlow(gain=1.5, drive=1.0)

Each class keeps its front end in a JavaScript file of the same name and the same
arithmetic in NumPy beside it; a test holds the two equal. Classes are loaded when they
are first used.
"""

from importlib import import_module

_HOME = {
    "Batching": "batching",
    "Bidirectional": "bidirectional",
    "Cliff": "cliff",
    "ElmanLetters": "elman_letters",
    "GRUCell": "gru_cell",
    "GradientFlow": "gradient_flow",
    "Hopfield": "hopfield",
    "JordanElman": "jordan_elman",
    "LSTMCell": "lstm_cell",
    "LiveFigure": "base",
    "OneUnit": "one_unit",
    "Schedules": "schedules",
    "Stack": "stack",
    "StatePlane": "state_plane",
    "Stretching": "stretching",
    "TeacherForcing": "teacher_forcing",
    "Truncation": "truncation",
    "Unrolling": "unrolling",
    "Writer": "writer",
}
__all__ = list(_HOME)


def __getattr__(name):
    if name in _HOME:
        return getattr(import_module(f"rnnbook.widgets.{_HOME[name]}"), name)
    raise AttributeError(f"rnnbook.widgets has no {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return __all__
