"""The figure on padding, packing and bucketing: both languages agree, and so does torch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from rnnbook.widgets.batching import (
    MODES,
    Batching,
    batch_sizes,
    cost,
    make_batches,
    one_digit,
    sequence_lengths,
    wasted,
)
from tests.widgets.engine import run

SETTING = {
    "sequences": st.integers(4, 32),
    "spread": st.floats(0, 1),
    "seed": st.integers(0, 9999),
    "size": st.integers(2, 8),
    "mode": st.sampled_from(MODES),
}
BATCHES = "makeBatches(sequenceLengths(n, spread, seed), size, mode)"


@settings(max_examples=60, deadline=None)
@given(**SETTING)
def test_both_languages_make_the_same_batches(sequences, spread, seed, size, mode):
    ours = make_batches(sequence_lengths(sequences, spread, seed), size, mode)
    values = {"n": sequences, "spread": spread, "seed": seed, "size": size, "mode": mode}
    assert run("batching", BATCHES, **values) == ours
    assert run("batching", "cost(b, mode)", b=ours, mode=mode) == cost(ours, mode)
    assert run("batching", "b.map(batchSizes)", b=ours) == [batch_sizes(b) for b in ours]
    means = [sum(batch) / len(batch) for batch in ours]
    assert run("batching", "m.map(oneDigit)", m=means) == [one_digit(m) for m in means]
    assert run("batching", "wasted(c)", c=cost(ours, mode)) == wasted(cost(ours, mode))


def states(lengths, H=3):
    """A small network's packed outputs, padded again, and its last states."""
    torch.manual_seed(0)
    layer = torch.nn.RNN(2, H, batch_first=True)
    x_BTD = torch.randn(len(lengths), max(lengths), 2)
    packed = pack_padded_sequence(x_BTD, lengths, batch_first=True, enforce_sorted=False)
    out, h_1BH = layer(packed)
    return packed, pad_packed_sequence(out, batch_first=True)[0], layer(x_BTD)[0], h_1BH[0]


@pytest.mark.parametrize("size", [2, 3, 5, 8])
@pytest.mark.parametrize("spread", [0.0, 0.4, 1.0])
def test_batch_sizes_and_computed_steps_are_those_of_torch(size, spread):
    batches = make_batches(sequence_lengths(20, spread, 4), size, "packed")
    computed = 0
    for batch in batches:
        packed = states(batch)[0]
        assert batch_sizes(batch) == packed.batch_sizes.tolist()
        computed += len(packed.data)
    assert cost(batches, "packed")["computed"] == computed
    assert cost(batches, "packed")["in_sequence"] == sum(len(batch_sizes(b)) for b in batches)


def test_the_last_column_is_no_state_of_a_shorter_sequence():
    """What the words say: zeros after packing, a state that ran on after padding."""
    lengths = Batching().batches("padded")[1]
    _, unpacked, padded, last = states(lengths)
    shorter = [length < max(lengths) for length in lengths]
    assert f"{sum(shorter)} of {len(lengths)}" == Batching(mark=True, batch=2).shown()["missed"]
    for b, length in enumerate(lengths):
        assert torch.allclose(padded[b, length - 1], last[b])
        assert torch.equal(unpacked[b, -1], torch.zeros(3)) == shorter[b]
        assert torch.allclose(padded[b, -1], last[b]) != shorter[b]


def test_bucketing_saves_most_of_what_packing_saves_and_shortens_the_wait():
    shares = []
    for seed in range(50):
        costs = {m: cost(Batching(seed=seed).batches(m), m) for m in MODES}
        padded, packed, bucketed = (costs[m] for m in MODES)
        assert packed["useful"] == packed["computed"] == bucketed["useful"]
        assert packed["in_sequence"] == padded["in_sequence"] > bucketed["in_sequence"]
        saved = padded["computed"] - bucketed["computed"]
        shares.append(saved / (padded["computed"] - packed["computed"]))
    assert 0.7 < sum(shares) / len(shares) < 0.8


def test_padding_wastes_more_where_lengths_differ_more():
    share = [wasted(cost(Batching(spread=s).batches(), "padded")) for s in (0.0, 0.1, 0.3, 0.7, 1)]
    assert share == sorted(set(share)) and share[0] == 0 and share[-1] > 40


def test_bucketed_batches_differ_more_in_mean_length():
    def reach(mode):
        shown = Batching(mode=mode).shown()
        return float(shown["longest_mean"]) - float(shown["shortest_mean"])

    assert reach("packed") == reach("padded") < 0.6 * reach("bucketed")


@pytest.mark.parametrize("view", Batching.views)
def test_what_is_shown_and_drawn(view):
    figure = Batching(**Batching.views[view])
    assert all(figure.shown().values())
    assert figure.still().get_size_inches()[0] == 6.4
    assert len(figure._still_svg()) < 40_000


def test_a_batch_that_is_not_there_is_the_last_one():
    figure = Batching(sequences=5, size=4, batch=9)
    assert figure.shown()["batch"] == "2 of 2"
