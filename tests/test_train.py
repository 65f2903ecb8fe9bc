"""fit, evaluate and sample: deterministic, truncated where they say so, clear when refused."""

import math

import pytest
import torch

from rnnbook import LSTM, RNN, LanguageModel, Tagger, data, evaluate, fit, hardware, sample, tasks
from rnnbook.train import Log, NaNLossError, detach, loss_of


def small_model(seed=0):
    torch.manual_seed(seed)
    text = data.shakespeare()
    return LanguageModel(RNN(8, 16), text.V), text


def test_the_same_seed_gives_the_same_numbers():
    runs = []
    for _ in range(2):
        model, text = small_model()
        runs.append(fit(model, text, steps=5, seed=3, T=16)["loss"])
    model, text = small_model()
    assert runs[0] == runs[1] != fit(model, text, steps=5, seed=4, T=16)["loss"]


def test_loss_falls_below_the_uniform_model():
    model, text = small_model()
    log = fit(model, text, steps=60, T=32)
    assert log["bits_per_char"][0] == pytest.approx(math.log2(text.V), abs=0.4)
    assert log["bits_per_char"][-1] < 4.6
    assert evaluate(model, text, B=8, T=32, split="valid")["bits_per_char"] < 4.8


def test_the_state_is_carried_within_the_streams_and_detached():
    seen = []

    class Spy(Tagger):
        def forward(self, x_BTD, state=None):
            seen.append(state)
            return super().forward(x_BTD, state)

    class Stream:
        def batches(self, B, seed):
            for step in range(4):
                yield torch.zeros(B, 3, 2), torch.zeros(B, 3, 1), step in (0, 2)

    fit(Spy(LSTM(2, 4), 1), Stream(), steps=4)
    assert seen[0] is None and seen[2] is None
    assert not seen[1][0].requires_grad and not seen[3][1].requires_grad


def test_detach_keeps_the_numbers():
    h = torch.ones(2, requires_grad=True) * 2
    assert not detach((h, h))[1].requires_grad and (detach(h) == 2).all()


def test_a_model_without_a_state_can_be_trained_on_a_stream():
    class Blind(torch.nn.Linear):
        def forward(self, x_BTD, state=None):
            assert state is None
            return super().forward(x_BTD), None

    class Stream:
        def batches(self, B, seed):
            for step in range(3):
                yield torch.ones(B, 3, 2), torch.zeros(B, 3, 1), step == 0

    assert detach(None) is None and detach((None, None)) == (None, None)
    losses = fit(Blind(2, 1), Stream(), steps=3)["loss"]
    assert len(losses) == 3 and losses[-1] < losses[0]


def test_clipping_bounds_the_step_and_the_log_keeps_the_norm_before():
    torch.manual_seed(0)
    task = tasks.adding(T=5)
    log = fit(Tagger(RNN(2, 4), 1), _PerStep(task), steps=3, clip=1e-3)
    assert max(log["grad_norm"]) > 1e-2


class _PerStep:
    def __init__(self, task):
        self.task = task

    def batches(self, B, seed):
        for x, y, first in self.task.batches(B, seed):
            yield x, y[:, None].expand(-1, x.shape[1], -1), first


def test_clip_scales_the_gradient(monkeypatch):
    norms = []
    step = torch.optim.Adam.step

    def spy(self, *args, **kwargs):
        grads = [p.grad for group in self.param_groups for p in group["params"]]
        norms.append(torch.cat([g.flatten() for g in grads if g is not None]).norm().item())
        return step(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.Adam, "step", spy)
    model, text = small_model()
    log = fit(model, text, steps=2, T=8, clip=0.01)
    assert norms == pytest.approx([0.01, 0.01], rel=1e-3)
    assert min(log["grad_norm"]) > 0.01


def test_a_loss_that_is_not_a_number_stops_the_run():
    model, text = small_model()
    fit_once = fit(model, text, steps=1, T=8)
    with torch.no_grad():
        model.read_out.bias[0] = float("nan")
    with pytest.raises(NaNLossError, match="step 0"):
        fit(model, text, steps=1, T=8)
    with pytest.raises(KeyError, match="logged are loss"):
        fit_once["perplexity"]


def test_unasked_positions_do_not_count():
    logits = torch.randn(2, 3, 4)
    target = torch.tensor([[-100, 1, 2], [-100, -100, 3]])
    asked = torch.nn.functional.cross_entropy(logits[target != -100], target[target != -100])
    assert loss_of(logits, target).item() == pytest.approx(asked.item())


def test_accuracy_of_a_perfect_answer_is_one():
    class Oracle(torch.nn.Module):
        def forward(self, x_BTD, state=None):
            return torch.roll(x_BTD, 2, dims=1) * 9, None

    score = evaluate(Oracle(), tasks.lag(T=6, steps=2), B=16)
    assert score["accuracy"] == 1.0 and score["loss"] < 0.01


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


@pytest.mark.parametrize(
    "prompt, temperature, says", [("", 1, "empty"), ("é", 1, "unknown"), ("a", -1, "temperature")]
)
def test_sample_refuses(prompt, temperature, says):
    model, text = small_model()
    with pytest.raises(ValueError, match=says):
        sample(model, text, prompt, temperature=temperature)


def test_log_draws_a_named_row():
    log = Log()
    for loss in (3.0, 2.0):
        log.add(loss=loss)
    (line,) = log.plot("loss").axes[0].lines
    assert list(line.get_ydata()) == [3.0, 2.0]


def test_device_can_be_chosen():
    assert hardware.use("cpu") == hardware.device() == torch.device("cpu")
    with pytest.raises(ValueError, match="expected one of"):
        hardware.use("cuda:99")
    assert hardware.use(None).type == hardware.available()[0]
