"""Cards and quizzes: every chapter has them, and each keeps to its rules."""

import copy
from collections import Counter

import pytest
import yaml

from book.tools import study
from book.tools.notebooks import chapters

SLUGS = [path.stem for path in chapters() if path.stem != "00-primer"]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_has_cards_and_a_quiz_without_fault(slug):
    assert list(study.problems(slug)) == []
    data = study.load(slug)
    assert len(data["cards"]) >= 10 and len(data["quiz"]) >= 8
    assert len({card["section"] for card in data["cards"]}) >= 4, "cards of four sections at least"


def test_every_entry_of_the_book_has_an_id_of_its_own():
    entries = [entry for slug in SLUGS for part in study.load(slug).values() for entry in part]
    assert [name for name, n in Counter(e["id"] for e in entries).items() if n > 1] == []


def test_right_options_stand_at_all_places_and_all_kinds_occur():
    questions = [question for slug in SLUGS for question in study.load(slug)["quiz"]]
    assert {question["kind"] for question in questions} == set(study.KINDS)
    places = Counter(
        [option.get("right") for option in question["options"]].index(True)
        for question in questions
        if question["kind"] == "single"
    )
    assert max(places.values()) <= 0.4 * places.total(), places
    longest = [
        max(question["options"], key=lambda option: len(option["text"])).get("right", False)
        for question in questions
        if question["kind"] == "single"
    ]
    assert sum(longest) <= 0.45 * len(longest), "the right option is too often the longest"


GOOD = {
    "cards": [{"id": "a-card", "section": "Gates", "front": "What?", "back": "That."}],
    "quiz": [
        {
            "id": "one",
            "section": "Gates",
            "kind": "single",
            "question": "Which?",
            "why": "So.",
            "options": [{"text": "a", "right": True}, *({"text": t, "why": "No."} for t in "bc")],
        },
        {
            "id": "sum",
            "section": "Gates",
            "kind": "numeric",
            "question": "1 + 1?",
            "why": "So.",
            "compute": "sqrt(4)",
            "tolerance": 0.1,
            "wrong": [{"value": 1, "why": "Too few."}],
        },
        {
            "id": "prints",
            "section": "Gates",
            "kind": "output",
            "question": "What is printed?",
            "why": "So.",
            "code": "print(6 * 7)\n",
            "options": [{"text": "13", "why": "It multiplies."}, {"text": "67", "why": "Numbers."}],
        },
        {
            "id": "bug",
            "section": "Gates",
            "kind": "line",
            "question": "Which line?",
            "why": "So.",
            "code": "x = 1\ny = x / 0\n",
            "line": 2,
            "lines": {1: "Fine."},
        },
        {
            "id": "steps",
            "section": "Gates",
            "kind": "order",
            "question": "In which order?",
            "why": "So.",
            "steps": ["first", "second", "third"],
        },
    ],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "STUDY", tmp_path)
    monkeypatch.setattr(study, "headings", lambda slug: {"Gates"})

    def made(data):
        (tmp_path / "90-x.yml").write_text(yaml.safe_dump(data))
        return "\n".join(study.problems("90-x"))

    return made


def test_a_sound_file_has_no_problem(folder):
    assert folder(GOOD) == ""


@pytest.mark.parametrize(
    "path, value, says",
    [
        (("cards", 0, "section"), "Doors", "no heading 'Doors'"),
        (("cards", 0, "id"), "A card", "lower-case words"),
        (("cards", 0, "id"), "one", "given 2 times"),
        (("cards", 0, "back"), "", "back is missing"),
        (("cards", 0, "front"), "x" * 999, "front is missing or longer"),
        (("cards", 0, "hint"), "x", "unknown entries"),
        (("quiz", 0, "kind"), "riddle", "expected one of"),
        (("quiz", 0, "why"), " ", "why is empty"),
        (("quiz", 0, "timer"), 5, "expected"),
        (("quiz", 0, "options", 1, "right"), True, "2 of 3 options are right"),
        (("quiz", 0, "options", 1, "text"), "a", "two options are the same"),
        (("quiz", 0, "options", 1, "why"), "", "has no why"),
        (("quiz", 1, "compute"), "sqrt(", "compute fails"),
        (("quiz", 1, "compute"), "open('x')", "compute fails"),
        (("quiz", 1, "wrong", 0, "value"), 2.05, "within the tolerance"),
        (("quiz", 2, "code"), "print(13)", "one of the wrong options"),
        (("quiz", 2, "code"), "1 / 0", "ZeroDivisionError"),
        (("quiz", 3, "line"), 3, "line 3 of 2"),
        (("quiz", 3, "lines"), {}, "expected each other line"),
        (("quiz", 3, "code"), "x = (", "is no Python"),
        (("quiz", 4, "steps"), ["a", "b", "a"], "3 steps"),
    ],
)
def test_a_fault_is_named(folder, path, value, says):
    data = copy.deepcopy(GOOD)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert says in folder(data)
