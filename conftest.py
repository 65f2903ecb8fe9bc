"""Lets ``pytest`` and ``pytest chapters/05-lstm.ipynb`` execute and compare chapters."""

from tests.notebooks.compare import pytest_collect_file  # noqa: F401
