"""Make the student notebook, the solution and the marking bundle of a sheet.

nbgrader's preprocessors take the solutions and hidden parts out; nothing of them may be left.
"""

import copy
import inspect
import json
import re
import zipfile

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from exercises import selfcheck
from exercises.sheet import HIDDEN, HOME, SOLUTION

STUB = "...  # your code here"
HINT = re.compile(r"^:::\{hint\}\n(.*?)\n:::\n?", re.M | re.S)
CLEAR = Config()
CLEAR.ClearSolutions.enforce_metadata = CLEAR.ClearHiddenTests.enforce_metadata = False
CLEAR.ClearSolutions.code_stub = {"python": STUB}
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
MORE = r"\1PART.append(1)  # your teacher's marking compares more here\n\1\2"
HOW = """\
Run the next cell first. Then write your answers where a cell says so, run them, and run the check
below. Where a check draws numbers it draws new ones each time, so run it twice. Use {needs} and
Python's own library: the marking has nothing else, and gives a cell 20 seconds and a call 5. Behind
a tick, *marking compares more* means that this notebook can check only a part."""
END = """\
## Your score

This is what your answers earn so far. Your teacher's marking draws other sizes and compares more
than this notebook can, so a full score here is a good sign and no promise."""


def setup(sheet):
    """The first code cell: what checks are written with, the seed of the class, all points."""
    source = inspect.getsource(selfcheck).strip()
    worth = {name: question.points for name, question in sheet.questions.items()}
    source = re.sub(r"^SEED = 0", f"SEED = {sheet.seed}", source, flags=re.M)
    return re.sub(r"^WORTH = {}", f"WORTH = {json.dumps(worth)}", source, flags=re.M)


def student(sheet, badges=""):
    """The notebook that a student gets."""
    cells, number = opening(sheet, badges), 0
    for place, cell in enumerate(sheet.notebook.cells):
        if "answer" in cell.metadata.get("tags", []) and all_solution(cell.source):
            continue  # the repaired code of a question that shows the planted bug
        made = plain(cell, place)
        if "question" in cell.metadata:
            number += 1
            made.source = heading(sheet.questions[cell.metadata["question"]], number, cell.source)
        if cell.cell_type == "markdown":
            made.source = hints(made.source)
        cells.append(made)
    cells += [nbformat.v4.new_markdown_cell(END, id="score-text")]
    cells += [nbformat.v4.new_code_cell("show_score()", id="score")]
    about = {**copy.deepcopy(KERNEL), "description": description(sheet)}
    return cleared(nbformat.v4.new_notebook(metadata=about, cells=cells))


def description(sheet):
    """What the sheet asks, in at most 160 characters, for search engines and lists of pages."""
    titles = "; ".join(question.title for question in sheet.questions.values())
    text = f"{len(sheet.questions)} graded exercises: {titles}."
    return text if len(text) <= 160 else text[:159].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def opening(sheet, badges):
    """Title, badges and set-up cell."""
    cells = [nbformat.v4.new_markdown_cell(f"# {sheet.title}", id="title")]
    if badges:
        row = nbformat.v4.new_markdown_cell(badges, id="badges", metadata={"tags": ["badges"]})
        cells.append(row)
    how = HOW.replace("\n", " ").format(needs=sheet.needs)
    cells.append(nbformat.v4.new_markdown_cell(how, id="how"))
    return [*cells, folded(nbformat.v4.new_code_cell(setup(sheet), id="set-up"), "Set-up")]


def plain(cell, place):
    """A cell of the source as students see it; a check is folded on the page."""
    made = nbformat.from_dict(copy.deepcopy(cell))
    made.metadata, made["id"] = {}, f"cell-{place:03d}"
    if place == 0:
        made.source = re.sub(r"^# .+\n+", "", cell.source)
    if "check" in cell.metadata.get("tags", []):
        made.metadata = prompt("The check")
        made.source = re.sub(r"^( *)(### BEGIN HIDDEN TESTS)", MORE, cell.source, flags=re.M)
    return made


def prompt(words):
    """Metadata of a code cell that is folded on the page under these words."""
    return {
        "tags": ["hide-input"],
        "mystnb": {"code_prompt_show": words, "code_prompt_hide": words},
    }


def cleared(notebook):
    """The notebook without solutions and hidden parts."""
    for clear in (ClearSolutions, ClearHiddenTests):
        resources = {"nbgrader": {}, "metadata": {}}
        notebook, _ = clear(config=CLEAR).preprocess(notebook, resources)
    return notebook


def stub(source):
    """What a student finds in place of an answer."""
    if all_solution(source):
        return ""
    cell = nbformat.v4.new_code_cell(source)
    return cleared(nbformat.v4.new_notebook(cells=[cell])).cells[0].source


def solution(sheet):
    """The same notebook with solutions and the whole of every check, for the teacher."""
    notebook = student(sheet)
    mine = {cell["id"]: cell for cell in notebook.cells}
    cells = opening(sheet, "")
    for place, cell in enumerate(sheet.notebook.cells):
        made = mine.get(f"cell-{place:03d}", plain(cell, place))
        if cell.cell_type == "code":
            made.source = HIDDEN.sub("", SOLUTION.sub("", cell.source)).strip()
        cells.append(made)
    notebook.cells = [*cells, *notebook.cells[-2:]]
    return notebook


def folded(cell, words):
    """A code cell that stays shut until somebody opens it, also in JupyterLab and Colab."""
    cell.metadata = {**prompt(words), "jupyter": {"source_hidden": True}, "cellView": "form"}
    return cell


def heading(question, number, source):
    """The question's text under its number, with kind, level and points."""
    points = f"{question.points} point" + "s" * (question.points != 1)
    line = f"*{question.kind} · level {question.level} of 3 · {points}*"
    return re.sub(r"^## (.+)$", rf"## {number}. \1\n\n{line}", source, count=1, flags=re.M)


def hints(source):
    """Hints fold: the second is inside the first, so that they open one by one."""
    found = HINT.findall(source)
    if not found:
        return source
    inner = ""
    for number, text in reversed(list(enumerate(found, 1))):
        inner = f"<details><summary>Hint {number}</summary>\n\n{text}\n\n{inner}</details>\n"
    return HINT.sub("", source).rstrip() + "\n\n" + inner


def all_solution(source):
    """Whether a cell is nothing but a marked solution."""
    rest, inside = [], False
    for line in source.splitlines():
        if found := re.match(r"[ \t]*### (BEGIN|END) SOLUTION", line):
            inside = found.group(1) == "BEGIN"
        elif not inside:
            rest.append(line)
    return not "".join(rest).strip()


def secret(sheet):
    """Lines that only the author may see: of solutions and of hidden parts."""
    shown, inside, hidden = set(), False, set()
    for cell in sheet.notebook.cells:
        for line in cell.source.splitlines():
            if found := re.search(r"### (BEGIN|END) (SOLUTION|HIDDEN TESTS)", line):
                inside = found.group(1) == "BEGIN"
            else:
                (hidden if inside else shown).add(" ".join(line.split()))
    shown |= {" ".join(line.split()) for line in setup(sheet).splitlines()}
    return {line for line in hidden - shown if len(line) >= 16}


def leaks(sheet, text):
    """Secret lines that a text holds."""
    flat = " ".join(text.split())
    return sorted(line for line in secret(sheet) if line in flat)


def bundle(sheet, folder):
    """A zip with the marker and this sheet, for a machine that has no copy of the book.

    Its top holds what Gradescope looks for in an autograder.
    """
    path, top = folder / f"{sheet.slug}.zip", HOME / "gradescope"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for source in (*sorted(HOME.glob("*.py")), top / "requirements.txt"):
            file.write(source, source.relative_to(HOME.parent).as_posix())
        for name in ("setup.sh", "run_autograder"):
            file.write(top / name, name)
        for source in sorted(sheet.folder.glob("*.*")):
            file.write(source, f"exercises/{sheet.slug}/{source.name}")
        file.writestr("exercises/gradescope/sheet", f"{sheet.slug} --class-seed {sheet.seed}")
    return path
