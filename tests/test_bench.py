"""The benchmark: its rivals compute the same, its stored table is whole and near the targets."""

import json

import pytest
import torch

from experiments.bench import __main__ as bench
from experiments.bench import rivals
from experiments.bench.timing import medians, rows
from rnnbook import GRU, LSTM, RNN

STORED = json.loads(bench.RESULT.read_text(encoding="utf-8"))
# How many times as fast as the reference on an idle machine; half of it must hold anywhere.
TARGETS = [
    *(("layers", "nn.RNN", "rnnbook default", 1.1), ("layers", "nn.GRU", "rnnbook default", 1.0)),
    *(
        ("layers", "nn.LSTM", "rnnbook default", 0.95),
        ("layers", "nn.LSTM", "rnnbook by_hand", 0.7),
    ),
    ("streaming", "nn.LSTMCell", "Stream", 2.5),
]


def found(part, **wanted):
    chosen = [row for row in STORED["rows"] if row["part"] == part and row["device"] == "cpu"]
    return [row for row in chosen if all(row[key] == value for key, value in wanted.items())]


@pytest.mark.parametrize("rival", ["torch_nn", "textbook", "keras", "onnxruntime"])
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_a_rival_computes_what_the_layer_computes(kind, rival):
    torch.manual_seed(0)
    layer = kind(5, 4)
    torch.nn.init.uniform_(layer.b_h)
    x_BTD = torch.randn(3, 7, 5)
    _, function = getattr(rivals, rival)(layer)
    torch.testing.assert_close(function(x_BTD), layer(x_BTD)[0], rtol=1e-4, atol=1e-5)


def test_candidates_take_turns_and_the_middle_time_is_kept(monkeypatch):
    calls = []
    clock = iter([0, 1, 1, 6, 10, 12, 12, 17, 20, 29, 29, 34])
    monkeypatch.setattr("experiments.bench.timing.time.process_time", lambda: next(clock))
    both = {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}
    seconds, rounds = medians(both, most=3)
    assert calls == ["a", "b"] * 4  # one round to warm up
    assert seconds == {"a": 2, "b": 5} and rounds == 3
    assert [row["times"] for row in rows(seconds, "b", 3)] == [2.5, 1.0]


def test_the_stored_table_is_whole():
    assert set(STORED["machines"]) == set(bench.PARTS) == {row["part"] for row in STORED["rows"]}
    for shape in bench.SHAPES:
        for kind in ("RNN", "LSTM", "GRU"):
            both = found("layers", shape=list(shape), against=f"nn.{kind}")
            names = {(row["what"], row["name"]) for row in both}
            for name in ("rnnbook loop", "textbook loop", "Keras", f"nn.{kind}"):
                assert {("forward", name), ("forward + backward", name)} <= names
            assert ("forward", "onnxruntime") in names
    assert {row["shape"][1] for row in found("scans")} == set(bench.LENGTHS)
    assert {row["shape"][3] for row in found("streaming")} == {128, 256}
    assert all(row["rounds"] >= 3 for row in STORED["rows"])
    assert all(machine["threads"] == 1 for machine in STORED["machines"].values())


@pytest.mark.parametrize("part, reference, name, target", TARGETS)
def test_the_stored_run_is_near_a_target(part, reference, name, target):
    chosen = found(part, against=reference, name=name)
    chosen = [row for row in chosen if row["what"] in ("forward + backward", "one step")]
    assert len(chosen) == (3 if part == "layers" else 2)
    assert min(row["times"] for row in chosen) >= target / 2


@pytest.mark.parametrize("T, target", [(512, 3.5), (8192, 8.0)])
def test_the_stored_scan_is_near_its_target(T, target):
    (row,) = found("scans", name="scan.scan", shape=[8, T, 64])
    assert row["times"] >= target / 2


def test_the_stored_import_is_quick():
    assert all(row["ms"] < 1000 for row in found("importing"))


@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_the_default_is_here_not_half_as_fast_as_torch_nn_or_worse(kind):
    torch.manual_seed(0)
    layer = kind(64, 128)
    both = {"nn": rivals.torch_nn(layer), "rnnbook": bench.of_layer(layer)}
    x_BTD, dy_BTH = torch.randn(32, 60, 64), torch.randn(32, 60, 128)
    calls = {name: bench.passes(m, f, x_BTD, dy_BTH) for name, (m, f) in both.items()}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    seconds, _ = medians(calls, budget=1, most=9)
    torch.set_num_threads(threads)
    assert seconds["rnnbook"] < 2 * seconds["nn"]
