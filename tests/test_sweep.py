"""A sweep gives the same numbers in this process, in others and on a cluster."""

import os
from functools import partial

import joblib
import pytest
import torch

from rnnbook import GRU, LSTM, RNN, LanguageModel, Tagger, data, evaluate, fit, plot, tasks
from rnnbook.train import Runs, SweepError, run_grid, sweep

FAST = {"steps": 3, "H": 5, "B": 4}
# A notebook's functions live in __main__, where other processes cannot import them from.
NOTEBOOK = """
import os, time
from rnnbook import LSTM, RNN, Classifier, evaluate, fit, tasks
import torch

def measure(cell, T, seed):
    task = tasks.adding(T=T)
    model = torch.nn.Dropout(0.2)
    noisy = Classifier(cell(task.D, 7), task.K)
    noisy.read_out = torch.nn.Sequential(model, noisy.read_out)
    fit(noisy, task, steps=3, B=8, seed=seed)
    time.sleep(0.1)
    return {"loss": evaluate(noisy, task, B=8)["loss"], "pid": os.getpid()}
"""


@pytest.fixture(scope="module")
def measure():
    space = {"__name__": "__main__"}
    exec(NOTEBOOK, space)
    return space["measure"]


def numbers(runs):
    return [{n: v for n, v in row.items() if n != "pid"} for row in runs]


def swept(measure, **options):
    return sweep(measure, cell={"plain": RNN, "gated": LSTM}, T=[5, 6], seed=range(3), **options)


@pytest.fixture(scope="module")
def here(measure):
    return swept(measure)


def test_two_processes_give_the_numbers_of_one(here, measure):
    there = swept(measure, jobs=2)
    assert numbers(there) == numbers(here)
    assert set(here.column("pid")) == {os.getpid()}
    assert len(set(there.column("pid")) - {os.getpid()}) == 2
    assert len(set(here.column("loss"))) == len(here) == 12


def test_a_cluster_gives_the_numbers_of_one_process(here, measure):
    from distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 2, "processes": True}
    cluster = LocalCluster(**options, dashboard_address=None)
    with cluster, Client(cluster), joblib.parallel_config("dask"):
        there = swept(measure)
    assert numbers(there) == numbers(here)
    assert len(set(there.column("pid")) - {os.getpid()}) == 2


def test_a_run_is_what_fit_and_evaluate_give():
    (row,) = sweep(tasks.register, cell=LSTM, T=6, forget_bias=2.0, lr=0.02, seed=4, **FAST)
    torch.manual_seed(4)
    model = Tagger(LSTM(3, 5, forget_bias=2.0), 1)
    fit(model, tasks.register(T=6), steps=3, B=4, lr=0.02, seed=4)
    assert row["loss"] == evaluate(model, tasks.register(T=6))["loss"]
    assert row["cell"] == "LSTM" and row["seed"] == 4
    assert row["parameters"] == sum(weight.numel() for weight in model.parameters())


class Words:
    """Indices of different lengths with one class each, and a part to validate on."""

    V, K = 6, 3

    def batches(self, B, seed, split="train", longest=4):
        parts.append(split)
        while True:
            x_BT = torch.arange(B * longest).view(B, longest) % self.V
            yield x_BT, x_BT[:, 0] % self.K, True, torch.arange(B) % longest + 1


parts = []


def test_the_targets_decide_between_tagger_and_classifier():
    for task in (tasks.adding, tasks.recall, lambda T: tasks.lag(T=T), tasks.register):
        assert len(sweep(task, cell=[RNN, GRU], T=5, seed=[0], **FAST)) == 2
    runs = sweep(Words(), cell=GRU, pooling=["mean", "last"], longest=3, seed=[0], **FAST)
    assert parts[-2:] == ["train", "valid"] and len(set(runs.column("loss"))) == 2


def test_a_text_is_modelled_as_a_language():
    text = data.shakespeare()
    (row,) = sweep(text, cell=RNN, T=6, seed=[3], **FAST)
    torch.manual_seed(3)
    model = LanguageModel(RNN(5, 5), text.V)
    fit(model, text, 3, B=4, T=6, seed=3)
    assert row["perplexity"] == evaluate(model, text, T=6, split="valid")["perplexity"]


def test_the_callers_random_numbers_and_threads_stay_as_they_were():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    inside = sweep(lambda seed: {"drawn": torch.rand(()), "threads": torch.get_num_threads()})
    assert torch.equal(torch.rand(3), expected) and torch.get_num_threads() == 2
    torch.set_num_threads(threads)
    assert inside.column("threads") == [1, 1, 1] and len(set(inside.column("drawn"))) == 3


def test_threads_are_refused():
    threads = joblib.parallel_config("threading", n_jobs=2)
    with threads, pytest.raises(ValueError, match="random generator"):
        sweep(tasks.adding, cell=RNN, T=5, **FAST)


@pytest.mark.parametrize("jobs", [None, 2])
def test_a_run_that_fails_names_its_settings(jobs):
    def half(x, seed):
        return {"half": x / (1 - seed)}

    with pytest.raises(SweepError, match=r"x=3, seed=1 failed: ZeroDivisionError"):
        sweep(half, x=3, seed=[0, 1], jobs=jobs)
    with pytest.raises(SweepError, match="expected a dict of numbers"):
        sweep(lambda seed: 3)
    with pytest.raises(SweepError, match="word is 'x'"):
        sweep(lambda seed: {"word": "x"})


@pytest.mark.parametrize(
    "settings, kind, says",
    [
        ({"cell": RNN, "T": 5, "size": 3}, TypeError, "unknown setting size; .*unit"),
        ({"cell": [RNN, LSTM], "T": 5, "forget_bias": 1.0}, TypeError, "unknown .*forget_bias"),
        ({"cell": RNN, "T": 5, "steps": 2}, TypeError, "the task and to fit"),
        ({"T": 5}, TypeError, "cell is missing"),
        ({"cell": RNN, "T": 0}, ValueError, "T=0"),
        ({"cell": RNN, "T": []}, ValueError, "T has no values"),
        ({"cell": [lambda D, H: 0, lambda D, H: 1]}, ValueError, "give them names"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_any_run(settings, kind, says, monkeypatch):
    monkeypatch.setattr("rnnbook.train.sweeping.perform", lambda *args: pytest.fail("it ran"))
    with pytest.raises(kind, match=says):
        sweep(tasks.lag, **settings)


def test_what_is_neither_a_task_nor_a_function_is_refused():
    with pytest.raises(TypeError, match="expected a task"):
        sweep("adding", cell=RNN)


def test_a_factory_renames_a_setting_and_a_partial_names_a_layer():
    def make(T, lag):
        return tasks.lag(T=T, steps=lag)

    cells = {"bias 0": partial(LSTM, forget_bias=0.0), "bias 5": partial(LSTM, forget_bias=5.0)}
    runs = sweep(make, cell=cells, T=7, lag=[1, 2], seed=[0], **FAST)
    assert runs.column("cell") == ["bias 0", "bias 0", "bias 5", "bias 5"]
    assert runs.column("lag") == [1, 2, 1, 2] and runs.column("steps") == [3] * 4


ROWS = [
    {"cell": cell, "T": T, "seed": seed, "loss": T * k + seed}
    for k, cell in enumerate(["RNN", "LSTM"], start=1)
    for T in (20, 10)
    for seed in (0, 1, 5)
]


def test_runs_select_group_and_print(tmp_path):
    runs = Runs(ROWS)
    assert runs.select(cell="LSTM", T=10).column("loss") == [20, 21, 25]
    (row, *_) = runs.group("cell", "T")
    assert row == {"cell": "RNN", "T": 20, "loss": 22, "loss_min": 20, "loss_max": 25, "runs": 3}
    assert repr(runs.table("cell", lines=4)) == "cell\n RNN\n RNN\n... and 10 more"
    assert repr(runs).splitlines()[1] == " RNN  20     0    20"
    runs.save(tmp_path / "runs.json")
    assert Runs.load(tmp_path / "runs.json").rows == ROWS
    with pytest.raises(KeyError, match="there are cell, T, seed, loss"):
        runs.column("los")


def test_runs_are_drawn_as_means_with_a_band():
    (ax,) = plot.curves(Runs(ROWS), x="T", y="loss", by="cell").axes
    rnn, lstm = ax.lines
    assert list(rnn.get_xdata()) == [10, 20] and list(rnn.get_ydata()) == [12, 22]
    assert [line.get_color() for line in (rnn, lstm)] == [plot.BLUE, plot.VERMILION]
    corners = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in corners} >= {(10, 10), (10, 15), (20, 20), (20, 25)}
    assert [text.get_text() for text in ax.texts] == ["RNN", "LSTM"]


def drawn(scale, shift, seed):
    torch.manual_seed(seed)
    return scale * torch.rand(()).item() + shift


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_grid_gives_nested_lists_of_what_a_loop_gives(jobs):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    axes = {2.0: "name", 3.0: "other"}, [10, 20, 30], range(2)
    found = run_grid(drawn, *axes, jobs=jobs)
    assert torch.equal(torch.get_rng_state(), before)
    assert found == [[[drawn(a, b, c) for c in axes[2]] for b in axes[1]] for a in axes[0]]
    assert run_grid(drawn, [1.0], [], [0], jobs=jobs) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_grid_is_raised(jobs):
    with pytest.raises(TypeError, match="multiply"):
        run_grid(drawn, ["text"], [None], [0], jobs=jobs)
