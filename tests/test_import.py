"""``import rnnbook`` is quick, silent, and touches no network; no data set does either."""

import subprocess
import sys
import time

SILENT = """
import socket
def refuse(*args, **kwargs): raise AssertionError("the network was touched")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
import rnnbook
for name in rnnbook.data.SETS: next(iter(rnnbook.data.load(name).batches(2)))
"""


def test_import_is_silent_and_offline():
    done = subprocess.run([sys.executable, "-c", SILENT], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_import_adds_little_to_torch():
    code = "import torch, time; t = time.perf_counter(); import rnnbook; {}; " + (
        "print(time.perf_counter() - t)"
    )
    run = [sys.executable, "-c", code.format("rnnbook.LSTM; rnnbook.fit; rnnbook.claim")]
    seconds = min(float(subprocess.check_output(run, text=True)) for _ in range(3))
    assert seconds < 1.0, f"import took {seconds:.2f} s beyond torch; aimed at is 0.5 s"


def test_an_unknown_name_lists_the_known_ones():
    import pytest

    import rnnbook

    with pytest.raises(AttributeError, match="LanguageModel"):
        rnnbook.Transformer  # noqa: B018
    start = time.perf_counter()
    assert set(dir(rnnbook)) == set(rnnbook.__all__)
    assert time.perf_counter() - start < 1
