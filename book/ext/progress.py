"""The directive `{progress}`: a row for each chapter and a line for each path.

The page is written with empty cells; `book/assets/progress.js` fills them from what the reader's
browser keeps.
"""

import html
import json

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book.ext import paths
from book.ext.light import OVERVIEW
from book.tools import study

HEADS = ("Chapter", "Read", "Quiz", "Cards asked", "Sheet")
CELLS = ("read", "quiz", "cards", "sheet")


class progress_table(nodes.General, nodes.Element):
    """`rows`: (name, title, page, number of cards); `ways`: the paths."""


class ProgressDirective(SphinxDirective):
    def run(self):
        self.env.note_dependency(str(study.STUDY / "paths.yml"))
        rows = [("overview", "The whole book", OVERVIEW, 0)]
        for slug in study.slugs():
            self.env.note_dependency(str(study.STUDY / f"{slug}.yml"))
            if f"chapters/{slug}" in self.env.found_docs:
                title, cards = study.title(slug), len(study.load(slug)["cards"])
                rows.append((slug, f"{int(slug[:2])} {title}", f"chapters/{slug}", cards))
        return [progress_table(rows=rows, ways=json.loads(paths.as_json(self.env)))]


def visit(translator, node):
    """The table scrolls inside itself on a narrow screen."""
    builder = translator.builder
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADS)
    body = []
    for slug, title, name, cards in node["rows"]:
        page = builder.get_relative_uri(builder.current_docname, name)
        cells = "".join(f'<td data-cell="{name}">–</td>' for name in CELLS)
        body.append(
            f'<tr data-progress="{slug}" data-cards="{cards}"><th scope="row">'
            f'<a href="{page}">{html.escape(title)}</a></th>{cells}</tr>'
        )
    translator.body.append(
        f'<div class="scroll"><table class="progress"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
    page = builder.get_relative_uri(builder.current_docname, "book/pages/paths")
    lines = [
        f'<dt><a href="{page}#path-{way["id"]}">{html.escape(way["name"])}</a></dt>'
        f'<dd data-path="{" ".join(way["steps"])}">–</dd>'
        for way in node["ways"]
    ]
    translator.body.append(f'<dl class="ways">{"".join(lines)}</dl>')
    raise nodes.SkipNode


def setup(app):
    app.add_node(progress_table, html=(visit, None))
    app.add_directive("progress", ProgressDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
