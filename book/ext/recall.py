"""Cards inside the chapters, the starter deck, the quiz of a page, and where all of it is kept.

A chapter's cards stand in `book/study/NN-slug.yml`. They are shown two or three at a time, at
the end of the section that taught the last of them. Without a script a card opens by itself;
`book/assets/recall.js` adds the marks. Directives for other pages:

    ```{deck} starter       the key cards of all chapters
    ```{quiz} overview      a quiz, as the widget of the same name
    ```{review}             the page on which cards are repeated
    ```{keep}               what the browser keeps: to be exported, imported, forgotten
"""

import html
import json
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.ext import katex, live
from book.ext.figures import book_figure
from book.ext.light import CHAPTER
from book.tools import markup, study

MOST, LEAST = 3, 2  # cards in one place
AGAIN = (
    '<div class="recall again" role="group" aria-label="Cards once more" hidden>'
    '<p class="recall-title">Once more</p></div>'
)
log = logging.getLogger(__name__)


class card_group(nodes.General, nodes.Element):
    """Cards that are asked together: `cards`, each with its chapter; `title` above them."""


class card_again(nodes.General, nodes.Element):
    """Where forgotten cards of the chapter come back."""


def groups(cards, order):
    """[(section, cards)]: two or three after the section that taught the last of them."""
    taught = [name for name in order if any(card["section"] == name for card in cards)]
    waiting, placed = [], []
    for name in taught:
        waiting += [card for card in cards if card["section"] == name]
        least = 1 if name == taught[-1] else LEAST
        if len(waiting) >= least:
            most = len(waiting) if name == taught[-1] else MOST
            placed.append((name, waiting[:most]))
            waiting = waiting[most:]
    return placed


class PlaceCards(SphinxTransform):
    """Put each chapter's cards after the sections that taught them."""

    default_priority = 875

    def apply(self, **kwargs):
        slug = self.env.docname.removeprefix("chapters/")
        path = study.STUDY / f"{slug}.yml"
        if not CHAPTER.match(self.env.docname) or not path.exists():
            return
        self.env.note_dependency(str(path))
        sections = {
            next(iter(node.findall(nodes.title))).astext(): node
            for node in self.document.findall(nodes.section)
        }
        data, cards = study.load(slug), []
        for entry in [*data["cards"], *data["quiz"]]:
            found = self.section_of(entry, sections, path)
            if found and "front" in entry:
                cards.append(entry | {"section": found, "chapter": slug})
        for name, group in groups(cards, list(sections)):
            self.place(sections[name], card_group(cards=group, title="To keep"))
        if "Summary" in sections:
            self.place(sections["Summary"], card_again())

    def section_of(self, entry, sections, path):
        """The heading on the page that the entry means; a warning when there is none."""
        goal = study.anchor(entry["section"])
        found = next((name for name, node in sections.items() if goal in node["ids"]), None)
        if not found:
            log.warning(
                "%s: %s names the section %r, which the page has not",
                *(path.name, entry["id"], entry["section"]),
                location=self.env.docname,
                type="study",
            )
            return None
        return found

    def place(self, section, node):
        """At the end of the section's own text, before the sections inside it."""
        inner = [k for k, child in enumerate(section) if isinstance(child, nodes.section)]
        section.insert(inner[0] if inner else len(section), node)


def card_html(card, formula, link=None):
    """One card, which opens without a script."""
    front, back = (markup.inline(card[side], formula) for side in ("front", "back"))
    where = ""
    if link:
        title = markup.inline(card["section"], formula)
        where = f' <a class="card-place" href="{link}">{title}</a>'
    return (
        f'<div class="card" data-card="{card["id"]}" data-chapter="{card["chapter"]}"><details>'
        f'<summary>{front}</summary><div class="back"><p>{back}{where}</p></div></details></div>'
    )


def place_of(translator, card):
    page = f"chapters/{card['chapter']}"
    builder = translator.builder
    uri = builder.get_relative_uri(builder.current_docname, page)
    return f"{uri}#{study.anchor(card['section'])}"


def visit_group(translator, node):
    elsewhere = not CHAPTER.match(translator.builder.current_docname)
    epub = translator.builder.name == "epub"
    formula = markup.in_notebook if epub else markup.on_page
    title = html.escape(node["title"])
    translator.body.append(f'<div class="recall" role="group" aria-label="Cards: {title}">')
    translator.body.append(f'<p class="recall-title">{title}</p>')
    for card in node["cards"]:
        link = place_of(translator, card) if elsewhere else None
        text = card_html(card, formula, link)
        translator.body.append(unfolded(text) if epub else text)
    translator.body.append("</div><!-- cards -->")
    raise nodes.SkipNode


def unfolded(text):
    """A card for readers that open nothing: question and answer one below the other."""
    text = text.replace("<details>", "").replace("</details>", "")
    return text.replace("<summary>", "<p><strong>").replace("</summary>", "</strong></p>")


def visit_again(translator, node):
    if translator.builder.name != "epub":
        translator.body.append(AGAIN)
    raise nodes.SkipNode


def all_cards():
    """Every card of the book with its chapter."""
    return [
        card | {"chapter": slug} for slug in study.slugs() for card in study.load(slug)["cards"]
    ]


def depend(env):
    for slug in study.slugs():
        env.note_dependency(str(study.STUDY / f"{slug}.yml"))


class DeckDirective(SphinxDirective):
    required_arguments = 1

    def run(self):
        depend(self.env)
        if self.arguments[0] != "starter":
            raise self.error(f"there is no deck {self.arguments[0]!r}; expected starter")
        chosen = [card for card in all_cards() if card.get("key")]
        return [card_group(cards=chosen, title="The starter deck")]


class QuizDirective(SphinxDirective):
    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        self.env.note_dependency(str(live.QUIZ / f"{name}.json"))
        place = live.large_settings(self.env).setdefault(self.env.docname, {})
        try:
            mount = live.quiz_mount(name, place)
        except live.FigureError as error:
            log.warning("quiz: %s", error, location=self.get_location(), type="study")
            return []
        figure = book_figure(live=True, alt="", name="quiz")
        figure += nodes.raw("", mount, format="html")
        return [figure]


class PlaceDirective(SphinxDirective):
    """An element that a script of the book fills, with what to say where none runs."""

    WORDS = {
        "review": "Repeating cards needs a browser that runs the book's scripts.",
        "keep": "Keeping needs a browser that runs the book's scripts.",
    }

    def run(self):
        words = f"<noscript><p>{self.WORDS[self.name]}</p></noscript>"
        return [nodes.raw("", f'<div class="{self.name}-place">{words}</div>', format="html")]


def sheet_place(app, pagename, templatename, context, doctree):
    """Where the reader of a sheet of exercises can say that it is done."""
    if pagename.startswith("exercises/student/"):
        slug = pagename.rpartition("/")[2]
        context["body"] += f'<p class="sheet-done" data-sheet="{slug}"></p>'


def write(app, exception):
    """All cards as a script, for the page on which they are repeated."""
    if exception is not None or app.builder.name != "html":
        return
    cards = [
        {
            "id": card["id"],
            "chapter": card["chapter"],
            "title": f"{int(card['chapter'][:2])} {study.title(card['chapter'])}",
            "anchor": study.anchor(card["section"]),
            "section": markup.inline(card["section"]),
            "front": markup.inline(card["front"]),
            "back": markup.inline(card["back"]),
        }
        for card in all_cards()
        if f"chapters/{card['chapter']}" in app.env.found_docs
    ]
    text = json.dumps(cards, ensure_ascii=False, separators=(",", ":"))
    path = Path(app.outdir, "_static", "study-cards.js")
    path.write_text(f"var rnnbookCards={text};\n", encoding="utf-8")


def guarded(app, exception):
    try:
        write(app, exception)
    except katex.FormulaError as error:
        log.warning("a card has a formula that is not understood: %s", error, type="study")


def setup(app):
    app.add_node(card_group, html=(visit_group, None))
    app.add_node(card_again, html=(visit_again, None))
    app.add_directive("deck", DeckDirective)
    app.add_directive("quiz", QuizDirective)
    for name in PlaceDirective.WORDS:
        app.add_directive(name, PlaceDirective)
    app.add_transform(PlaceCards)
    app.connect("html-page-context", sheet_place)
    app.connect("build-finished", guarded, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
