"""Give notebook cells what myst-nb drops: caption and badge cells, widgets without a kernel.

myst-nb passes a markdown cell on without its tags. This extension reads the notebook
before myst-nb does and wraps tagged cells in a directive of its own, so that the tag
survives into the document. Nothing is written back to the notebook.
"""

import json
import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

CHAPTER = re.compile(r"^chapters/(\d+)-")
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
WRAPPED = {"caption": "book-caption", "badges": "book-badges"}
LIVE = "Live figure:"  # how the plain text of a live figure begins
NEEDS_KERNEL = (
    '<p class="needs-kernel">This control needs a running kernel: '
    "open the notebook in Colab or JupyterLab to use it.</p>"
)


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
        row = nodes.container(classes=["badges"])
        self.state.nested_parse(self.content, self.content_offset, row)
        return [row]


def source_of(cell):
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def wrap_markdown(cell, tags):
    for tag, directive in WRAPPED.items():
        if tag in tags:
            fence = 6 * "`"
            cell["source"] = f"{fence}{{{directive}}}\n{source_of(cell).strip()}\n{fence}\n"


def live_models(notebook):
    """The ids of the widgets that run without a kernel: anywidgets with stored state."""
    widgets = notebook.get("metadata", {}).get("widgets", {})
    state = widgets.get(STATE, {}).get("state", {})
    return {key for key, model in state.items() if model.get("model_module") == "anywidget"}


def replace_kernel_widgets(cell, live):
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if WIDGET in data and data[WIDGET].get("model_id") not in live:
            output["data"] = {"text/html": NEEDS_KERNEL}


def name_still(cell):
    """The still of a live figure takes its alternative text from the figure's own words."""
    for output in cell.get("outputs", []):
        words = "".join(output.get("data", {}).get("text/plain", ""))
        if WIDGET in output.get("data", {}) and words.startswith(LIVE):
            image = cell["metadata"].setdefault("mystnb", {}).setdefault("image", {})
            image.setdefault("alt", words.removeprefix(LIVE).strip())


def prepare(notebook):
    """Change the notebook in place into the form that the site is built from."""
    live = live_models(notebook)
    for cell in notebook.get("cells", []):
        tags = cell.get("metadata", {}).get("tags", [])
        if cell["cell_type"] == "markdown":
            wrap_markdown(cell, tags)
        elif cell["cell_type"] == "code":
            replace_kernel_widgets(cell, live)
            name_still(cell)
    return notebook


def on_source_read(app, docname, content):
    if str(app.env.doc2path(docname)).endswith(".ipynb"):
        content[0] = json.dumps(prepare(json.loads(content[0])))


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
