"""Links from the chapters and the overview to the pages of the glossary's terms.

The glossary stays one page that is written by hand. Each of its terms gets a page of its own
(`term_pages.py`); in each chapter, and in the overview, the first use of a term in prose becomes
a quiet link to it.
"""

import re

from docutils import nodes
from sphinx import addnodes

from book.ext import passages
from book.ext.figures import book_caption, book_figure
from book.ext.light import CHAPTER, OVERVIEW
from book.ext.term_pages import term_pages
from book.ext.terms import GLOSSARY, page_of, terms, unsuitable

NOT_PROSE = (
    *(nodes.title, nodes.rubric, nodes.literal, nodes.literal_block, nodes.math, nodes.raw),
    *(nodes.reference, nodes.term, addnodes.pending_xref, book_caption, book_figure),
)


def teaches(docname):
    return docname == OVERVIEW or CHAPTER.match(docname)


def run_in_heading(node):
    """Bold words that open a paragraph and end with a stop stand for a heading."""
    return isinstance(node, nodes.strong) and re.search(r"[.?:]$", node.astext())


def in_prose(text):
    above = list(passages.parents(text))
    return isinstance(above[0], nodes.TextElement) and not any(
        isinstance(node, NOT_PROSE)
        or passages.is_code(node)
        or run_in_heading(node)
        or "badges" in node.get("classes", [])
        for node in above
    )


def link_terms(app, doctree, docname):
    """The first use of each term in a page's prose leads to the term's page."""
    if app.builder.name != "html" or not terms(app):
        return
    if docname == GLOSSARY:
        link_glossary(app, doctree)
    if teaches(docname):
        seen = unsuitable(doctree)
        for text in list(doctree.findall(nodes.Text)):
            if in_prose(text):
                text.parent.replace(text, list(linked(app, docname, str(text), seen)))


def linked(app, docname, words, seen):
    """The pieces of a text, with links for the terms that are not in ``seen`` yet."""
    at = 0
    for name, start, end in app.book_finder(words):
        if name not in seen:
            seen.add(name)
            goal = app.builder.get_relative_uri(docname, page_of(name))
            yield nodes.Text(words[at:start])
            yield reference(words[start:end], goal, ["term", "preview"])
            at = end
    yield nodes.Text(words[at:])


def reference(words, goal, classes):
    return nodes.reference("", words, refuri=goal, internal=True, classes=classes)


def link_glossary(app, doctree):
    for term in doctree.findall(nodes.term):
        goal = app.builder.get_relative_uri(GLOSSARY, page_of(term.astext()))
        for text in [child for child in term.children if isinstance(child, nodes.Text)]:
            term.replace(text, reference(str(text), goal, ["term-page"]))


def pages_again(app, env):
    """When a term comes, goes or changes, every page that links to terms is written again."""
    if GLOSSARY not in env.found_docs:
        return []
    words = env.get_doctree(GLOSSARY).astext()
    if getattr(env, "book_glossary", None) == words:
        return []
    env.book_glossary = words
    return [name for name in env.found_docs if teaches(name)]


def setup(app):
    app.connect("env-updated", pages_again)
    app.connect("doctree-resolved", link_terms, priority=600)
    app.connect("html-collect-pages", term_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
