"""``python -m exercises build``: prove every sheet, then write what is made of it."""

import sys

import nbformat

from exercises import build, prove
from exercises.sheet import HOME, load, names

STUDENT = HOME / "student"  # kept in the repository: the pages and Colab open these
TABLE = STUDENT / "table.md"
BUILT = HOME.parent / "_build" / "exercises"


def make(options):
    """Build the named sheets; 1 where one breaks its word, and then nothing of it is written."""
    slugs = options.slugs or names(options.sheets)
    wrong = []
    for number, slug in enumerate(slugs, 1):
        sheet = load(slug, options.sheets, options.class_seed)
        found = prove.problems(sheet)
        wrong += found
        questions, mutants = len(sheet.questions), len(sheet.wrong)
        print(
            f"[{number}/{len(slugs)}] {slug}: {questions} questions, {sheet.points} points, "
            f"{mutants} wrong answers, {'FAIL' if found else 'ok'}"
        )
        if options.check and ours(sheet, options):
            wrong += stale(sheet)
        elif options.check:
            continue
        elif not found:
            print("   ", *write(sheet, options))
    if not options.slugs and not (wrong or options.check or options.sheets or options.class_seed):
        TABLE.write_text(table([load(slug) for slug in slugs]), encoding="utf-8")
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


def table(sheets):
    """The table of all sheets for the page that introduces them."""
    rows = ["| sheet | questions | points | needs |", "|---|---|---|---|"]
    for sheet in sheets:
        title = sheet.title.removeprefix("Graded exercises: ")
        link = f"[{title}](/exercises/student/{sheet.slug}.ipynb)"
        rows.append(f"| {link} | {len(sheet.questions)} | {sheet.points} | {sheet.needs} |")
    return "\n".join(rows) + "\n"


def text(notebook):
    return nbformat.writes(notebook) + "\n"


def stale(sheet):
    """Whether the student notebook in the repository is not what the sheet makes."""
    path = STUDENT / f"{sheet.slug}.ipynb"
    made = text(build.student(sheet, badges(sheet)))
    if not path.exists() or path.read_text(encoding="utf-8") != made:
        yield f"student/{path.name} is out of date; run python -m exercises build {sheet.slug}"


def badges(sheet):
    """The line under the title: open in Colab, download, the page, the chapter."""
    from book.tools import repository

    return repository.present().fill(repository.SHEET_BADGES, sheet=sheet.slug)


def ours(sheet, options):
    """Whether this is the book's own notebook, which the repository keeps."""
    return options.out is None and sheet.folder.parent == HOME and sheet.seed == 0


def write(sheet, options):
    """Write the three things that are made of a sheet."""
    out = options.out or BUILT
    student = STUDENT if ours(sheet, options) else out / "student"
    for folder in (student, out / "solutions", out / "bundles"):
        folder.mkdir(parents=True, exist_ok=True)
    notebook = build.student(sheet, badges(sheet) if ours(sheet, options) else "")
    (student / f"{sheet.slug}.ipynb").write_text(text(notebook), encoding="utf-8")
    solved = text(build.solution(sheet))
    (out / "solutions" / f"{sheet.slug}.ipynb").write_text(solved, encoding="utf-8")
    return student, out / "solutions", build.bundle(sheet, out / "bundles")
