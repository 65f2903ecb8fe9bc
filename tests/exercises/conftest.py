"""Answer sheets for the tests of the marking."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))
import submissions

from exercises.sheet import load


@pytest.fixture(scope="session")
def lstm():
    return load("05-lstm")


@pytest.fixture(scope="session")
def right(lstm):
    """The bytes of an answer sheet that earns all."""
    return submissions.packed(submissions.solved(lstm))


@pytest.fixture
def class_of(tmp_path, lstm, right):
    """A folder with ``n`` right answer sheets."""

    def made(n):
        folder = tmp_path / "in"
        folder.mkdir()
        for number in range(n):
            name = f"student{number}_{1000 + number}_{7000 + number}_sheet.ipynb"
            (folder / name).write_bytes(right + b"\n" * number)
        return folder

    return made
