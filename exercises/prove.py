"""Hold a sheet to its word: all for the solution, nothing for the stub, words for each mistake."""

import contextlib
import io

from exercises import build, marking
from exercises.sheet import SOLUTION

SEEDS = (0, 1, 2)
WRONG_ANSWERS = 3  # at least, a question


def problems(sheet):
    """What the sheet breaks, one sentence each; what its cells print is not shown."""
    with contextlib.redirect_stdout(io.StringIO()):
        return list(found(sheet))


def found(sheet):
    for question in sheet.questions.values():
        yield from form(sheet, question)
    for seed in SEEDS:
        yield from full(sheet, seed)
        yield from empty(sheet, seed)
    for wrong in sheet.wrong:
        yield from met(sheet, wrong)
    yield from shown(sheet)


def form(sheet, question):
    """Every question has checks, one answer and enough wrong ones."""
    where = f"{sheet.slug}, {question.name}"
    if not question.points:
        yield f"{where}: no check gives points"
    if (count := len(question.sources("answer"))) != 1:
        yield f"{where}: {count} cells tagged answer; expected one"
    count = sum(wrong.question == question.name for wrong in sheet.wrong)
    if count < WRONG_ANSWERS:
        yield f"{where}: {count} wrong answers; at least {WRONG_ANSWERS}"


def marked(sheet, answers, seed, only=None):
    return marking.mark(sheet, cells(sheet, answers), seed, make=marking.Here, only=only)


def cells(sheet, answers):
    """The set-up cell and the cells of an answer sheet, checks aside."""
    return [build.setup(sheet), *sheet.code(answers)]


def full(sheet, seed):
    mark = marked(sheet, None, seed)
    for check in mark.checks:
        if check.points < check.worth:
            yield f"{sheet.slug}, {check.question}: the solution fails {check.check!r} at seed {seed}: {check.message}"  # noqa: E501
    if mark.reason:
        yield f"{sheet.slug}: with the solution, {mark.reason}"


def empty(sheet, seed):
    answers = {n: build.stub(q.sources("answer")[0]) for n, q in sheet.questions.items()}
    for check in marked(sheet, answers, seed).checks:
        if check.points:
            yield f"{sheet.slug}, {check.question}: an empty answer passes {check.check!r}"


def met(sheet, wrong):
    """A wrong answer loses points and meets its message, at every seed."""
    where = f"{sheet.slug}, {wrong.question}"
    if wrong.question not in sheet.questions:
        yield f"{where}: wrong.py names a question that the sheet does not have"
        return
    for seed in SEEDS:
        mine = marked(sheet, {wrong.question: wrong.source}, seed, wrong.question).checks
        said = [check.message for check in mine if check.message]
        if all(check.points for check in mine):
            yield f"{where}: a wrong answer earns all, meant to meet {wrong.message!r}"
        elif not any(wrong.message in text for text in said):
            yield f"{where}: meant to meet {wrong.message!r}, met {said}"


def shown(sheet):
    """The student notebook runs by itself, and holds nothing of the author's."""
    notebook = build.student(sheet)
    text = "\n".join(cell.source for cell in notebook.cells)
    for line in build.leaks(sheet, text):
        yield f"{sheet.slug}: the student notebook shows {line!r}"
    if SOLUTION.search(text):
        yield f"{sheet.slug}: a mark of a solution is left in the student notebook"
    for answers, word in ((build.solution(sheet), "solution"), (notebook, "stub")):
        yield from selfchecked(sheet, answers, word)


def selfchecked(sheet, notebook, word):
    """Run a notebook top to bottom; its own score must be all or nothing."""
    space = {"__name__": "__main__", "print": lambda *_, **__: None}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            exec(compile(cell.source, cell["id"], "exec"), space)
        except Exception as error:
            yield f"{sheet.slug}: the {word} notebook stops at {cell['id']}: {error!r}"
    worth = sum(space["WORTH"].values())
    points = sum(sum(checks.values()) for checks in space["SCORE"].values())
    if worth != sheet.points or points != (worth if word == "solution" else 0):
        yield f"{sheet.slug}: the {word} notebook gives itself {points} of {worth} points"
