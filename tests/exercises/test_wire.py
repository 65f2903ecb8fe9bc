"""Plain numbers over a pipe: what goes in comes out, and nothing else comes out ever."""

import contextlib
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import wire

SCALARS = st.none() | st.booleans() | st.floats() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v) | st.tuples(v, v) | st.dictionaries(st.text(), v), max_leaves=8
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "k", "d", "l", "u", "v", "f", "t"]), v, max_size=4)
    ),
    max_leaves=12,
)


def through(value):
    block = []
    tree = json.loads(json.dumps(wire.encode(value, block)))
    return wire.decode(tree, b"".join(block))


@given(VALUES)
@settings(deadline=None)
def test_values_come_out_as_they_went_in(value):
    try:
        got = through(value)
    except wire.Refused:
        return  # nested too deep
    assert repr(got) == repr(value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "i4", "u1", "b1", "c16"])
def test_arrays_keep_shape_and_values(dtype):
    array = (np.arange(24).reshape(2, 3, 4) % 2).astype(dtype).transpose(2, 0, 1)
    got = through((array, {"x": array[:0]}))
    np.testing.assert_array_equal(got[0], array)
    assert got[0].shape == (4, 2, 3) and got[1]["x"].shape == (0, 2, 3)
    got[0][:] = 0  # a copy that may be changed


def test_tensors_come_out_as_tensors_without_their_graph():
    tensor = torch.ones(2, 3, requires_grad=True)
    got = through(tensor)
    assert isinstance(got, torch.Tensor) and not got.requires_grad
    assert torch.equal(got, tensor.detach())


@given(TREES, st.binary(max_size=64))
@settings(deadline=None, max_examples=400)
def test_no_tree_does_anything_but_give_a_value_or_be_refused(tree, data):
    with contextlib.suppress(wire.Refused):
        wire.decode(tree, data)


@pytest.mark.parametrize(
    "tree",
    [
        {"a": [1 << 40], "k": "<f8"},
        {"a": [1 << 20] * 8, "k": "<f8"},
        {"a": [-1], "k": "<f8"},
        {"a": [True], "k": "|b1"},
        {"a": [1], "k": "|O"},
        {"a": [1], "k": "<M8[s]"},
        {"a": "x", "k": "<f8"},
        {"l": [{"v": 1}] * 5000},
        {"v": 10**400},
        {"v": "x" * 5000},
        {"d": [["x"]]},
        [],
        None,
    ],
)
def test_hostile_trees_are_refused(tree):
    with pytest.raises(wire.Refused):
        wire.decode(tree, bytes(8))


def test_deep_nesting_is_refused_on_both_sides():
    deep = tree = 1.0
    tree = {"v": 1.0}
    for _ in range(200):
        deep, tree = [deep], {"l": [tree]}
    with pytest.raises(wire.Refused):
        wire.encode(deep, [])
    with pytest.raises(wire.Refused):
        wire.decode(tree, b"")
    with pytest.raises(wire.Refused):
        wire.header_of(b"[" * 100_000)


def test_sizes_are_refused_before_anything_is_read():
    with pytest.raises(wire.Refused, match="at most"):
        wire.lengths(b"\xff" * 8)
    with pytest.raises(wire.Refused):
        wire.pack({}, [np.zeros(wire.BLOCK)])
    assert math.prod(np.zeros(0).shape) == 0
