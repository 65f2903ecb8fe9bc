"""The schedules figure: the page trains as Python does, and both as torch does."""

import math

import numpy as np
import pytest
import torch

from rnnbook.widgets import schedules
from rnnbook.widgets.schedules import OPTIMISERS, SCHEDULES, SWEEP, Schedules, training
from tests.widgets.engine import run

SETTINGS = [
    (optimiser, schedule, log_rate, clip)
    for optimiser in OPTIMISERS
    for schedule, log_rate, clip in (
        ("constant", 0.2, True),
        ("cosine", -0.7, False),
        ("step", -2.0, True),
        ("constant", 0.7, False),
    )
]


@pytest.mark.parametrize("optimiser, schedule, log_rate, clip", SETTINGS)
def test_training_is_the_same_in_both_languages(optimiser, schedule, log_rate, clip):
    setting = {"optimiser": optimiser, "schedule": schedule, "log_rate": log_rate, "clip": clip}
    ours, theirs = training(**setting), run("schedules", "training(s)", s=setting)
    assert theirs["diverged"] == ours["diverged"]
    assert len(theirs["losses"]) == len(ours["losses"])
    assert np.abs(np.array(theirs["losses"]) - ours["losses"]).max() < 1e-9
    assert np.abs(np.array(theirs["rates"]) - ours["rates"]).max() < 1e-12


class Network(torch.nn.Module):
    """torch's network with the weights that the figure starts from."""

    def __init__(self):
        super().__init__()
        w = torch.tensor(schedules.start())
        self.rnn = torch.nn.RNN(1, 3, bias=True, dtype=torch.double)
        self.out = torch.nn.Linear(3, 1, dtype=torch.double)
        with torch.no_grad():
            self.rnn.weight_ih_l0[:, 0] = w[:3]
            self.rnn.weight_hh_l0[:] = w[3:12].reshape(3, 3)
            self.rnn.bias_hh_l0[:] = w[12:15]
            self.rnn.bias_ih_l0.zero_()
            self.out.weight[0] = w[15:18]
            self.out.bias[0] = w[18]
        self.rnn.bias_ih_l0.requires_grad = False

    def forward(self, x_TB):
        return self.out(self.rnn(x_TB[..., None])[0])[..., 0]


def optimiser_of(name, parameters, lr):
    return {
        "SGD": lambda: torch.optim.SGD(parameters, lr),
        "momentum": lambda: torch.optim.SGD(parameters, lr, momentum=0.9),
        "RMSprop": lambda: torch.optim.RMSprop(parameters, lr),
        "Adam": lambda: torch.optim.Adam(parameters, lr),
    }[name]()


def cosine_or_one(schedule):
    """The schedule as the chapter writes it, without the figure's rounding."""
    if schedule == "constant":
        return lambda k: 1.0
    return lambda k: (k + 1) / 30 if k < 30 else 0.5 * (1 + math.cos(math.pi * (k - 30) / 270))


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("name, log_rate", [*zip(OPTIMISERS, (-0.2, -1.0, -2.0, -1.5))])
def test_hundred_steps_are_those_of_torch(name, log_rate, schedule, clip):
    network, losses = Network(), []
    weights = [p for p in network.parameters() if p.requires_grad]
    optimiser = optimiser_of(name, weights, schedules.learning_rate(log_rate))
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, cosine_or_one(schedule))
    for x, clean, y in zip(*map(torch.tensor, schedules.signs())):
        out = network(x)
        losses.append((out - clean).square().mean().item())
        optimiser.zero_grad()
        (out - y).square().mean().backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        plan.step()
        if len(losses) == 100:
            break
    ours = training(name, schedule, log_rate, clip, steps=100)["losses"]
    # The rounding of the cosine to 2^-20 is all that may differ.
    assert np.abs(ours - losses).max() < (1e-10 if schedule == "constant" else 2e-5)


def test_schedules_at_their_corners():
    cosine, step = SCHEDULES["cosine"], SCHEDULES["step"]
    assert cosine(0) == pytest.approx(1 / 30) and cosine(29) == cosine(30) == 1
    assert cosine(165) == pytest.approx(0.5) and 0 <= cosine(299) < 1e-4
    assert [step(k) for k in (0, 99, 100, 199, 200, 299)] == [1, 1, 0.1, 0.1, 0.01, 0.01]


@pytest.mark.parametrize("key", SWEEP)
def test_stored_sweep_is_what_the_page_would_compute(key):
    optimiser, schedule, *clip = key.split()
    setting = {"optimiser": optimiser, "schedule": schedule, "clip": bool(clip)}
    assert run("schedules", "sweep(s)", s=setting) == SWEEP[key]


def test_a_falling_rate_turns_a_bad_rate_into_a_good_one():
    """What the first sentence of the figure promises."""

    def final(**settings):
        losses = Schedules(**settings).run()
        return losses["diverged"], schedules.final_loss(losses["losses"])

    assert final()[1] > 10 * final(schedule="cosine")[1]
    two_up = {"schedule": "cosine", "log_rate": 0.0}
    assert final(**two_up)[0] > 0
    assert final(**two_up, clip=True) == (0, pytest.approx(0.00076, rel=0.01))
    wide = {name: len(schedules.good_rates(name, "constant", False)) for name in OPTIMISERS}
    assert wide["Adam"] <= wide["SGD"] + 2


def test_a_view_shows_its_numbers():
    shown = Schedules(**Schedules.views["One step too far"]).shown()
    assert shown["diverged"] == "diverged at step 36" and "final" not in shown
    assert Schedules().shown()["final"] == "0.01286"
    assert Schedules().shown()["width"] == "1.9"
