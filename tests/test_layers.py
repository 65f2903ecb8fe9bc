"""Every layer equals torch.nn's in each implementation, forwards and backwards, in float64."""

import copy
import itertools
import pickle

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook import GRU, LSTM, RNN, MinGRU, cells
from rnnbook.layers import LRU, Jordan, flip_update_, from_torch, to_torch
from tests.twins import SEEDS, SIZES, examples, flat, gradients, random_like, same, stir

KINDS = {
    "RNN": (RNN, {}, nn.RNN, {}),
    "ReLU": (RNN, {"unit": "ReLU"}, nn.RNN, {"nonlinearity": "relu"}),
    "LSTM": (LSTM, {}, nn.LSTM, {}),
    "GRU": (GRU, {}, nn.GRU, {}),
}


def torch_state(kind, parts):
    """Our parts, cell by cell, as the hx of torch.nn."""
    if kind != "LSTM":
        return torch.stack(parts)
    return torch.stack(parts[::2]), torch.stack(parts[1::2])


def torch_ends(kind, ends):
    """The end states of torch.nn as our parts, cell by cell."""
    if kind != "LSTM":
        return list(ends)
    return [part for pair in zip(*ends) for part in pair]


def run_torch(kind, twin, x_BTD, parts, lengths):
    hx = None if parts is None else torch_state(kind, parts)
    if lengths is None:
        y_BTH, ends = twin(x_BTD, hx)
    else:
        packed = pack_padded_sequence(x_BTD, lengths, batch_first=True, enforce_sorted=False)
        packed, ends = twin(packed, hx)
        y_BTH, _ = pad_packed_sequence(packed, batch_first=True, total_length=x_BTD.shape[1])
    return [y_BTH, *torch_ends(kind, ends)]


def twin_weights(twin, kind):
    """Of torch.nn's weights those that have a counterpart: (all, how to cut the last)."""
    return [w for four in twin.all_weights for w in (four if kind == "GRU" else four[:3])]


def cut(grads, kind, H):
    """Of a GRU's second bias only the block inside the reset gate is ours."""
    if kind != "GRU":
        return grads
    return [g[2 * H :] if k % 4 == 3 else g for k, g in enumerate(grads)]


def pair(kind, D, H, L, bidirectional, learn_start=False):
    """A layer and the layer of torch.nn that it was made from."""
    ours, options, theirs, names = KINDS[kind]
    twin = theirs(D, H, L, bidirectional=bidirectional, batch_first=True, **names)
    stir(twin)
    layer = ours(D, H, L=L, bidirectional=bidirectional, learn_start=learn_start, **options)
    layer.double().load_state_dict(from_torch(twin).state_dict(), strict=not learn_start)
    for start in layer.starts:
        nn.init.normal_(start)
    return layer, twin


# Which of the results enter the loss; c only where there is one.
READ = {
    "all": lambda results, step: results,
    "y": lambda results, step: results[:1],
    "h": lambda results, step: results[1::step],
    "c": lambda results, step: results[step::step],
}


@pytest.mark.parametrize("implementation", ["loop", "by_hand", "library"])
@pytest.mark.parametrize("kind", KINDS)
@examples(12)
@given(
    sizes=SIZES,
    seed=SEEDS,
    L=st.integers(1, 3),
    bidirectional=st.booleans(),
    start=st.sampled_from(["zero", "given", "learned"]),
    padded=st.booleans(),
    read=st.sampled_from(list(READ)),
)
@example([2, 5, 3, 4], 0, 3, True, "given", True, "all")
@example([2, 5, 3, 4], 1, 2, True, "learned", True, "all")
@example([3, 1, 2, 5], 2, 1, False, "zero", False, "y")
@example([1, 6, 2, 4], 3, 2, False, "given", False, "c")
@example([4, 6, 2, 1], 4, 1, True, "given", True, "c")
@example([4, 2, 1, 3], 5, 1, False, "learned", False, "h")
def test_a_layer_equals_that_of_torch(
    implementation, kind, sizes, seed, L, bidirectional, start, padded, read
):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    layer, twin = pair(kind, D, H, L, bidirectional, start == "learned")
    layer.implementation = implementation
    x_BTD = torch.randn(B, T, D, dtype=torch.float64, requires_grad=True)
    lengths = torch.randint(1, T + 1, (B,)) if padded else None
    state = parts = None
    if start == "given":
        state = random_like(layer.start(B, x_BTD))
        parts = flat(state)
    if start == "learned":
        parts = flat(layer.start(B, x_BTD))
    y_BTH, end = layer(x_BTD, state, lengths)
    results, wanted = [y_BTH, *flat(end)], run_torch(kind, twin, x_BTD, parts, lengths)
    same(results, wanted)

    chosen = [READ[read](r, 2 if kind == "LSTM" else 1) for r in (results, wanted)]
    inputs = [x_BTD, *(flat(state) if start == "given" else layer.starts)]
    weights = [w for cell in layer.cells for w in cell.parameters()]
    found = gradients(chosen[0], inputs + weights)
    expected = gradients(chosen[1], inputs + twin_weights(twin, kind))
    n = len(inputs)
    same(found, expected[:n] + cut(expected[n:], kind, H))


@pytest.mark.parametrize("kind", KINDS)
@examples(8)
@given(sizes=SIZES, seed=SEEDS, L=st.integers(1, 3), bidirectional=st.booleans())
def test_layers_go_to_torch_and_come_back_with_the_same_numbers(
    kind, sizes, seed, L, bidirectional
):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    layer, twin = pair(kind, D, H, L, bidirectional)
    x_BTD = torch.randn(B, T, D, dtype=torch.float64)
    wanted = run_torch(kind, twin, x_BTD, None, None)
    there = to_torch(from_torch(twin))
    assert type(there) is type(twin) and there.batch_first
    same(run_torch(kind, there, x_BTD, None, None), wanted)
    back = from_torch(to_torch(layer))
    same(back.state_dict().values(), layer.state_dict().values())
    assert repr(back) == repr(layer)


def test_a_conversion_keeps_dropout_mode_and_type_of_numbers():
    twin = nn.GRU(3, 4, 2, dropout=0.25).double().eval()
    layer = from_torch(twin)
    assert layer.dropout == 0.25 and not layer.training and layer.cells[0].W_xh.dtype.itemsize == 8
    again = to_torch(layer)
    assert again.dropout == 0.25 and not again.training and again.weight_ih_l0.dtype.itemsize == 8
    assert to_torch(LSTM(3, 4, dropout=0.5)).dropout == 0  # one layer has no place for it
    twin.weight_hh_l1.data.zero_()
    assert (layer.cells[1].W_hh != 0).any()  # a copy, no shared memory


@pytest.mark.parametrize(
    "layer",
    [
        LSTM(3, 4, form="peephole"),
        GRU(3, 4, reset="before"),
        RNN(3, 4, unit="linear"),
        RNN(3, 4, zoneout=0.1),
        RNN(3, 4, dropout=0.1, dropout_mask="step"),
        RNN(3, 4, learn_start=True),
        MinGRU(3, 4),
        Jordan(3, 4, K=2),
    ],
)
def test_no_layer_of_torch_is_made_up_where_there_is_none(layer):
    with pytest.raises(ValueError, match="no layer of torch.nn computes what"):
        to_torch(layer)


@pytest.mark.parametrize(
    "module", [nn.LSTM(3, 4, bias=False), nn.LSTM(3, 4, proj_size=2), nn.Linear(3, 4)]
)
def test_what_no_layer_here_computes_is_not_taken_over(module):
    with pytest.raises(ValueError, match="expected nn.RNN, nn.LSTM or nn.GRU with biases"):
        from_torch(module)


# ---------------------------------------------------------------- layers without a twin

LINEAR = {"MinGRU": (MinGRU, ("loop", "scan")), "LRU": (LRU, ("loop", "scan", "fft"))}


@pytest.mark.parametrize("kind", LINEAR)
@examples(15)
@given(
    sizes=SIZES,
    seed=SEEDS,
    L=st.integers(1, 2),
    bidirectional=st.booleans(),
    start=st.sampled_from(["zero", "given", "learned"]),
    padded=st.booleans(),
)
@example([2, 31, 3, 4], 0, 2, True, "given", True)
def test_a_linear_recurrence_gives_the_same_in_parallel_as_step_by_step(
    kind, sizes, seed, L, bidirectional, start, padded
):
    B, T, D, H = sizes
    torch.manual_seed(seed)
    make, names = LINEAR[kind]
    options = {"N": H + 2} if kind == "LRU" else {}
    layer = make(D, H, L=L, bidirectional=bidirectional, learn_start=start == "learned", **options)
    stir(layer)
    x_BTD = torch.randn(B, T, D, dtype=torch.float64, requires_grad=True)
    lengths = torch.randint(1, T + 1, (B,)) if padded else None
    state = random_like(layer.start(B, x_BTD)) if start == "given" else None
    inputs = [x_BTD, *(flat(state) if state is not None else []), *layer.parameters()]
    found = []
    for layer.implementation in names:
        y_BTH, end = layer(x_BTD, state, lengths)
        results = [y_BTH, *flat(end)]
        found.append(results + gradients(results, inputs))
    for other in found[1:]:
        same(other, found[0], rtol=1e-8, atol=1e-8)


# name -> (make(L), implementations)
ALL = {
    "RNN": (lambda **o: RNN(3, 5, **o), ("loop", "by_hand", "library")),
    "ReLU": (lambda **o: RNN(3, 5, unit="ReLU", **o), ("loop", "by_hand", "library")),
    "linear": (lambda **o: RNN(3, 5, unit="linear", **o), ("loop",)),
    "GRU": (lambda **o: GRU(3, 5, **o), ("loop", "by_hand", "library")),
    "GRU before": (lambda **o: GRU(3, 5, reset="before", **o), ("loop",)),
    "Jordan": (lambda **o: Jordan(3, 5, 4, **o), ("loop",)),
    "MinGRU": (lambda **o: MinGRU(3, 5, **o), ("loop", "scan")),
    "LRU": (lambda **o: LRU(3, 5, N=4, **o), ("loop", "scan", "fft")),
    "LSTM": (lambda **o: LSTM(3, 5, **o), ("loop", "by_hand", "library")),
    **{
        f"LSTM {form}": (lambda form=form, **o: LSTM(3, 5, form=form, **o), ("loop",))
        for form in cells.LSTMCell.FORMS
        if form != "2000"
    },
}
EACH = [(name, one) for name, (_, ways) in ALL.items() for one in ways]


@pytest.mark.parametrize("name, implementation", EACH)
def test_a_sequence_in_two_pieces_equals_the_whole(name, implementation):
    torch.manual_seed(2)
    for L in (1, 3):
        layer = stir(ALL[name][0](L=L, implementation=implementation), scale=0.4)
        x_BTD = torch.randn(2, 9, 3, dtype=torch.float64)
        whole, end = layer(x_BTD)
        first, state = layer(x_BTD[:, :4])
        second, last = layer(x_BTD[:, 4:], state)
        same([torch.cat([first, second], dim=1), *flat(last)], [whole, *flat(end)])


@pytest.mark.parametrize("name, implementation", EACH)
def test_steps_by_hand_equal_the_layer(name, implementation):
    torch.manual_seed(2)
    layer = stir(ALL[name][0](implementation=implementation, learn_start=True), scale=0.4)
    x_BTD = torch.randn(2, 6, 3, dtype=torch.float64)
    state, outputs = layer.start(2, like=x_BTD), []
    for x_BD in x_BTD.unbind(1):
        state = layer.step(x_BD, state)
        outputs.append(flat(state)[0])
    y, end = layer(x_BTD)
    same([y, *flat(end)], [torch.stack(outputs, 1), *flat(state)])


@pytest.mark.parametrize("name, implementation", EACH)
def test_each_output_reacts_to_its_own_input_and_to_no_later_one(name, implementation):
    torch.manual_seed(1)
    x_BTD = torch.randn(2, 7, 3, dtype=torch.float64)
    nudged = x_BTD.clone()
    nudged[:, 4] += 1.0
    for L, bidirectional in ((1, False), (2, False), (1, True)):
        layer = ALL[name][0](L=L, bidirectional=bidirectional, implementation=implementation)
        layer = layer.double() if name == "LRU" else stir(layer, scale=0.6)
        moved = (layer(x_BTD)[0] - layer(nudged)[0]).abs().amax(dim=(0, 2))
        assert moved[4] > 1e-3
        if bidirectional:
            assert (moved > 1e-8).all()
        else:
            # The FFT mixes all steps, and only rounding may reach the earlier ones.
            assert (moved[:4] <= (1e-12 if implementation == "fft" else 0)).all()
            assert (moved[5:] > 1e-8).all()


@pytest.mark.parametrize("name, implementation", EACH)
def test_the_two_directions_are_one_layer_run_both_ways(name, implementation):
    torch.manual_seed(1)
    both = stir(ALL[name][0](bidirectional=True, implementation=implementation))
    one = ALL[name][0](implementation=implementation).double()
    x_BTD = torch.randn(2, 7, 3, dtype=torch.float64)
    y, ends = both(x_BTD)
    halves = y.chunk(2, dim=2)
    for k, x in enumerate((x_BTD, x_BTD.flip(1))):
        one.cells[0].load_state_dict(both.cells[k].state_dict())
        y_one, end = one(x)
        same([y_one.flip(1) if k else y_one, *flat(end)], [halves[k], *flat(ends[k])])
    backward_end = flat(ends[1])[0]
    same([y[:, 0, one.size :]], [backward_end])  # read at the first step ...
    assert (y[:, -1, one.size :] - backward_end).abs().max() > 1e-3  # ... not at the last


@pytest.mark.parametrize("name", ALL)
def test_a_layer_can_be_copied_stored_and_loaded(name):
    layer = ALL[name][0](L=2, bidirectional=True, learn_start=True)
    x_BTD = torch.randn(2, 4, 3)
    y, _ = layer(x_BTD)
    fresh = ALL[name][0](L=2, bidirectional=True, learn_start=True)
    fresh.load_state_dict(layer.state_dict())
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), fresh):
        assert torch.equal(other(x_BTD)[0], y)


@pytest.mark.parametrize("name", ALL)
def test_sizes_are_those_of_the_outputs(name):
    for L, bidirectional in itertools.product((1, 2), (False, True)):
        layer = ALL[name][0](L=L, bidirectional=bidirectional)
        y, state = layer(torch.randn(2, 4, 3))
        width = (4 if name == "Jordan" else 5) * (1 + bidirectional)
        assert y.shape == (2, 4, width) and layer.size == width
        assert len(layer.cells) == L * (1 + bidirectional)
        assert isinstance(state, list) == (len(layer.cells) > 1)
        assert len(state) == len(layer.cells) or len(layer.cells) == 1


def test_short_names_read_and_change_the_weights_of_the_only_cell():
    layer = RNN(3, 4)
    layer.W_hh = nn.Parameter(torch.eye(4))
    assert layer.W_hh is layer.cells[0].W_hh and torch.equal(layer.cells[0].W_hh, torch.eye(4))
    with torch.no_grad():
        layer.b_h *= 0
    assert (layer.cells[0].b_h == 0).all() and len(list(layer.parameters())) == 3
    deep = RNN(3, 4, L=2)
    for use in (lambda: deep.W_xh, lambda: setattr(deep, "W_xh", 0), lambda: deep.step(None, None)):
        with pytest.raises(ValueError, match=r"has 2 cells; take one of them, as layer.cells\[0\]"):
            use()


def test_a_learned_start_is_learned_and_is_used():
    torch.manual_seed(0)
    for name in ALL:
        layer = stir(ALL[name][0](learn_start=True))
        x_BTD = torch.zeros(2, 1, 3, dtype=torch.float64)
        y, _ = layer(x_BTD)
        zero = layer.cells[0].start(2, x_BTD)
        assert (y - layer(x_BTD, zero)[0]).abs().max() > 1e-3
        y.sum().backward()
        assert any(p.grad is not None and p.grad.abs().max() > 0 for p in layer.starts)
        given = layer(x_BTD, layer.start(2, x_BTD))[0]
        same([given], [y])


# ---------------------------------------------------------------- dropout and zoneout


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_dropout_between_layers_follows_torch(kind):
    ours, _, theirs, _ = KINDS[kind]
    x_BTD = torch.randn(2, 5, 3, dtype=torch.float64)
    # All is dropped: what is left is the same in both, and differs from no dropout.
    twin = stir(theirs(3, 4, 2, dropout=1.0, batch_first=True))
    layer = from_torch(twin)
    for training in (True, False):
        y, y_twin = layer.train(training)(x_BTD)[0], twin.train(training)(x_BTD)[0]
        same([y], [y_twin])
    assert (layer.train()(x_BTD)[0] - layer.eval()(x_BTD)[0]).abs().max() > 1e-3
    # With one layer there is nothing between.
    alone = ours(3, 4, dropout=0.9).double()
    assert torch.equal(alone.train()(x_BTD)[0], alone.eval()(x_BTD)[0])


def seen_by(layer, k, x_BTD):
    """What cell k is given: its inputs (B, T, D) and the masks (B, T, H) on its state."""
    inputs, masks, cell = [], [], layer.cells[k]
    step = cell.step

    def spy(x_BD, state, keep_BH=None):
        inputs.append(x_BD)
        masks.append(keep_BH)
        return step(x_BD, state, keep_BH)

    cell.step = spy
    try:
        layer(x_BTD)
    finally:
        del cell.step
    return torch.stack(inputs, 1), masks if masks[0] is None else torch.stack(masks, 1)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "LSTM peephole", "GRU", "GRU before"])
@pytest.mark.parametrize("mask", ["step", "variational"])
def test_dropout_masks_are_where_and_as_long_as_their_name_says(name, mask):
    torch.manual_seed(0)
    layer = ALL[name][0](L=2, dropout=0.4, dropout_mask=mask).double()
    x_BTD = torch.ones(50, 6, 3, dtype=torch.float64)
    x, masks = seen_by(layer, 0, x_BTD)
    for values in (x, masks):
        assert ((values == 0) | ((values - 1 / 0.6).abs() < 1e-12)).all()
        assert abs(values.mean() - 1) < 0.1  # on average nothing changes
        over_time = (values == values[:, :1]).all()
        assert over_time == (mask == "variational")
        assert (values[:1] != values).any(dim=2).any(dim=1)[1:].float().mean() > 0.5
    x_upper, masks_upper = seen_by(layer, 1, x_BTD)
    gone = x_upper == 0
    assert abs(gone.double().mean() - 0.4) < 0.1
    assert (gone == gone[:, :1]).all() == (mask == "variational")
    assert not torch.equal(masks, masks_upper)
    plain, none = seen_by(layer.eval(), 0, x_BTD)
    assert torch.equal(plain, x_BTD) and none[0] is None


def test_both_directions_have_masks_of_their_own():
    torch.manual_seed(0)
    layer = RNN(3, 5, bidirectional=True, dropout=0.5, dropout_mask="variational")
    x_BTD = torch.ones(7, 2, 3)
    torch.manual_seed(1)
    _, forwards = seen_by(layer, 0, x_BTD)
    torch.manual_seed(1)
    _, backwards = seen_by(layer, 1, x_BTD)
    assert not torch.equal(forwards, backwards)


@pytest.mark.parametrize("reset", ["after", "before"])
def test_what_a_gru_carries_is_not_touched_by_the_recurrent_mask(reset):
    torch.manual_seed(0)
    layer = GRU(3, 5, reset=reset, dropout=0.5, dropout_mask="variational")
    cells.forget_bias_(layer, 60.0)  # z is 1: all is carried
    start = torch.randn(2, 5)
    _, end = layer(torch.randn(2, 7, 3), start)
    torch.testing.assert_close(end, start)


def test_what_an_lstm_carries_in_its_cell_is_not_touched_either():
    torch.manual_seed(0)
    layer = LSTM(3, 5, dropout=0.5, dropout_mask="step", forget_bias=60.0)
    with torch.no_grad():
        layer.b_h[:5] = -60  # nothing is written
    h, c = torch.randn(2, 5), torch.randn(2, 5)
    _, end = layer(torch.randn(2, 7, 3), (h, c))
    torch.testing.assert_close(end[1], c)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU", "GRU before", "Jordan", "MinGRU", "LRU"])
def test_zoneout_of_1_keeps_the_start_state(name):
    make = ALL[name][0]
    if name in ("Jordan", "MinGRU", "LRU"):
        with pytest.raises(ValueError, match="no recurrent matrix.*expected zoneout=0"):
            make(zoneout=0.5)
        with pytest.raises(ValueError, match="dropout_mask='between'"):
            make(dropout=0.5, dropout_mask="step")
        return
    layer = make(zoneout=1.0)
    x_BTD = torch.randn(2, 7, 3)
    start = random_like(layer.start(2, x_BTD))
    for training in (True, False):
        y, end = layer.train(training)(x_BTD, start)
        same(flat(end), flat(start))
        same([y], [flat(start)[0][:, None].expand(2, 7, -1)])


@pytest.mark.parametrize("name", ["RNN", "LSTM", "LSTM coupled", "GRU", "GRU before"])
def test_zoneout_takes_old_or_new_in_training_and_the_average_afterwards(name):
    torch.manual_seed(0)
    layer = ALL[name][0](zoneout=0.3).double()
    plain = ALL[name][0](implementation="loop").double()
    plain.load_state_dict(layer.state_dict())
    B = 4000
    x_BTD = torch.randn(1, 1, 3, dtype=torch.float64).expand(B, 1, 3)
    old = [p[:1].expand(B, -1) for p in flat(random_like(layer.start(1, x_BTD)))]
    state = tuple(old) if len(old) > 1 else old[0]
    new, eval_ = flat(plain(x_BTD, state)[1]), flat(layer.eval()(x_BTD, state)[1])
    same(eval_, [0.3 * o + 0.7 * n for o, n in zip(old, new)])
    trained = flat(layer.train()(x_BTD, state)[1])
    for o, n, mean, drawn in zip(old, new, eval_, trained):
        kept = drawn == o
        assert (kept | (drawn == n)).all()
        assert abs(kept.double().mean() - 0.3) < 0.02
        spread = (o - n).abs()[0].max()
        assert (drawn.mean(0) - mean[0]).abs().max() < 5 * spread * (0.21 / B) ** 0.5
    if len(trained) > 1:  # h and c each have their own
        assert ((trained[0] == old[0]) != (trained[1] == old[1])).any()


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.5, "L": 2},
        {"dropout": 0.5, "dropout_mask": "step"},
        {"dropout": 0.5, "dropout_mask": "variational"},
        {"zoneout": 0.5},
    ],
)
def test_chance_is_that_of_the_seed_and_is_silent_in_evaluation(options):
    layer, x_BTD = GRU(3, 5, **options), torch.randn(2, 7, 3)
    runs = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        runs.append(layer(x_BTD)[0])
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    layer.eval()
    assert torch.equal(layer(x_BTD)[0], layer(x_BTD)[0])


# ---------------------------------------------------------------- which implementation


@pytest.mark.parametrize(
    "make, on_cpu, with_lengths, on_gpu",
    [
        (lambda: RNN(3, 4), "by_hand", "by_hand", "library"),
        (lambda: RNN(3, 4, unit="ReLU"), "by_hand", "by_hand", "library"),
        (lambda: GRU(3, 4, L=2), "by_hand", "by_hand", "library"),
        (lambda: LSTM(3, 4, bidirectional=True), "library", "by_hand", "library"),
        (lambda: LSTM(3, 4, L=2, dropout=0.5), "library", "by_hand", "library"),
        (lambda: LSTM(3, 4, dropout_mask="step"), "library", "by_hand", "library"),
        (lambda: LSTM(3, 4, dropout=0.5, dropout_mask="step"), "loop", "loop", "loop"),
        (lambda: LSTM(3, 4, form="coupled"), "loop", "loop", "loop"),
        (lambda: GRU(3, 4, reset="before"), "loop", "loop", "loop"),
        (lambda: GRU(3, 4, zoneout=0.1), "loop", "loop", "loop"),
        (lambda: RNN(3, 4, unit="linear"), "loop", "loop", "loop"),
        (lambda: Jordan(3, 4, 2), "loop", "loop", "loop"),
        (lambda: MinGRU(3, 4), "scan", "scan", "scan"),
        (lambda: LRU(3, 4), "scan", "scan", "scan"),
        (lambda: RNN(3, 4, implementation="loop"), "loop", "loop", "loop"),
        (lambda: LRU(3, 4, implementation="fft"), "fft", "fft", "fft"),
    ],
)
def test_chosen_tells_which_implementation_is_used(make, on_cpu, with_lengths, on_gpu, monkeypatch):
    layer = make()
    assert layer.chosen() == layer.chosen("cpu") == layer.chosen(torch.device("cpu")) == on_cpu
    assert layer.chosen("cpu", lengths=True) == with_lengths
    assert layer.chosen("cuda") == layer.chosen("cuda:0", lengths=True) == on_gpu
    assert f"implementation={on_cpu}" in repr(layer)
    used = []
    for name, function in layer.implementations.items():

        def spy(*args, name=name, function=function, **options):
            used.append(name)
            return function(*args, **options)

        monkeypatch.setitem(layer.implementations, name, spy)
    layer(torch.randn(2, 5, 3))
    assert set(used) == {on_cpu}
    used.clear()
    layer(torch.randn(2, 5, 3), None, [5, 2])
    assert set(used) == {with_lengths}


def test_the_picture_of_a_layer_names_its_sizes():
    assert "D=3, H=4, L=2, bidirectional, implementation=by_hand" in repr(
        RNN(3, 4, L=2, bidirectional=True)
    )
    assert "(0): ElmanCell(D=3, H=4)" in repr(RNN(3, 4))


@pytest.mark.parametrize("reset", ["after", "before"])
def test_the_papers_sign_of_the_update_gate_becomes_torch_s(reset):
    torch.manual_seed(0)
    layer = stir(GRU(3, 4, reset=reset).double())
    x_BTD, h_BH = torch.randn(2, 6, 3).double(), torch.zeros(2, 4).double()
    for x_BD in x_BTD.unbind(1):  # as the papers have it: z writes
        gates = layer.only.gates(x_BD, h_BH)
        h_BH = (1 - gates["z"]) * h_BH + gates["z"] * gates["n"]
    kept = copy.deepcopy(layer.state_dict())
    torch.testing.assert_close(flip_update_(layer)(x_BTD)[1], h_BH)
    assert not torch.allclose(layer.W_xh, kept["cells.0.W_xh"])
    for name, weight in flip_update_(layer).state_dict().items():
        assert torch.equal(weight, kept[name])
    with pytest.raises(ValueError, match="RNN has no update gate"):
        flip_update_(RNN(3, 4))
