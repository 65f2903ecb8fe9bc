"""The page of each term: its definition, where it is introduced, and who uses it."""

import html
import shutil
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes

from book.ext import passages
from book.ext.light import CHAPTER
from book.ext.terms import FOLDER, GLOSSARY, page_of, slug, terms, unsuitable

SILENT = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
SILENT_PAGES = (GLOSSARY, "book/pages/references")


class Use(NamedTuple):
    """A section that uses a term: emphasis is 2 for bold, 1 for italic, else 0."""

    page: str
    anchor: str
    title: str
    emphasis: int
    count: int


def emphasis(text):
    kinds = [type(node) for node in passages.parents(text)]
    return 2 if nodes.strong in kinds else int(nodes.emphasis in kinds)


def texts(section):
    """The texts of a section that people read, captions included."""
    for block in section.blocks:
        for text in block.findall(nodes.Text):
            above = list(passages.parents(text))
            if not any(isinstance(node, SILENT) or passages.is_code(node) for node in above):
                yield text


def uses(app):
    """name -> [Use] over the whole book."""
    found = {name: [] for name in terms(app)}
    for page, doctree in passages.doctrees(app).items():
        if page in SILENT_PAGES:
            continue
        skipped = unsuitable(doctree)
        for section in passages.sections(doctree):
            for name, marks in marks_in(app, section).items():
                if name not in skipped:
                    use = Use(page, section.anchor, section.title, max(marks), len(marks))
                    found[name].append(use)
    return found


def marks_in(app, section):
    """name -> how each of its uses in the section is set off."""
    found = {}
    for text in texts(section):
        for name, _, _ in app.book_finder(str(text)):
            found.setdefault(name, []).append(emphasis(text))
    return found


def introduced(found):
    """The section of a chapter that introduces a term: bold first, then italic, then most uses."""
    chapters = [use for use in found if CHAPTER.match(use.page)]
    marked = max((use.emphasis for use in chapters), default=0)
    if marked:
        return next(use for use in chapters if use.emphasis == marked)
    return max(chapters, key=lambda use: use.count, default=None)


def definition_html(app, term):
    """The definition set as on the glossary page, with the words of references alone."""
    definition = term.definition.deepcopy()
    for reference in list(definition.findall(addnodes.pending_xref)):
        reference.replace_self(nodes.Text(reference.astext()))
    parts = [app.builder.render_partial(child) for child in definition.children]
    return "".join(part["fragment"] for part in parts).strip()


def anchor_html(app, page, goal, words, anchor=""):
    address = app.builder.get_relative_uri(page, goal) + (f"#{anchor}" if anchor else "")
    return f'<a href="{html.escape(address)}">{html.escape(words)}</a>'


def used_html(app, page, found):
    """The sections that use a term, one line for each page."""
    lines = {}
    for use in found:
        lines.setdefault(use.page, []).append(
            anchor_html(app, page, use.page, use.title, use.anchor)
        )
    items = "".join(
        f"<li>{anchor_html(app, page, name, passages.heading(app, name))}: {', '.join(links)}</li>"
        for name, links in lines.items()
    )
    return f'<h2 id="used-in">Used in</h2><ul class="used-in">{items}</ul>' if items else ""


def introduced_html(app, page, found):
    use = introduced(found)
    if use is None:
        return '<p class="introduced">No chapter uses it yet.</p>'
    way = "Introduced" if use.emphasis else "Used most"
    chapter = anchor_html(app, page, use.page, passages.heading(app, use.page))
    section = anchor_html(app, page, use.page, use.title, use.anchor)
    whole = use.title == app.env.titles[use.page].astext()
    place = f"{chapter}, at its start" if whole else f"{chapter}, section {section}"
    return f'<p class="introduced">{way} in {place}.</p>'


def uses_of_terms(app):
    """name -> the terms that its definition uses."""
    return {
        name: {other for other, _, _ in app.book_finder(term.definition.astext())}
        for name, term in terms(app).items()
    }


def neighbours_html(app, page, name, used):
    """Terms that the definition uses or that use it, then the alphabet's next."""
    near = used[name] | {other for other, names in used.items() if name in names}
    related = [other for other in terms(app) if other in near and other != name]
    links = ", ".join(anchor_html(app, page, page_of(other), other) for other in related)
    names = list(terms(app))
    at = names.index(name)
    ways = [("Before it", names[at - 1] if at else None), ("After it", (names + [None])[at + 1])]
    turns = [f"{way}: {anchor_html(app, page, page_of(n), n)}" for way, n in ways if n]
    turns.append(anchor_html(app, page, GLOSSARY, "All terms", terms(app)[name].anchor))
    related_html = f'<h2 id="related">Related terms</h2><p>{links}.</p>' if links else ""
    return f'{related_html}<p class="term-turn">{" · ".join(turns)}</p>'


def term_pages(app):
    """(page, context, template) of every term."""
    if app.builder.name != "html":
        return
    shutil.rmtree(Path(app.outdir, FOLDER), ignore_errors=True)  # pages of terms that are gone
    found, used = uses(app), uses_of_terms(app)
    for name, term in terms(app).items():
        page, title = page_of(name), name[:1].upper() + name[1:]
        body = (
            f'<section id="{slug(name)}"><h1>{html.escape(title)}</h1>'
            f'<div class="definition">{definition_html(app, term)}</div>'
            f"{introduced_html(app, page, found[name])}{used_html(app, page, found[name])}"
            f"{neighbours_html(app, page, name, used)}</section>"
        )
        yield page, {"title": title, "body": body}, "page.html"
