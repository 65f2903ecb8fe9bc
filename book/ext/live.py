"""Put live figures on pages without a kernel: their settings, and their script once a site.

A notebook stores the state of each figure and with it the script that the package had when
the notebook ran. The page gets only the settings; the script of each kind of figure is a
file of its own, which the page loads when the figure comes near the screen.
"""

import hashlib
import html
import json
import re
from functools import cache
from pathlib import Path

from sphinx.util import logging

from book.ext import katex

PACKAGE = Path(__file__).parents[2] / "rnnbook"
WIDGETS, QUIZ = PACKAGE / "widgets", PACKAGE / "quiz"
SHARED = ("arithmetic", "shared")
EXPORT = "export default { render };"
PRIVATE = "_"  # what ipywidgets keeps for itself: _esm, _css, _model_name ...
FORMULA = re.compile(
    r'<span class="katex"><math\b[^>]*>(?:(?!</math>).)*'
    r'<annotation encoding="application/x-tex">([^<]*)</annotation></semantics></math></span>',
    re.S,
)
LARGE = 6000  # characters of settings from which they go to a file of their own
log = logging.getLogger(__name__)


class FigureError(ValueError):
    """A stored live figure that the page could not show."""


@cache
def source(name):
    """The script of a figure as the package makes it: the shared parts and its own."""
    if name == "quiz":
        return (QUIZ / "quiz.js").read_text(encoding="utf-8")
    return "\n".join(
        (WIDGETS / f"{part}.js").read_text(encoding="utf-8") for part in (*SHARED, name)
    )


@cache
def names():
    """The figures that the package has, by the text of their script."""
    found = [path.stem for path in sorted(WIDGETS.glob("*.js")) if path.stem not in SHARED]
    return {source(name): name for name in [*found, "quiz"]}


def is_figure(model):
    return model.get("model_module") == "anywidget" and "_esm" in model.get("state", {})


def name_of(model):
    """Which figure a stored model is; FigureError when no script of the package is its own."""
    state = model["state"]
    name = names().get(state["_esm"])
    if name is None:
        kind = state.get("_anywidget_id", "of an unknown class").split(".")[-1]
        raise FigureError(
            f"the stored live figure {kind} was made with another script than the one in "
            "rnnbook/widgets: run the notebook again (make run CH=...)"
        )
    return name


def settings(model):
    """What the page needs of the state, binary values as base64."""
    values = {key: v for key, v in model["state"].items() if not key.startswith(PRIVATE)}
    values.pop("layout", None)
    buffers = model.get("buffers", [])
    if any(len(buffer["path"]) != 1 for buffer in buffers):
        raise FigureError("the stored live figure has binary values inside lists, not read here")
    binary = {buffer["path"][0]: buffer["data"] for buffer in buffers}
    if name_of(model) == "quiz":
        values["questions"] = questions(values["name"], values["questions"])
    return {"values": values, "binary": binary}


def read_quiz(name):
    """A quiz as the package has it."""
    path = QUIZ / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in QUIZ.glob("*.json")))
        raise FigureError(f"there is no quiz {name!r}; there are {known}")
    return json.loads(path.read_text(encoding="utf-8"))


def questions(name, stored=None):
    """The questions of a quiz; those that a notebook has stored must be the same."""
    found = read_quiz(name)["questions"]
    if stored not in (None, found):
        raise FigureError(
            f"the stored quiz has other questions than rnnbook/quiz/{name}.json: run the "
            "notebook again (make run CH=...)"
        )
    return found


def as_on_page(value):
    """The same with each formula of MathML set by KaTeX, in texts, lists and dictionaries.

    Called when all pages are written: KaTeX's engine must not run when processes are forked.
    """
    if isinstance(value, list):
        return [as_on_page(one) for one in value]
    if isinstance(value, dict):
        return {key: as_on_page(one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    return FORMULA.sub(lambda found: katex.render(html.unescape(found[1])), value)


def mount(model, place):
    """The element that becomes the figure, as HTML; large settings are put into ``place``."""
    return mounted(name_of(model), settings(model), place)


def quiz_mount(name, place):
    """The element that becomes a quiz on a page that stores none."""
    values = {"name": name, "title": read_quiz(name)["title"], "questions": questions(name)}
    return mounted("quiz", {"values": values, "binary": {}}, place)


def mounted(name, chosen, place):
    text = json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))
    attribute = ""
    if len(text) > LARGE:
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        place[key] = text
        attribute, text = f' data-settings="{key}"', ""
    text = text.replace("<", "\\u003c")
    return (
        f'<div class="live-place" data-figure="{html.escape(name)}"{attribute}>'
        f'<script type="application/json">{text}</script></div>'
    )


def wrapped(name):
    """The script of a figure as a classic script, which also runs from the disk."""
    text = source(name)
    if text.count(EXPORT) != 1 or not text.rstrip().endswith(EXPORT):
        raise FigureError(f"rnnbook/widgets/{name}.js must end with `{EXPORT}`")
    body = text.replace(EXPORT, "return { render };")
    return f'rnnbookLive.define("{name}", () => {{\n"use strict";\n{body}\n}});\n'


def keeping(key, text):
    """Large settings as a classic script."""
    text = json.dumps(as_on_page(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    return f'rnnbookLive.keep("{key}", {json.dumps(text)});\n'


def large_settings(env):
    """docname -> {key: text}, kept with the environment between builds."""
    if not hasattr(env, "book_live_settings"):
        env.book_live_settings = {}
    return env.book_live_settings


def forget(app, env, docname):
    large_settings(env).pop(docname, None)


def merge(app, env, docnames, other):
    """Take over what another process of the build has read."""
    read = large_settings(other)
    large_settings(env).update((name, read[name]) for name in docnames if name in read)


def write(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static", "figures")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names().values():
        try:
            (folder / f"{name}.js").write_text(wrapped(name), encoding="utf-8")
        except FigureError as error:
            log.warning("live figure: %s", error)
    for place in large_settings(app.env).values():
        for key, text in place.items():
            (folder / f"settings-{key}.js").write_text(keeping(key, text), encoding="utf-8")


def stamps(app, pagename, templatename, context, doctree):
    """The version of each figure's script, so that a changed one is loaded anew."""
    body = context.get("body", "")
    for name in names().values():
        mark = f'data-figure="{name}"'
        if mark in body:
            stamp = hashlib.sha256(source(name).encode()).hexdigest()[:8]
            body = body.replace(mark, f'{mark} data-version="{stamp}"')
    context["body"] = body


def setup(app):
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("html-page-context", stamps)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
