"""What a reader sees of a citation, an equation or a term before following a link to it.

The previews stand in one script, `_static/preview-data.js`, that a page loads when a reader first
rests on such a link (`book/assets/previews.js`). Only what some link leads to is in it.
"""

import html
import json
import posixpath
from pathlib import Path

from docutils import nodes
from pybtex_docutils import Backend

from book.ext import katex, passages
from book.ext.term_pages import definition_html
from book.ext.terms import GLOSSARY, page_of, terms

MARK = "preview"


def places(app):
    """address from the root -> what stands there: a citation, a block of formulas or a term."""
    if not hasattr(app, "book_places"):
        found = {}
        for citation in passages.citations(app).values():
            page, anchor = citation.bibliography_key.docname, citation.citation_id
            found[passages.link(app, page, anchor)] = citation
        for page, doctree in passages.doctrees(app).items():
            for block in doctree.findall(nodes.math_block):
                if block.get("label"):
                    found[passages.link(app, page, block["ids"][0])] = block
        for term in terms(app).values():
            found[passages.link(app, page_of(term.name))] = term
            found[passages.link(app, GLOSSARY, term.anchor)] = term
        app.book_places = found
    return app.book_places


def goal(app, docname, reference):
    """Where a reference leads, as an address from the root of the site."""
    own = app.builder.get_target_uri(docname)
    if "refid" in reference:
        return f"{own}#{reference['refid']}"
    page, mark, anchor = reference.get("refuri", "").partition("#")
    page = posixpath.normpath(posixpath.join(posixpath.dirname(own), page)) if page else own
    return page + mark + anchor


def mark_links(app, doctree, docname):
    """Links to what has a preview get the class by which the script finds them."""
    if app.builder.name != "html" or docname == GLOSSARY:
        return
    for reference in doctree.findall(nodes.reference):
        known = goal(app, docname, reference) in places(app)
        if known and MARK not in reference["classes"]:
            reference["classes"].append(MARK)


def wanted(app):
    """The addresses to which links of the book lead, whether or not their page was written now."""
    names = app.env.get_domain("math").equations
    found = set(places(app))
    asked = {
        node["reftarget"]
        for doctree in passages.doctrees(app).values()
        for node in doctree.findall(passages.addnodes.pending_xref)
    }
    for label, (page, _) in names.items():
        if label not in asked:
            found.discard(passages.link(app, page, f"equation-{label}"))
    return sorted(found)


def shown(app, place):
    """The preview of a place as HTML."""
    if isinstance(place, nodes.math_block):
        number = app.env.get_domain("math").equations[place["label"]][1]
        formula = katex.render(katex.tex_of(place), display=True)
        return f'<div class="formula">{formula}</div><p class="eqno">({html.escape(number)})</p>'
    if hasattr(place, "definition"):
        return f"<p><b>{html.escape(place.name)}</b></p>{definition_html(app, place)}"
    entry = Backend().paragraph(place.formatted_entry)
    return app.builder.render_partial(entry)["fragment"].strip()


def write(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    found = {address: shown(app, places(app)[address]) for address in wanted(app)}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    goal_file = Path(app.outdir, "_static", "preview-data.js")
    goal_file.write_text(f"var rnnbookPreviews={text};\n", encoding="utf-8")


def setup(app):
    app.connect("doctree-resolved", mark_links, priority=700)
    app.connect("build-finished", write, priority=400)  # before copies for offline are listed
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
