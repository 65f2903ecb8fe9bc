"""Hostile answer sheets in one batch with honest ones: each gets the marks it must, none harms."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import submissions as kinds

from exercises import __main__ as cli
from exercises.sheet import load

SLUG, SECONDS = "05-lstm", 18
HONEST = 6


def host():
    """What a batch could leave behind: groups, folders, processes, bytes on the disk."""
    names = [p.name for p in Path("/tmp").iterdir()]
    groups = [
        p for top in ("memory", "pids", ".") for p in Path("/sys/fs/cgroup", top).glob("rnnbook-*")
    ]
    processes = [
        p.info
        for p in psutil.process_iter(["name", "cmdline", "uids", "status"])
        if p.info["status"] != psutil.STATUS_ZOMBIE
    ]
    strange = [p for p in processes if p["uids"] and p["uids"].real >= 1_000_000]
    daemons = [p for p in processes if "rnnbook-daemon" in (p["cmdline"] or [])]
    return {
        "pwned": [n for n in names if n.startswith(("rnnbook-pwned", "slipped", "absolute"))],
        "groups": groups,
        "strange": strange,
        "daemons": daemons,
        "disk": {n: size(Path("/tmp", n)) for n in names if not n.startswith("pytest")},
        "shared": shutil.disk_usage("/dev/shm").used + segments(),
        "mine": psutil.Process().memory_info().rss,
    }


def size(top):
    """Bytes of a file or of all files in a folder; what vanishes meanwhile counts nothing."""
    done = subprocess.run(["du", "-sxb", str(top)], capture_output=True, text=True)
    return int((done.stdout or "0").split()[0])


def segments():
    """Bytes in shared memory that outlives its process, of whatever owner."""
    table = Path("/proc/sysvipc/shm")
    rows = table.read_text().splitlines()[1:] if table.exists() else []
    return sum(int(row.split()[3]) for row in rows)


def rows_of(out):
    with (out / "marks.csv").open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def batch(box, tmp_path_factory):
    """Mark everything once: (sheet, {name: hostile}, {name: row}, out)."""
    sheet, folder = load(SLUG), tmp_path_factory.mktemp("batch")
    expected = {}
    for number, one in enumerate(kinds.hostile(sheet)):
        name = f"{number:03d} {one.name}.ipynb"
        (folder / name).write_bytes(one.data)
        expected[name] = one.expected
        if number % 12 == 0:
            honest = f"{number:03d} honest.ipynb"
            (folder / honest).write_bytes(kinds.packed(kinds.solved(sheet)))
            expected[honest] = kinds.ALL
    out = tmp_path_factory.mktemp("out")
    before = host()
    options = [SLUG, str(folder), "--out", str(out), "--seed", "7", "-j", "2"]
    assert cli.main(["grade", *options, "--seconds", str(SECONDS)]) == 0
    left = host()
    left["memory"] = sum(max(0, left[kind] - before[kind]) for kind in ("shared", "mine"))
    left["disk"] = sum(n for name, n in left["disk"].items() if name not in before["disk"])
    left["disk"] += size(out)
    return sheet, expected, {row["file"]: row for row in rows_of(out)}, out, left


def should(sheet, expected):
    """Points by the word that a kind states."""
    first = next(iter(sheet.questions.values())).points
    return {
        kinds.ALL: sheet.points,
        kinds.NOTHING: 0,
        kinds.FIRST: sheet.points - first,
        kinds.UNREAD: 0,
    }[expected]


def test_every_file_has_one_row_and_the_marks_it_must_get(batch):
    sheet, expected, rows, _, _ = batch
    assert set(rows) == set(expected)
    wrong = {
        name: (row["points"], row["status"], row["reason"], word)
        for name, word in expected.items()
        if int((row := rows[name])["points"]) != should(sheet, word)
        or (row["status"] == "unreadable") != (word == kinds.UNREAD)
    }
    assert not wrong


def test_reasons_name_the_cell_that_was_left_out(batch):
    _, _, rows, _, _ = batch
    row = next(row for name, row in rows.items() if name.endswith("endless loop.ipynb"))
    assert row["status"] == "marked in part"
    assert "was left out: it took too long" in row["reason"]


def test_feedback_has_no_word_of_the_student(batch):
    _, expected, _, out, _ = batch
    pages = list((out / "feedback").glob("*.html"))
    assert len(pages) == len(expected)
    for page in [*pages, *(out / "gradescope").rglob("*.json"), out / "summary.html"]:
        text = page.read_text(encoding="utf-8")
        assert "alert(1)" not in text and "Everything right" not in text, page


def test_nothing_is_left_on_the_host(batch):
    *_, left = batch
    assert not left["pwned"] and not left["groups"]
    assert not left["strange"] and not left["daemons"]
    assert left["memory"] < 500 << 20 and left["disk"] < 200 << 20


def test_odd_names_links_and_archives(box, tmp_path):
    sheet, folder = load(SLUG), tmp_path / "in"
    folder.mkdir()
    good = kinds.packed(kinds.solved(sheet))
    for name in kinds.ODD_NAMES:
        (folder / name).write_bytes(good)
    os.symlink("/etc/passwd", folder / "link.ipynb")
    os.mkfifo(folder / "pipe.ipynb")
    for place in ("a", "b"):
        (folder / place).mkdir()
        (folder / place / "same.ipynb").write_bytes(good)
    (folder / os.fsdecode(b"bytes\xff.ipynb")).write_bytes(good)
    stated = kinds.archive(folder / "class.zip", sheet)
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 not an archive")
    out = tmp_path / "out"
    assert cli.main(["grade", SLUG, str(folder), "--out", str(out)]) == 0
    rows = rows_of(out)
    full = [row for row in rows if row["points"] == str(sheet.points)]
    assert len(full) == len(kinds.ODD_NAMES) + 3 + 2  # same twice, bytes, two in the archive
    assert len({row["key"] for row in rows}) == len(rows)
    assert not any(row["file"].startswith(("=", "-")) for row in rows)
    for name, word in stated.items():
        mine = [row for row in rows if name in row["file"]]
        assert mine and all(
            (row["status"] == "unreadable") == (word == kinds.UNREAD) for row in mine
        )
    unread = {row["file"] for row in rows if row["status"] == "unreadable"}
    assert {"link.ipynb", "pipe.ipynb", "broken.zip"} <= unread
    assert all(path.parent == out / "feedback" for path in (out / "feedback").rglob("*"))
    assert not Path("/tmp/absolute.ipynb").exists() and not (tmp_path / "slipped.ipynb").exists()


def test_the_same_seed_gives_the_same_marks(box, tmp_path):
    sheet = load(SLUG)
    (tmp_path / "one.ipynb").write_bytes(kinds.packed(kinds.solved(sheet)))
    seen = []
    for name in ("first", "second"):
        assert cli.main(["grade", SLUG, str(tmp_path / "one.ipynb"), "--out", str(tmp_path / name),
                         "--seed", "11"]) == 0  # fmt: skip
        seen.append([{**row, "seconds": ""} for row in rows_of(tmp_path / name)])
    assert seen[0] == seen[1] and seen[0][0]["seed"] == "11"


def test_without_bubblewrap_nothing_is_marked(tmp_path):
    """On a path without it the command refuses, says what to install, and leaves no marks."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "x.ipynb").write_text("{}")
    command = [sys.executable, "-m", "exercises", "grade", SLUG, str(tmp_path / "x.ipynb")]
    environment = {**os.environ, "PATH": str(tmp_path / "bin")}
    done = subprocess.run([*command, "--out", str(tmp_path / "out")], env=environment,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 3 and "apt install bubblewrap" in done.stderr
    assert not (tmp_path / "out").exists()
