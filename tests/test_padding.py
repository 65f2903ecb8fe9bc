"""Padding changes nothing, whatever stands in it, and packed sequences are the same as padded."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook import GRU, LSTM, RNN, Classifier, LanguageModel, MinGRU, Tagger
from rnnbook.layers import LRU, Jordan, mask_of, padding
from tests.twins import SEEDS, SIZES, examples, flat, gradients, random_like, same, stir

ALL = {
    "RNN": (RNN, {}, ("loop", "by_hand", "library")),
    "ReLU": (RNN, {"unit": "ReLU"}, ("loop", "by_hand", "library")),
    "LSTM": (LSTM, {}, ("loop", "by_hand", "library")),
    "peephole": (LSTM, {"form": "peephole"}, ("loop",)),
    "layer norm": (LSTM, {"form": "layer_norm"}, ("loop",)),
    "GRU": (GRU, {}, ("loop", "by_hand", "library")),
    "GRU before": (GRU, {"reset": "before"}, ("loop",)),
    "Jordan": (Jordan, {"K": 7}, ("loop",)),
    "MinGRU": (MinGRU, {}, ("loop", "scan")),
    "LRU": (LRU, {"N": 7}, ("loop", "scan", "fft")),
}
EACH = [(name, one) for name, (_, _, ways) in ALL.items() for one in ways]
GARBAGE = [float("nan"), float("inf"), -float("inf"), 1e30]


def built(name, D, H, **more):
    kind, options, _ = ALL[name]
    return stir(kind(D, H, **options, **more))


def everything(layer, x_BTD, state, lengths):
    """Outputs, end states and the gradients of inputs, start and weights, all for one loss."""
    y_BTH, ends = layer(x_BTD, state, lengths)
    results = [y_BTH, *flat(ends)]
    # The weights of the loss must not depend on the padding: those of y are drawn step by step.
    inputs = [x_BTD, *(flat(state) if state is not None else []), *layer.parameters()]
    return results, gradients([*y_BTH.unbind(1), *flat(ends)], inputs)


@pytest.mark.parametrize("name, implementation", EACH)
@examples(10)
@given(
    sizes=SIZES,
    seed=SEEDS,
    L=st.integers(1, 2),
    bidirectional=st.booleans(),
    with_state=st.booleans(),
    garbage=st.sampled_from(GARBAGE),
)
def test_garbage_in_the_padding_changes_nothing(
    name, implementation, sizes, seed, L, bidirectional, with_state, garbage
):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    layer = built(name, D, H, L=L, bidirectional=bidirectional, implementation=implementation)
    lengths = torch.randint(1, T + 1, (B,))
    lengths[seed % B] = T
    away = ~mask_of(lengths, T)
    x_BTD = torch.randn(B, T, D, dtype=torch.float64).requires_grad_()
    dirty = x_BTD.detach().clone()
    dirty[away] = garbage
    dirty.requires_grad_()
    state = random_like(layer.start(B, x_BTD)) if with_state else None
    clean_results, clean_grads = everything(layer, x_BTD, state, lengths)
    results, grads = everything(layer, dirty, state, lengths.tolist())
    same(results + grads, clean_results + clean_grads, rtol=0, atol=0)
    assert (results[0][away] == 0).all() and (grads[0][away] == 0).all()


@pytest.mark.parametrize("name, implementation", EACH)
@examples(10)
@given(sizes=SIZES, seed=SEEDS, L=st.integers(1, 2), bidirectional=st.booleans())
def test_each_sequence_of_a_batch_comes_out_as_it_would_alone(
    name, implementation, sizes, seed, L, bidirectional
):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    layer = built(name, D, H, L=L, bidirectional=bidirectional, implementation=implementation)
    lengths = torch.randint(1, T + 1, (B,))  # the longest may be shorter than T
    x_BTD = torch.randn(B, T, D, dtype=torch.float64, requires_grad=True)
    state = random_like(layer.start(B, x_BTD))
    y_BTH, ends = layer(x_BTD, state, lengths)
    inputs = [x_BTD, *flat(state), *layer.parameters()]
    alone, loss = [], []
    for b, n in enumerate(lengths):
        one = [
            tuple(p[b : b + 1] for p in flat(s))
            for s in (state if isinstance(state, list) else [state])
        ]
        one = [s if len(s) > 1 else s[0] for s in one]
        y, end = layer(x_BTD[b : b + 1, :n], one if isinstance(state, list) else one[0])
        same([y_BTH[b : b + 1, :n], *(p[b : b + 1] for p in flat(ends))], [y, *flat(end)])
        alone += [y, *flat(end)]
        loss += [y_BTH[b : b + 1, :n], *(p[b : b + 1] for p in flat(ends))]
    same(gradients(loss, inputs), gradients(alone, inputs))


@pytest.mark.parametrize("implementation", ["loop", "by_hand", "library"])
def test_states_that_grow_beyond_all_numbers_in_the_padding_reach_no_gradient(implementation):
    layer = RNN(1, 1, unit="ReLU", implementation=implementation)
    with torch.no_grad():
        layer.W_xh.fill_(1), layer.W_hh.fill_(3), layer.b_h.zero_()
    x_BTD = torch.zeros(2, 200, 1)
    x_BTD[0, :2] = 1
    y, end = layer(x_BTD, None, [3, 200])
    (y.sum() + end.sum()).backward()
    assert end.flatten().tolist() == [12, 0]
    assert layer.W_hh.grad.item() == 15 and layer.W_xh.grad.item() == 29


@pytest.mark.parametrize("name, implementation", EACH)
@pytest.mark.parametrize("enforce_sorted", [True, False])
def test_packed_sequences_equal_padded_ones_in_their_order(name, implementation, enforce_sorted):
    torch.manual_seed(4)
    lengths = torch.tensor([6, 4, 4, 2, 1] if enforce_sorted else [4, 1, 6, 4, 2])
    x_BTD = torch.randn(5, 6, 3, dtype=torch.float64, requires_grad=True)
    for L, bidirectional, with_state in ((1, False, True), (2, True, False), (2, True, True)):
        layer = built(name, 3, 4, L=L, bidirectional=bidirectional, implementation=implementation)
        state = random_like(layer.start(5, x_BTD)) if with_state else None
        packed = pack_padded_sequence(
            x_BTD, lengths, batch_first=True, enforce_sorted=enforce_sorted
        )
        y_packed, ends_packed = layer(packed, state)
        for ours, theirs in zip(y_packed[1:], packed[1:]):  # batch sizes and both orders
            assert (ours is None and theirs is None) or torch.equal(ours, theirs)
        y_BTH, ends = layer(x_BTD, state, lengths)
        back_BTH, back = pad_packed_sequence(y_packed, batch_first=True)
        assert torch.equal(back, lengths)
        results, wanted = [back_BTH, *flat(ends_packed)], [y_BTH, *flat(ends)]
        same(results, wanted)
        inputs = [x_BTD, *(flat(state) if with_state else []), *layer.parameters()]
        same(gradients(results, inputs), gradients(wanted, inputs))


def test_packed_sequences_come_back_as_those_of_torch_do():
    torch.manual_seed(4)
    twin = nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True).double()
    from rnnbook.layers import from_torch

    lengths = torch.tensor([4, 1, 6, 4, 2])
    x_BTD = torch.randn(5, 6, 3, dtype=torch.float64)
    packed = pack_padded_sequence(x_BTD, lengths, batch_first=True, enforce_sorted=False)
    (y, ends), (y_twin, (h, c)) = from_torch(twin)(packed), twin(packed)
    same([y.data, y.batch_sizes, y.sorted_indices], [y_twin.data, *y_twin[1:3]])
    same(flat(ends), [part for k in range(4) for part in (h[k], c[k])])


def test_packed_sequences_with_lengths_beside_them_are_refused():
    packed = pack_padded_sequence(torch.zeros(2, 3, 4), [3, 2], batch_first=True)
    with pytest.raises(ValueError, match="packed sequences know their lengths"):
        RNN(4, 5)(packed, None, [3, 2])


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_reaches_no_pooling_no_loss_and_no_gradient(pooling, bidirectional, garbage):
    torch.manual_seed(5)
    for kind in (RNN, GRU, MinGRU):
        model = stir(Classifier(kind(3, 4, bidirectional=bidirectional), 5, pooling))
        lengths, answers = torch.tensor([4, 1, 6]), torch.tensor([0, 4, 2])
        x_BTD = torch.randn(3, 6, 3, dtype=torch.float64)
        longer = torch.full((3, 9, 3), garbage, dtype=torch.float64)
        for b, n in enumerate(lengths):
            longer[b, :n] = x_BTD[b, :n]
        found = []
        for x in (x_BTD, longer):
            output, _ = model(x, lengths=lengths)
            loss = cross_entropy(output, answers)
            found.append([output, loss, *torch.autograd.grad(loss, list(model.parameters()))])
        same(found[1], found[0])


def test_padding_reaches_no_loss_of_a_tagger_and_of_a_language_model():
    torch.manual_seed(5)
    lengths = torch.tensor([4, 1, 6])
    x_BT, y_BT = torch.randint(7, (3, 6)), torch.randint(7, (3, 6))
    y_BT[~mask_of(lengths, 6)] = -100
    for model in (
        Tagger(LSTM(3, 4, L=2, bidirectional=True), 7, V=7),
        LanguageModel(GRU(3, 4, L=2), 7),
    ):
        stir(model)
        found = []
        for padding_symbol in (0, 6):
            x = x_BT.masked_fill(~mask_of(lengths, 6), padding_symbol)
            output, _ = model(x, lengths=lengths)
            loss = cross_entropy(output.flatten(0, 1), y_BT.flatten(), ignore_index=-100)
            found.append([loss, *torch.autograd.grad(loss, list(model.parameters()))])
        same(found[1], found[0])


def test_the_mask_and_the_reversal_do_what_a_loop_would():
    torch.manual_seed(0)
    lengths = torch.tensor([3, 5, 1])
    assert mask_of(lengths, 5).tolist() == [[t < n for t in range(5)] for n in (3, 5, 1)]
    x_BTD = torch.randn(3, 5, 2)
    reversed_ = padding.reverse(x_BTD, lengths)
    for b, n in enumerate(lengths):
        assert torch.equal(reversed_[b, :n], x_BTD[b, :n].flip(0))
        assert torch.equal(reversed_[b, n:], x_BTD[b, n:])
    assert torch.equal(padding.reverse(reversed_, lengths), x_BTD)
    assert torch.equal(padding.reverse(x_BTD, None), x_BTD.flip(1))


def test_the_state_that_stays_is_that_of_the_last_real_step():
    torch.manual_seed(0)
    layer, x_BTD = LSTM(3, 4), torch.randn(2, 6, 3)
    y, (h, _) = layer(x_BTD, None, [6, 2])
    same([h], [torch.stack([y[0, 5], y[1, 1]])])
    assert (y[1, -1] == 0).all()  # y[:, -1] is no end state
