"""Marking a class: every file once, through interruptions and lost workers, in time."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises import __main__ as cli
from exercises import grade, hold
from exercises.box import Limits
from exercises.marking import Here, mark

ROOT = Path(__file__).parents[2]
SLUG = "05-lstm"


def rows_of(out, name="marks.csv"):
    with (out / name).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def command(folder, out, *more):
    return [sys.executable, "-m", "exercises", "grade", SLUG, str(folder), "--out", str(out), *more]


@pytest.fixture
def audible_ctrl_c():
    """Programs hear Ctrl-C, also where a shell in the background started the tests deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_right_answer_sheet_earns_all_and_gets_its_papers(box, class_of, tmp_path, lstm):
    out = tmp_path / "out"
    assert cli.main(["grade", SLUG, str(class_of(2)), "--out", str(out), "--seed", "3"]) == 0
    rows = rows_of(out)
    assert [row["points"] for row in rows] == [str(lstm.points)] * 2
    assert [row["status"] for row in rows] == ["marked"] * 2 and rows[0]["seed"] == "3"
    canvas = rows_of(out, "canvas.csv")
    assert canvas[0]["Student"].strip() == "Points Possible"
    assert [row["ID"] for row in canvas[1:]] == ["1000", "1001"]
    assert [row[lstm.title] for row in canvas[1:]] == [str(lstm.points)] * 2
    result = json.loads(next((out / "gradescope").rglob("results.json")).read_text())
    assert result["score"] == lstm.points == sum(test["max_score"] for test in result["tests"])
    assert len(list((out / "feedback").glob("*.html"))) == 2
    summary = (out / "summary.html").read_text()
    assert "2 files, 2 marked" in summary
    assert f"mean {lstm.points:.1f}, median {lstm.points}, of {lstm.points}" in summary


def test_an_interrupted_marking_goes_on_and_marks_nothing_twice(box, class_of, tmp_path):
    folder, out = class_of(30), tmp_path / "out"
    running = subprocess.Popen(
        command(folder, out, "--seed", "5"), cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    marks = out / "marks.jsonl"
    while not marks.exists() or marks.read_text().count("\n") < 5:
        assert running.poll() is None, "it ended before it could be interrupted"
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    before = marks.read_text()
    marks.write_text(before + '{"key": "torn')  # as a crash leaves it
    assert subprocess.run(command(folder, out), cwd=ROOT, capture_output=True).returncode == 0
    lines = [json.loads(line) for line in marks.read_text().splitlines()]
    assert len(lines) == 30 and len({line["key"] for line in lines}) == 30
    assert marks.read_text().startswith(before[: before.rindex("\n") + 1])
    assert {row["seed"] for row in rows_of(out)} == {"5"} and len(rows_of(out)) == 30


def test_ctrl_c_keeps_what_is_marked_and_ends_at_once(box, class_of, tmp_path, audible_ctrl_c):
    folder, out = class_of(60), tmp_path / "out"
    running = subprocess.Popen(command(folder, out), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    marks = out / "marks.jsonl"
    while not marks.exists() or marks.read_text().count("\n") < 3:
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=30)[0]
    assert running.returncode == 130 and "give the same command again" in said
    assert 3 <= marks.read_text().count("\n") < 60


def test_late_files_join_the_table_and_keys_stay(box, class_of, tmp_path, right):
    folder, out = class_of(2), tmp_path / "out"
    assert cli.main(["grade", SLUG, str(folder), "--out", str(out)]) == 0
    before = {row["file"]: row["key"] for row in rows_of(out)}
    late = tmp_path / "late"
    late.mkdir()
    (late / next(iter(before))).write_bytes(right + b"\n\n\n")  # another file of the same name
    assert cli.main(["grade", SLUG, str(late), "--out", str(out)]) == 0
    rows = rows_of(out)
    assert len(rows) == 3 == len({row["key"] for row in rows})
    assert set(before.values()) < {row["key"] for row in rows}
    assert len(rows_of(out, "canvas.csv")) == 3  # two users, and the row of points possible


@pytest.mark.parametrize(
    "more, words",
    [
        (["--seed", "-5"], "whole number"),
        (["--seconds", "0"], "at least 1"),
        (["-j", "0"], "at least 1"),
        (["--class-seed", "x"], "whole number"),
        (["--sheets", "nowhere"], "no such folder"),
    ],
)
def test_wrong_options_are_named_and_mark_nothing(class_of, tmp_path, more, words):
    out = tmp_path / "out"
    done = subprocess.run(
        command(class_of(1), out, *more), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr
    assert not out.exists()


def test_a_missing_file_is_named(tmp_path):
    gone = command(tmp_path / "gone.ipynb", tmp_path / "out")
    done = subprocess.run(gone, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "there is no such file" in done.stderr
    assert not (tmp_path / "out").exists()


def test_marks_are_not_written_into_what_is_marked(class_of):
    folder = class_of(1)
    done = subprocess.run(
        command(folder, folder / "marks"), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and "lies in" in done.stderr and not (folder / "marks").exists()


def test_a_notebook_of_another_class_is_told_so(box, tmp_path, lstm):
    import submissions

    from exercises.sheet import load

    other = submissions.packed(submissions.solved(load(SLUG, (), 7)))
    (tmp_path / "other.ipynb").write_bytes(other)
    out = tmp_path / "out"
    assert cli.main(["grade", SLUG, str(tmp_path / "other.ipynb"), "--out", str(out)]) == 0
    assert "SEED is 7 in the notebook and 0 in the class" in rows_of(out)[0]["reason"]
    assert "made for another class" in (out / "feedback" / "other.txt").read_text()


def test_the_notebook_of_another_sheet_is_told_so(box, tmp_path):
    import submissions

    from exercises.sheet import load

    (tmp_path / "gru.ipynb").write_bytes(submissions.packed(submissions.solved(load("06-gru"))))
    out = tmp_path / "out"
    assert cli.main(["grade", SLUG, str(tmp_path / "gru.ipynb"), "--out", str(out)]) == 0
    assert rows_of(out)[0]["reason"].startswith("WORTH is that of another sheet")
    assert "Hand in the one that belongs here" in (out / "feedback" / "gru.txt").read_text()


def test_a_cluster_that_is_not_there_is_named(box, class_of, tmp_path):
    given = command(class_of(1), tmp_path / "out", "--dask", "tcp://127.0.0.1:9")
    done = subprocess.run(given, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "no scheduler answers there" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_other_marks_is_left_alone(box, class_of, tmp_path, capsys):
    folder, out = class_of(1), tmp_path / "out"
    given = ["grade", SLUG, str(folder), "--out", str(out)]
    assert cli.main([*given, "--seed", "1"]) == 0
    assert cli.main([*given, "--seed", "2"]) == 2
    assert "another seed" in capsys.readouterr().err
    assert cli.main([*given, "--class-seed", "4"]) == 2
    assert "another class_seed" in capsys.readouterr().err
    assert rows_of(out)[0]["seed"] == "1"


def test_a_box_that_does_not_hold_marks_nothing(monkeypatch, class_of, tmp_path, capsys):
    monkeypatch.setattr(hold, "faults", lambda: ["The box reaches the network."])
    given = ["grade", SLUG, str(class_of(1)), "--out", str(tmp_path / "out")]
    assert cli.main(given) == 3
    assert "reaches the network" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert cli.main([*given, "--trust"]) == 0
    assert rows_of(tmp_path / "out")[0]["status"] == "marked"


def test_every_way_out_of_the_box_is_tried_and_each_can_be_found(box, monkeypatch):
    """Without walls the same attempts succeed: none of them fails for another reason."""
    from exercises import walls

    tried = dict(hold.escapes(Limits(processes=32)))
    assert len(tried) >= 14 and not any(tried.values())
    real = walls.bubblewrap
    assert real(("", ""), "", Limits())[1] == "--unshare-all"

    def open_walls(seen, base, limits):
        command = real(seen, base, limits)
        command[1:2] = ["--unshare-pid", "--unshare-uts"]
        return [*command[: command.index("--remount-ro")], "--chdir", "/tmp"]

    monkeypatch.setattr(walls, "bubblewrap", open_walls)
    found = {what for what, broken in hold.escapes(Limits(processes=32)) if broken}
    assert "The box reaches the network." in found
    assert "The box writes into /." in found


def test_class_seeds_change_numbers_and_marking_follows(lstm):
    from exercises.prove import cells
    from exercises.sheet import load

    other = load(SLUG, (), 7)
    assert mark(other, cells(other, None), 0, make=Here).points == other.points
    crossed = mark(lstm, cells(other, None), 0, make=Here)
    assert crossed.question("left")[0] == 0 and crossed.question("step")[0] == 3


def cluster(workers=2):
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    )


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_marks_the_same_and_a_lost_worker_loses_nothing(box, class_of, tmp_path):
    lost_workers(class_of(40), tmp_path / "out", 40, kills=1)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_thousand_with_a_worker_killed_twice(box, class_of, tmp_path):
    lost_workers(class_of(1000), tmp_path / "out", 1000, kills=2)


def lost_workers(folder, out, n, kills):
    """Mark on a cluster, killing a worker's process as the marks come in."""
    with cluster() as workers:
        running = subprocess.Popen(
            command(folder, out, "--seed", "9", "--dask", workers.scheduler_address),
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        marks = out / "marks.jsonl"
        for kill in range(1, kills + 1):
            while not marks.exists() or marks.read_text().count("\n") < kill * n // (kills + 2):
                assert running.poll() is None, running.stderr.read()
                time.sleep(0.05)
            victim = next(iter(workers.workers.values()))
            os.kill(victim.process.process.pid, signal.SIGKILL)
        errors = running.communicate(timeout=900)[1]
    assert running.returncode == 0, errors
    lines = [json.loads(line) for line in marks.read_text().splitlines()]
    assert len(lines) == n == len({line["key"] for line in lines})
    assert {row["status"] for row in rows_of(out)} == {"marked"}
    assert len({row["points"] for row in rows_of(out)}) == 1


@pytest.mark.long
def test_a_hundred_answer_sheets_in_time(box, class_of, tmp_path):
    """25 s on two idle cores; held here at twice that."""
    started = time.perf_counter()
    done = subprocess.run(command(class_of(100), tmp_path / "out"), cwd=ROOT, capture_output=True)
    seconds = time.perf_counter() - started
    print(f"100 answer sheets in {seconds:.1f} s")
    assert done.returncode == 0 and len(rows_of(tmp_path / "out")) == 100
    assert seconds < 50


def test_workers_that_are_lost_for_good_get_their_row(lstm, monkeypatch, tmp_path):
    """Where every round loses a sheet, it is in the table as lost."""
    from types import SimpleNamespace

    from exercises.intake import Submission

    monkeypatch.setattr(grade, "given_out", lambda task, readable, options: iter(()))
    options = SimpleNamespace(sheets=[], seconds=60, trust=False, dask=None, jobs=1)
    one = Submission("one", "one.ipynb", b'{"nbformat": 4, "cells": []}')
    (_, result), *_ = grade.marks([one], lstm, 0, options)
    assert result.status == "lost" and result.points == 0


def test_a_bundle_marks_as_gradescope_runs_it(box, tmp_path):
    """Unpacked where Gradescope unpacks it, with two files handed in, then with no notebook."""
    import zipfile

    import submissions

    from exercises import build
    from exercises.sheet import load

    sheet = load(SLUG, (), 7)  # of a class with numbers of its own
    for name in ("source", "results", "submission", "venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    with zipfile.ZipFile(build.bundle(sheet, tmp_path)) as file:
        file.extractall(tmp_path / "source")
    answer = tmp_path / "submission" / "mine.ipynb"
    answer.write_bytes(submissions.packed(submissions.solved(sheet)))
    (tmp_path / "submission" / "notes.pdf").write_bytes(b"%PDF-1.4")
    results = tmp_path / "results" / "results.json"
    for expected in (sheet.points, 0):
        done = subprocess.run(
            ["bash", tmp_path / "source" / "run_autograder"], capture_output=True, text=True,
            env={**os.environ, "AUTOGRADER": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(results.read_text())["score"] == expected
        answer.unlink(missing_ok=True)
