"""A chapter runs alone, in an environment like Colab's, and changes nothing that is installed.

In `make test` one chapter on the Python in use; `make test-long` and `make colab` run all on the
newest Python of the machine. The environment stays in .colab and is made when it is missing.
"""

import sys
from pathlib import Path

import pytest

from book.tools import colab, notebooks

HERE = Path(sys._base_executable)


def test_one_chapter_alone(tmp_path):
    inner = colab.environment(HERE, sys.version_info.minor)
    (path,) = notebooks.find(["01-sequences"])
    colab.run_alone(path, inner, colab.snapshot(tmp_path))


@pytest.mark.long
def test_all_chapters_alone():
    assert colab.main([]) == 0


BEFORE = {"numpy==2.1.3", "torch==2.13.0+cpu"}


def test_comparison():
    colab.compare(BEFORE, {*BEFORE, "rnnbook==0.1.0"}, "x.ipynb")
    with pytest.raises(colab.ColabError, match=r"changed what was installed: numpy==2.1.3"):
        after = {"numpy==2.4.0", "torch==2.13.0+cpu", "rnnbook==0.1.0"}
        colab.compare(BEFORE, after, "x.ipynb")
    with pytest.raises(colab.ColabError, match="added nothing"):
        colab.compare(BEFORE, BEFORE, "x.ipynb")
    with pytest.raises(colab.ColabError, match="'scipy'"):
        colab.compare(BEFORE, {*BEFORE, "rnnbook==0.1.0", "scipy==1.0"}, "x.ipynb")


def test_failing_chapter_is_reported(tmp_path, notebook):
    path = tmp_path / "90-bad.ipynb"
    notebooks.write(path, notebook(("code", "1 / 0")))
    with pytest.raises(colab.ColabError, match=r"90-bad.ipynb does not run alone(.|\n)*ZeroDiv"):
        colab.run_alone(path, colab.environment(HERE, sys.version_info.minor), "nothing")


def test_nothing_of_ours_leaks(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "here")
    variables = colab.clean_environment(tmp_path, "spec")
    assert "PYTHONPATH" not in variables and variables["HOME"] == str(tmp_path)
