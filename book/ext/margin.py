"""Notes and sources in the margin, beside the line that calls them.

A footnote (`[^name]` in a notebook) becomes a note in the margin of wide screens; on narrow
ones it unfolds in place when its mark is followed. The first citation of a work in a section
puts the work into the margin as well, on wide screens only: elsewhere its preview does that.
"""

from docutils import nodes

from book.ext import passages


class margin_note(nodes.General, nodes.Inline, nodes.TextElement):
    """A note that stands in the text and is shown beside it."""


def footnotes(doctree):
    """Each footnote moves to its first mark; what is called again links to it."""
    notes = {}
    for footnote in list(doctree.findall(nodes.footnote)):
        notes.update(dict.fromkeys(footnote["ids"], footnote))
        footnote.parent.remove(footnote)
    for mark in list(doctree.findall(nodes.footnote_reference)):
        footnote = notes.get(mark.get("refid"))
        if footnote is None:
            continue
        number, name = mark.astext(), mark["refid"]
        link = nodes.raw("", f'<a class="note-mark" href="#{name}">{number}</a>', format="html")
        new = [link]
        if not footnote.get("placed"):
            footnote["placed"] = True
            note = margin_note(ids=[name], kind="note")
            for paragraph in footnote.findall(nodes.paragraph):
                note += [*(child.deepcopy() for child in paragraph.children), nodes.Text(" ")]
            new.append(note)
        mark.parent.replace(mark, new)
    for line in list(doctree.findall(nodes.transition)):
        if notes and line.parent.index(line) == len(line.parent) - 1:
            line.parent.remove(line)  # it stood above the footnotes


def works(app):
    """id -> the words of each entry of the bibliography."""
    return {
        citation.citation_id: passages.entry(citation)
        for citation in passages.citations(app).values()
    }


def citations(app, doctree):
    known = works(app)
    for section in doctree.findall(nodes.section):
        seen = set()
        for paragraph in [child for child in section if isinstance(child, nodes.paragraph)]:
            for link in list(paragraph.findall(nodes.reference)):
                page, _, name = link.get("refuri", "").partition("#")
                if not page.endswith("references.html") or name in seen or name not in known:
                    continue
                seen.add(name)
                at = link if link.parent is paragraph else link.parent
                if at.parent is paragraph:
                    note = margin_note("", "", nodes.Text(known[name]), kind="work")
                    paragraph.insert(paragraph.index(at) + 1, note)


def place(app, doctree, docname):
    if app.builder.name == "html" and docname.startswith("chapters/"):
        footnotes(doctree)
        citations(app, doctree)


def visit_note(translator, node):
    name = f' id="{node["ids"][0]}"' if node["ids"] else ""
    translator.body.append(f'<span class="margin-note {node["kind"]}" role="note"{name}>')


def depart_note(translator, node):
    translator.body.append("</span>")


def setup(app):
    app.add_node(margin_note, html=(visit_note, depart_note))
    app.connect("doctree-resolved", place, priority=800)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
