r"""The cards of all chapters as one deck for Anki: ``python -m book.tools.anki [FILE]``.

Anki knows a note by its GUID. Here that is made from the card's id alone, so that a later deck,
imported over an earlier one, changes what was changed and leaves the learner's schedule alone. It
takes over only what is newer, so notes carry the time of the last commit.

The same cards of the same commit give the same bytes, with one version of SQLite and zlib: no
clock is read, the archive's dates are fixed, and notes are numbered in the order of the book.
"""

import io
import itertools
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import genanki

from book.ext.light import site_address
from book.tools import markup, study
from book.tools.notebooks import ROOT

FILE = ROOT / "_build" / "html" / "_static" / "rnnbook.apkg"
NAME = "Recurrent neural networks"
# Anki keeps these numbers for ever: with another one it would take the notes for new ones.
NOTE_TYPE, DECKS = 1_795_931_107, 1_795_931_200  # the deck of chapter 5 is DECKS + 5
ABOUT = "The cards of the book, a deck for each chapter. CC BY 4.0. {site}"
FRONT = '<div class="front">{{Front}}</div>'
BACK = (
    '{{FrontSide}}<hr id="answer"><div class="back">{{Back}}</div>'
    '{{#Chapter}}<p class="chapter">{{Chapter}}</p>{{/Chapter}}'
)
STYLE = """\
.card { max-width: 34em; margin: 0 auto; padding: 1em; box-sizing: border-box;
  font: 20px/1.5 Georgia, "Source Serif 4", serif; text-align: left;
  color: #1d1f21; background: #fff; }
code { padding: 0.1em 0.25em; border-radius: 3px; font: 0.88em Menlo, Consolas, monospace;
  overflow-wrap: anywhere; color: #1d1f21; background: #ececea; }
hr { border: 0; border-top: 1px solid #dcdcd8; }
a { color: #004c8c; }
.chapter { margin-top: 2em; font-size: 0.8em; color: #595e63; }
.card.nightMode, .nightMode .card { color: #dfe2e5; background: #14181d; }
.nightMode code { color: #dfe2e5; background: #2a313a; }
.nightMode hr { border-color: #333a42; }
.nightMode a { color: #6cb0ee; }
.nightMode .chapter { color: #a2a9b0; }
"""


class CardError(ValueError):
    """A card of which no note could be made; the message names it."""


class CardNote(genanki.Note):
    """A note that Anki knows again by the id of its card, whatever its text."""

    @property
    def guid(self):
        return genanki.guid_for("rnnbook", self.fields[-1])


def note_type():
    return genanki.Model(
        NOTE_TYPE,
        NAME,
        fields=[{"name": name} for name in ("Front", "Back", "Chapter", "Id")],
        templates=[{"name": "Question and answer", "qfmt": FRONT, "afmt": BACK}],
        css=STYLE,
    )


def link(slug, title, card):
    """The card's section as a link to the site; while that has no address, its name alone."""
    place = f"{int(slug[:2])} · {title}"
    section = markup.inline(card["section"], markup.in_anki)
    words = place if card["section"] == title else f"{place}: {section}"
    site = site_address(ROOT)
    goal = study.anchor(card["section"])
    return f'<a href="{site}chapters/{slug}.html#{goal}">{words}</a>' if site else words


def note(slug, title, card, place, kind):
    try:
        sides = [markup.inline(card[side], markup.in_anki) for side in ("front", "back")]
        fields = [*sides, link(slug, title, card), card["id"]]
    except Exception as error:
        name = card.get("id") if isinstance(card, dict) else card
        raise CardError(f"{slug}, {name}: {type(error).__name__}: {error}") from error
    tags = [slug, *(["key"] if card.get("key") else [])]
    return CardNote(kind, fields, tags=tags, due=place)


def decks():
    """The book's deck, which is empty, and below it one for each chapter."""
    kind, places = note_type(), itertools.count(1)
    made = [genanki.Deck(DECKS, NAME, ABOUT.format(site=site_address(ROOT)))]
    for slug in study.slugs():
        title = study.title(slug)
        deck = genanki.Deck(DECKS + int(slug[:2]), f"{NAME}::{slug[:2]} {title}")
        for card in study.load(slug)["cards"]:
            deck.add_note(note(slug, title, card, next(places), kind))
        made.append(deck)
    return made


def git(*words):
    """What git answers, or None where there is no git or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def changed():
    """The second since 1970 at which the cards were last changed, as far as one can tell."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    sources = [*(study.STUDY / f"{slug}.yml" for slug in study.slugs()), Path(__file__)]
    if git("status", "--porcelain", "--", *map(str, sources)) == "":
        return int(git("log", "-1", "--format=%ct"))
    return max(int(path.stat().st_mtime) for path in sources)


def collection(made, moment):
    """A collection of Anki's, the bytes of an SQLite file."""
    with closing(sqlite3.connect(":memory:")) as base:
        numbers = itertools.count(moment * 1000)
        genanki.Package(made).write_to_db(base.cursor(), moment, numbers)
        base.commit()
        return base.serialize()


def write(path=FILE, moment=None):
    """Write the deck and return its number of cards; CardError names a card that fails."""
    made = decks()
    data = collection(made, changed() if moment is None else moment)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (("collection.anki2", data), ("media", b"{}")):
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(archive.getvalue())
    return sum(len(deck.notes) for deck in made)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if sys.argv[1:] else FILE
    print(f"{target}: {write(target)} cards")
