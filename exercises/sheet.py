"""Read a sheet: ``NN-slug/sheet.md`` with its questions, and ``NN-slug/wrong.py`` beside it.

A sheet is a MyST notebook. ``+++ {"question": "step", "kind": "implement", "level": 1}`` opens a
question; the code cells after it are tagged ``given``, ``planted`` (code with a bug), ``answer``
(with the solution marked), ``driver`` or ``check``.
"""

import contextlib
import difflib
import hashlib
import inspect
import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jupytext
import numpy as np

from exercises import selfcheck

HOME = Path(__file__).parent
KINDS = ("implement", "derive", "repair", "predict", "tune", "read")
ROLES = ("given", "planted", "answer", "driver", "check")
SOLUTION = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.M)
HIDDEN = re.compile(r"^[ \t]*### (BEGIN|END) HIDDEN TESTS[ \t]*\n?", re.M)
WRONG = re.compile(r"^# %% ([\w-]+): (.+)$", re.M)


class SheetError(Exception):
    """A sheet that breaks a rule; says which sheet, where and what to do."""


@dataclass(frozen=True)
class Check:
    """One check of a question: what it is worth, and the function that asserts."""

    question: str
    name: str
    points: int
    seconds: float
    run: Callable

    @property
    def wants(self):
        """Names of its arguments."""
        return list(inspect.signature(self.run).parameters)

    @property
    def needs(self):
        """Those that are the student's."""
        return [name for name in self.wants if name not in ("rng", "seed")]

    def rng(self, seed):
        """A generator that depends on the seed and the check, not on who is marked when."""
        key = zlib.crc32(f"{self.question}.{self.name}".encode())
        return np.random.default_rng([seed, key])


@dataclass(frozen=True)
class Wrong:
    """A wrong answer to a question, and the message that must meet it."""

    question: str
    message: str
    source: str


@dataclass
class Question:
    name: str
    title: str
    kind: str
    level: int
    cells: list = field(default_factory=list)  # the code cells, in order
    checks: list = field(default_factory=list)

    @property
    def points(self):
        return sum(check.points for check in self.checks)

    def sources(self, role):
        return [cell.source for cell in self.cells if role in cell.metadata.get("tags", [])]


@dataclass
class Sheet:
    slug: str
    notebook: object
    questions: dict
    given: list  # code before the first question
    wrong: list
    seed: int  # of the class
    folder: Path

    @property
    def title(self):
        return _title(self.notebook, self.slug)

    @property
    def points(self):
        return sum(question.points for question in self.questions.values())

    @property
    def needs(self):
        """What an answer may import, in words."""
        return "NumPy and PyTorch" if "import torch" in "\n".join(self.code()) else "NumPy"

    @property
    def checks(self):
        return [check for question in self.questions.values() for check in question.checks]

    @property
    def digest(self):
        """What tells one version of the sheet from another."""
        return hashlib.sha256((self.folder / "sheet.md").read_bytes()).hexdigest()[:16]

    @cached_property
    def drivers(self):
        """Code of the author's that runs beside the student's, by the function it defines."""
        found = {}
        for question in self.questions.values():
            for source in question.sources("driver"):
                for name in re.findall(r"^def (\w+)", source, re.M):
                    found[name] = source
        return found

    def code(self, answers=None):
        """The cells that an answer sheet runs; ``answers`` replaces some by question."""
        cells = list(self.given)
        for name, question in self.questions.items():
            cells += question.sources("given") + question.sources("planted")
            mine = (answers or {}).get(name)
            cells += question.sources("answer") if mine is None else [mine]
        return [SOLUTION.sub("", source) for source in cells]


def load(slug, folders=(), seed=0):
    """The sheet of this name, from the first of ``folders`` that has it, else from the book."""
    for folder in (*map(Path, folders), HOME):
        if (folder / slug / "sheet.md").exists():
            return read(folder / slug, seed)
    known = names(folders)
    close = difflib.get_close_matches(slug, known, 1, 0.5)
    hint = f"; did you mean {close[0]}?" if close else "."
    raise SheetError(f"no sheet {slug!r}{hint} There are: {', '.join(known) or 'none'}")


def names(folders=()):
    """Names of all sheets of the book and of these folders."""
    places = (*map(Path, folders), HOME)
    return sorted({path.parent.name for place in places for path in place.glob("*/sheet.md")})


def read(folder, seed=0):
    """The sheet in a folder. ``seed`` is the class's, which some answers follow."""
    notebook = jupytext.read(folder / "sheet.md", fmt="md:myst")
    questions, given, now = {}, [], None
    for cell in notebook.cells:
        if "question" in cell.metadata:
            now = _question(cell, folder.name)
            questions[now.name] = now
        elif cell.cell_type == "code":
            _role(cell, folder.name)
            (given if now is None else now.cells).append(cell.source if now is None else cell)
    if not questions:
        raise SheetError(f"{folder.name}: no cell opens a question")
    _title(notebook, folder.name)
    sheet = Sheet(folder.name, notebook, questions, given, _wrong(folder), seed, folder)
    _checks(sheet)
    return sheet


def _title(notebook, slug):
    found = re.search(r"^# (.+)$", notebook.cells[0].source, re.M) if notebook.cells else None
    if not found:
        raise SheetError(f"{slug}: sheet.md begins with no title, a line such as '# My sheet'")
    return found.group(1)


def _question(cell, slug):
    data, title = cell.metadata, re.match(r"## (.+)", cell.source)
    if data.get("kind") not in KINDS or data.get("level") not in (1, 2, 3) or not title:
        raise SheetError(
            f"{slug}: question {data['question']!r} needs a kind of {KINDS}, a level from 1 to 3 "
            "and a text that begins with '## '"
        )
    return Question(data["question"], title.group(1), data["kind"], data["level"])


def _role(cell, slug):
    roles = [tag for tag in cell.metadata.get("tags", []) if tag in ROLES]
    if len(roles) != 1:
        start = cell.source.splitlines()[:1]
        raise SheetError(f"{slug}: the cell {start} needs one tag of {ROLES}, has {roles}")


def _wrong(folder):
    path = folder / "wrong.py"
    if not path.exists():
        raise SheetError(f"{folder.name}: no wrong.py with wrong answers")
    parts = WRONG.split(path.read_text(encoding="utf-8"))[1:]
    return [Wrong(*parts[n : n + 2], parts[n + 2].strip()) for n in range(0, len(parts), 3)]


def _checks(sheet):
    """Run what the author wrote of given code and checks, here, outside of any box."""
    space = {**vars(selfcheck), "SEED": sheet.seed, "__name__": "sheet"}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in sheet.given:
            exec(compile(source, sheet.slug, "exec"), space)
        for question in sheet.questions.values():
            _checks_of(question, sheet, space)


def _checks_of(question, sheet, space):
    """Run the given code, drivers and checks of one question, and keep the checks."""

    def register(worth, name, seconds=5):
        def keep(run):
            if name != question.name:
                raise SheetError(f"{sheet.slug}: {run.__name__} names {name!r}, not its question")
            made = Check(question.name, run.__name__, worth, seconds, run)
            question.checks.append(made)
            return run

        return keep

    space["earns"] = register
    for role in ("given", "driver", "check"):
        for source in question.sources(role):
            exec(compile(HIDDEN.sub("", source), sheet.slug, "exec"), space)
    own = {"SEED", "earns", "WORTH", "SCORE", "PART"}
    taken = {name for name in vars(selfcheck) if name[0] != "_"} - own
    if shadowed := [name for name in taken if space[name] is not vars(selfcheck)[name]]:
        raise SheetError(f"{sheet.slug}, {question.name}: the set-up cell has {shadowed} already")
