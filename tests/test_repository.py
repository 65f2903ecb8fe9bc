"""The repository is named once; everything that mentions it is generated."""

import shutil
import subprocess

import pytest

from book.tools import repository
from book.tools.notebooks import ROOT, read, tags

OTHER = "else-where/other.book"


def tree():
    """The files of the project: tracked, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()})


@pytest.fixture
def copy(tmp_path):
    for name in tree():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def mentions(root, *words):
    found = []
    for name in tree():
        text = (root / name).read_bytes().lower()
        found += [name for word in words if word.lower().encode() in text]
    return found


def test_generated_parts_are_up_to_date():
    assert [str(problem) for problem in repository.stale()] == []


def test_every_mention_is_generated(copy):
    here = repository.present(copy)
    full = f"{here.owner}/{here.name}"
    words = (full, f"{here.owner}.github.io")
    before = {name: (copy / name).read_bytes() for name in tree()}
    repository.main([OTHER], copy)
    assert mentions(copy, *words) == [], "mentioned, and not written by book.tools.repository"
    changed = {name for name in tree() if (copy / name).read_bytes() != before[name]}
    assert {"_config.yml", "README.md", "CITATION.cff", "pyproject.toml"} <= changed
    assert set(mentions(copy, OTHER)) | {"tests/test_repository.py"} >= changed
    repository.main([full], copy)
    after = {name: (copy / name).read_bytes() for name in tree()}
    assert [name for name in tree() if after[name] != before[name]] == []


def test_a_new_version_reaches_the_chapters(copy):
    project = copy / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "0.1.0"', 'version = "9.8.7"'))
    assert "out of date" in "".join(map(str, repository.stale(copy)))
    repository.main([], copy)
    for path in (copy / "chapters").glob("*.ipynb"):
        badges, setup = (cell for cell in read(path).cells if {"badges", "setup"} & set(tags(cell)))
        assert "/blob/v9.8.7/" in badges.source and "@v9.8.7" in setup.source
    assert "version: 9.8.7" in (copy / "CITATION.cff").read_text()


def test_cells_are_put_under_the_title(tmp_path, notebook):
    nb = notebook(("markdown", "(ch-x)=\n# X"), ("code", "x = 1"))
    path = tmp_path / "90-x.ipynb"
    path.write_text(repository.text_of(nb))
    made = repository.chapter(path, repository.Repository("a", "b", "1.2.3"))
    assert [tags(cell) for cell in made.cells[1:3]] == [["badges"], ["setup", "remove-cell"]]
    assert "colab.research.google.com/github/a/b/blob/v1.2.3/chapters/90-x" in made.cells[1].source
    setup = made.cells[2].source.splitlines()
    assert len(setup) <= 25 and max(map(len, setup)) <= 79
    assert "import torch" not in made.cells[2].source


def test_bad_name(copy):
    with pytest.raises(SystemExit, match="not of the form"):
        repository.main(["nonsense"], copy)
