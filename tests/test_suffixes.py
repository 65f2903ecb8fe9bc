"""The shape suffix of a name is true at run time: a local ``h_BH`` has axes B and H.

The tracer looks at every local of every function of rnnbook at every line. Within one call a
letter means one size; a digit is that size. Sizes are pairwise different in these tests.
"""

import itertools
import re
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import rnnbook
from rnnbook import (
    GRU,
    LSTM,
    RNN,
    Classifier,
    LanguageModel,
    MinGRU,
    Tagger,
    cells,
    data,
    fit,
    probe,
    sample,
    scan,
    tasks,
)
from rnnbook.layers import LRU, Jordan, from_torch, to_torch

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


OPTIONS = {
    RNN: [{"unit": "ReLU"}, {"unit": "linear"}, {"learn_start": True}],
    LSTM: [{"form": form} for form in cells.LSTMCell.FORMS],
    GRU: [{}, {"reset": "before"}, {"dropout": 0.5, "dropout_mask": "step"}],
    MinGRU: [{}],
    LRU: [{"N": 13}],
    Jordan: [{"K": 4}],
}


def recurrences(x_BTD, H):
    """Every layer in every way: forms, implementations, lengths, directions, packed."""
    B, T, D = x_BTD.shape
    lengths = torch.tensor([T, 2, 5])
    x_BTD = x_BTD.clone().requires_grad_()
    for kind, options in OPTIONS.items():
        for option in options:
            layer = kind(D, H, L=2, bidirectional=True, **option)
            for implementation in sorted(layer.allowed):
                layer.implementation = implementation
                for given in (None, lengths):
                    y, state = layer(x_BTD, None, given)
                    y.sum().backward()
                layer(pack_padded_sequence(x_BTD, lengths, True, False), state)
            alone = kind(D, H, **option)
            alone.step(x_BTD[:, 0], alone.start(B, x_BTD))
    for mask in ("between", "variational"):
        LSTM(D, H, L=2, dropout=0.5, dropout_mask=mask, zoneout=0.1)(x_BTD, None, lengths)
    for form in cells.LSTMCell.FORMS:
        cell = cells.LSTMCell(D, H, form)
        cell.gates(x_BTD[:, 0], cell.start(B, x_BTD))
    cells.GRUCell(D, H).gates(x_BTD[:, 0], x_BTD.new_zeros(B, H))
    cells.MinGRUCell(D, H).gates(x_BTD[:, 0], None)
    jordan = cells.JordanCell(D, H, K=4)
    y_BTK = torch.randn(B, T, 4)
    jordan.all_steps(x_BTD, jordan.states_of(y_BTK))
    for twin in (nn.RNN(D, H, 2), nn.LSTM(D, H, bidirectional=True), nn.GRU(D, H)):
        to_torch(from_torch(twin))
    for start in (cells.identity_, cells.orthogonal_):
        start(GRU(D, H))
    cells.chrono_(cells.forget_bias_(LSTM(D, H), 2.0), 9.0)
    h = scan.scan(x_BTD.sigmoid(), x_BTD)
    (h + scan.loop(x_BTD, x_BTD) + scan.convolve(x_BTD[0], x_BTD)).sum().backward()


def read_outs(B, T, D, H):
    """Every model, pooling and direction, from numbers and from indices."""
    x_BTD, x_BT, lengths = torch.randn(B, T, D), torch.randint(2, (B, T)), [T, 2, 5]
    for pooling, both in itertools.product(("last", "mean", "max", "attention"), (False, True)):
        layer = MinGRU(D, H, bidirectional=both)
        for given in (None, lengths):
            Classifier(layer, 4, pooling)(x_BTD, lengths=given)
            Classifier(layer, 4, pooling, V=17)(x_BT, lengths=given)
    Tagger(GRU(D, H), 4)(x_BTD, lengths=lengths)
    LanguageModel(LSTM(D, H, L=2), 17)(x_BT, lengths=lengths)


def exercise():
    """Run the package once with pairwise different sizes."""
    B, T, D, H = 3, 7, 5, 11
    x_BTD = torch.randn(B, T, D)
    recurrences(x_BTD, H)
    read_outs(B, T, D, H)
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
