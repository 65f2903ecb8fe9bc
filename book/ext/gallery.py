"""The directive `live-figure`: a live figure of the gallery on another page.

    ```{live-figure} unrolling
    What is seen and how it was made.
    ```

The gallery `book/pages/gallery.ipynb` holds every figure with its stored state and still
picture; a name that it does not have is a warning that lists the names it has.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.ext import live, svg
from book.ext.figures import SVG, book_figure
from book.ext.notebooks import STATE, WIDGET, book_caption

GALLERY = "book/pages/gallery.ipynb"
log = logging.getLogger(__name__)


def figures(root):
    """name -> (stored model, still picture) of every figure in the gallery."""
    path = Path(root, GALLERY)
    notebook = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"cells": []}
    models = notebook.get("metadata", {}).get("widgets", {}).get(STATE, {}).get("state", {})
    found = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(WIDGET)
            model = models.get(view["model_id"], {}) if view else {}
            if live.is_figure(model):
                still = "".join(output["data"].get(SVG, ""))
                found[live.name_of(model)] = (model, still)
    return found


class LiveFigureDirective(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        try:
            known = figures(self.env.srcdir)
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise live.FigureError(f"the gallery has no figure {name!r}; it has: {listed}")
            place = live.large_settings(self.env).setdefault(self.env.docname, {})
            model, still = known[name]
            mount = live.mount(model, place)
        except live.FigureError as error:
            log.warning("live figure: %s", error, location=self.get_location(), type="live")
            return []
        self.env.note_dependency(str(Path(self.env.srcdir, GALLERY)))
        alt = model["state"]["alt"]
        figure = book_figure(live=True, alt=alt, name=name)
        if still:
            picture = nodes.raw("", svg.inline(still, f"still-{name}", alt), format="html")
            figure += nodes.container("", picture, classes=["still"])
        figure += nodes.raw("", mount, format="html")
        if self.content:
            caption = book_caption()
            self.state.nested_parse(self.content, self.content_offset, caption)
            figure += caption
        return [figure]


def setup(app):
    app.add_directive("live-figure", LiveFigureDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
