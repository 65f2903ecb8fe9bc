"""One step after the other gives the numbers of the whole sequence, whatever happens between."""

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rnnbook import GRU, LSTM, RNN, Classifier, LanguageModel, MinGRU, Stream, Tagger
from rnnbook.layers import LRU, Jordan, from_torch
from tests.twins import SEEDS, SIZES, examples

FORMS = ("2000", "1997", "coupled", "peephole", "layer_norm")
LAYERS = {
    "tanh": lambda D, H, **o: RNN(D, H, **o),
    "ReLU": lambda D, H, **o: RNN(D, H, unit="ReLU", **o),
    "linear": lambda D, H, **o: RNN(D, H, unit="linear", **o),
    **{f"LSTM {form}": lambda D, H, form=form, **o: LSTM(D, H, form=form, **o) for form in FORMS},
    "GRU after": lambda D, H, **o: GRU(D, H, reset="after", **o),
    "GRU before": lambda D, H, **o: GRU(D, H, reset="before", **o),
    "MinGRU": lambda D, H, **o: MinGRU(D, H, **o),
    "LRU": lambda D, H, **o: LRU(D, H, N=H + 3, **o),
    "Jordan": lambda D, H, **o: Jordan(D, H, H + 2, **o),
}
ALL = pytest.mark.parametrize("name", LAYERS)


def stirred(module, dtype=torch.float64):
    """With every weight a little off, biases and learned starts too."""
    with torch.no_grad():
        for p in module.parameters():
            p.data = p.to(dtype.to_complex() if p.is_complex() else dtype)
            p.add_(0.3 * torch.randn_like(p))
    return module


def made(name, D=3, H=4, dtype=torch.float64, seed=0, **options):
    torch.manual_seed(seed)
    return stirred(LAYERS[name](D, H, **options), dtype)


def numbers(T, D=3, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal((T, D)).astype(dtype)


def streamed(stream, x_TD):
    return np.array([stream.step(x_D) for x_D in x_TD])


def whole(source, x):
    with torch.no_grad():
        return source.eval()(torch.as_tensor(x)[None])[0][0].numpy()


def close(ours, theirs, dtype=torch.float64):
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


# The whole sequence


@pytest.mark.parametrize("learn_start", [False, True])
@ALL
@examples(6)
@given(
    sizes=SIZES,
    depth=st.integers(1, 3),
    dtype=st.sampled_from([torch.float64, torch.float32]),
    seed=SEEDS,
)
def test_step_by_step_equals_the_whole_sequence(name, learn_start, sizes, depth, dtype, seed):
    _, T, D, H = sizes
    layer = made(name, D, H, dtype, seed, L=depth, learn_start=learn_start)
    x_TD = numbers(T, D, seed, torch.empty(0, dtype=dtype).numpy().dtype)
    close(streamed(Stream(layer), x_TD), whole(layer, x_TD), dtype)


@ALL
def test_a_long_stream_does_not_drift(name):
    layer, x_TD = made(name, L=2), numbers(300)
    if name == "linear":  # held within the unit circle, else it grows beyond all comparison
        with torch.no_grad():
            for cell in layer.cells:
                cell.W_hh.div_(2 * torch.linalg.matrix_norm(cell.W_hh, 2))
    if name in ("ReLU", "Jordan"):
        x_TD = x_TD[:30]
    close(streamed(Stream(layer), x_TD), whole(layer, x_TD))


@pytest.mark.parametrize("name", ["tanh", "LSTM 2000", "LSTM peephole", "GRU after", "LRU"])
def test_models_stream_as_they_read(name):
    symbols = np.random.default_rng(1).integers(0, 7, 9)
    for model, x in [
        (LanguageModel(made(name, L=2), 7), symbols),
        (Tagger(made(name), 5), numbers(9)),
        (Tagger(made(name), 5, V=7), symbols),
    ]:
        close(streamed(Stream(stirred(model)), x), whole(model, x))


@pytest.mark.parametrize("V", [None, 7])
def test_a_classifier_answers_after_every_step_as_if_it_were_the_last(V):
    model = stirred(Classifier(made("GRU after", L=2), 5, V=V))
    x = numbers(6) if V is None else np.array([3, 1, 6, 0, 2, 2])
    for t, scores in enumerate(streamed(Stream(model), x)):
        close(scores, whole(model, x[: t + 1]))


def test_an_index_may_be_any_whole_number():
    model = stirred(LanguageModel(made("tanh"), 7))
    for kind in (int, np.int64, np.uint8, np.int32):
        close(Stream(model).step(kind(3)), whole(model, np.array([3]))[0])


def test_layers_from_torch_and_dropout_between_stream_too():
    torch.manual_seed(0)
    ours, x_TD = from_torch(nn.LSTM(3, 4, batch_first=True).double()), numbers(8)
    close(streamed(Stream(ours), x_TD), whole(ours, x_TD))
    for mask in ("between", "step", "variational"):
        layer = made("tanh", L=2, dropout=0.5, dropout_mask=mask).train()
        close(streamed(Stream(layer), x_TD), whole(layer, x_TD))


# What the stream shares with nothing


@ALL
def test_later_training_does_not_change_the_stream(name):
    layer, x_TD = made(name, learn_start=True), numbers(6)
    stream, expected = Stream(layer), whole(layer, x_TD)
    with torch.no_grad():
        for p in layer.parameters():
            p.zero_()
    close(streamed(stream, x_TD), expected)
    stream.reset()
    close(streamed(stream, x_TD), expected)


def test_later_training_does_not_change_the_stream_of_a_model():
    model = stirred(LanguageModel(made("LSTM 2000"), 7))
    symbols = np.array([1, 5, 2])
    stream, expected = Stream(model), whole(model, symbols)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    close(streamed(stream, symbols), expected)


@ALL
def test_the_layer_is_left_as_it_was(name):
    layer = made(name, L=2, learn_start=True).train()
    before = copy.deepcopy(layer.state_dict())
    stream = Stream(layer)
    streamed(stream, numbers(5))
    stream.reset()
    assert layer.training and all(p.requires_grad and p.grad is None for p in layer.parameters())
    after = layer.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in before)


@pytest.mark.parametrize("depth", [1, 2])
@ALL
def test_an_output_is_not_overwritten_and_may_be_written_to(name, depth):
    stream, x_TD = Stream(made(name, L=depth)), numbers(4)
    outputs = [stream.step(x_D) for x_D in x_TD]
    kept = [y.copy() for y in outputs]
    expected = Stream(made(name, L=depth))
    for y, k in zip(outputs, kept):
        np.testing.assert_array_equal(y, k)
    spoiled = Stream(made(name, L=depth))
    for x_D in x_TD:
        x_D = x_D.copy()
        y, wanted = spoiled.step(x_D), expected.step(x_D)
        np.testing.assert_array_equal(y, wanted)
        y[:], x_D[:] = 99, 99


@ALL
def test_two_streams_of_one_layer_are_independent(name):
    layer, x_TD = made(name), numbers(6)
    one, other = Stream(layer), Stream(layer)
    streamed(other, numbers(3, seed=1))
    close(streamed(one, x_TD), whole(layer, x_TD))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_copy_whose_arrays_would_come_apart_is_refused(copied):
    with pytest.raises(TypeError, match="give it the state"):
        copied(Stream(made("tanh")))


# The state


def untouched(state):
    return [[part.copy() for part in one] for one in state]


def same_state(ours, theirs):
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs):
        assert len(one) == len(other)
        for a, b in zip(one, other):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("learn_start", [False, True])
@ALL
def test_reset_begins_anew(name, learn_start, dtype):
    stream = Stream(made(name, L=2, learn_start=learn_start, dtype=dtype))
    x_TD, start = numbers(5), stream.state
    first = streamed(stream, x_TD)
    assert not np.array_equal(first, streamed(stream, x_TD))
    for _ in range(2):
        stream.reset()
        same_state(stream.state, start)
        np.testing.assert_array_equal(first, streamed(stream, x_TD))


@ALL
def test_the_state_is_that_of_the_layer(name):
    layer, x_TD = made(name, L=2), numbers(5)
    stream = Stream(layer)
    streamed(stream, x_TD)
    with torch.no_grad():
        _, states = layer(torch.as_tensor(x_TD)[None])
    for one, state in zip(stream.state, states):
        for part, wanted in zip(one, state if isinstance(state, tuple) else [state], strict=True):
            close(part, wanted[0].numpy())


@ALL
def test_a_state_goes_to_another_stream_and_is_a_copy(name):
    layer, x_TD = made(name, L=2), numbers(10)
    one, other = Stream(layer), Stream(layer)
    streamed(one, x_TD[:4])
    state = one.state
    other.state = state
    expected = streamed(one, x_TD[4:])
    for part in (p for layer_parts in state for p in layer_parts):
        part[:] = 77  # neither the stream that gave it nor the one that took it sees this
    np.testing.assert_array_equal(streamed(other, x_TD[4:]), expected)
    taken = untouched(other.state)
    for part in (p for layer_parts in other.state for p in layer_parts):
        part[:] = 77
    same_state(other.state, taken)
    kept = other.state
    other.step(x_TD[0])
    same_state(kept, taken)


@pytest.mark.parametrize("name", ["tanh", "LSTM 2000", "LSTM 1997", "MinGRU", "LRU"])
def test_a_state_of_other_types_is_turned_into_the_streams_own(name):
    stream, x_TD = Stream(made(name)), numbers(3)
    streamed(stream, x_TD)
    narrow = {np.float64: np.float32, np.complex128: np.complex64}
    stream.state = [[p.astype(narrow[p.dtype.type]) for p in one] for one in stream.state]
    assert all(p.dtype.itemsize in (8, 16) for one in stream.state for p in one)
    assert streamed(stream, x_TD).dtype == np.float64


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@ALL
def test_a_stream_that_was_saved_goes_on_as_if_never_interrupted(name, dtype, tmp_path):
    x_TD = numbers(12)
    made_before = Stream(made(name, L=2, learn_start=True, dtype=dtype))
    streamed(made_before, x_TD[:5])
    made_before.save(tmp_path / "state.npz")
    expected = streamed(made_before, x_TD[5:])
    later = Stream(made(name, L=2, learn_start=True, dtype=dtype))
    streamed(later, x_TD[7:])
    later.load(tmp_path / "state.npz")
    np.testing.assert_array_equal(streamed(later, x_TD[5:]), expected)


def test_the_state_of_a_model_is_saved_to_the_very_path_that_was_named(tmp_path):
    model = stirred(LanguageModel(made("LSTM 2000"), 7))
    stream = Stream(model)
    streamed(stream, [1, 2, 3])
    stream.save(str(tmp_path / "state"))
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    other = Stream(model)
    other.load(str(tmp_path / "state"))
    same_state(other.state, stream.state)


def test_a_state_does_not_depend_on_how_the_layer_was_computed(tmp_path):
    layers = [made("LSTM 2000", implementation=name) for name in ("loop", "library")]
    one, other = map(Stream, layers)
    streamed(one, numbers(3))
    one.save(tmp_path / "state.npz")
    other.load(tmp_path / "state.npz")
    same_state(other.state, one.state)


# What is refused leaves the state as it was


def refused(stream, call, says, error=ValueError):
    before = untouched(stream.state)
    with pytest.raises(error, match=says):
        call()
    same_state(stream.state, before)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros(4),
        np.zeros(2),
        np.zeros((1, 3)),
        np.zeros((3, 1)),
        np.float64(1),
        [0.0, 0.0, 0.0],
        3,
    ]
    + [None, "abc"],
    ids=repr,
)
@pytest.mark.parametrize("name", ["tanh", "LSTM 2000", "LSTM 1997"])
def test_an_input_of_another_size_or_kind_is_refused(name, x):
    stream = Stream(made(name, L=2))
    streamed(stream, numbers(3))
    refused(stream, lambda: stream.step(x), r"expected an array of shape \(3,\)")


@pytest.mark.parametrize(
    "index", [-1, 7, 2.0, np.float32(1), True, np.True_, "a", None, np.array([1])], ids=repr
)
def test_what_is_no_index_of_the_vocabulary_is_refused(index):
    stream = Stream(stirred(LanguageModel(made("GRU after"), 7)))
    stream.step(2)
    refused(stream, lambda: stream.step(index), "expected an index from 0 to 6")


@pytest.mark.parametrize(
    "source, says",
    [
        (lambda: RNN(3, 4, bidirectional=True), "one direction"),
        (lambda: Tagger(LSTM(3, 4, bidirectional=True), 2), "one direction"),
        (lambda: Classifier(RNN(3, 4), 2, pooling="mean"), "'mean' needs all steps"),
        (lambda: Classifier(RNN(3, 4), 2, pooling="max"), "'max' needs all steps"),
        (lambda: Classifier(RNN(3, 4), 2, pooling="attention"), "'attention' needs all steps"),
        (lambda: RNN(3, 4, zoneout=0.1), "zoneout is 0.1"),
        (lambda: nn.Linear(3, 4), "cannot stream Linear"),
        (lambda: nn.LSTM(3, 4), "cannot stream LSTM"),
        (lambda: RNN(3, 4).only, "cannot stream ElmanCell"),
    ],
)
def test_what_cannot_be_streamed_is_refused(source, says):
    with pytest.raises(ValueError, match=says):
        Stream(source())


def test_something_else_than_a_module_is_refused():
    with pytest.raises(TypeError, match="source is"):
        Stream("layer")


WRONG = {
    "too few layers": lambda state: state[:1],
    "too many layers": lambda state: state + state[:1],
    "too few parts": lambda state: [one[:1] for one in state],
    "a longer part": lambda state: [[*one[:-1], np.zeros(9)] for one in state],
    "a batch": lambda state: [[part[None] for part in one] for one in state],
    "one number": lambda state: [[0.0 for _ in one] for one in state],
    "words": lambda state: [state[0], [state[1][0] + 1, np.full(4, "word")]],
    "nothing": lambda state: [],
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["LSTM 2000", "LSTM coupled", "LRU"])
def test_a_state_of_other_shapes_is_refused(name, wrong):
    stream = Stream(made(name, L=2))
    streamed(stream, numbers(3))
    given = WRONG[wrong](untouched(stream.state))
    if name == "LRU" and wrong == "words":
        given = [stream.state[0], [np.full(4, "word"), stream.state[1][1]]]
    refused(stream, lambda: setattr(stream, "state", given), "shapes|convert|string")


def saved(stream, path, steps=2):
    streamed(stream, numbers(steps))
    stream.save(path)
    return path


def test_the_state_of_other_weights_is_refused(tmp_path):
    path = saved(Stream(made("LSTM 2000", seed=1)), tmp_path / "a.npz")
    stream = Stream(made("LSTM 2000"))
    streamed(stream, numbers(3))
    refused(stream, lambda: stream.load(path), "with other weights")
    read_out = [Tagger(made("LSTM 2000"), 2).double() for _ in range(2)]
    with torch.no_grad():
        read_out[1].read_out.bias += 1
    path = saved(Stream(read_out[0]), tmp_path / "b.npz")
    stream = Stream(read_out[1])
    refused(stream, lambda: stream.load(path), "with other weights")


@pytest.mark.parametrize("other", ["LSTM 2000", "GRU after", "LRU", "linear"])
def test_the_state_of_another_kind_is_refused(other, tmp_path):
    path = saved(Stream(made(other)), tmp_path / "state.npz")
    stream = Stream(made("tanh", seed=2))
    streamed(stream, numbers(3))
    refused(stream, lambda: stream.load(path), "with other weights")
    refused(stream, lambda: stream.load(tmp_path / "none.npz"), "cannot be read")


@pytest.mark.parametrize(
    "one, other",
    [
        (lambda: RNN(3, 4), lambda: RNN(3, 4, unit="ReLU")),
        (lambda: LSTM(3, 4, form="1997"), lambda: LSTM(3, 4, form="coupled")),
        (lambda: Jordan(3, 4, 2), lambda: Jordan(3, 4, 2, decay=0.1)),
    ],
)
def test_the_same_weights_in_another_kind_of_cell_are_refused(one, other, tmp_path):
    one, other = one(), other()
    other.load_state_dict(one.state_dict())
    path, stream = saved(Stream(one), tmp_path / "state.npz"), Stream(other)
    refused(stream, lambda: stream.load(path), "expected")


def archive(**content):
    file = io.BytesIO()
    np.savez(file, **content)
    return file.getvalue()


def one_array():
    file = io.BytesIO()
    np.save(file, np.zeros(4))
    return file.getvalue()


DAMAGE = {
    "empty": lambda whole: b"",
    "text": lambda whole: b"a text",
    "cut short": lambda whole: whole[:-30],
    "bytes changed": lambda whole: whole.replace(b"\x93NUMPY", b"\x00NUMPY"),
    "one array": lambda whole: one_array(),
    "no digest": lambda whole: archive(kind="LSTM"),
    "objects": lambda whole: archive(kind="LSTM", digest=np.array([{}])),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_refused(damage, tmp_path):
    stream = Stream(made("LSTM 2000"))
    path = saved(stream, tmp_path / "state.npz")
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    refused(stream, lambda: stream.load(path), "cannot be read as a saved state")


@pytest.mark.parametrize("name", ["LSTM 2000", "LSTM 1997"])
@pytest.mark.parametrize("change", ["missing", "longer", "words"])
def test_a_file_with_the_right_weights_and_a_wrong_state_is_refused(name, change, tmp_path):
    stream = Stream(made(name))
    path = saved(stream, tmp_path / "state.npz")
    with np.load(path) as file:
        stored = {key: file[key] for key in file.files}
    stored["0.0"] = stored["0.0"] + 1
    del stored["0.1"]
    if change != "missing":
        stored["0.1"] = np.zeros(9) if change == "longer" else np.full(4, "word")
    with path.open("wb") as file:
        np.savez(file, **stored)
    refused(stream, lambda: stream.load(path), "shapes|convert|string")
