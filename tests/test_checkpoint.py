"""A run that was interrupted and taken up again ends like one that never stopped."""

import random

import pytest
import torch
from torch import nn

from rnnbook import LSTM, RNN, evaluate, fit, tasks
from rnnbook.train import CheckpointError, Log

V, EVERY = 7, 4


class Stop(Exception):
    pass


class Counting:
    """Streams of indices to predict: noise in front of a rule, with breaks in the state."""

    def __init__(self):
        self.breaks_at = None

    def batches(self, B, seed, split="train"):
        generator = torch.Generator().manual_seed(seed)
        for step in range(1000):
            if step == self.breaks_at:
                raise Stop
            x_BN = torch.randint(V, (B, 7), generator=generator)
            yield x_BN[:, :-1], x_BN[:, 1:], step % 5 == 0


class Noisy(nn.Module):
    """A small language model with dropout."""

    def __init__(self, layer):
        super().__init__()
        self.embed, self.layer = nn.Embedding(V, layer.D), layer
        self.drop, self.read_out = nn.Dropout(0.3), nn.Linear(layer.H, V)

    def forward(self, x_BT, state=None):
        y_BTH, state = self.layer(self.drop(self.embed(x_BT)), state)
        return self.read_out(self.drop(y_BTH)), state


def started(cell, seed=0):
    torch.manual_seed(seed)
    return Noisy(cell(5, 6))


CASES = {
    "plain": {},
    "schedule": {"schedule": "cosine", "warmup": 3, "optimiser": "sgd", "momentum": 0.9},
    "best": {"valid": Counting(), "keep_best": True},
    "patience": {"valid": Counting(), "patience": 2, "lr": 0.3},
    "sampling": {"forcing": "linear"},
    "window": {"window": 4},
}
STEPS = 22


@pytest.mark.parametrize("cell", [RNN, LSTM])
@pytest.mark.parametrize("case", CASES)
def test_interrupted_and_resumed_equals_uninterrupted(cell, case, tmp_path):
    options = {"steps": STEPS, "B": 3, "seed": 2, "every": EVERY, **CASES[case]}
    whole, data = started(cell), Counting()
    expected = fit(whole, data, **options)
    options["checkpoint"] = tmp_path / "run.pt"
    for seed, stop in enumerate((6, 10, 14, 18, None)):
        model, data.breaks_at = started(cell, seed), stop
        try:
            log = fit(model, data, **options)
        except Stop:
            assert stop is not None and options["checkpoint"].exists()
    assert_same(log, expected, model, whole)
    if case == "patience":
        assert log.stopped == "patience" and len(log["loss"]) < STEPS
        assert log.best["step"] < log.steps["valid_loss"][-1]


def assert_same(log, expected, model, whole):
    """Everything but the time is equal to the last bit."""
    for row in expected.rows:
        assert log.steps[row] == expected.steps[row]
        assert row == "seconds" or log[row] == expected[row]
    assert (log.best, log.stopped) == (expected.best, expected.stopped)
    for (name, weight), (_, other) in zip(
        model.state_dict().items(), whole.state_dict().items(), strict=True
    ):
        assert torch.equal(weight, other), name
    assert evaluate(model, Counting(), B=5) == evaluate(whole, Counting(), B=5)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "deep" / "run.pt"
    options = {"steps": 6, "B": 3, "every": 3, "checkpoint": path}
    fit(started(RNN), Counting(), **options)
    return options


def test_a_finished_run_is_read_and_not_repeated(saved):
    data = Counting()
    data.breaks_at = 0
    log = fit(started(RNN, seed=5), data, **saved)
    assert len(log["loss"]) == 6 and log.stopped == "steps"
    torch.load(saved["checkpoint"], weights_only=True)


@pytest.mark.parametrize(
    "name, value",
    [("seed", 1), ("B", 4), ("lr", 0.1), ("steps", 7), ("optimiser", "sgd"), ("split", "valid")],
)
def test_another_call_is_refused_by_name(saved, name, value):
    before = saved["checkpoint"].read_bytes()
    with pytest.raises(CheckpointError, match=rf"there {name} is .*, here '?{value}"):
        fit(started(RNN), Counting(), **{**saved, name: value})
    assert saved["checkpoint"].read_bytes() == before


def test_another_model_or_other_data_are_refused(saved):
    with pytest.raises(CheckpointError, match=r"W_xh is \(6, 5\), here \(24, 5\)"):
        fit(started(LSTM), Counting(), **saved)
    with pytest.raises(CheckpointError, match="there model is"):
        other = started(RNN)
        other.drop = nn.Dropout(0.4)
        fit(other, Counting(), **saved)
    with pytest.raises(CheckpointError, match="there data is .*Counting"):
        fit(started(RNN), tasks.recall(4), **saved)


def test_a_damaged_file_is_named_and_left_alone(saved):
    path, chance = saved["checkpoint"], random.Random(0)
    whole, weight = path.read_bytes(), torch.load(path)["model"]["read_out.weight"]
    torch.save({"model": {}}, path)
    contents = [path.read_bytes(), b"", chance.randbytes(500), b"PK" + whole[2:300]]
    contents += [whole[: chance.randrange(len(whole))] for _ in range(10)]
    at = whole.index(weight.numpy().tobytes())
    contents += [whole[:at] + b"\x00\x01" + whole[at + 2 :]]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="move it away"):
            fit(started(RNN), Counting(), **saved)
        assert path.read_bytes() == content


def test_a_crash_while_saving_loses_nothing(saved, monkeypatch):
    path, longer = saved["checkpoint"], {**saved, "steps": 20}
    path.unlink()

    def crash(kept, file):
        if kept["step"] == 9:
            file.write(b"half")
            raise Stop
        write(kept, file)

    write = torch.save
    monkeypatch.setattr(torch, "save", crash)
    with pytest.raises(Stop):
        fit(started(RNN), Counting(), **longer)
    monkeypatch.undo()
    log = fit(started(RNN, seed=3), Counting(), **longer)
    del longer["checkpoint"]
    assert log["loss"] == fit(started(RNN), Counting(), **longer)["loss"]


def test_a_log_is_saved_and_loaded(tmp_path):
    log = fit(started(RNN), Counting(), steps=3, B=2, valid=Counting(), every=2)
    log.save(tmp_path / "log.json")
    assert vars(Log.load(tmp_path / "log.json")) == vars(log)
