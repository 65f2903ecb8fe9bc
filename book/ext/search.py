"""The search of the book, which also works without a network and from the disk.

The entries are written as a script, `_static/search-index.js`, since a page that was opened from
the disk may not fetch. A reader's browser builds the index from them when the search is first
opened (`book/assets/search.js`). Sphinx's own search is switched off.
"""

import csv
import json
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform

from book.ext import passages
from book.ext.entries import NOTATION, entries, figure_anchor, symbol_anchor, symbol_rows
from book.ext.terms import page_of, terms

BOOK = Path(__file__).parents[1]
VENDOR = BOOK / "vendor" / "minisearch" / "minisearch.min.js"
SYNONYMS = BOOK / "synonyms.csv"  # who looks for the first also finds the second


def without_sphinx_search(app):
    """Sphinx then writes neither searchindex.js nor the page and scripts that belong to it."""
    app.builder.search = False


class GiveAnchors(SphinxTransform):
    """Figures and rows of symbols get anchors, so that a result can lead to them."""

    default_priority = 890  # when figures have been paired with their captions (880)

    def apply(self, **kwargs):
        for number, (figure, _) in enumerate(list(passages.figures(self.document)), start=1):
            place = nodes.target("", "", ids=[figure_anchor(number)])
            figure.parent.insert(figure.parent.index(figure), place)
        if self.env.docname == NOTATION:
            for row, tex in symbol_rows(self.document):
                row["ids"].append(symbol_anchor(tex))


def titles(app):
    """page -> what a result says about where it stands."""
    found = {name: passages.heading(app, name) for name in passages.pages(app)}
    return found | {page_of(name): "Glossary" for name in terms(app)}


def index(app):
    """The entries in a short form: numbers for kinds and pages."""
    found, places = list(entries(app)), titles(app)
    kinds = list(dict.fromkeys(entry.kind for entry in found))
    names = list(dict.fromkeys(entry.page for entry in found))
    with SYNONYMS.open(encoding="utf-8", newline="") as file:
        _, *synonyms = csv.reader(file)
    return {
        "kinds": kinds,
        "pages": [[app.builder.get_target_uri(name), places[name]] for name in names],
        "entries": [
            [kinds.index(entry.kind), names.index(entry.page), *entry[2:]] for entry in found
        ],
        "synonyms": synonyms,
    }


def write(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    text = json.dumps(index(app), ensure_ascii=False, separators=(",", ":"))
    (static / "search-index.js").write_text(f"var rnnbookIndex={text};\n", encoding="utf-8")
    shutil.copyfile(VENDOR, static / "minisearch.js")


def search_page(app):
    if app.builder.name == "html":
        yield "search", {"title": "Search"}, "search.html"


def setup(app):
    app.connect("builder-inited", without_sphinx_search)
    app.add_transform(GiveAnchors)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write, priority=400)  # before copies for offline are listed
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
