"""Ways through the book: `{paths}`, `{path-steps} ID`, `{syllabus}`, from `book/study/paths.yml`.

The first is the short list of the home page; its links lead to the labels `path-ID`, which stand
above the headings of the paths. The second lists the steps of a path, the third the weeks of a
class, with the points that the sheets state. A fault of the file is a warning that names the
entry, and then nothing is shown.
"""

import ast
import html
import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import yaml
from docutils import nodes
from jsonschema import Draft202012Validator
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.ext import passages
from book.ext.gallery import GALLERY

FILE = "book/study/paths.yml"
SHEETS = "exercises/student"
WORTH = re.compile(r"^WORTH = (\{.*?\})", re.M)
TITLE = re.compile(r"## (.+)\n[^#]*#(\w+)")  # of a live figure, and its name
log = logging.getLogger(__name__)


def entry(**fields):
    known = {"properties": fields, "required": [*fields], "additionalProperties": False}
    return {"type": "object", **known}


def some(kind):
    return {"type": "array", "items": kind, "minItems": 1, "uniqueItems": True}


TEXT, NAME = {"type": "string", "minLength": 1}, {"type": "string", "pattern": "^[a-z0-9-]+$"}
STEP = entry(page=TEXT, do=TEXT, minutes={"type": "integer", "minimum": 1})
PATH = entry(id=NAME, name=TEXT, time=TEXT, sentence=TEXT, steps=some(STEP))
LISTS = {name: some(TEXT) for name in ("read", "exercises", "cards")}
WEEK = entry(title=TEXT, question=TEXT, **{"try": entry(figure=TEXT, do=TEXT)}, **LISTS)
SCHEMA = entry(paths=some(PATH), syllabus=entry(id=NAME, weeks=some(WEEK)))


class page_link(nodes.General, nodes.Inline, nodes.Element):
    """A link to a page by its name, so that the page's script can mark what was read."""


@lru_cache(maxsize=32)
def parsed(text):
    """YAML, read once: every list asks for it."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read(path):
    return parsed(path.read_text(encoding="utf-8"))


def load(env):
    """What the file says, or None where something is wrong with it."""
    return None if problems(env) else read(Path(env.srcdir, FILE))


def problems(env):
    """What is wrong with the file, a sentence each."""
    try:
        data = read(Path(env.srcdir, FILE))
    except (OSError, yaml.YAMLError) as error:
        return [f"{FILE}: {' '.join(str(error).split())}"]
    errors = Draft202012Validator(SCHEMA).iter_errors(data)
    wrong = [(error.absolute_path, error.message) for error in errors]
    wrong = wrong or [*repeated(data), *unknown(data, env)]
    return [f"{FILE}, {place(data, parts)}: {text}" for parts, text in wrong]


def place(data, parts):
    """Where in the file that is, in words: `paths, weekend, steps, 2`."""
    words = []
    for part in parts:
        data = data[part]
        if isinstance(part, int):
            part = data.get("id", part + 1) if isinstance(data, dict) else part + 1
        words.append(str(part))
    return ", ".join(words) or "the whole file"


def repeated(data):
    ids = Counter([data["syllabus"]["id"], *(path["id"] for path in data["paths"])])
    for number, path in enumerate(data["paths"]):
        if ids[path["id"]] > 1:
            yield ["paths", number], f"the id {path['id']!r} is given {ids[path['id']]} times"


def unknown(data, env):
    """Pages, sheets, cards and figures that the book does not have."""
    for number, path in enumerate(data["paths"]):
        for at, step in enumerate(path["steps"]):
            if step["page"] not in env.found_docs:
                yield ["paths", number, "steps", at], f"no page {step['page']!r}"
    kinds = {
        "read": ("page", env.found_docs.__contains__),
        "exercises": ("sheet", lambda slug: points(env, slug)),
        "cards": ("chapter with cards", lambda slug: cards(env, slug)),
    }
    for number, week in enumerate(data["syllabus"]["weeks"]):
        for field, (kind, known) in kinds.items():
            for name in week[field]:
                if not known(name):
                    yield ["syllabus", "weeks", number, field], f"no {kind} {name!r}"
        if week["try"]["figure"] not in figures(env):
            yield ["syllabus", "weeks", number, "try"], f"no live figure {week['try']['figure']!r}"


def cells(env, name):
    """The sources of a notebook's cells; none where there is no such file."""
    path = Path(env.srcdir, name)
    notebook = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"cells": []}
    return ["".join(cell["source"]) for cell in notebook["cells"]]


def points(env, slug):
    """What a sheet is worth, as its notebook for students says; 0 where there is none."""
    found = map(WORTH.search, cells(env, f"{SHEETS}/{slug}.ipynb"))
    return sum(sum(ast.literal_eval(worth[1]).values()) for worth in found if worth)


def cards(env, slug):
    """How many cards a chapter has."""
    path = Path(env.srcdir, FILE).with_name(f"{slug}.yml")
    return len(read(path)["cards"]) if path.exists() else 0


def figures(env):
    """name -> title of every live figure in the gallery."""
    return {head[2]: head[1] for head in map(TITLE.match, cells(env, GALLERY)) if head}


def report(app, env):
    for text in problems(env) if Path(env.srcdir, FILE).exists() else []:
        log.warning(text, type="paths")


def as_json(env):
    """The paths with their pages, as JSON for a script: [{id, name, steps: [page]}]."""
    found = [
        {"id": path["id"], "name": path["name"], "steps": [step["page"] for step in path["steps"]]}
        for path in (load(env) or {"paths": []})["paths"]
    ]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def hours(minutes):
    """`2½ hours`; from ten hours on, whole ones."""
    halves = round(minutes / 30) if minutes < 600 else 2 * round(minutes / 60)
    return f"{halves // 2 or ''}{'½' * (halves % 2)} hours"


def paragraph(*children):
    return nodes.paragraph("", "", *children)


def time(words):
    return nodes.inline("", words, classes=["time"])


class FromFile(SphinxDirective):
    """A list made of the file; nothing where something is wrong with it."""

    def run(self):
        self.env.note_dependency(str(Path(self.env.srcdir, FILE)))
        data = load(self.env)
        return list(self.made(data)) if data else []

    def text(self, words):
        found, messages = self.parse_inline(words, lineno=self.lineno)
        return [*found, *messages]

    def link(self, page, **more):
        self.env.note_dependency(self.env.doc2path(page))  # for its title
        return page_link(page=page, **more)


class PathsDirective(FromFile):
    """All paths, a sentence each."""

    def made(self, data):
        items = [self.item(path) for path in data["paths"]]
        yield nodes.container("", nodes.definition_list("", *items), classes=["paths"])

    def item(self, path):
        goal = {"refdomain": "std", "reftype": "ref", "reftarget": f"path-{path['id']}"}
        how = {"refdoc": self.env.docname, "refexplicit": True, "refwarn": True}
        link = addnodes.pending_xref("", nodes.inline("", path["name"]), **goal, **how)
        term = nodes.term("", "", nodes.strong("", "", link), nodes.Text(" "), time(path["time"]))
        words = nodes.definition("", paragraph(*self.text(path["sentence"])))
        return nodes.definition_list_item("", term, words)


class PathStepsDirective(FromFile):
    """The steps of one path, with the time that they take."""

    required_arguments = 1

    def made(self, data):
        known = {path["id"]: path["steps"] for path in data["paths"]}
        steps = known.get(self.arguments[0])
        if steps is None:
            words = f"{FILE}, paths: no path {self.arguments[0]!r}; there are: {', '.join(known)}"
            log.warning(words, location=self.get_location(), type="paths")
            return
        yield nodes.enumerated_list("", *map(self.item, steps), enumtype="arabic", suffix=".")
        yield paragraph(nodes.Text(f"About {hours(sum(s['minutes'] for s in steps))} in all."))

    def item(self, step):
        what = *self.text(step["do"]), nodes.Text(" "), time(f"{step['minutes']} min")
        return nodes.list_item("", paragraph(self.link(step["page"])), paragraph(*what))


class SyllabusDirective(FromFile):
    """A section for each week of a class."""

    def made(self, data):
        weeks = data["syllabus"]["weeks"]
        sheets = [points(self.env, slug) for week in weeks for slug in week["exercises"]]
        words = f"{len(sheets)} sheets in {len(weeks)} weeks, {sum(sheets)} points in all."
        yield paragraph(nodes.Text(words))
        for number, week in enumerate(weeks, 1):
            name = f"{data['syllabus']['id']}-{number}"
            title = nodes.title("", f"Week {number}: {week['title']}")
            question = paragraph(nodes.emphasis("", "", *self.text(week["question"])))
            lists = nodes.field_list("", *self.fields(week))
            yield nodes.section("", title, question, lists, ids=[name], names=[name])

    def fields(self, week):
        figure, worth = week["try"]["figure"], {s: points(self.env, s) for s in week["exercises"]}
        link = self.link(GALLERY.removesuffix(".ipynb"), anchor=figure)
        link["words"] = figures(self.env)[figure]
        sheets = [(self.link(f"{SHEETS}/{s}"), time(f" {n} points")) for s, n in worth.items()]
        lines = {
            "Read": [[self.link(page)] for page in week["read"]],
            "Try": [[link, nodes.Text(". "), *self.text(week["try"]["do"])]],
            f"Hand in, for {sum(worth.values())} points": sheets,
            "Learn": [[nodes.Text(f"{sum(cards(self.env, s) for s in week['cards'])} cards")]],
        }
        for name, words in lines.items():
            body = nodes.field_body("", *(paragraph(*line) for line in words))
            yield nodes.field("", nodes.field_name("", name), body)


def visit_link(self, node):
    page, anchor = node["page"], node.get("anchor")
    address = self.builder.get_relative_uri(self.builder.current_docname, page)
    address += f"#{anchor}" if anchor else ""
    words = node.get("words") or passages.heading(self.builder.app, page)
    attributes = f'href="{html.escape(address)}" data-name="{html.escape(page)}"'
    self.body.append(f'<a class="reference internal" {attributes}>{html.escape(words)}</a>')
    raise nodes.SkipNode


def setup(app):
    app.add_node(page_link, html=(visit_link, None))
    app.add_directive("paths", PathsDirective)
    app.add_directive("path-steps", PathStepsDirective)
    app.add_directive("syllabus", SyllabusDirective)
    app.connect("env-check-consistency", report)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
