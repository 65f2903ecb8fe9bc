"""The teacher-forcing figure: the same predictions in the page, in Python and in torch."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnbook.cells import elman_step
from rnnbook.widgets import teacher_forcing
from rnnbook.widgets.teacher_forcing import T, TeacherForcing, predict, wave
from tests.widgets.engine import run

STORED = Path(__file__).parents[2] / "experiments" / "results" / "teacher_forcing_figure.json"
SETTINGS = [
    *TeacherForcing.views.values(),
    {"network": "long", "start": 10, "nudge": -1.0, "nudge_step": 79},
    {"network": "other", "start": 90, "share": 0.3, "seed": 77, "nudge": 0.35, "nudge_step": 10},
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_runs_are_the_same_in_both_languages(setting):
    figure = TeacherForcing(**setting)
    names = ("start", "share", "nudge", "nudge_step", "seed")
    now = {name: getattr(figure, name) for name in names}
    theirs = run("teacher_forcing", "forcing(w, s)", w=figure.weights[figure.network], s=now)
    for name, ours in figure.runs().items():
        assert np.abs(np.array(theirs["runs"][name]) - ours).max() < 1e-12
    for name, ours in figure.errors().items():
        assert theirs["errors"][name] == pytest.approx(ours, rel=1e-9)
    assert run("teacher_forcing", "wave") == wave().tolist()


def test_predictions_are_those_of_the_package():
    """rnnbook's plain step, fed the truth up to step 40 and then its own predictions."""
    weights = teacher_forcing.WEIGHTS["long"]
    w = {name: torch.tensor(value, dtype=torch.double) for name, value in weights.items()}
    x, h_BH, out, found = wave(), torch.zeros(1, 8, dtype=torch.double), 0.0, []
    for t in range(T):
        fed_BD = torch.tensor([[x[t] if t < 40 else out]], dtype=torch.double)
        h_BH = elman_step(fed_BD, h_BH, w["W_xh"][:, None], w["W_hh"], w["b_h"])
        out = (h_BH[0] @ w["W_hy"] + w["b_y"]).item()
        found.append(out)
    assert np.abs(predict(weights, np.arange(T) < 40) - found).max() < 1e-9


def test_weights_are_those_of_the_stored_experiment():
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    names = {"early": "early 3", "long": "forced 3", "other": "forced 1"}
    found = {name: stored["weights"][key] for name, key in names.items()}
    assert found == teacher_forcing.WEIGHTS


def test_coins_fall_as_often_as_the_share_says():
    fed = np.array([teacher_forcing.coins(0.3, seed) for seed in range(50)])
    assert fed.mean() == pytest.approx(0.3, abs=0.03)
    assert teacher_forcing.coins(1.0, 3).all() and not teacher_forcing.coins(0.0, 3).any()


def test_the_better_one_step_ahead_is_the_worse_on_its_own():
    """What the first sentence of the figure says and asks, on the wave that it shows."""
    early, long, other = (TeacherForcing(network=n).errors() for n in teacher_forcing.WEIGHTS)
    assert early["forced"] < 0.01 * early["zero"] and early["free"] > early["zero"]
    assert long["forced"] < 0.8 * other["forced"] and long["free"] > 5 * other["free"]


def test_the_stored_experiment_says_the_same_of_a_thousand_waves():
    errors = json.loads(STORED.read_text(encoding="utf-8"))["errors"]
    power = (0.6**2 + 0.4**2) / 2
    for seed in range(4):
        early = errors[f"early {seed}"]
        assert early["one_step"] < 0.01 * power and early["free"] > power
    forced = [errors[f"forced {seed}"] for seed in range(4)]
    best, worst = min(forced, key=lambda e: e["one_step"]), max(forced, key=lambda e: e["free"])
    assert best is worst is errors["forced 3"]


@pytest.mark.parametrize("network", teacher_forcing.WEIGHTS)
def test_a_nudge_dies_out_under_forcing_and_stays_in_free_running(network):
    shown = TeacherForcing(network=network, nudge=0.8).shown()
    assert float(shown["free_moved"]) > 10 * float(shown["forced_moved"])
    assert "free_moved" not in TeacherForcing(network=network).shown()


def test_full_share_is_teacher_forcing():
    runs = TeacherForcing(share=1.0).runs()
    assert (runs["forced"] == runs["free"]).all()
