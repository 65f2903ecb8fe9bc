"""What a chapter teaches and the package holds under the same name is the same code."""

import ast
from itertools import combinations

import pytest

from book.tools.notebooks import ROOT, chapters, read, taught

KINDS = (ast.FunctionDef, ast.ClassDef)


def bare(tree):
    """The syntax tree without docstrings and annotations, as text."""
    for node in ast.walk(tree):
        if isinstance(node, KINDS):
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)


def definitions(source):
    """{name: text of the tree} of the functions and classes at the top of a module or cell."""
    return {node.name: bare(node) for node in ast.parse(source).body if isinstance(node, KINDS)}


def taught_in(path):
    found = {}
    for cell in taught(read(path)):
        found.update(definitions(cell.source))
    return found


def shipped(root=ROOT):
    found = {}
    for path in sorted((root / "rnnbook").rglob("*.py")):
        for name, text in definitions(path.read_text()).items():
            found.setdefault(name, {})[path.relative_to(root).as_posix()] = text
    return found


def differences(chapter, package):
    """Names that the chapter and the package both define, in no module alike."""
    return [
        name
        for name, text in chapter.items()
        if name in package and text not in package[name].values()
    ]


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_taught_is_shipped(path):
    different = differences(taught_in(path), shipped())
    assert not different, f"{path.stem} teaches another {', '.join(different)} than rnnbook ships"


def test_nothing_is_taught_twice():
    known = {path.stem: set(taught_in(path)) for path in chapters()}
    twice = {
        f"{first}, {second}": sorted(known[first] & known[second])
        for first, second in combinations(known, 2)
        if known[first] & known[second]
    }
    assert not twice, f"defined in two chapters: {twice}; ship it in rnnbook and import it"


def test_a_difference_is_seen():
    step = 'def step(x: float) -> float:\n    """Equation."""\n    return tanh(x)'
    package = {name: {"cells": text} for name, text in definitions(step).items()}
    assert not differences(definitions("def step(x):\n    return tanh(x)"), package)
    assert differences(definitions("def step(x):\n    return x"), package) == ["step"]
    assert not differences(definitions("def other(x):\n    return x"), package)
