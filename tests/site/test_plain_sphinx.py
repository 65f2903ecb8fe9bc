"""The way out: the same sources build with Sphinx alone, without Jupyter Book's command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("_config.yml", "_toc.yml", "index.md", "pyproject.toml")
SOURCES = (*FILES, "book", "chapters", "exercises", "rnnbook", "experiments")


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{command[:4]} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def test_the_book_builds_with_sphinx_alone(tmp_path):
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    run(jupyter_book, "config", "sphinx", ".", cwd=tmp_path)
    sphinx = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-b", "html"]
    run(*sphinx, ".", "plain", cwd=tmp_path)
    page = (tmp_path / "plain" / "chapters" / "05-lstm.html").read_text(encoding="utf-8")
    assert 'class="katex"' in page and 'class="book-figure' in page
