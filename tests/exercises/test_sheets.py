"""Every sheet keeps its word, and nothing of the author's reaches students or the site."""

import html
import json
import re
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

import nbformat
import pytest

from exercises import build, make, prove
from exercises.sheet import KINDS, SheetError, load, names, read

ROOT = Path(__file__).parents[2]
SLUGS = names()


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("slug", SLUGS)
def test_solution_stub_and_wrong_answers_earn_what_they_must(slug, seed):
    assert not prove.problems(load(slug, (), seed))


def test_there_is_a_sheet_for_every_chapter_and_enough_questions():
    chapters = [path.stem for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
    assert [slug for slug in chapters if slug > "01"] == SLUGS
    sheets = [load(slug) for slug in SLUGS]
    assert sum(len(sheet.questions) for sheet in sheets) >= 48
    assert all(4 <= len(sheet.questions) <= 5 for sheet in sheets)
    kinds = {question.kind for sheet in sheets for question in sheet.questions.values()}
    assert kinds == set(KINDS)
    for sheet in sheets:
        levels = [question.level for question in sheet.questions.values()]
        assert levels == sorted(levels) and set(levels) == {1, 2, 3}, sheet.slug


@pytest.mark.parametrize("slug", SLUGS)
def test_the_stored_notebook_is_what_the_sheet_makes(slug):
    assert not list(make.stale(load(slug)))


def test_the_table_of_sheets_is_current():
    assert make.TABLE.read_text(encoding="utf-8") == make.table([load(slug) for slug in SLUGS])


@pytest.mark.parametrize("slug", SLUGS)
def test_a_student_notebook_runs_alone_under_another_name(slug, tmp_path):
    """In an empty folder, with nothing of this project to import."""
    notebook = nbformat.read(make.STUDENT / f"{slug}.ipynb", 4)
    nbformat.validate(notebook)
    code = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    (tmp_path / "my answers (1).py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-I", "-X", "utf8", "my answers (1).py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    sheet = load(slug)
    assert f"0 of {sheet.points} points" in done.stdout
    assert "exercises" not in code and "rnnbook" not in code


@pytest.mark.long
def test_sheets_run_in_an_environment_with_numpy_alone(tmp_path):
    """Fresh, with nothing but NumPy and Jupyter's kernel; under another name, as a notebook."""
    venv.create(tmp_path / "fresh", with_pip=True)
    python = tmp_path / "fresh" / "bin" / "python"
    packages = ["numpy", "ipykernel", "nbclient", "nbformat"]
    subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    for slug in SLUGS:
        if "PyTorch" in load(slug).needs:
            continue
        folder = tmp_path / slug
        folder.mkdir()
        notebook = folder / "final (2) copy.ipynb"
        notebook.write_bytes((make.STUDENT / f"{slug}.ipynb").read_bytes())
        subprocess.run([python, "-c", EXECUTE, notebook.name], cwd=folder, check=True)
        cells = nbformat.read(notebook, 4).cells
        said = "".join(o.get("text", "") for c in cells for o in c.get("outputs", []))
        assert f"0 of {load(slug).points} points" in said


EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


def test_no_solution_is_in_the_site_or_its_sources():
    """Where the site is built: no line of a solution or hidden part in any of its files."""
    site = ROOT / "_build" / "html"
    if not site.exists():
        pytest.skip("the site is not built")
    kinds = (".html", ".ipynb", ".json", ".js", ".txt", ".md")
    paths = [path for path in site.rglob("*") if path.suffix in kinds and path.is_file()]
    book = [*(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "rnnbook").rglob("*.js")]
    taught = " ".join(map(flat_text, book))  # what the book itself teaches is no secret
    for slug in SLUGS:
        secret = {line for line in build.secret(load(slug)) if line not in taught}
        assert len(secret) > 10
        for path in paths:
            if slug in str(path) or path.suffix in (".json", ".js", ".txt"):
                flat = flat_text(path)
                assert not [line for line in secret if line in flat], path


@cache
def flat_text(path):
    """The text of a file, of a notebook its sources, of a page its words, with single spaces."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return " ".join(text.split())


# ---- A sheet that breaks its word is not built -----------------------------------------------


@pytest.fixture
def broken(tmp_path):
    """A copy of a sheet, changed by ``change(text of sheet, text of wrong answers)``."""

    def made(change, slug="05-lstm"):
        folder = tmp_path / slug
        folder.mkdir()
        texts = [
            (ROOT / "exercises" / slug / name).read_text() for name in ("sheet.md", "wrong.py")
        ]
        for name, text in zip(("sheet.md", "wrong.py"), change(*texts)):
            (folder / name).write_text(text)
        return folder

    return made


def wrong_solution(sheet, wrong):
    return sheet.replace("sigmoid(ai_BH) * np.tanh(ag_BH)\n    return", "0\n    return"), wrong


def too_few(sheet, wrong):
    return sheet, wrong.split("# %% latch")[0]


def another_message(sheet, wrong):
    return sheet, wrong.replace("# %% left: This follows", "# %% left: That follows")


def not_wrong(sheet, wrong):
    right = "def bias_for(n, share):\n    f = share ** (1 / n)\n    return np.log(f / (1 - f))\n"
    return sheet, f"{wrong}\n\n# %% half-life: never\n{right}"


def unmarked(sheet, wrong):
    return sheet.replace("    ### BEGIN SOLUTION\n    f = ", "    f = "), wrong


def points_for_nothing(sheet, wrong):
    head = "def half_is_left(bias_for, rng):"
    return sheet.replace(head, head.replace("bias_for, ", "") + "\n    return", 1), wrong


BROKEN = {
    wrong_solution: "the solution fails",
    too_few: "0 wrong answers",
    another_message: "meant to meet 'That follows",
    not_wrong: "a wrong answer earns all",
    unmarked: "an empty answer passes",
    points_for_nothing: "an empty answer passes 'half_is_left'",
}


@pytest.mark.parametrize("change, word", BROKEN.items(), ids=[c.__name__ for c in BROKEN])
def test_a_broken_sheet_is_named(broken, change, word):
    found = "\n".join(prove.problems(read(broken(change))))
    assert word in found, found


def test_unknown_sheets_and_roles_are_named(broken):
    with pytest.raises(SheetError, match=r"no sheet 'none'. There are: 01-sequences"):
        load("none")
    with pytest.raises(SheetError, match=r"no sheet '05-lsmt'; did you mean 05-lstm\?"):
        load("05-lsmt")
    with pytest.raises(SheetError, match="begins with no title"):
        read(broken(lambda s, w: (s.replace("# Graded exercises: Gated", "Gated"), w), "06-gru"))
    with pytest.raises(SheetError, match="needs one tag"):
        read(broken(lambda s, w: (s.replace(":tags: [answer]", ":tags: [anwser]", 1), w)))


def test_the_sheet_that_the_teachers_page_shows_keeps_its_word(tmp_path):
    page = (ROOT / "book" / "pages" / "teaching.md").read_text()
    (sheet,) = re.findall(r"^````markdown\n(.*?)^````$", page, re.M | re.S)
    (wrong,) = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    folder = tmp_path / "20-softmax"
    folder.mkdir()
    (folder / "sheet.md").write_text(sheet)
    (folder / "wrong.py").write_text(wrong)
    assert prove.problems(read(folder)) == []


def test_a_sheet_of_the_teachers_goes_before_the_books(tmp_path, broken):
    folder = broken(lambda s, w: (s.replace("# Graded exercises: LSTM", "# My LSTM"), w))
    assert load("05-lstm", [folder.parent]).title == "My LSTM"
    assert load("05-lstm").title == "Graded exercises: LSTM"
