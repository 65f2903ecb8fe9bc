"""The directive `picture`: a drawn SVG of `book/figures` in the page, with its caption.

    ```{picture} overview-loop
    What is seen.
    ```

The file's own `aria-label` is the text alternative. Its inks follow light and dark, as those
of the chapters' figures do.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.ext import svg
from book.ext.figures import book_figure, depart_figure
from book.ext.notebooks import book_caption

FOLDER = "book/figures"
log = logging.getLogger(__name__)


class drawn_figure(book_figure):
    """A picture that was drawn for narrow screens, so that its words keep their size there."""


def markup(path):
    """(the SVG of a file for the page, its text alternative)."""
    try:
        text = path.read_text(encoding="utf-8")
        label = ET.fromstring(text).get("aria-label", "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise svg.FigureError(f"there is no readable {FOLDER}/{path.name}") from error
    except ET.ParseError as error:
        raise svg.FigureError(f"{path.name} is not well-formed SVG: {error}") from error
    if not label:
        raise svg.FigureError(f"{path.name} has no aria-label")
    return svg.inline(text, path.stem, label), label


class PictureDirective(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self):
        path = Path(self.env.srcdir, FOLDER, f"{self.arguments[0]}.svg")
        self.env.note_dependency(str(path))
        try:
            text, label = markup(path)
        except svg.FigureError as error:
            log.warning("picture: %s", error, location=self.get_location(), type="figures")
            return []
        figure = drawn_figure(live=False, alt=label)
        self.set_source_info(figure)
        figure += nodes.raw("", text, format="html")
        if self.content:
            caption = book_caption()
            self.state.nested_parse(self.content, self.content_offset, caption)
            figure += caption
        return [figure]


def visit_drawn(self, node):
    self.body.append('<figure class="book-figure drawn"><div class="picture">')


def setup(app):
    app.add_node(drawn_figure, html=(visit_drawn, depart_figure))
    app.add_directive("picture", PictureDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
