"""Write the repository's name and the release into everything that mentions them.

``_config.yml`` names the repository once (``repository.url``), ``pyproject.toml`` the version.
From these come the badge row and the set-up cell of every chapter, the generated parts of the
README, the citation file and the addresses of the package.

    python -m book.tools.repository               write them again
    python -m book.tools.repository --check       say what is out of date
    python -m book.tools.repository OWNER/NAME    name another repository, then write them
"""

import csv
import re
import sys
from dataclasses import dataclass

import nbformat

from book.tools.notebooks import ROOT, STATE, Problem, chapters, read, tags, text_of, write

URL = re.compile(r"^  url: https://github\.com/([\w.-]+)/([\w.-]+)$", re.M)
NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")

SETUP = """\
# The same in every chapter: fetch rnnbook where it is missing.
import os
import pathlib
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version

os.environ.setdefault("OMP_NUM_THREADS", "1")
try:
    version("rnnbook")
except PackageNotFoundError:
    home = "https://github.com/{owner}/{name}"
    spec = os.environ.get("RNNBOOK_SPEC", f"git+{{home}}@{tag}")
    pip = [sys.executable, "-m", "pip"]
    have = subprocess.check_output([*pip, "list", "--format=freeze"])
    with tempfile.TemporaryDirectory() as folder:
        keep = pathlib.Path(folder, "installed.txt")  # stays as it is
        keep.write_bytes(have)
        pip += ["install", "--quiet", "--constraint", keep, spec]
        done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"cannot install {{spec}}: {{done.stderr}}") from None
print("rnnbook", version("rnnbook"), "is ready")"""

BADGES = (
    "[Open in Colab](https://colab.research.google.com/github/{owner}/{name}/blob/{tag}"
    "/chapters/{chapter}.ipynb) · "
    "[Download the notebook]({site}/notebooks/{chapter}.ipynb) · "
    "[Read as a page]({site}/chapters/{chapter}.html)"
)

# Under the title of a sheet of graded exercises.
SHEET_BADGES = (
    "[Open in Colab](https://colab.research.google.com/github/{owner}/{name}/blob/{tag}"
    "/exercises/student/{sheet}.ipynb) · "
    "[Download the notebook]({site}/notebooks/exercises-{sheet}.ipynb) · "
    "[Read as a page]({site}/exercises/student/{sheet}.html) · "
    "[The chapter]({site}/chapters/{sheet}.html)"
)

# In these files each pattern stands for one line, written anew from its right-hand side.
LINES = {
    "CITATION.cff": {
        r"^version: .*$": "version: {version}",
        r"^url: .*$": 'url: "{site}/"',
        r"^repository-code: .*$": 'repository-code: "https://github.com/{owner}/{name}"',
    },
    "book/pages/teaching.md": {r"^git clone .*$": "git clone https://github.com/{full} book"},
    "rnnbook/__init__.py": {r"^__version__ = .*$": '__version__ = "{version}"'},
    "pyproject.toml": {
        r"^Homepage = .*$": 'Homepage = "{site}/"',
        r"^Repository = .*$": 'Repository = "https://github.com/{owner}/{name}"',
    },
}


@dataclass(frozen=True)
class Repository:
    """The names that everything generated is made of."""

    owner: str
    name: str
    version: str

    def fill(self, template, **more):
        site = f"https://{self.owner}.github.io/{self.name}"
        return template.format(
            **vars(self),
            **more,
            site=site,
            tag=f"v{self.version}",
            full=f"{self.owner}/{self.name}",
        )


def present(root=ROOT):
    """The repository that ``_config.yml`` and ``pyproject.toml`` name."""
    found = URL.findall((root / "_config.yml").read_text(encoding="utf-8"))
    if len(found) != 1:
        raise SystemExit("_config.yml: expected one line '  url: https://github.com/OWNER/NAME'")
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([\w.]+)"$', project, re.M)
    if not version:
        raise SystemExit('pyproject.toml: expected a line version = "X.Y.Z"')
    return Repository(*found[0], version.group(1))


def titles_and_times(root):
    """(chapter, title, seconds or None) for every chapter."""
    file = root / "book" / "runtimes.csv"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    times = {row["chapter"]: row["seconds"] for row in csv.DictReader(lines)}
    for path in chapters(root):
        title = re.search(r"^# (.+)$", read(path).cells[0].source, re.M)
        yield path.stem, title.group(1).strip() if title else path.stem, times.get(path.stem)


def chapter_table(repository, root):
    rows = ["| chapter | runs in | open |", "|---|---|---|"]
    row = (
        "| [{title}]({site}/chapters/{chapter}.html) | {time} | "
        "[Colab](https://colab.research.google.com/github/{full}/blob/{tag}"
        "/chapters/{chapter}.ipynb) |"
    )
    for chapter, title, seconds in titles_and_times(root):
        time = f"{seconds} s" if seconds else "not measured"
        title = f"{int(chapter[:2])} · {title}"
        rows.append(repository.fill(row, chapter=chapter, title=title, time=time))
    return "\n".join(rows)


def blocks(repository, root):
    """The generated parts of the README, by name."""
    return {
        "site": repository.fill("**Read it at <{site}/>.**"),
        "clone": repository.fill("```\ngit clone https://github.com/{full}\ncd {name}\n```"),
        "chapters": chapter_table(repository, root),
    }


def readme(repository, root):
    text = (root / "README.md").read_text(encoding="utf-8")
    for name, content in blocks(repository, root).items():
        part = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.S)
        if len(part.findall(text)) != 1:
            raise SystemExit(f"README.md: expected <!-- generated: {name} --> and its end")
        text = part.sub(lambda found, new=content: f"{found[1]}{new}\n{found[2]}", text)
    return text


def lines_of(file, repository, root):
    text = (root / file).read_text(encoding="utf-8")
    for pattern, template in LINES[file].items():
        text, count = re.subn(pattern, repository.fill(template), text, flags=re.M)
        if count != 1:
            raise SystemExit(f"{file}: {count} lines match {pattern!r}, expected one")
    return text


def chapter(path, repository):
    """The notebook with its badge row and its set-up cell as cells 1 and 2."""
    nb = read(path)
    prefix = nb.cells[0].id.rsplit("-", 1)[0]
    for position, kind, make, marks in (
        (1, "badges", nbformat.v4.new_markdown_cell, ["badges"]),
        (2, "setup", nbformat.v4.new_code_cell, ["setup", "remove-cell"]),
    ):
        template = BADGES if kind == "badges" else SETUP
        if not any(kind in tags(cell) for cell in nb.cells):
            nb.cells.insert(position, make(id=f"{prefix}-{kind}"))
            nb.cells[position].metadata["tags"] = marks
        cell = next(cell for cell in nb.cells if kind in tags(cell))
        cell.source = repository.fill(template, chapter=path.stem)
    for model in nb.metadata.get("widgets", {}).get(STATE, {}).get("state", {}).values():
        if "site" in model["state"]:  # a quiz, which links to the chapters
            model["state"]["site"] = repository.fill("{site}/")
    return nb


def sheet(path, repository):
    """The notebook of graded exercises with its badge row."""
    nb = read(path)
    row = next(cell for cell in nb.cells if "badges" in tags(cell))
    row.source = repository.fill(SHEET_BADGES, sheet=path.stem)
    return nb


def targets(repository, root):
    """(path, text) of everything that is generated, as it should be."""
    yield root / "README.md", readme(repository, root)
    for file in LINES:
        yield root / file, lines_of(file, repository, root)
    for path in chapters(root):
        yield path, text_of(chapter(path, repository))
    for path in sorted((root / "exercises" / "student").glob("*.ipynb")):
        yield path, text_of(sheet(path, repository))


def outdated(root):
    """(path, text as it should be) of each file whose generated parts are out of date."""
    for path, text in targets(present(root), root):
        if path.read_text(encoding="utf-8") != text:
            yield path, text


def stale(root=ROOT):
    """A problem for each file that is out of date."""
    for path, _ in outdated(root):
        place = path.relative_to(root).as_posix()
        yield Problem(place, "out of date; run `python -m book.tools.repository`")


def generate(root=ROOT):
    """Write every generated part. Returns the files that changed."""
    changed = list(outdated(root))
    for path, text in changed:
        if path.suffix == ".ipynb":
            write(path, nbformat.reads(text, as_version=4))
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return [path for path, _ in changed]


def rename(full, root=ROOT):
    """Name another repository in ``_config.yml``."""
    if not NAME.fullmatch(full):
        raise SystemExit(f"{full!r} is not of the form OWNER/NAME")
    path = root / "_config.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(URL.sub(f"  url: https://github.com/{full}", text), encoding="utf-8")


def main(arguments, root=ROOT):
    if arguments == ["--check"]:
        problems = list(stale(root))
        print(*problems, sep="\n", end="\n" if problems else "")
        return 1 if problems else 0
    if len(arguments) > 1 or any(word.startswith("-") for word in arguments):
        raise SystemExit(__doc__)
    if arguments:
        rename(arguments[0], root)
    for path in generate(root):
        print(f"{path.relative_to(root)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
