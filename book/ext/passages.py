"""The text of the book by page and section, as search and glossary need it.

Read from the documents as Sphinx keeps them between builds, so that a page that was not
written anew is complete as well.
"""

import re
from typing import NamedTuple

from docutils import nodes
from pybtex.backends import plaintext
from sphinx import addnodes

from book.ext.figures import book_caption, book_figure
from book.ext.light import CHAPTER
from book.ext.spoken import plain

SILENT = (
    *(nodes.comment, nodes.target, nodes.raw, nodes.system_message, nodes.title, nodes.image),
    *(nodes.literal_block, addnodes.index, addnodes.toctree),
)


PLAIN = plaintext.Backend("utf-8")  # looked up once: render_as("text") does so for every entry


class Section(NamedTuple):
    """A section without the sections inside it."""

    anchor: str
    title: str
    depth: int
    blocks: list


def pages(app):
    """The names of all pages, in the order of the table of contents."""
    ordered, waiting = [], [app.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        if name in app.env.found_docs and name not in ordered:
            ordered.append(name)
            waiting = [*app.env.toctree_includes.get(name, []), *waiting]
    return ordered


def doctrees(app):
    """page -> its document with references not yet resolved; read once a build."""
    if not hasattr(app, "book_doctrees"):
        app.book_doctrees = {name: app.env.get_doctree(name) for name in pages(app)}
    return app.book_doctrees


def link(app, page, anchor=""):
    """The address of a place, seen from the root of the site."""
    return app.builder.get_target_uri(page) + (f"#{anchor}" if anchor else "")


def heading(app, page):
    """`Chapter 5, Long short-term memory`, or the title of the primer and of other pages."""
    title, chapter = app.env.titles[page].astext(), CHAPTER.match(page)
    return f"Chapter {int(chapter[1])}, {title}" if chapter and int(chapter[1]) else title


def sections(doctree):
    """Each Section of a document, in order."""
    for node in doctree.findall(nodes.section):
        depth = sum(isinstance(above, nodes.section) for above in parents(node))
        blocks = [child for child in node.children if not isinstance(child, nodes.section)]
        title = next(iter(node.findall(nodes.title)), None)
        yield Section(node["ids"][0], title.astext() if title else "", depth, blocks)


def parents(node):
    while node.parent is not None:
        node = node.parent
        yield node


def surname(person):
    return " ".join([*person.prelast_names, *person.last_names])


def authors_and_year(entry):
    """`Gers et al. (2000)`, from an entry of the bibliography."""
    names = [surname(person) for person in entry.persons.get("author", [])]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who} ({entry.fields.get('year', 'no year')})"


def citations(app):
    """key -> citation, for everything in the bibliography."""
    return {citation.key: citation for citation in app.env.get_domain("cite").citations}


def entry(citation):
    """The words of an entry of the bibliography."""
    return citation.formatted_entry.text.render(PLAIN)


class Reader:
    """Turns nodes into text, with the names and numbers that references stand for."""

    def __init__(self, app):
        self.cited = {key: authors_and_year(c.entry) for key, c in citations(app).items()}
        numbers = app.env.get_domain("math").equations
        self.numbers = {label: f"({number})" for label, (_, number) in numbers.items()}

    def text(self, *found):
        words = " ".join(self.words(node) for node in found)
        return re.sub(r"\s+", " ", words).strip()

    def words(self, node):
        if isinstance(node, (nodes.math, nodes.math_block)):
            return plain(node.astext())
        if isinstance(node, addnodes.pending_xref) and node["reftarget"] in self.cited:
            return self.cited[node["reftarget"]]
        if isinstance(node, addnodes.pending_xref) and node["reftarget"] in self.numbers:
            return self.numbers[node["reftarget"]]
        if isinstance(node, nodes.Text):
            return str(node)
        if isinstance(node, SILENT):
            return ""
        apart = "" if isinstance(node, nodes.TextElement) else " "
        return apart.join(self.words(child) for child in node.children)


def is_code(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def is_dropdown(node):
    return isinstance(node, nodes.container) and node.get("design_component") == "dropdown"


def exercise_of(node):
    """The anchor of the exercise that a paragraph begins, or None."""
    if not isinstance(node, nodes.paragraph):
        return None
    return next((name for name in node["ids"] if name.startswith("ex-")), None)


def figures(doctree):
    """Each figure of a document with its caption, which may be None."""
    for figure in doctree.findall(book_figure):
        yield figure, next(iter(figure.findall(book_caption)), None)
