"""The deck for Anki among the files of the site: ``_static/rnnbook.apkg``.

A card of which no note can be made, or whose link would lead nowhere, is a warning that names it.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from book.ext import passages
from book.tools import anki, study

DECK = "_static/rnnbook.apkg"
log = logging.getLogger(__name__)


def astray(app):
    """(page, card) of each card whose section has no place on the page of its chapter."""
    for page, doctree in passages.doctrees(app).items():
        slug = page.removeprefix("chapters/")
        if slug in study.slugs():
            places = {name for node in doctree.findall(nodes.section) for name in node["ids"]}
            for card in study.load(slug)["cards"]:
                if study.anchor(card["section"]) not in places:
                    yield page, card


def write(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    try:
        anki.write(Path(app.outdir, DECK))
    except anki.CardError as error:
        log.warning("no deck for Anki was made: %s", error, type="anki")
        return
    for page, card in astray(app):
        log.warning(
            "the card %s for Anki leads to #%s, which the page lacks",
            *(card["id"], study.anchor(card["section"])),
            location=page,
            type="anki",
        )


def setup(app):
    app.connect("build-finished", write, priority=450)  # before copies for offline are listed
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
