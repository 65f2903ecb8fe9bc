"""The directive `resources`: the page of what to read, watch and run beside the book.

The entries stand in `book/study/resources.yml`. One that names a work by its key in
`book/references.bib` takes title, authors, year and link from there and is cited as in a
chapter. An entry that is not well formed is left out, with a warning that names it.
"""

from pathlib import Path

import yaml
from docutils import nodes
from pybtex.backends import plaintext
from pybtex.richtext import Text
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

FILE = "book/study/resources.yml"
BIBLIOGRAPHY = "book/references.bib"
LEVELS = ("first steps", "in depth", "research")
LASTING = ("every year", "kept up to date")  # instead of a year
ALWAYS = {"level", "why"}
OWN = {"title", "by", "year", "url"}  # what an entry says itself if it cites no work
OPTIONAL = {"free", "paid"}
log = logging.getLogger(__name__)


def read(root):
    """The groups of the page, in order."""
    return yaml.safe_load(Path(root, FILE).read_text(encoding="utf-8"))


def name_of(entry):
    return str(entry.get("cite") or entry.get("title") or "an entry without a title")


def anchor(entry):
    return "resource-" + nodes.make_id(name_of(entry))


def link_of(work):
    """The address of a work of the bibliography; empty where it has none."""
    doi = work.fields.get("doi", "")
    return work.fields.get("url", "") or (doi and f"https://doi.org/{doi}")


def problems(entry, works):
    """What is wrong with an entry, a few words each; works is key -> work of the bibliography."""
    needed = ALWAYS | ({"cite"} if "cite" in entry else OWN)
    for field in sorted(needed - set(entry)):
        yield f"{field} is missing"
    for field in sorted(set(entry) - needed - OPTIONAL):
        yield f"{field} does not belong here"
    if entry.get("level") not in LEVELS:
        yield f"level {entry.get('level')!r}; expected one of {', '.join(LEVELS)}"
    if not isinstance(entry.get("year", 0), int) and entry["year"] not in LASTING:
        yield f"year {entry['year']!r}; expected a number or one of {', '.join(LASTING)}"
    if "cite" in entry and entry["cite"] not in works:
        yield f"{BIBLIOGRAPHY} has no entry {entry['cite']}"
    elif "cite" in entry and not link_of(works[entry["cite"]]):
        yield f"{BIBLIOGRAPHY} has neither url nor doi for {entry['cite']}"
    for field in ("url", "free"):
        if not str(entry.get(field, "https://")).startswith("https://"):
            yield f"{field} {entry[field]!r}; expected an address with https"


def title_of(work):
    return Text.from_latex(work.fields["title"]).render(plaintext.Backend("utf-8"))


class ResourcesDirective(SphinxDirective):
    """A section for each group, with its entries as a definition list."""

    def run(self):
        for file in (FILE, BIBLIOGRAPHY):
            self.env.note_dependency(str(Path(self.env.srcdir, file)))
        self.works = self.env.get_domain("cite").bibdata.data.entries
        return [self.section(group) for group in read(self.env.srcdir)]

    def section(self, group):
        name = nodes.make_id(group["group"])
        section = nodes.section(ids=[name], names=[name])
        section += nodes.title("", group["group"])
        section += nodes.paragraph("", "", *self.inline(group["sentence"]))
        listed = nodes.definition_list(classes=["resources"])
        listed += [self.item(entry) for entry in group["entries"] if self.is_well(entry)]
        section += listed
        return section

    def is_well(self, entry):
        found = list(problems(entry, self.works))
        for problem in found:
            text = f"{FILE}, {name_of(entry)}: {problem}"
            log.warning(text, location=self.get_location(), type="resources")
        return not found

    def item(self, entry):
        work = self.works[entry["cite"]] if "cite" in entry else None
        title, url = (title_of(work), link_of(work)) if work else (entry["title"], entry["url"])
        term = nodes.term("", "", self.link(title, url), names=[anchor(entry)])
        self.state.document.note_explicit_target(term, term)  # for links from the page's text
        facts = nodes.paragraph("", "", *self.facts(entry), classes=["resource-facts"])
        why = nodes.paragraph("", "", *self.inline(entry["why"]))
        return nodes.definition_list_item("", term, nodes.definition("", facts, why))

    def facts(self, entry):
        """By whom, when, for whom, and what it costs."""
        cited = f"{{cite:t}}`{entry.get('cite')}`"
        source = cited if "cite" in entry else f"{entry['by']}, {entry['year']}"
        yield from self.inline(source)
        yield nodes.Text(" · ")
        yield nodes.inline("", entry["level"], classes=["resource-level"])
        if entry.get("paid"):
            yield nodes.Text(" · may ask for payment")
        if "free" in entry:
            yield nodes.Text(" · ")
            yield self.link("free copy", entry["free"])

    def link(self, words, url):
        return nodes.reference("", words, refuri=url, internal=False)

    def inline(self, text):
        return self.parse_inline(text)[0]


def setup(app):
    app.add_directive("resources", ResourcesDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
