"""Every cell and layer equals its torch.nn twin, forwards and backwards, in float64."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook import LSTM, RNN, cells, evaluate, fit, tasks
from rnnbook.models import Classifier, LanguageModel

TWINS = {RNN: torch.nn.RNN, LSTM: torch.nn.LSTM}
# Pairwise different sizes, so that no axis can be mistaken for another.
SIZES = st.lists(st.integers(1, 9), min_size=4, max_size=4, unique=True)


def twins(kind, D, H, implementation):
    """A layer in float64 and the torch.nn layer with the same weights."""
    layer = kind(D, H, implementation=implementation).double()
    twin = TWINS[kind](D, H, batch_first=True).double()
    with torch.no_grad():
        layer.b_h.uniform_(-1, 1)
        twin.weight_ih_l0.copy_(layer.W_xh)
        twin.weight_hh_l0.copy_(layer.W_hh)
        twin.bias_ih_l0.copy_(layer.b_h / 3)
        twin.bias_hh_l0.copy_(layer.b_h * 2 / 3)
    return layer, twin


@pytest.mark.parametrize("implementation", ["loop", "library"])
@pytest.mark.parametrize("kind", [RNN, LSTM])
@settings(max_examples=25, deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 999))
def test_layer_equals_its_twin(kind, implementation, sizes, seed):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    layer, twin = twins(kind, D, H, implementation)
    x_BTD = torch.randn(B, T, D, dtype=torch.float64)
    x_layer, x_twin = x_BTD.clone().requires_grad_(), x_BTD.clone().requires_grad_()
    state = layer.start(B, like=x_BTD)
    parts = state if isinstance(state, tuple) else (state,)
    parts = [torch.randn_like(p) for p in parts]
    starts = [[p.clone().requires_grad_() for p in parts] for _ in range(2)]
    y, end = layer(x_layer, tuple(starts[0]) if kind is LSTM else starts[0][0])
    hx = [p[None] for p in starts[1]]
    y_twin, end_twin = twin(x_twin, tuple(hx) if kind is LSTM else hx[0])
    torch.testing.assert_close(y, y_twin)
    ends = (end, end_twin) if kind is LSTM else ((end,), (end_twin,))
    for ours, theirs in zip(*ends):
        torch.testing.assert_close(ours, theirs[0])

    direction = torch.randn_like(y)
    ((y * direction).sum() + ends[0][-1].sum()).backward()
    ((y_twin * direction).sum() + ends[1][-1].sum()).backward()
    torch.testing.assert_close(x_layer.grad, x_twin.grad)
    for ours, theirs in zip(*starts):
        torch.testing.assert_close(ours.grad, theirs.grad)
    torch.testing.assert_close(layer.W_xh.grad, twin.weight_ih_l0.grad)
    torch.testing.assert_close(layer.W_hh.grad, twin.weight_hh_l0.grad)
    torch.testing.assert_close(layer.b_h.grad, twin.bias_ih_l0.grad)


def test_a_step_has_a_gradient_that_finite_differences_confirm():
    torch.manual_seed(0)
    for kind in (RNN, LSTM):
        layer = kind(2, 3).double()
        x_BD = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
        state = layer.start(4, like=x_BD)
        assert torch.autograd.gradcheck(lambda x: layer.step(x, state), (x_BD,))


@pytest.mark.parametrize("kind", [RNN, LSTM])
@pytest.mark.parametrize("implementation", ["loop", "library"])
def test_each_output_reacts_to_its_own_input_and_to_no_later_one(kind, implementation):
    torch.manual_seed(1)
    layer = kind(3, 5, implementation=implementation).double()
    x_BTD = torch.randn(2, 7, 3, dtype=torch.float64)
    nudged = x_BTD.clone()
    nudged[:, 4] += 1.0
    before, after = layer(x_BTD)[0], layer(nudged)[0]
    moved = (before - after).abs().amax(dim=(0, 2))
    assert (moved[:4] == 0).all() and (moved[4:] > 1e-4).all()


@pytest.mark.parametrize("kind", [RNN, LSTM])
def test_a_sequence_in_two_pieces_equals_the_whole(kind):
    torch.manual_seed(2)
    layer = kind(3, 4)
    x_BTD = torch.randn(2, 9, 3)
    whole, _ = layer(x_BTD)
    first, state = layer(x_BTD[:, :5])
    second, _ = layer(x_BTD[:, 5:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)


def test_forget_bias_is_set_and_can_be_left_alone():
    torch.manual_seed(0)
    assert (LSTM(2, 3, forget_bias=4.0).b_h[3:6] == 4.0).all()
    assert (LSTM(2, 3, forget_bias=None).b_h[3:6] != 0).any()


def test_initial_weights_stay_within_torch_s_bound():
    torch.manual_seed(0)
    for weight in cells.uniform(4, 3, 16):
        assert weight.abs().max() <= 0.25 and weight.std() > 0.1


@pytest.mark.parametrize(
    "shape, dtype, says",
    [
        ((2, 5), torch.float32, "expected (B, T, 3)"),
        ((2, 5, 4), torch.float32, "expected (B, T, 3)"),
        ((2, 0, 3), torch.float32, "with at least one of each"),
        ((2, 5, 3), torch.float64, "move one with"),
    ],
)
def test_bad_input_says_what_was_expected(shape, dtype, says):
    with pytest.raises(ValueError) as error:
        LSTM(3, 4)(torch.zeros(shape, dtype=dtype))
    assert says in str(error.value)


def test_bad_sizes_and_names_are_refused():
    with pytest.raises(ValueError, match="H is 0"):
        RNN(3, 0)
    with pytest.raises(ValueError, match="'by_hand', 'library'"):
        RNN(3, 4, implementation="fast")
    with pytest.raises(ValueError, match="indices run from 0 to 9"):
        LanguageModel(RNN(2, 3), V=5)(torch.tensor([[0, 9]]))
    with pytest.raises(ValueError, match="whole-number"):
        LanguageModel(RNN(2, 3), V=5)(torch.zeros(1, 4))


def test_a_classifier_reads_the_last_step_and_learns():
    torch.manual_seed(0)
    task = tasks.recall(T=4)
    model = Classifier(RNN(task.D, 16), task.K)
    fit(model, task, steps=150, seed=0)
    assert evaluate(model, task)["accuracy"] > 0.95
