"""The shape suffix of a name is true at run time: a local ``h_BH`` has axes B and H.

The tracer looks at every local of every function of rnnbook at every line. Within one call a
letter means one size; a digit is that size. Sizes are pairwise different in these tests.
"""

import re
import sys
from pathlib import Path

import pytest
import torch

import rnnbook
from rnnbook import LSTM, RNN, Classifier, LanguageModel, Tagger, data, fit, probe, sample, tasks

HOME = str(Path(rnnbook.__file__).parent)
SUFFIX = re.compile(r"_([A-Z0-9]*[A-Z][A-Z0-9]*)$")


class ShapeError(AssertionError):
    pass


def check(frame):
    sizes = {}
    for name, value in list(frame.f_locals.items()):
        match, shape = SUFFIX.search(name), getattr(value, "shape", None)
        if not match or shape is None or name.isupper():
            continue
        where = f"{frame.f_code.co_qualname}, line {frame.f_lineno}: {name} {tuple(shape)}"
        axes = match[1]
        if len(axes) != len(shape):
            raise ShapeError(f"{where} has {len(shape)} axes, its name says {len(axes)}")
        for axis, size in zip(axes, shape):
            known = int(axis) if axis.isdigit() else sizes.setdefault(axis, size)
            if known != size:
                raise ShapeError(f"{where}: axis {axis} is {size}, elsewhere {known}")


def trace(frame, event, arg):
    if not frame.f_code.co_filename.startswith(HOME):
        return None
    if event in ("line", "return"):
        check(frame)
    return trace


def traced(function):
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return function()
    finally:
        sys.settrace(before)


def exercise():
    """Run the package once with pairwise different sizes."""
    B, T, D, H = 3, 7, 5, 11
    x_BTD = torch.randn(B, T, D)
    for implementation in ("loop", "library"):
        RNN(D, H, implementation=implementation)(x_BTD)
        LSTM(D, H, implementation=implementation)(x_BTD)
    for layer in (RNN(D, H), LSTM(D, H)):
        probe.gradient_flow(layer, x_BTD)
    probe.jacobians(torch.randn(H, H).numpy(), torch.randn(T, H).numpy(), torch.zeros(H).numpy())
    probe.gates(LSTM(D, H), x_BTD)
    for task, model in ((tasks.adding(T=7), Classifier), (tasks.lag(T=7, steps=2), Tagger)):
        fit(model(LSTM(task.D, H), task.K), task, steps=2, B=B)
    tasks.recall(T=7).batch(B)
    tasks.register(T=7).batch(B)
    text = data.shakespeare()
    model = LanguageModel(RNN(D, H), text.V)
    fit(model, text, steps=2, B=B, T=T)
    sample(model, text, "Ay", length=3)


def test_every_suffix_in_the_package_is_true():
    traced(exercise)


@pytest.mark.parametrize(
    "body",
    [
        "h_BH = torch.zeros(2, 3, 4)",
        "x_BD = torch.zeros(2, 3); h_BH = torch.zeros(4, 5)",
        "h_1H = torch.zeros(2, 3)",
    ],
)
def test_the_tracer_catches_a_wrong_name(body):
    source = f"def wrong():\n    import torch\n    {body}\n    return 0\n"
    space = {}
    exec(compile(source, f"{HOME}/wrong.py", "exec"), space)
    with pytest.raises(ShapeError):
        traced(space["wrong"])
