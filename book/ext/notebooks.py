"""Give notebook cells what myst-nb drops: caption and badge cells, widgets without a kernel.

myst-nb passes a markdown cell on without its tags. This extension reads the notebook
before myst-nb does and wraps tagged cells in a directive of its own, so that the tag
survives into the document. Nothing is written back to the notebook.
"""

import html
import json
import re

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.ext import light, live
from book.ext.light import CHAPTER

WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
WRAPPED = {"caption": "book-caption", "badges": "book-badges"}
QUIZ = "quiz"  # the tag of a cell that shows one
LIVE = "Live figure:"  # how the plain text of a live figure begins
NEEDS_KERNEL = (
    '<p class="needs-kernel">This control needs a running kernel: <a href="{colab}">open the '
    "notebook in Colab</a> or in JupyterLab to use it.</p>"
)
COLAB = "https://colab.research.google.com/"
log = logging.getLogger(__name__)


class book_caption(nodes.General, nodes.Element):
    """The caption that belongs to the figure of the cell above it."""


class CaptionDirective(SphinxDirective):
    has_content = True

    def run(self):
        caption = book_caption()
        self.set_source_info(caption)
        self.state.nested_parse(self.content, self.content_offset, caption)
        for paragraph in caption.children:
            if len(paragraph) == 1 and isinstance(paragraph[0], nodes.emphasis):
                paragraph.children = paragraph[0].children
                for child in paragraph.children:
                    child.parent = paragraph
        return [caption]


class BadgesDirective(SphinxDirective):
    has_content = True

    def run(self):
        parsed = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, parsed)
        row = nodes.paragraph()
        for link in list(parsed.findall(nodes.reference)):
            page = re.fullmatch(r"https://[^/]+/[^/]+/(.+)\.html", link.get("refuri", ""))
            if page and page[1] in self.env.found_docs:  # a page of this site
                link["refuri"] = self.env.app.builder.get_relative_uri(self.env.docname, page[1])
            if not page or page[1] != self.env.docname:
                row += link
        report = light.report_address(self.env.srcdir, self.env.docname)
        if report:
            row += nodes.reference("", "Report a mistake", refuri=report, internal=False)
        return [nodes.container("", row, classes=["badges"])]


def source_of(cell):
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def wrap_markdown(cell, tags):
    for tag, directive in WRAPPED.items():
        if tag in tags:
            fence = 6 * "`"
            cell["source"] = f"{fence}{{{directive}}}\n{source_of(cell).strip()}\n{fence}\n"


def stored_models(notebook):
    """The stored state of the notebook's widgets, by their ids."""
    widgets = notebook.get("metadata", {}).pop("widgets", {})
    return widgets.get(STATE, {}).get("state", {})


def replace_widgets(cell, models, place, colab):
    """A live figure becomes its place on the page; other widgets say what they need."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if WIDGET in data:
            model = models.get(data.pop(WIDGET).get("model_id"), {})
            if live.is_figure(model):
                data["text/html"] = live.mount(model, place)
            else:
                output["data"] = {"text/html": NEEDS_KERNEL.format(colab=html.escape(colab))}


def name_still(cell):
    """The still of a live figure takes its alternative text from the figure's own words."""
    for output in cell.get("outputs", []):
        words = "".join(output.get("data", {}).get("text/plain", ""))
        if WIDGET in output.get("data", {}) and words.startswith(LIVE):
            image = cell["metadata"].setdefault("mystnb", {}).setdefault("image", {})
            image.setdefault("alt", words.removeprefix(LIVE).strip())


def prepare(notebook, place=None, colab=COLAB):
    """Change the notebook in place into the form that the site is built from.

    ``place`` receives the settings that are too large for the page, ``colab`` is where the
    notebook can be run. Raises live.FigureError with the number of the cell.
    """
    models = stored_models(notebook)
    for number, cell in enumerate(notebook.get("cells", []), start=1):
        tags = cell.get("metadata", {}).get("tags", [])
        if cell["cell_type"] == "markdown":
            wrap_markdown(cell, tags)
        elif cell["cell_type"] == "code":
            if QUIZ in tags:
                tags.append("remove-input")  # the quiz itself says what it is
            name_still(cell)
            try:
                replace_widgets(cell, models, {} if place is None else place, colab)
            except live.FigureError as error:
                raise live.FigureError(f"cell {number}: {error}") from error
    return notebook


def on_source_read(app, docname, content):
    if not str(app.env.doc2path(docname)).endswith(".ipynb"):
        return
    notebook, place = json.loads(content[0]), {}
    try:
        content[0] = json.dumps(prepare(notebook, place, colab_of(notebook)))
    except live.FigureError as error:
        log.warning("%s", error, location=docname, type="live")
    live.large_settings(app.env)[docname] = place


def colab_of(notebook):
    """Where the notebook's own badge leads, or Colab's start."""
    found = re.search(r"https://colab\.research[^)\s]+", json.dumps(notebook.get("cells", [])))
    return found[0] if found else COLAB


def number_chapter(app, doctree, docname):
    """Show a chapter's number above its title; the title itself stays as written."""
    chapter = CHAPTER.match(docname)
    title = next(iter(doctree.findall(nodes.title)), None)
    if chapter and title is not None:
        words = f"Chapter {int(chapter[1])} "
        title.insert(0, nodes.inline("", words, classes=["chapter-number"]))


def setup(app):
    app.add_directive("book-caption", CaptionDirective)
    app.add_directive("book-badges", BadgesDirective)
    app.connect("source-read", on_source_read)
    app.connect("doctree-resolved", number_chapter)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
