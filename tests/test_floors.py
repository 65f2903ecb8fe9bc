"""The package's floors, and that breaking them is seen."""

import pytest

import rnnbook
from book.tools import floors


@pytest.mark.parametrize("rule", floors.ALL, ids=lambda rule: rule.__name__)
def test_package(rule):
    assert [str(problem) for problem in rule()] == []


@pytest.fixture
def package(tmp_path):
    def make(**modules):
        (tmp_path / "rnnbook").mkdir(exist_ok=True)
        for name, text in modules.items():
            (tmp_path / "rnnbook" / f"{name}.py").write_text(text)
        return tmp_path

    return make


@pytest.mark.parametrize(
    "line",
    [
        "from rnnbook.models import LanguageModel",
        "from rnnbook import models",
        "from . import models",
        "from .models import LanguageModel",
        "import rnnbook.models",
        "def f():\n    from rnnbook.models import LanguageModel",
        "from rnnbook import LanguageModel",
        "from rnnbook.cells import uniform",
    ],
)
def test_import_from_own_floor_or_above(package, line):
    root = package(scan=line)
    (problem,) = floors.floors(root)
    assert problem.place == "rnnbook/scan.py" and "not below" in problem.message


def test_import_from_below(package):
    root = package(scan="import torch\nfrom rnnbook.tasks import adding\nfrom . import data")
    assert list(floors.floors(root)) == []


def test_module_without_floor(package):
    assert "has no floor" in str(*floors.floors(package(utils="")))


def test_sizes(package):
    lines = "    x = 1\n\n" * 24
    root = package(cells=f'def step():\n    """One."""\n{lines}    return x\n')
    assert "step has 26 lines" in str(*floors.sizes(root))
    root = package(cells=f'def step():\n    """One."""\n{lines}')
    assert list(floors.sizes(root)) == []
    root = package(cells="x = 1\n" * 251)
    assert "251 lines" in str(*floors.sizes(root))


def test_names(monkeypatch):
    monkeypatch.setattr(rnnbook, "__all__", [f"name{i}" for i in range(31)])
    assert "31 names" in str(*floors.public_names())


def test_the_whole_package_is_counted_but_for_data_and_live_figures(package, monkeypatch):
    root = package(cells="x = 1\n" * 10, scan='"""Many\nlines."""\n\ny = 2\n')
    for folder in ("data", "widgets"):
        (root / "rnnbook" / folder).mkdir()
        (root / "rnnbook" / folder / "sets.py").write_text("z = 3\n" * 99)
    monkeypatch.setattr(floors, "PACKAGE_LINES", 11)
    assert list(floors.package_size(root)) == []
    monkeypatch.setattr(floors, "PACKAGE_LINES", 10)
    assert "11 lines; at most 10" in str(*floors.package_size(root))
