"""Models read a layer's outputs as a plain loop over the sequences would."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from rnnbook import GRU, LSTM, RNN, Classifier, LanguageModel, MinGRU, Tagger, evaluate, fit, tasks
from rnnbook.layers import Jordan
from tests.twins import SEEDS, SIZES, examples, flat, random_like, same, stir

LAYERS = {
    "RNN": lambda D, H, **o: RNN(D, H, **o),
    "LSTM": lambda D, H, **o: LSTM(D, H, **o),
    "GRU": lambda D, H, **o: GRU(D, H, **o),
    "MinGRU": lambda D, H, **o: MinGRU(D, H, **o),
    "Jordan": lambda D, H, **o: Jordan(D, H, 7, **o),
}


def pooled(model, y, end):
    """What the read-out sees of one sequence: y (n, size), end its state."""
    if model.pooling == "last":
        ends = end if isinstance(end, list) else [end]
        directions = 2 if model.layer.bidirectional else 1
        return torch.cat([flat(one)[0][0] for one in ends[-directions:]])
    if model.pooling == "mean":
        return sum(y) / len(y)
    if model.pooling == "max":
        return torch.stack([max(column) for column in y.T])
    first, _, last = model.score
    scores = [last.weight[0] @ torch.tanh(first.weight @ row + first.bias) for row in y]
    weights = torch.stack(scores).exp()
    return sum(w * row for w, row in zip(weights / weights.sum(), y))


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@examples(15)
@given(
    sizes=SIZES,
    seed=SEEDS,
    name=st.sampled_from(list(LAYERS)),
    L=st.integers(1, 2),
    bidirectional=st.booleans(),
    padded=st.booleans(),
)
def test_a_classifier_pools_each_sequence_as_if_it_were_alone(
    pooling, sizes, seed, name, L, bidirectional, padded
):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    layer = LAYERS[name](D, H, L=L, bidirectional=bidirectional)
    model = stir(Classifier(layer, 9, pooling))
    x_BTD = torch.randn(B, T, D, dtype=torch.float64)
    lengths = torch.randint(1, T + 1, (B,)) if padded else None
    output, state = model(x_BTD, lengths=lengths)
    assert output.shape == (B, 9)
    for b in range(B):
        n = int(lengths[b]) if padded else T
        y, end = layer(x_BTD[b : b + 1, :n])
        wanted = model.read_out.weight @ pooled(model, y[0], end) + model.read_out.bias
        same([output[b], *(p[b : b + 1] for p in flat(state))], [wanted, *flat(end)])
    if padded:
        same([model(x_BTD, lengths=lengths.tolist())[0]], [output])


def test_a_model_with_a_vocabulary_looks_its_vectors_up():
    torch.manual_seed(0)
    x_BT = torch.randint(6, (2, 5))
    for make in (lambda layer: LanguageModel(layer, 6), lambda layer: Tagger(layer, 7, V=6)):
        for kind in LAYERS.values():
            model = make(kind(3, 4, L=2))
            y, state = model.layer(model.embed.weight[x_BT])
            output, end = model(x_BT)
            same([output, *flat(end)], [model.read_out(y), *flat(state)])
            assert output.shape == (2, 5, 6 if isinstance(model, LanguageModel) else 7)
    for dtype in (torch.uint8, torch.int16, torch.int32):  # whole numbers of any size
        assert torch.equal(model(x_BT.to(dtype))[0], output)
    assert Classifier(GRU(3, 4), 5, "mean", 6)(x_BT)[0].shape == (2, 5)


def test_a_tagger_reads_numbers_and_carries_the_state():
    torch.manual_seed(0)
    for kind in LAYERS.values():
        model = stir(Tagger(kind(3, 4), 6), scale=0.4)
        x_BTD = torch.randn(2, 7, 3, dtype=torch.float64)
        whole, end = model(x_BTD)
        first, state = model(x_BTD[:, :3])
        second, last = model(x_BTD[:, 3:], state)
        same([torch.cat([first, second], 1), *flat(last)], [whole, *flat(end)])
        start = random_like(model.layer.start(2, x_BTD))
        assert (model(x_BTD, start)[0] - whole).abs().max() > 1e-3


def test_a_language_model_of_two_directions_is_refused():
    with pytest.raises(ValueError, match="reads the symbols that a language model should predict"):
        LanguageModel(LSTM(3, 4, bidirectional=True), 5)
    x_BT = torch.randint(5, (2, 7))
    changed = x_BT.clone()
    changed[:, 4] = (changed[:, 4] + 1) % 5
    for kind in LAYERS.values():  # no symbol is seen before its time
        model = LanguageModel(kind(3, 4, L=2), 5)
        moved = (model(x_BT)[0] - model(changed)[0]).abs().amax((0, 2))
        assert (moved[:4] == 0).all() and moved[4] > 0


@pytest.mark.parametrize(
    "use, error, says",
    [
        (lambda: Tagger(RNN(3, 4), 0), ValueError, "K is 0; expected at least 1"),
        (lambda: Tagger(RNN(3, 4), 2, V=0), ValueError, "V is 0; expected at least 1"),
        (lambda: LanguageModel(RNN(3, 4), 0), ValueError, "V is 0"),
        (lambda: LanguageModel(RNN(3, 4), "a"), TypeError, "LanguageModel: V is 'a'"),
        (lambda: Classifier(RNN(3, 4), 2, "first"), ValueError, "expected one of 'last', 'mean'"),
        (lambda: Classifier(RNN(3, 4), 2, None), TypeError, "pooling is None"),
        (lambda: Tagger(nn.LSTM(3, 4), 2), TypeError, "layer is a LSTM; .*from_torch"),
        (lambda: Tagger(RNN, 2), TypeError, "Tagger: layer is"),
    ],
)
def test_models_that_cannot_be_are_refused(use, error, says):
    with pytest.raises(error, match=says):
        use()


@pytest.mark.parametrize(
    "x, error, says",
    [
        (torch.tensor([[0, 5]]), ValueError, "indices run from 0 to 5; expected 0 to 4"),
        (torch.tensor([[-1, 3]]), ValueError, "indices run from -1 to 3"),
        (torch.zeros(1, 4), ValueError, "input is torch.float32 of shape .* whole-number"),
        (torch.zeros(1, 4, dtype=torch.bool), ValueError, "input is torch.bool"),
        (torch.zeros(1, 4, dtype=torch.cfloat), ValueError, "input is torch.complex64"),
        (torch.zeros(4, dtype=torch.long), ValueError, r"of shape \(B, T\)"),
        (torch.zeros(1, 0, dtype=torch.long), ValueError, "at least one time step"),
        (torch.zeros(0, 3, dtype=torch.long), ValueError, "at least one of each"),
        (torch.zeros(1, 3, dtype=torch.long, device="meta"), ValueError, "on meta; expected cpu"),
        ([[0, 1]], TypeError, "expected a tensor of indices"),
        ("text", TypeError, "input is 'text' .str.; expected a tensor of indices"),
        (None, TypeError, "input is None"),
    ],
)
def test_indices_that_cannot_be_are_refused(x, error, says):
    with pytest.raises(error, match=says):
        LanguageModel(RNN(2, 3), V=5)(x)


@pytest.mark.parametrize("model", [Tagger(RNN(3, 4), 2), Classifier(RNN(3, 4), 2)])
def test_what_is_no_tensor_is_refused(model):
    for x in (None, [[0.0]], pack_sequence([torch.zeros(5, 3)])):
        with pytest.raises(TypeError, match=r"expected a tensor of numbers \(B, T, D\)"):
            model(x)
    for x in (torch.zeros(2, 3, dtype=torch.long), torch.zeros(2, 5, 4)):
        with pytest.raises(ValueError, match=r"expected \(B, T, 3\)"):
            model(x)


def test_a_classifier_reads_the_last_step_and_learns():
    torch.manual_seed(0)
    task = tasks.recall(T=4)
    model = Classifier(RNN(task.D, 16), task.K)
    fit(model, task, steps=150, seed=0)
    assert evaluate(model, task)["accuracy"] > 0.95
