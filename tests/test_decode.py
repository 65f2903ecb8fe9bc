"""Drawing and beam search equal brute force over all continuations of a small model."""

import copy
import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook import GRU, LSTM, RNN, LanguageModel, Tagger, beam, data, sample
from rnnbook.decode import begin, chosen, draw, search

TEXT = data.Text("abcd" * 20, "abcd", "abcd", "abcd", "none", "written here")
LAYERS = {
    "RNN": lambda: RNN(3, 5),
    "GRU": lambda: GRU(3, 5),
    "LSTM": lambda: LSTM(3, 5),
    "LSTM of two layers": lambda: LSTM(3, 5, L=2),
}


def sharp(layer, V=4, seed=0):
    """A language model whose distributions differ much from state to state."""
    torch.manual_seed(seed)
    model = LanguageModel(layer, V)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(1.5 * torch.randn_like(p))
    return model


@pytest.fixture(params=LAYERS)
def model(request):
    torch.manual_seed(0)
    return sharp(LAYERS[request.param]())


def log_probability(model, prompt, continuation):
    """Of a continuation, from one call over the whole text."""
    indices = TEXT.encode(prompt + continuation)
    logits_BTV, _ = model(indices[None, :-1])
    log_p_TV = logits_BTV[0].detach().double().log_softmax(1)[len(prompt) - 1 :]
    return sum(float(row[i]) for row, i in zip(log_p_TV, indices[len(prompt) :]))


def endings(length, end=None):
    """All continuations: of this length, or shorter and closed by ``end``."""
    for n in range(1, length + 1):
        for letters in itertools.product(TEXT.chars, repeat=n):
            closed = letters[-1] == end
            if end not in letters[:-1] and (closed or n == length):
                yield "".join(letters)


# Drawing from one distribution


def probabilities(logits_V, temperature=1.0):
    scaled = np.asarray(logits_V, dtype=float) / temperature
    weight = np.exp(scaled - scaled.max())
    return weight / weight.sum()


def frequencies(logits_V, count=20_000, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    rows = torch.tensor(logits_V).expand(count, -1)
    return torch.bincount(draw(rows, generator=generator, **options), minlength=len(logits_V))


def chi_square(counts, expected):
    expected = expected * counts.sum().item()
    return float((((counts.numpy() - expected) ** 2) / expected).sum())


LOGITS = [0.3, -1.2, 1.1, 0.0, -0.4]
LIMIT = 18.5  # exceeded by chi-square with 4 degrees of freedom once in a thousand


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_drawn_frequencies_are_those_of_the_softmax(temperature):
    counts = frequencies(LOGITS, temperature=temperature)
    assert chi_square(counts, probabilities(LOGITS, temperature)) < LIMIT
    for other in {0.5, 1.0, 2.0} - {temperature}:
        assert chi_square(counts, probabilities(LOGITS, other)) > 10 * LIMIT


@pytest.mark.parametrize("options", [{"top_k": 5}, {"top_k": 99}, {"top_p": 1.0}])
def test_all_symbols_and_all_mass_leave_the_draws_as_they_are(options):
    assert torch.equal(frequencies(LOGITS), frequencies(LOGITS, **options))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_top_k_draws_from_the_k_most_probable_at_their_proportions(k):
    counts = frequencies(LOGITS, top_k=k)
    kept = np.argsort(LOGITS)[-k:]
    assert set(counts.nonzero()[:, 0].tolist()) == set(kept)
    p = probabilities(LOGITS)[kept]
    assert chi_square(counts[torch.tensor(kept)], p / p.sum()) < LIMIT


def test_top_k_keeps_no_more_than_k_of_equal_symbols():
    assert len(frequencies([1.0, 1.0, 1.0, 0.0], top_k=2).nonzero()) == 2


def smallest_nucleus(p_V, mass):
    """The smallest set of symbols of at least this mass, by trying them all."""
    for size in range(1, len(p_V) + 1):
        sets = itertools.combinations(range(len(p_V)), size)
        best = max(sets, key=lambda one: sum(p_V[i] for i in one))
        if sum(p_V[i] for i in best) >= mass:
            return set(best)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
@pytest.mark.parametrize("mass", [1e-9, 0.2, 0.45, 0.7, 0.9, 0.99])
def test_the_nucleus_is_the_smallest_set_with_the_mass(mass, temperature):
    counts = frequencies(LOGITS, top_p=mass, temperature=temperature)
    p_V = probabilities(LOGITS, temperature)
    kept = smallest_nucleus(p_V, mass)
    assert set(counts.nonzero()[:, 0].tolist()) == kept
    kept = sorted(kept)
    share = p_V[kept] / p_V[kept].sum()
    assert chi_square(counts[kept], share) < LIMIT


def test_a_mass_that_is_met_exactly_takes_no_further_symbol():
    counts = frequencies([math.log(2), 0.0, 0.0], top_p=0.5)
    assert set(counts.nonzero()[:, 0].tolist()) == {0}


def test_the_nucleus_is_taken_among_the_top_k():
    counts = frequencies([2.0, 1.9, 1.8, 1.7, 1.6], top_k=2, top_p=0.5)
    assert set(counts.nonzero()[:, 0].tolist()) == {0}


def test_every_row_is_drawn_from_its_own_scores():
    logits_BV = torch.full((3, 4), -100.0)
    logits_BV[torch.arange(3), torch.tensor([2, 0, 3])] = 100
    for options in ({}, {"top_k": 2}, {"top_p": 0.9}, {"temperature": 0}):
        assert draw(logits_BV, **options).tolist() == [2, 0, 3]


# Writing with a model


def small_model(seed=0):
    torch.manual_seed(seed)
    text = data.shakespeare()
    return LanguageModel(RNN(8, 16), text.V), text


def test_sample_is_greedy_at_temperature_zero_and_repeatable():
    model, text = small_model()
    one = sample(model, text, "HAMLET:", length=20, temperature=1.0, seed=1)
    assert one == sample(model, text, "HAMLET:", length=20, temperature=1.0, seed=1)
    assert one != sample(model, text, "HAMLET:", length=20, temperature=1.0, seed=2)
    assert len(one) == len("HAMLET:") + 20
    greedy = sample(model, text, "HAMLET:", length=5, temperature=0)
    for end in range(7, 12):
        logits, _ = model(text.encode(greedy[:end])[None])
        assert text.chars[logits[0, -1].argmax()] == greedy[end]


def test_one_candidate_alone_is_greedy(model):
    greedy = sample(model, TEXT, "ab", length=9, temperature=0)
    assert sample(model, TEXT, "ab", length=9, top_k=1, seed=3) == greedy
    assert sample(model, TEXT, "ab", length=9, top_p=1e-9, seed=3) == greedy
    assert sample(model, TEXT, "ab", length=9, temperature=1e-6, seed=3) == greedy


def test_samples_have_the_probabilities_of_the_model():
    model = sharp(LSTM(3, 5, L=2), seed=1)
    found = [sample(model, TEXT, "ca", length=2, seed=seed)[2:] for seed in range(1500)]
    pairs = [pair for pair in endings(2) if len(pair) == 2]
    p = np.array([math.exp(log_probability(model, "ca", pair)) for pair in pairs])
    counts = torch.tensor([found.count(pair) for pair in pairs])
    often = p * len(found) >= 5
    assert often.sum() >= 5 and p.sum() == pytest.approx(1)
    spread = ((counts.numpy()[often] - len(found) * p[often]) ** 2 / (len(found) * p[often])).sum()
    assert spread < 45  # chi-square with at most 16 degrees of freedom, once in ten thousand


def test_nothing_is_written_at_length_zero(model):
    assert sample(model, TEXT, "ab", length=0) == "ab"
    assert beam(model, TEXT, "ab", length=0, width=3) == [("ab", 0.0)]


@pytest.mark.parametrize("write", [sample, beam])
def test_the_model_is_set_to_evaluate_and_otherwise_left_alone(write):
    torch.manual_seed(0)
    model = sharp(LSTM(3, 5, L=2, dropout=0.5)).train()
    weights, random = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    first = write(model, TEXT, "ab", length=6)
    assert not any(part.training for part in model.modules())
    assert all(torch.equal(w, weights[name]) for name, w in model.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert torch.equal(random, torch.get_rng_state())
    torch.manual_seed(5)  # the general generator plays no part
    assert write(model, TEXT, "ab", length=6) == first


class Bigram(nn.Module):
    """A language model without a state."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(4, 4)

    def forward(self, x, state=None):
        return self.table(x), None


def test_a_model_without_a_state_writes_too():
    torch.manual_seed(0)
    model = Bigram()
    assert beam(model, TEXT, "a", length=6, width=1)[0][0] == sample(
        model, TEXT, "a", length=6, temperature=0
    )


# Beam search


def test_a_beam_of_one_is_greedy(model):
    [(found, score)] = beam(model, TEXT, "ab", length=9, width=1)
    assert found == sample(model, TEXT, "ab", length=9, temperature=0)
    assert score == pytest.approx(log_probability(model, "ab", found[2:]), abs=1e-5)


@pytest.mark.parametrize("penalty", [0.0, 0.7, -1.0])
@pytest.mark.parametrize("end", [None, "c"])
def test_a_beam_that_holds_everything_is_exhaustive_search(model, end, penalty):
    length = 3
    expected = {
        "ab" + one: log_probability(model, "ab", one) / ((5 + len(one)) / 6) ** penalty
        for one in endings(length, end)
    }
    found = beam(model, TEXT, "ab", length, 4**length, length_penalty=penalty, end=end)
    assert {text for text, _ in found} == set(expected) and len(found) == len(expected)
    for text, score in found:
        assert score == pytest.approx(expected[text], abs=1e-5)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("width", [2, 3])
def test_a_narrow_beam_keeps_the_best_of_every_step(model, width):
    """Against a search that reads every candidate from its beginning, with no state at all."""
    alive = [""]
    for _ in range(5):
        longer = [text + letter for text in alive for letter in TEXT.chars]
        longer.sort(key=lambda text: -log_probability(model, "d", text))
        alive = longer[:width]
    found = beam(model, TEXT, "d", length=5, width=width)
    assert [text for text, _ in found] == ["d" + text for text in alive]
    for text, score in found:
        assert score == pytest.approx(log_probability(model, "d", text[1:]), abs=1e-5)


def test_an_end_closes_a_continuation_and_lets_others_grow(model):
    found = beam(model, TEXT, "ab", length=6, width=4, end="c")
    written = [text[2:] for text, _ in found]
    assert len(found) == 4 and len(set(written)) == 4
    assert all("c" not in one[:-1] and (one[-1] == "c" or len(one) == 6) for one in written)
    for text, score in found:
        assert score == pytest.approx(log_probability(model, "ab", text[2:]), abs=1e-5)


def test_a_penalty_for_shortness_prefers_the_longer_continuation():
    """Each step ends with probability 0.4; of two symbols the other one goes on."""
    logits_1V = torch.tensor([[0.6, 0.4]]).log()

    def step(symbols_B, state):
        return logits_1V.expand(len(symbols_B), -1), state

    def best(penalty):
        return search(step, logits_1V, None, 4, 8, penalty, end=1)[0]

    assert best(0.0) == ([1], pytest.approx(math.log(0.4)))
    assert best(3.0) == ([0] * 4, pytest.approx(4 * math.log(0.6) / 1.5**3))


def test_search_ends_where_only_the_end_can_follow():
    logits_1V = torch.zeros(1, 1)
    assert search(None, logits_1V, None, 5, 3, end=0) == [([0], 0.0)]


def test_rows_of_a_state_are_chosen_in_all_its_parts():
    rows = torch.tensor([2, 0, 0])
    h_BH, c_BH = torch.arange(6.0).view(3, 2), torch.arange(9.0).view(3, 3)
    assert torch.equal(chosen(h_BH, rows), h_BH[[2, 0, 0]])
    state = chosen([(h_BH, c_BH), (c_BH, h_BH), h_BH], rows)
    assert isinstance(state, list) and isinstance(state[0], tuple)
    for part, whole in zip((*state[0], *state[1], state[2]), (h_BH, c_BH, c_BH, h_BH, h_BH)):
        assert torch.equal(part, whole[[2, 0, 0]])


def test_the_state_after_the_prompt_is_that_of_the_model(model):
    step, state, logits_1V = begin(model, TEXT, "abd")
    whole, _ = model(TEXT.encode("abda")[None])
    torch.testing.assert_close(logits_1V, whole[:, 2])
    torch.testing.assert_close(step(torch.tensor([0]), state)[0], whole[:, 3])


# What is refused


@pytest.mark.parametrize("write", [sample, beam])
@pytest.mark.parametrize(
    "prompt, options, error, says",
    [
        ("", {}, ValueError, "empty"),
        ("é", {}, ValueError, "unknown"),
        ("a", {"length": -1}, ValueError, "length is -1"),
        ("a", {"length": 2.0}, TypeError, "length is 2.0"),
        ("a", {"length": True}, TypeError, "length"),
        (["a"], {}, TypeError, "prompt"),
        ("a", {"colour": 1}, TypeError, "colour"),
    ],
)
def test_both_refuse(write, prompt, options, error, says):
    with pytest.raises(error, match=says):
        write(sharp(RNN(3, 5)), TEXT, prompt, **options)


@pytest.mark.parametrize(
    "options, error, says",
    [
        ({"temperature": -1}, ValueError, "temperature is -1"),
        ({"temperature": math.nan}, ValueError, "temperature is nan"),
        ({"temperature": "hot"}, TypeError, "temperature is 'hot'"),
        ({"top_k": 0}, ValueError, "top_k is 0"),
        ({"top_k": 1.5}, TypeError, "top_k is 1.5"),
        ({"top_p": 0}, ValueError, "top_p is 0"),
        ({"top_p": 1.1}, ValueError, "top_p is 1.1"),
        ({"top_p": math.nan}, ValueError, "top_p is nan"),
        ({"seed": 0.5}, TypeError, "seed is 0.5"),
    ],
)
def test_sample_refuses(options, error, says):
    model = sharp(RNN(3, 5))
    with pytest.raises(error, match=says):
        sample(model, TEXT, "a", length=0, **options)
    if error is ValueError:
        with pytest.raises(error, match=says):
            draw(torch.zeros(1, 4), **options)


@pytest.mark.parametrize(
    "options, error, says",
    [
        ({"width": 0}, ValueError, "width is 0"),
        ({"width": 1.0}, TypeError, "width is 1.0"),
        ({"end": ""}, ValueError, "one character"),
        ({"end": "ab"}, ValueError, "one character"),
        ({"end": "é"}, ValueError, "unknown"),
        ({"end": 2}, TypeError, "end is 2"),
        ({"length_penalty": math.nan}, ValueError, "length_penalty is nan"),
    ],
)
def test_beam_refuses(options, error, says):
    with pytest.raises(error, match=says):
        beam(sharp(RNN(3, 5)), TEXT, "a", **options)


@pytest.mark.parametrize("write", [sample, beam])
def test_scores_that_are_no_numbers_are_refused(write):
    model = sharp(RNN(3, 5))
    with torch.no_grad():
        model.read_out.bias[1] = math.nan
    with pytest.raises(ValueError, match="scores are not numbers"):
        write(model, TEXT, "a", length=3)


def test_a_model_is_asked_for_and_one_of_indices():
    with pytest.raises(TypeError, match="model is"):
        sample("model", TEXT, "a")
    with pytest.raises(ValueError, match="input has shape|dtype|input is"):
        sample(Tagger(RNN(3, 5), 4), TEXT, "a")


def test_a_mass_met_exactly_is_enough():
    counts = frequencies([0.0, 0.0, 0.0, 0.0], top_p=0.5)
    assert len(counts.nonzero()) == 2


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("width", [1, 2, 3])
def test_ends_leave_the_full_width_alive(name, width):
    model = sharp(LAYERS[name]())
    alive, done = [""], []

    def better(text):
        return -log_probability(model, "d", text)

    for _ in range(5):
        longer = sorted((text + letter for text in alive for letter in TEXT.chars), key=better)
        done += [text for text in longer[: 2 * width] if text[-1] == "c"]
        alive = [text for text in longer if text[-1] != "c"][:width]
    best = sorted(done + alive, key=better)[:width]
    assert [t for t, _ in beam(model, TEXT, "d", 5, width, end="c")] == ["d" + t for t in best]
