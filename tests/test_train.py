"""fit and evaluate: deterministic, truncated where they say so, clear when refused."""

import io
import math
import subprocess
import sys
from functools import partial
from itertools import count

import nbclient
import nbformat
import pytest
import torch
from torch import nn

from rnnbook import (
    LSTM,
    RNN,
    Classifier,
    LanguageModel,
    Tagger,
    data,
    evaluate,
    fit,
    hardware,
    tasks,
)
from rnnbook.train import Log, NaNLossError, detach, loss_of, unroll


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


V = 7


class Stream:
    """Batches (x, y, first) from a function of the step; the state is never carried."""

    def __init__(self, batch, first=True, many=None):
        self.batch, self.first, self.many = batch, first, many

    def batches(self, B, seed):
        steps = count() if self.many is None else range(self.many)
        for step in steps:
            x, y, *lengths = self.batch(torch.Generator().manual_seed(1000 * seed + step), B)
            yield x, y, self.first or step == 0, *lengths


def symbols(generator, B, T=6):
    x_BN = torch.randint(V, (B, T + 1), generator=generator)
    return x_BN[:, :-1], x_BN[:, 1:]


def numbers(generator, B, T=6):
    x_BND = torch.randn(B, T + 1, 3, generator=generator)
    return x_BND[:, :-1], x_BND[:, 1:]


def small(cell=RNN, seed=0):
    torch.manual_seed(seed)
    return LanguageModel(cell(5, 6), V)


def by_hand(model, data, optimiser, steps, adapt=None, clip=1.0, **options):
    """The loop of fit in plain PyTorch; returns the losses."""
    losses, state = [], None
    for _, (x, y, first) in zip(range(steps), data.batches(32, 0, **options)):
        state = None if first else detach(state)
        output, state = model(x, state)
        loss = loss_of(output, y)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimiser.step()
        if adapt is not None:
            adapt.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("cell", [RNN, LSTM])
def test_fit_is_the_plain_loop_to_the_last_bit(cell):
    text, task = data.shakespeare(), tasks.recall(9)
    for make, stream, options in [
        (lambda: LanguageModel(cell(8, 9), text.V), text, {"T": 11}),
        (lambda: Classifier(cell(8, 9), task.K), task, {}),
    ]:
        torch.manual_seed(1)
        twin = make()
        adam = torch.optim.Adam(twin.parameters(), lr=3e-3)
        expected = by_hand(twin, stream, adam, 7, **options)
        torch.manual_seed(1)
        assert fit(make(), stream, 7, lr=3e-3, **options)["loss"] == expected


def test_the_calls_of_the_chapters_give_the_numbers_that_they_gave():
    torch.manual_seed(0)
    model, task = Tagger(RNN(4, 16), K=4), tasks.lag(T=12, steps=2)
    log = fit(model, task, 12, seed=1)
    assert log["loss"][::5] == pytest.approx([1.450253, 1.336046, 1.209512], rel=1e-4)
    assert log["grad_norm"][-1] == pytest.approx(0.326162, rel=1e-3)
    assert evaluate(model, task)["accuracy"] == pytest.approx(0.7265625, abs=0.01)
    torch.manual_seed(0)
    text = data.shakespeare()
    model = LanguageModel(RNN(D=8, H=24), V=text.V)
    assert fit(model, text, 12, lr=5e-3, T=16)["loss"][::5] == pytest.approx(
        [4.166471, 4.022625, 3.623141], rel=1e-4
    )
    scores = evaluate(model, text, split="valid", B=32, T=32, batches=6)
    assert scores["bits_per_char"] == pytest.approx(5.0369596, rel=1e-4)


@pytest.mark.parametrize(
    "options, twin",
    [
        ({}, torch.optim.Adam),
        ({"weight_decay": 0.1}, partial(torch.optim.Adam, weight_decay=0.1)),
        ({"optimiser": "adamw"}, partial(torch.optim.AdamW, weight_decay=0.0)),
        (
            {"optimiser": "adamw", "weight_decay": 0.2},
            partial(torch.optim.AdamW, weight_decay=0.2),
        ),
        ({"optimiser": "rmsprop", "momentum": 0.5}, partial(torch.optim.RMSprop, momentum=0.5)),
        ({"optimiser": "sgd", "momentum": 0.9}, partial(torch.optim.SGD, momentum=0.9)),
        ({"optimiser": torch.optim.Adagrad}, torch.optim.Adagrad),
    ],
)
def test_an_optimiser_is_torchs(options, twin):
    model = small()
    expected = by_hand(model, Stream(symbols), twin(model.parameters(), lr=0.02), 5)
    assert fit(small(), Stream(symbols), 5, lr=0.02, **options)["loss"] == expected


@pytest.mark.parametrize(
    "name, twin",
    [
        ("cosine", partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=12)),
        (
            "linear",
            partial(
                torch.optim.lr_scheduler.LinearLR, start_factor=1, end_factor=0, total_iters=12
            ),
        ),
        ("step", partial(torch.optim.lr_scheduler.MultiStepLR, milestones=[6, 9])),
        (lambda step: 0.5**step, partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5)),
    ],
)
def test_a_schedule_is_torchs(name, twin):
    model = small()
    sgd = torch.optim.SGD(model.parameters(), lr=0.3)
    schedule = twin(sgd)
    expected = by_hand(model, Stream(symbols), sgd, 12, schedule)
    options = {"optimiser": "sgd", "schedule": name, "lr": 0.3}
    log = fit(small(), Stream(symbols), 12, **options)
    assert log["loss"] == pytest.approx(expected, rel=1e-5)
    assert len(set(log["lr"])) == (3 if name == "step" else 12)


def test_the_rate_warms_up_and_then_follows_the_schedule():
    lr = fit(small(), Stream(symbols), 8, lr=0.4, warmup=4, schedule="linear")["lr"]
    assert lr == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1])
    assert fit(small(), Stream(symbols), 3, lr=0.4)["lr"] == [0.4] * 3


def test_clipping_by_value_bounds_every_number(monkeypatch):
    seen = []

    def sgd(parameters, lr):
        parameters = list(parameters)
        optimiser = torch.optim.SGD(parameters, lr=lr)
        optimiser.register_step_pre_hook(
            lambda *_: seen.append([p.grad.clone() for p in parameters])
        )
        return optimiser

    log = fit(small(), Stream(symbols), 1, optimiser=sgd, clip_value=1e-3)
    (clipped,) = seen
    fit(small(), Stream(symbols), 1, optimiser=sgd, clip=None)
    norm = torch.cat([g.flatten() for g in seen[1]]).norm().item()
    assert log["grad_norm"] == [pytest.approx(norm)] and norm > 1e-2
    for small_g, whole_g in zip(clipped, seen[1]):
        assert torch.equal(small_g, whole_g.clamp(-1e-3, 1e-3))


@pytest.mark.parametrize("cell", [RNN, LSTM])
def test_a_window_is_the_same_as_batches_that_were_cut(cell):
    class Cut:
        def batches(self, B, seed):
            for x, y, first in Stream(symbols, first=False).batches(B, seed):
                for at in (0, 4):
                    yield x[:, at : at + 4], y[:, at : at + 4], first and at == 0

    log = fit(small(cell), Stream(symbols, first=False), 9, window=4)
    assert log["loss"] == fit(small(cell), Cut(), 9)["loss"]


def test_a_window_that_asks_for_nothing_is_read_without_an_update():
    seen = []

    class Spy(Tagger):
        def forward(self, x_BTD, state=None):
            seen.append((x_BTD.shape[1], state is not None, torch.is_grad_enabled()))
            return super().forward(x_BTD, state)

    log = fit(Spy(RNN(4, 5), 4), tasks.lag(T=7, steps=5), steps=2, window=2)
    assert seen == [(2, False, False), (2, True, False), (2, True, True), (1, True, True)]
    assert len(log["loss"]) == 2
    with pytest.raises(ValueError, match="target at every step"):
        fit(Classifier(RNN(2, 3), 1), tasks.adding(T=4), 1, window=2)


@pytest.mark.parametrize("cell", [RNN, LSTM])
@pytest.mark.parametrize("window", [None, 2])
def test_padding_changes_neither_training_nor_scores(cell, window):
    """Losses of numbers with junk behind each end equal those over the real steps alone."""
    lengths_B = torch.tensor([2, 5, 1])

    def padded(junk, make):
        def batch(generator, B):
            x, y = (part.clone() for part in make(generator, B))
            for b, length in enumerate(lengths_B):
                x[b, length:] = junk if x.is_floating_point() else int(junk)
                y[b, length:] = junk if y.is_floating_point() else -100
            return x, y, lengths_B

        return Stream(batch)

    for make, model in ((numbers, lambda: Tagger(RNN(3, 4), 3)), (symbols, small)):
        found = []
        for junk in (0.0, 3.0):
            torch.manual_seed(0)
            one = model()
            log = fit(one, padded(junk, make), 4, B=3, window=window)
            found.append((log["loss"], evaluate(one, padded(junk, make), B=3)))
        assert found[0] == found[1]
    torch.manual_seed(0)
    one = Tagger(cell(3, 4), 3)
    x, y = numbers(torch.Generator().manual_seed(10_007_000), 3)
    parts = [(one(x[b : b + 1, :n])[0] - y[b, :n]).flatten() for b, n in enumerate(lengths_B)]
    score = evaluate(one, padded(3.0, numbers), B=3)["loss"]
    assert score == pytest.approx(torch.cat(parts).square().mean().item(), rel=1e-5)


def test_a_loss_of_ones_own_sees_the_asked_positions():
    seen = []

    def bce(output, target):
        seen.append((output.shape, target.shape))
        return nn.functional.binary_cross_entropy_with_logits(output, target)

    def keys(generator, B):
        x, y = numbers(generator, B)
        return (x > 0).float(), (y > 0).float(), torch.arange(1, B + 1)

    torch.manual_seed(0)
    model = Tagger(RNN(3, 4), 3)
    log = fit(model, Stream(keys), 2, B=4, loss=bce)
    assert seen == [((10, 3), (10, 3))] * 2 and list(log.rows)[0] == "loss"
    assert log["loss"][0] == pytest.approx(math.log(2), abs=0.2)
    assert evaluate(model, Stream(keys), B=4, loss=bce).keys() == {"loss"}
    own = fit(small(), Stream(symbols), 1, loss=nn.functional.cross_entropy)
    assert own["loss"] == pytest.approx(fit(small(), Stream(symbols), 1)["loss"])
    assert "bits_per_char" not in own.rows


def test_scores_weigh_every_asked_position_alike():
    class Uneven:
        def batches(self, B, seed):
            x_BT, y_BT = symbols(torch.Generator().manual_seed(seed), B)
            yield x_BT, torch.where(torch.arange(6) < 5, -100, y_BT), True
            yield x_BT[:, :3], y_BT[:, :3], True
            yield x_BT, y_BT, True

    model, rows = small(), []
    for x, y, _ in Uneven().batches(4, 10_007):
        log_p = model(x)[0].log_softmax(-1)[y != -100]
        rows.append((log_p, y[y != -100]))
    log_p, y = torch.cat([r[0] for r in rows]), torch.cat([r[1] for r in rows])
    scores = evaluate(model, Uneven(), batches=3, B=4)
    nats = -log_p[torch.arange(len(y)), y].mean().item()
    assert scores["loss"] == pytest.approx(nats, rel=1e-5)
    assert scores["perplexity"] == pytest.approx(math.exp(nats), rel=1e-5)
    assert scores["bits_per_char"] == pytest.approx(nats / math.log(2), rel=1e-5)
    assert scores["accuracy"] == int((log_p.argmax(1) == y).sum()) / len(y)


# Scheduled sampling and free running


def test_forced_unrolling_is_the_model_itself():
    model, (x_BT, _) = small(LSTM), symbols(None, 3)
    expected, (h_BH, c_BH) = model(x_BT)
    output, state = unroll(model, x_BT, forcing=1.0)
    assert torch.allclose(output, expected, atol=1e-6)
    assert torch.allclose(state[0], h_BH, atol=1e-6) and torch.allclose(state[1], c_BH, atol=1e-6)


def test_a_free_model_reads_what_it_predicted():
    torch.manual_seed(0)
    model, (x_BTD, _) = Tagger(RNN(3, 4), 3), numbers(None, 2)
    free, _ = unroll(model, x_BTD, prompt=2)
    read = torch.cat([x_BTD[:, :2], free[:, 1:-1]], dim=1)
    assert torch.allclose(model(read)[0], free, atol=1e-6)
    doubled, _ = unroll(model, x_BTD, feed=lambda output_BK: 2 * output_BK)
    read = torch.cat([x_BTD[:, :1], 2 * doubled[:, :-1]], dim=1)
    assert torch.allclose(model(read)[0], doubled, atol=1e-6)


def test_no_gradient_flows_through_a_prediction_that_is_read():
    torch.manual_seed(0)
    model, (x_BTD, _) = Tagger(RNN(3, 4), 3), numbers(None, 2)
    free, _ = unroll(model, x_BTD)
    free[:, -1].sum().backward()
    grad = model.layer.W_xh.grad.clone()
    model.zero_grad()
    read = torch.cat([x_BTD[:, :1], free[:, :-1].detach()], dim=1)
    model(read)[0][:, -1].sum().backward()
    assert torch.allclose(grad, model.layer.W_xh.grad, atol=1e-6)


class Fixed(nn.Module):
    """The same distribution at every step; keeps what it read."""

    def __init__(self, p_V):
        super().__init__()
        self.logits, self.read = nn.Parameter(torch.tensor(p_V).log()), []

    def forward(self, x_BT, state=None):
        self.read.append(x_BT)
        return self.logits.expand(*x_BT.shape, -1), None


def test_symbols_are_drawn_from_the_distribution_and_mixed_at_the_ratio():
    model, x_BT = Fixed([0.1, 0.6, 0.3, 1e-9]), torch.full((500, 21), 3)
    unroll(model, x_BT, forcing=0.25, generator=torch.Generator().manual_seed(0))
    read_BT = torch.cat(model.read, dim=1)
    assert (read_BT[:, 0] == 3).all()
    share_V = torch.bincount(read_BT[:, 1:].flatten(), minlength=4) / 10_000
    assert share_V.tolist() == pytest.approx([0.075, 0.45, 0.225, 0.25], abs=0.015)
    by_step = (read_BT[:, 1:] == 3).float().mean(0)
    by_sequence = (read_BT[:, 1:] == 3).float().mean(1)
    assert by_step.std() < 0.05 and 0.05 < by_sequence.std() < 0.15


@pytest.mark.parametrize(
    "forcing, ratios",
    [
        ("linear", [1, 0.75, 0.5, 0.25, 0]),
        ("inverse sigmoid", [0.993307, 0.924142, 0.5, 0.075858, 0.006693]),
        (lambda p: p * p, [0, 1 / 16, 1 / 4, 9 / 16, 1]),
        (0.3, [0.3] * 5),
    ],
)
def test_the_ratio_follows_the_progress(forcing, ratios, monkeypatch):
    seen = []
    original = unroll

    def spy(model, x, state, forcing, **options):
        seen.append(forcing)
        return original(model, x, state, forcing, **options)

    monkeypatch.setattr("rnnbook.train.forcing.unroll", spy)
    fit(small(), Stream(symbols), 5, forcing=forcing)
    assert seen == pytest.approx([ratio for ratio in ratios if ratio < 1], abs=1e-6)


def test_the_seed_decides_what_is_fed_and_forcing_one_is_the_plain_run():
    runs = [fit(small(), Stream(symbols), 4, forcing=0.5)["loss"] for _ in range(2)]
    assert runs[0] == runs[1] != fit(small(), Stream(symbols), 4)["loss"]
    assert (
        fit(small(), Stream(symbols), 4, forcing=1)["loss"]
        == fit(small(), Stream(symbols), 4)["loss"]
    )


def test_free_running_scores_only_what_comes_after_the_prompt():
    class Next(nn.Module):
        """Counts up, and goes wrong for good once it has read a 4."""

        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(9.0))

        def forward(self, x_BT, state=None):
            y_BT = torch.where(x_BT == 4, 0, (x_BT + 1) % V)
            return nn.functional.one_hot(y_BT, V) * self.scale, None

    def counting(generator, B):
        x_BN = torch.arange(1, 8).expand(B, -1) % V
        return x_BN[:, :-1], x_BN[:, 1:]  # 1 to 6, and 2 to 0

    forced = evaluate(Next(), Stream(counting), B=3)
    free = evaluate(Next(), Stream(counting), B=3, forcing=0.0)
    assert forced["accuracy"] == pytest.approx(5 / 6)
    assert free["accuracy"] == pytest.approx(3 / 6)
    assert evaluate(Next(), Stream(counting), B=3, prompt=4)["accuracy"] == 1
    late = evaluate(Next(), Stream(counting), B=3, prompt=5, forcing=0.0)
    assert late["accuracy"] == 1


@pytest.mark.parametrize(
    "model, batches, says",
    [
        (lambda: Tagger(RNN(4, 5), 4), tasks.lag(T=5), "the inputs are torch.float32"),
        (lambda: Classifier(RNN(2, 5), 1), tasks.adding(T=5), "no target at every step"),
        (lambda: Tagger(RNN(3, 5, bidirectional=True), 3), Stream(numbers), "both directions"),
        (lambda: small(), Stream(lambda g, B: (symbols(g, B)[0],) * 2), "not the next inputs"),
    ],
)
def test_forcing_is_refused_where_a_prediction_is_no_input(model, batches, says):
    with pytest.raises(ValueError, match=says):
        fit(model(), batches, 1, forcing=0.5)


# Validation, early stopping, progress


class Parts:
    """A part to train on and another one, larger, to validate on."""

    def batches(self, B, seed, T=4, split="train"):
        asked.append((split, B, T))
        while True:
            yield *symbols(torch.Generator().manual_seed(len(split)), B, T), True


asked = []


def test_validation_happens_every_so_often_and_changes_nothing():
    asked.clear()
    log = fit(small(), Parts(), 7, valid=Parts(), every=3, T=5, valid_options={"B": 9})
    assert log.steps["valid_loss"] == [3, 6, 7] and log.steps["loss"] == list(range(7))
    assert asked == [("train", 32, 5)] + [("valid", 9, 5)] * 3
    assert log["loss"] == fit(small(), Parts(), 7, T=5)["loss"]
    assert {"valid_accuracy", "valid_perplexity"} <= log.rows.keys()
    assert log.stopped == "steps" and log.best["loss"] == min(log["valid_loss"])


def test_patience_ends_the_run_with_the_best_weights():
    model = small()
    log = fit(model, Parts(), 400, valid=Parts(), every=2, patience=3, lr=0.1)
    losses = log["valid_loss"]
    best = losses.index(min(losses))
    assert log.stopped == "patience" and len(log["loss"]) < 400
    assert len(losses) == best + 1 + 3 and log.best == {"step": 2 * best + 2, "loss": min(losses)}
    assert evaluate(model, Parts(), B=32, split="valid")["loss"] == min(losses)
    kept = small()
    fit(kept, Parts(), 400, valid=Parts(), every=2, patience=3, lr=0.1, keep_best=False)
    assert evaluate(kept, Parts(), B=32, split="valid")["loss"] == losses[-1]


SHOWN = """
import os
print("before")
from rnnbook import RNN, Tagger, fit, tasks
from rnnbook.train import progress
model = Tagger(RNN(4, 5), 4)
fit(model, tasks.lag(T=5), steps=3)
progress.DELAY = 0
log = fit(model, tasks.lag(T=5), steps=3)
print("after")
"""
NOT_SHOWN = """
os.environ["CI"] = "1"
fit(Tagger(RNN(4, 5), 4), tasks.lag(T=5), steps=3).stopped
"""


def test_a_bar_leaves_nothing_in_a_notebook(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    cells = [nbformat.v4.new_code_cell(source) for source in (SHOWN, NOT_SHOWN)]
    nb = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(
        nb, store_widget_state=True, extra_arguments=["--log-level=ERROR"]
    ).execute()
    before, emptied, after = nb.cells[0].outputs
    assert (before.text, after.text) == ("before\n", "after\n")
    assert emptied.data == {"text/plain": ""} and "widgets" not in nb.metadata
    (value,) = nb.cells[1].outputs
    assert value.data == {"text/plain": "'steps'"}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def on_a_terminal(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("rnnbook.train.progress.DELAY", 0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    return sys.stderr


def test_a_bar_leaves_nothing_on_a_terminal(monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    fit(small(), Stream(symbols), 3)
    *_, last = terminal.getvalue().rstrip("\r").split("\r")
    assert "/3 [" in terminal.getvalue() and "\n" not in terminal.getvalue()
    assert last.strip() == ""


@pytest.mark.parametrize("why", ["option", "CI", "no terminal", "quick"])
def test_no_bar_where_nobody_looks_and_for_a_quick_run(why, monkeypatch):
    terminal = on_a_terminal(monkeypatch)
    if why == "CI":
        monkeypatch.setenv("CI", "1")
    if why == "no terminal":
        monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    if why == "quick":
        monkeypatch.setattr("rnnbook.train.progress.DELAY", 1)
    fit(small(), Stream(symbols), 2, progress=why != "option")
    assert terminal.getvalue() == ""


def test_importing_is_quick():
    heavy = {"matplotlib", "joblib", "distributed", "IPython"}
    code = f"import sys, rnnbook.train; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


# What ends a run early, and what is refused


class Steep(nn.Module):
    """A finite loss whose gradient is not."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))

    def forward(self, x, state=None):
        return x[:, -1, :1] * self.w.abs().sqrt(), None


def test_a_gradient_that_is_not_finite_stops_before_it_is_used():
    model = Steep()
    with pytest.raises(NaNLossError, match="gradient norm is nan at step 0"):
        fit(model, tasks.adding(T=3), 2, clip=None)
    assert model.w.item() == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, NaNLossError])
def test_the_log_of_a_run_that_was_stopped_is_not_lost(error):
    def batch(generator, B):
        x, y = numbers(generator, B)
        batch.calls += 1
        if batch.calls == 4:
            if error is KeyboardInterrupt:
                raise error
            x[0, 0, 0] = float("nan")
        return x, y

    batch.calls = 0
    with pytest.raises(error) as stopped:
        fit(Tagger(RNN(3, 4), 3), Stream(batch), 9)
    assert len(stopped.value.log["loss"]) == 3 and stopped.value.log.stopped is None


@pytest.mark.parametrize(
    "options, kind, says",
    [
        ({"steps": -1}, ValueError, "steps is -1"),
        ({"steps": 2.5}, TypeError, "steps is 2.5"),
        ({"B": 0}, ValueError, "B is 0"),
        ({"lr": -0.1}, ValueError, "lr is -0.1"),
        ({"lr": math.inf}, ValueError, "lr is inf"),
        ({"lr": math.nan}, ValueError, "lr is nan"),
        ({"lr": "0.1"}, TypeError, "lr is '0.1'"),
        ({"clip": 0.0}, ValueError, "clip is 0.0"),
        ({"clip_value": -1.0}, ValueError, "clip_value is -1"),
        ({"forcing": 1.5}, ValueError, "forcing is 1.5"),
        ({"forcing": lambda p: -1}, ValueError, "forcing is -1"),
        ({"forcing": "never"}, ValueError, "'linear', 'inverse sigmoid'"),
        ({"patience": 2}, ValueError, "valid="),
        ({"patience": 0, "valid": tasks.lag(5)}, ValueError, "patience is 0"),
        ({"every": 0}, ValueError, "every is 0"),
        ({"window": 0}, ValueError, "window is 0"),
        ({"weight_decay": -0.1}, ValueError, "weight_decay is -0.1"),
        ({"momentum": 0.9}, ValueError, "'adam' takes no momentum"),
        ({"optimiser": "lion"}, ValueError, "'adam', 'adamw', 'rmsprop', 'sgd'"),
        ({"schedule": "sine"}, ValueError, "'constant', 'linear', 'cosine', 'step'"),
        ({"shedule": "cosine"}, TypeError, "unknown option shedule; fit takes .*schedule"),
        ({"data": 3}, TypeError, "batches"),
        ({"data": Stream(symbols, many=2), "steps": 5}, ValueError, "ended after 2 batches"),
        ({"data": Stream(symbols, many=0)}, ValueError, "ended after 0 batches"),
        ({"model": nn.Dropout()}, TypeError, "weights"),
        ({"model": LanguageModel}, TypeError, "module"),
        ({"model": small().requires_grad_(False)}, TypeError, "weights to fit"),
        ({"valid": 3}, TypeError, "valid is 3"),
        ({"data": Stream(numbers), "model": Tagger(RNN(3, 4), 2)}, ValueError, r"6, 2\).*6, 3\)"),
        ({"data": tasks.adding(4), "model": Tagger(RNN(2, 4), 1)}, ValueError, r"\(32, 1\)"),
        ({"model": Tagger(RNN(5, 4), V - 1, V=V)}, ValueError, "up to 6.* has 6 scores"),
        ({"data": Stream(lambda g, B: [symbols(g, B)[0]] * 4)}, TypeError, "5 parts"),
    ],
)
def test_what_cannot_be_is_refused(options, kind, says):
    arguments = {"model": small(), "data": Stream(symbols), "steps": 2, **options}
    with pytest.raises(kind, match=says):
        fit(**arguments)


def test_scores_refuse_what_cannot_be():
    with pytest.raises(ValueError, match="ended after 2 batches; 3"):
        evaluate(small(), Stream(symbols, many=2), batches=3)
    with pytest.raises(ValueError, match="forcing is 2"):
        evaluate(small(), Stream(symbols), forcing=2)
    with pytest.raises(ValueError, match="batches is 0"):
        evaluate(small(), Stream(symbols), batches=0)
    with pytest.raises(TypeError, match="data is None"):
        evaluate(small(), None)
    with pytest.raises(ValueError, match="make it shorter"):
        evaluate(small(), Stream(symbols), prompt=9)
    nothing = Stream(lambda g, B: (torch.zeros(B, 3).long(), torch.full((B, 3), -100)))
    with pytest.raises(ValueError, match="asks for no answer"):
        evaluate(small(), nothing)


def test_a_rate_of_zero_changes_no_weight():
    model, weights = small(), small().state_dict()
    fit(model, Stream(symbols), 2, lr=0.0)
    assert all(torch.equal(w, weights[name]) for name, w in model.state_dict().items())


def test_no_steps_leave_the_model_as_it_was():
    model, log = small(), fit(small(), Stream(symbols, many=0), 0)
    assert log.rows == {} and log.stopped == "steps" and repr(log) == "Log(empty)"
    assert all(p.grad is None for p in model.parameters())


def test_options_are_seen_in_the_signature():
    assert {"optimiser", "window", "valid", "options"} <= fit.__signature__.parameters.keys()


# The log


def test_a_table_of_a_log_is_short_and_has_the_last_step():
    log = Log()
    for step in range(1234):
        log.add(step, loss=1 / (step + 1), lr=0.1)
        if step % 50 == 0:
            log.add(step, valid_loss=2.0)
    lines = log.table().splitlines()
    assert repr(log.table()) == str(log.table()) and 8 <= len(lines) <= 15
    assert lines[0].split() == ["step", "loss", "lr", "valid_loss"]
    assert lines[-1].split()[0] == "1233" and all("2" in line.split()[-1] for line in lines[1:-2])
    steps = [int(line.split()[0]) for line in log.table(["loss"], every=100).splitlines()[1:]]
    assert steps == [*range(0, 1201, 100), 1233]
    assert log.last("loss") == 1 / 1234 and log.last("none", default=3) == 3


def test_rows_are_drawn_against_their_steps_and_smoothed():
    log = Log()
    for step in range(6):
        log.add(step, loss=float(step))
    log.add(5, valid_loss=1.0)
    loss, valid = log.plot("loss", "valid_loss", smooth=3).axes[0].lines
    assert list(loss.get_ydata()) == [0, 0.5, 1, 2, 3, 4] and list(valid.get_xdata()) == [5]


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
