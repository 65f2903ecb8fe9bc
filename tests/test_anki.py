"""The deck for Anki: read by hand, and imported by Anki itself where that is installed."""

import json
import os
import re
import shutil
import sqlite3
import time
import zipfile
from collections import Counter
from contextlib import closing
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import yaml
from docutils import nodes

from book.ext import anki as extension
from book.tools import anki, study

CARDS = {card["id"]: (slug, card) for slug in study.slugs() for card in study.load(slug)["cards"]}
SPRING, SUMMER = 1_800_000_000, 1_810_000_000
CHANGED = "lstm-cell-line"


def rows(path, query):
    """What the collection inside a deck's file answers."""
    with zipfile.ZipFile(path) as archive, closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(archive.read("collection.anki2"))
        return base.execute(query).fetchall()


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    path = tmp_path_factory.mktemp("deck") / "rnnbook.apkg"
    assert anki.write(path, SPRING) == len(CARDS)
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The book's cards where they may be changed: folder(id, front=...) changes one."""
    place = shutil.copytree(study.STUDY, tmp_path / "study")
    monkeypatch.setattr(study, "STUDY", place)

    def change(name, **values):
        path = place / f"{CARDS[name][0]}.yml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        next(card for card in data["cards"] if card["id"] == name).update(values)
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")

    return change


# ---- The file -----------------------------------------------------------------------------


def test_there_is_a_note_for_each_card_with_fields_and_tags(deck):
    with zipfile.ZipFile(deck) as archive:
        assert archive.testzip() is None and json.loads(archive.read("media")) == {}
    assert rows(deck, "PRAGMA integrity_check") == [("ok",)]
    found = {
        fields.split("\x1f")[3]: (fields.split("\x1f"), tags.split())
        for fields, tags in rows(deck, "SELECT flds, tags FROM notes")
    }
    assert set(found) == set(CARDS)
    for name, (slug, card) in CARDS.items():
        fields, tags = found[name]
        assert all(fields) and tags == [slug, *(["key"] if card.get("key") else [])]
        assert f"/chapters/{slug}.html#{study.anchor(card['section'])}" in fields[2]


def test_each_note_has_one_card_in_the_deck_of_its_chapter_in_the_order_of_the_book(deck):
    ((decks, models),) = rows(deck, "SELECT decks, models FROM col")
    names = {int(number): entry["name"] for number, entry in json.loads(decks).items()}
    query = "SELECT flds, did, due FROM cards JOIN notes ON nid = notes.id ORDER BY due"
    found = [(fields.split("\x1f")[3], names[did]) for fields, did, _ in rows(deck, query)]
    assert [name for name, _ in found] == list(CARDS)
    for name, where in found:
        assert where.startswith(f"{anki.NAME}::{CARDS[name][0][:2]} "), where
    assert str(anki.NOTE_TYPE) in json.loads(models)


def test_formulas_and_code_are_as_anki_reads_them(deck):
    for (fields,) in rows(deck, "SELECT flds FROM notes"):
        text = "".join(fields.split("\x1f")[:2])
        assert "$" not in text and "`" not in text, text
        assert re.findall(r"\\[()]", text) == text.count(r"\(") * [r"\(", r"\)"], text
    ((models,),) = rows(deck, "SELECT models FROM col")
    assert ".nightMode code" in json.loads(models)[str(anki.NOTE_TYPE)]["css"]


def test_a_note_is_known_by_the_id_of_its_card_alone(deck, folder, tmp_path):
    guids = dict(rows(deck, "SELECT guid, flds FROM notes"))
    assert len(guids) == len(CARDS)
    (pinned,) = [guid for guid, fields in guids.items() if fields.endswith(f"\x1f{CHANGED}")]
    assert pinned == "ises0Hr_[C", "learners would get every card a second time"
    folder(CHANGED, front="Changed?", back="Changed.")
    anki.write(tmp_path / "new.apkg", SUMMER)
    assert {guid for (guid,) in rows(tmp_path / "new.apkg", "SELECT guid FROM notes")} == set(guids)


def test_the_same_cards_give_the_same_bytes_whatever_the_clock(deck, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 2e9)
    anki.write(tmp_path / "again.apkg", SPRING)
    assert (tmp_path / "again.apkg").read_bytes() == deck.read_bytes()


def test_the_time_of_the_notes_is_given_or_that_of_the_last_change(folder, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    os.utime(study.STUDY / "05-lstm.yml", (4e9, 4e9))
    assert anki.changed() == 4_000_000_000, "outside a repository: the newest file"
    monkeypatch.setattr(anki, "git", lambda *words: "" if words[0] == "status" else "123")
    assert anki.changed() == 123, "as committed: the time of the commit"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert anki.changed() == 5


# ---- The build ----------------------------------------------------------------------------


def built(monkeypatch, tmp_path, doctrees):
    """The warnings of a build whose pages are these."""
    told = Mock()
    monkeypatch.setattr(extension.log, "warning", told)
    monkeypatch.setattr(extension.passages, "doctrees", lambda app: doctrees)
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=tmp_path)
    extension.write(app, None)
    return [call.args[0] % call.args[1:] for call in told.call_args_list]


def test_the_build_names_a_card_of_which_no_note_can_be_made(folder, tmp_path, monkeypatch):
    folder(CHANGED, back=None)
    (warning,) = built(monkeypatch, tmp_path, {})
    assert f"05-lstm, {CHANGED}" in warning and not (tmp_path / extension.DECK).exists()


def test_the_build_names_a_card_whose_link_leads_nowhere(tmp_path, monkeypatch):
    page = nodes.section(ids=list({study.anchor(card["section"]) for _, card in CARDS.values()}))
    assert built(monkeypatch, tmp_path, {"chapters/05-lstm": page}) == []
    assert zipfile.is_zipfile(tmp_path / extension.DECK)
    page["ids"].remove("the-lstm-of-today")
    warnings = built(monkeypatch, tmp_path, {"chapters/05-lstm": page})
    assert any(CHANGED in text and "#the-lstm-of-today" in text for text in warnings)


# ---- Anki itself --------------------------------------------------------------------------


@pytest.fixture
def collection(tmp_path):
    pytest.importorskip("anki", reason="pip install anki to import the deck with Anki itself")
    from anki.collection import Collection

    opened = Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def imported(collection, path):
    """How many notes were new, updated and known already, with Anki's own settings."""
    from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest

    options = ImportAnkiPackageOptions()
    request = ImportAnkiPackageRequest(package_path=str(path), options=options)
    log = collection.import_anki_package(request).log
    assert not [*log.conflicting, *log.missing_notetype, *log.empty_first_field]
    return {"new": len(log.new), "updated": len(log.updated), "known": len(log.duplicate)}


def test_anki_imports_the_deck_and_a_second_time_finds_it_there(collection, deck):
    assert imported(collection, deck) == {"new": len(CARDS), "updated": 0, "known": 0}
    assert imported(collection, deck) == {"new": 0, "updated": 0, "known": len(CARDS)}
    assert collection.note_count() == collection.card_count() == len(CARDS)
    tags = Counter(tag for tag in collection.tags.all())
    assert set(tags) == {*(slug for slug, _ in CARDS.values()), "key"}


def test_anki_takes_a_changed_text_over_and_keeps_the_schedule(collection, deck, folder, tmp_path):
    imported(collection, deck)
    (number,) = collection.find_cards(f"Id:{CHANGED}")
    collection.sched.set_due_date([number], "7")
    before = collection.get_card(number)
    folder(CHANGED, back="Changed.")
    anki.write(tmp_path / "new.apkg", SUMMER)
    assert imported(collection, tmp_path / "new.apkg")["new"] == 0
    after = collection.get_card(number)
    assert after.note()["Back"] == "Changed."
    for name in ("id", "type", "queue", "due", "ivl", "factor", "reps"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.ivl == 7 and collection.card_count() == len(CARDS)


def test_anki_shows_question_answer_and_the_way_to_the_chapter(collection, deck):
    imported(collection, deck)
    card = collection.get_card(collection.find_cards(f"Id:{CHANGED}")[0])
    assert "new cell state?" in card.question() and "05-lstm.html#" not in card.question()
    assert "keep a share of the old" in card.answer() and "05-lstm.html#" in card.answer()
