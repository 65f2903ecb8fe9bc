"""The backward passes written by hand equal finite differences, block by block."""

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck

from rnnbook import GRU, LSTM, RNN
from rnnbook.layers import by_hand
from tests.twins import SEEDS, examples, flat, gradients, random_like, same, stir

# name: (function, gates, number of states, what follows the weights)
FUNCTIONS = {
    "tanh": (by_hand.Elman, 1, 1, (False,)),
    "ReLU": (by_hand.Elman, 1, 1, (True,)),
    "LSTM": (by_hand.LSTM, 4, 2, ()),
    "GRU": (by_hand.GRU, 3, 1, ()),
}
LAYERS = {
    "tanh": lambda **o: RNN(3, 5, **o),
    "ReLU": lambda **o: RNN(3, 5, unit="ReLU", **o),
    "LSTM": lambda **o: LSTM(3, 5, **o),
    "GRU": lambda **o: GRU(3, 5, **o),
}
SIZES = st.tuples(*(st.integers(1, n) for n in (4, 7, 4, 4)))  # B, T, D, H, also alike


def arguments(name, B, T, D, H, strange=False):
    """The function of a cell and random arguments; strange: none lies in memory as usual."""
    function, gates, states, more = FUNCTIONS[name]
    shapes = [(T, B, D), *[(B, H)] * states, (gates * H, D), (gates * H, H), (gates * H,)]
    shapes += [(H,)] if name == "GRU" else []
    tensors = []
    for shape in shapes:
        values = torch.randn(shape, dtype=torch.float64)
        if strange:
            values = values.repeat_interleave(2, dim=-1).transpose(0, -1).contiguous()
            values = values.transpose(0, -1)[..., ::2]
        tensors.append(values.requires_grad_())
    return (lambda *tensors: function.apply(*tensors, *more)), tensors


def small_blocks(monkeypatch, B, H, name, steps):
    """Let a block hold ``steps`` time steps."""
    monkeypatch.setattr(by_hand, "BLOCK", steps * B * H * FUNCTIONS[name][1])


@pytest.mark.parametrize("name", FUNCTIONS)
@examples(12)
@given(sizes=SIZES, seed=SEEDS, steps=st.integers(1, 3), strange=st.booleans())
@example((3, 5, 2, 4), 0, 2, False)  # blocks of 2, 2 and 1
@example((3, 7, 2, 4), 0, 3, True)  # blocks of 3, 3 and 1
@example((1, 1, 1, 1), 0, 1, False)
@example((1, 5, 3, 1), 1, 2, True)
@example((2, 1, 3, 4), 2, 1, True)
def test_gradients_equal_finite_differences(name, sizes, seed, steps, strange):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    function, tensors = arguments(name, B, T, D, H, strange)
    with pytest.MonkeyPatch.context() as patch:
        small_blocks(patch, B, H, name, steps)
        assert gradcheck(function, tensors, fast_mode=seed % 2 == 1)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 100])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_size_of_a_block_changes_nothing(name, steps, monkeypatch):
    torch.manual_seed(0)
    function, tensors = arguments(name, 3, 7, 2, 4)
    found = []
    for size in (1000, steps):
        small_blocks(monkeypatch, 3, 4, name, size)
        result = function(*tensors)
        result = result if isinstance(result, tuple) else (result,)
        found.append([*result, *gradients(result, tensors)])
    same(found[1], found[0], rtol=1e-12, atol=1e-13)


def test_blocks_cover_all_steps_once(monkeypatch):
    monkeypatch.setattr(by_hand, "BLOCK", 20)
    for T in range(1, 12):
        for width in (3, 7, 20, 50):
            parts = by_hand.blocks(T, width)
            assert [t for part in parts for t in range(T)[part]] == list(range(T))
            assert all(len(range(T)[part]) * width <= max(20, width) for part in parts)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_what_asks_for_a_gradient_gets_one(name):
    torch.manual_seed(0)
    function, tensors = arguments(name, 3, 5, 2, 4)
    full = gradients(flat(function(*tensors)), tensors)
    for k, one in enumerate(tensors):
        rest = [t.detach() for t in tensors]
        rest[k] = one
        same(gradients(flat(function(*rest)), [one]), [full[k]])
    assert not any(r.requires_grad for r in flat(function(*(t.detach() for t in tensors))))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("read", ["y", "last", "c", "c alone at the end", "one number"])
def test_a_gradient_may_come_from_any_part_of_the_result(name, read):
    """Against the loop, with x as a view, in blocks; a result that nothing reads gives None."""
    torch.manual_seed(0)
    read_out = {
        "y": lambda y, end: y.sum(),  # an expanded gradient, not contiguous
        "last": lambda y, end: (y[:, -1] ** 2).sum(),
        "c": lambda y, end: (flat(end)[-1] ** 3).sum(),
        "c alone at the end": lambda y, end: flat(end)[-1][0, 0],
        "one number": lambda y, end: y[1, 2, 3],
    }[read]
    layer = stir(LAYERS[name]())
    x = torch.randn(6, 3, 2, dtype=torch.float64, requires_grad=True)
    inputs = [x, *random_like([layer.start(2, x)])]
    inputs = [x, *flat(inputs[1:])]
    found = []
    with pytest.MonkeyPatch.context() as patch:
        small_blocks(patch, 2, 5, name, 4)
        for layer.implementation in ("loop", "by_hand"):
            state = tuple(inputs[1:]) if name == "LSTM" else inputs[1]
            loss = read_out(*layer(x.permute(2, 0, 1), state))
            found.append(torch.autograd.grad(loss, [*inputs, *layer.parameters()]))
    same(found[1], found[0])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_second_derivative_is_refused_with_the_remedy(name):
    torch.manual_seed(0)
    function, tensors = arguments(name, 2, 3, 2, 3)
    with pytest.raises(RuntimeError, match="build the layer with implementation='loop'"):
        gradgradcheck(function, tensors)
    layer = LAYERS[name](implementation="by_hand")
    x_BTD = torch.randn(2, 4, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="has no derivative of its own"):
        torch.autograd.grad(layer(x_BTD)[0].sum(), x_BTD, create_graph=True)
    layer.implementation = "loop"  # and the remedy helps
    (grad,) = torch.autograd.grad(layer(x_BTD)[0].sum(), x_BTD, create_graph=True)
    if name != "ReLU":
        (grad**2).sum().backward()
        assert x_BTD.grad.abs().max() > 0


@pytest.mark.parametrize("name", FUNCTIONS)
def test_going_back_twice_through_a_kept_graph_gives_the_same(name, monkeypatch):
    torch.manual_seed(0)
    small_blocks(monkeypatch, 3, 4, name, 2)
    function, tensors = arguments(name, 3, 5, 2, 4)
    loss = sum((r**2).sum() for r in flat(function(*tensors)))
    first = torch.autograd.grad(loss, tensors, retain_graph=True)
    first = [g.clone() for g in first]
    second = torch.autograd.grad(loss, tensors)
    same(second, first, rtol=0, atol=0)
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(loss, tensors)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("what", ["output", "detached output", "end state", "input", "weight"])
def test_a_change_in_place_is_noticed_or_does_no_harm(name, what):
    torch.manual_seed(0)
    layer = stir(LAYERS[name](implementation="by_hand"))
    x_BTD = torch.randn(2, 6, 3, dtype=torch.float64, requires_grad=True)
    held = x_BTD * 1.0
    y, end = layer(held)
    (wanted,) = torch.autograd.grad(y.sum(), x_BTD, retain_graph=True)
    changed = {
        "output": y,
        "detached output": y.detach(),
        "end state": flat(end)[-1],
        "input": held.detach(),
        "weight": layer.W_hh.detach(),
    }[what]
    try:
        changed.mul_(2)
        (found,) = torch.autograd.grad(y.sum(), x_BTD)
    except RuntimeError as error:
        assert "modified inplace" in str(error) or "modified by an inplace" in str(error)
    else:
        same([found], [wanted * (2 if what == "output" else 1)])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_stay_as_they_were(name):
    torch.manual_seed(0)
    function, tensors = arguments(name, 3, 5, 2, 4)
    before = [t.detach().clone() for t in tensors]
    gradients(flat(function(*tensors)), tensors)
    same(tensors, before, rtol=0, atol=0)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_single_precision_stays_close_to_double(name):
    torch.manual_seed(0)
    layer = LAYERS[name](implementation="by_hand")
    x_BTD = torch.randn(4, 60, 3)
    found = []
    for dtype in (torch.float64, torch.float32):
        layer.to(dtype)
        x = x_BTD.to(dtype).requires_grad_()
        y, end = layer(x)
        results = [y, *flat(end)]
        inputs = [x, *layer.parameters()]
        found.append(
            [t.double() for t in results + list(torch.autograd.grad(y.sin().sum(), inputs))]
        )
    for single, double in zip(found[1], found[0]):
        assert (single - double).abs().max() < 3e-6 * max(1, double.abs().max())


@pytest.mark.parametrize("name", ["tanh", "LSTM", "GRU"])
def test_saturated_units_give_finite_numbers(name):
    layer = LAYERS[name](implementation="by_hand")
    with torch.no_grad():
        for p in layer.parameters():
            p.mul_(1e6)
    x_BTD = torch.randn(2, 5, 3, requires_grad=True)
    y, _ = layer(x_BTD)
    y.sum().backward()
    assert y.isfinite().all() and y.abs().max() <= 1 and x_BTD.grad.isfinite().all()
