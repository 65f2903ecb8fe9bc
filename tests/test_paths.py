"""Paths through the book: the file, the lists that are made of it, and faults that are named."""

import copy
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml

from book.ext import paths
from book.ext.theme import read_parts
from book.tools.notebooks import chapters, read, tags
from exercises import sheet

ROOT = Path(__file__).parents[1]
DATA = yaml.safe_load((ROOT / paths.FILE).read_text(encoding="utf-8"))
PAGES = {page["name"] for part in read_parts(ROOT) for page in part["pages"]}
WEEKS = DATA["syllabus"]["weeks"]


# ---- The book's own file ----------------------------------------------------------------------


def env(root, pages):
    return Mock(srcdir=str(root), found_docs=set(pages))


def steps(name):
    return next(path["steps"] for path in DATA["paths"] if path["id"] == name)


def estimate(path):
    """Minutes for a whole chapter, by the rule that the file states."""
    cells = read(path).cells
    live = [cell for cell in cells if "live" in tags(cell)]
    still = [
        cell for above, cell in pairwise(cells) if "caption" in tags(cell) and above not in live
    ]
    exercises = sum(len(re.findall(r"^\(ex-[\w-]+\)=", cell.source, re.M)) for cell in cells)
    words = sum(len(cell.source.split()) for cell in cells)
    return words / 200 + 2 * len(still) + 5 * len(live) + 10 * exercises


def test_the_file_has_no_fault_and_every_page_is_in_the_contents():
    assert paths.problems(env(ROOT, PAGES)) == []


def test_the_whole_course_is_every_chapter_once_in_order():
    written = [f"chapters/{path.stem}" for path in chapters()]
    assert [step["page"] for step in steps("course")] == written


def test_minutes_follow_the_rule_that_the_file_states():
    whole = {step["page"]: step["minutes"] for step in steps("course")}
    for path in chapters():
        assert whole[f"chapters/{path.stem}"] == pytest.approx(estimate(path), rel=0.1), path.stem
    for path in DATA["paths"]:
        assert all(step["minutes"] <= whole[step["page"]] for step in path["steps"])
        assert path["time"] == paths.hours(sum(step["minutes"] for step in path["steps"]))


def test_six_weeks_have_every_sheet_and_chapter_once():
    assert len(WEEKS) == 6
    assert [slug for week in WEEKS for slug in week["exercises"]] == sheet.names()
    read_pages = [page for week in WEEKS for page in week["read"]]
    assert read_pages == [step["page"] for step in steps("course")]
    assert [slug for week in WEEKS for slug in week["cards"]] == sheet.names()


@pytest.mark.parametrize("slug", sheet.names())
def test_points_are_those_of_the_sheet(slug):
    assert paths.points(env(ROOT, ()), slug) == sheet.load(slug).points > 0


def test_every_path_has_its_label_and_its_steps_on_the_page():
    page = (ROOT / "book" / "pages" / "paths.md").read_text(encoding="utf-8")
    for path in DATA["paths"]:
        assert f"(path-{path['id']})=\n## {path['name']}\n" in page
        assert f"```{{path-steps}} {path['id']}\n" in page
    home = (ROOT / "index.md").read_text(encoding="utf-8")
    assert "```{paths}\n" in home and "book/pages/overview.md" in home


# ---- A small site -------------------------------------------------------------------------------

SMALL = {
    "paths": [
        {
            "id": "evening",
            "name": "An evening",
            "time": "1½ hours",
            "sentence": "One [chapter](/chapters/05-lstm.md), *no* more.",
            "steps": [
                {"page": "chapters/05-lstm", "do": "Read it.", "minutes": 50},
                {"page": "index", "do": "Come back.", "minutes": 40},
            ],
        }
    ],
    "syllabus": {
        "id": "class",
        "weeks": [
            {
                "title": "Gates",
                "question": "How is $c_t$ kept?",
                "read": ["chapters/05-lstm"],
                "try": {"figure": "gate", "do": "Close it."},
                "exercises": ["05-lstm"],
                "cards": ["05-lstm"],
            }
        ],
    },
}
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_nb", "book.ext.paths"]
exclude_patterns = ["out", "jupyter_execute"]
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
html_theme = "basic"
"""
HOME = "# Home\n\n```{paths}\n```\n\n```{toctree}\nchapters/05-lstm\nways\nbook/pages/gallery\n"
HOME += "exercises/student/05-lstm\n```\n"
WAYS = "# Ways\n\n(path-evening)=\n## An evening\n\n```{path-steps} evening\n```\n\n## A class\n\n"
WAYS += "```{syllabus}\n```\n"


def notebook(*cells):
    made = [
        {"cell_type": kind, "id": f"c{n}", "metadata": {}, "source": text}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for n, (kind, text) in enumerate(cells)
    ]
    about = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    return json.dumps({"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5})


FILES = {
    "conf.py": CONF,
    "index.md": HOME,
    "ways.md": WAYS,
    "chapters/05-lstm.md": "# Long memory\n",
    "book/study/05-lstm.yml": "cards: [{id: a}, {id: b}]\nquiz: []\n",
    "book/pages/gallery.ipynb": notebook(
        ("markdown", "# Gallery"), ("markdown", "## A gate\n\nSee: <a href='#gate'>it</a>")
    ),
    "exercises/student/05-lstm.ipynb": notebook(
        ("markdown", "# Sheet"), ("code", 'SEED = 0\nWORTH = {"step": 3, "latch": 4}  # points')
    ),
}


def write(folder, data, **pages):
    files = FILES | {f"{name}.md": text for name, text in pages.items()}
    for name, text in (files | {paths.FILE: yaml.safe_dump(data)}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def site(tmp_path):
    """A function that builds the small site with this file: (words of warnings, page by name)."""

    def build(data, **pages):
        write(tmp_path, data, **pages)
        command = [sys.executable, "-m", "sphinx", "-q", "-n", "-b", "html", ".", "out"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr, lambda name: (tmp_path / "out" / f"{name}.html").read_text("utf-8")

    return build


def listed_on(home):
    return home[home.index('<div class="paths') :].partition("</dl>")[0]


def test_the_lists_say_what_the_file_says(site):
    words, page = site(SMALL)
    assert words == ""
    listed, ways = listed_on(page("index")), page("ways")
    assert 'href="ways.html#path-evening"' in listed and ">1½ hours</span>" in listed
    assert 'href="chapters/05-lstm.html"' in listed and "<em>no</em>" in listed
    assert (
        'href="chapters/05-lstm.html" data-name="chapters/05-lstm">Chapter 5, Long memory' in ways
    )
    assert ">50 min</span>" in ways and "About 1½ hours in all." in ways
    assert '<section id="class-1">' in ways and "Week 1: Gates" in ways
    assert 'href="book/pages/gallery.html#gate"' in ways and ">A gate</a>" in ways
    assert "Hand in, for 7 points" in ways and "2 cards" in ways
    assert "1 sheets in 1 weeks, 7 points in all" in ways


def test_pages_follow_the_file(site):
    site(SMALL)
    changed = copy.deepcopy(SMALL)
    changed["paths"][0] |= {"name": "A night", "time": "2 hours"}
    changed["paths"][0]["steps"][1]["minutes"] = 70
    words, page = site(changed)
    assert words == ""
    assert "A night" in listed_on(page("index")) and "2 hours" in listed_on(page("index"))
    assert "About 2 hours in all." in page("ways")


def test_what_leads_nowhere_is_a_warning_that_names_it(site):
    changed = copy.deepcopy(SMALL)
    changed["paths"][0]["steps"][1]["page"] = "chapters/99-none"
    words, page = site(changed)
    assert words.count("no page 'chapters/99-none'") == 1
    assert "book/study/paths.yml, paths, evening, steps, 2: no page" in words
    assert '<div class="paths' not in page("index")


def test_a_path_that_the_file_lacks_and_one_without_a_label_are_named(site):
    changed = copy.deepcopy(SMALL)
    changed["paths"].append(SMALL["paths"][0] | {"id": "night"})
    words, _ = site(changed, ways=WAYS.replace("{path-steps} evening", "{path-steps} nigt"))
    assert "ways.md" in words and "no path 'nigt'; there are: evening, night" in words
    assert "index.md" in words and "path-night" in words


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (("paths", 0, "time"), None, "paths, evening: 'time' is a required property"),
        (("paths", 0, "steps", 0, "do"), None, "paths, evening, steps, 1: 'do' is a required"),
        (("paths", 0, "steps", 0, "minutes"), "long", "steps, 1, minutes: 'long' is not of type"),
        (("paths", 0, "steps"), [], "paths, evening, steps: [] "),
        (("paths", 0, "hint"), "x", "'hint' was unexpected"),
        (("paths", 0, "id"), "class", "paths, class: the id 'class' is given 2 times"),
        (("syllabus", "weeks", 0, "try"), None, "syllabus, weeks, 1: 'try' is a required"),
        (("syllabus", "weeks", 0, "try", "figure"), "x", "weeks, 1, try: no live figure 'x'"),
        (("syllabus", "weeks", 0, "exercises"), ["9-x"], "weeks, 1, exercises: no sheet '9-x'"),
        (("syllabus", "weeks", 0, "read"), ["x"], "syllabus, weeks, 1, read: no page 'x'"),
        (("syllabus", "weeks", 0, "cards"), ["x"], "weeks, 1, cards: no chapter with cards 'x'"),
        (("syllabus",), None, "the whole file: 'syllabus' is a required property"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, place, value, says):
    data = copy.deepcopy(SMALL)
    *above, last = place
    entry = data
    for key in above:
        entry = entry[key]
    entry.pop(last) if value is None else entry.update({last: value})
    write(tmp_path, data)
    words = "\n".join(paths.problems(env(tmp_path, ["index", "chapters/05-lstm"])))
    assert words.startswith(f"{paths.FILE}, ") and says in words, words


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    (tmp_path / "book" / "study").mkdir(parents=True)
    (tmp_path / paths.FILE).write_text("paths: [")
    assert paths.problems(env(tmp_path, ()))[0].startswith(f"{paths.FILE}: while parsing")


def test_a_script_gets_the_paths_with_their_pages(tmp_path):
    found = json.loads(paths.as_json(env(ROOT, PAGES)))
    assert [path["id"] for path in found] == ["afternoon", "weekend", "course"]
    assert found[2]["steps"][0] == "chapters/00-primer" and set(found[0]) == {"id", "name", "steps"}
    assert json.loads(paths.as_json(env(tmp_path, ()))) == []


def test_hours_are_rounded_to_halves():
    assert [paths.hours(n) for n in (35, 90, 120, 700)] == [
        *("½ hours", "1½ hours", "2 hours", "12 hours"),
    ]
