"""The quizzes that the package ships: up to date, and judged as their source says."""

import json

import pytest
from py_mini_racer import MiniRacer

from book.ext import live
from book.tools import quiz, study
from rnnbook.quiz import HERE, Quiz, home, names, stored

EVERY = [(name, q) for name in study.slugs() for q in stored(name)["questions"]]
KINDS = {kind: [q for _, q in EVERY if q["kind"] == kind] for kind in study.KINDS}


@pytest.fixture(scope="module")
def script():
    """judge(question, given) and number(text) as the page has them."""
    with MiniRacer() as context:
        context.eval((HERE / "quiz.js").read_text(encoding="utf-8").split("// ---- Ways")[0])
        yield lambda call, *values: json.loads(
            context.eval(f"JSON.stringify({call}(...{json.dumps(values)}))")
        )


def test_what_is_shipped_is_what_the_sources_say(capsys):
    assert quiz.main(["--check"]) == 0, capsys.readouterr().out + "run python -m book.tools.quiz"


def test_a_changed_question_makes_a_quiz_stale(monkeypatch, capsys):
    monkeypatch.setattr(quiz, "quizzes", lambda: {"05-lstm": {"title": "", "questions": []}})
    assert quiz.main(["--check"]) == 1
    assert "rnnbook/quiz/05-lstm.json" in capsys.readouterr().out


def test_every_chapter_and_the_whole_book_have_a_quiz():
    assert names() == sorted([*study.slugs(), "overview"])
    assert len(EVERY) >= 96
    overview = stored("overview")["questions"]
    assert len(overview) == 12
    assert len({q["place"]["page"] for q in overview}) == 12, "one of each chapter"


def test_the_starter_deck_has_sixteen_cards_of_all_chapters():
    key = set(study.keys("cards"))
    assert len(key) == 16
    for slug in study.slugs():
        assert key & {card["id"] for card in study.load(slug)["cards"]}, slug


def right_answer(question):
    return str(question["right"]) if question["kind"] == "numeric" else question["right"]


def test_every_right_answer_is_judged_right(script):
    for name, question in EVERY:
        verdict = script("judge", question, right_answer(question))
        assert verdict == {"right": True, "says": []}, (name, question["id"])


def test_every_wrong_option_is_told_why(script):
    for question in KINDS["single"] + KINDS["output"]:
        for k, option in enumerate(question["options"]):
            if k not in question["right"]:
                verdict = script("judge", question, [k])
                assert verdict == {"right": False, "says": [option["why"]]}, question["id"]


def test_a_multiple_choice_is_right_only_as_a_whole(script):
    for question in KINDS["multiple"]:
        n, right = len(question["options"]), question["right"]
        for chosen in ([k for k in range(n) if pick >> k & 1] for pick in range(1, 2**n)):
            verdict = script("judge", question, chosen)
            assert verdict["right"] == (chosen == right)
            assert len(verdict["says"]) == len(set(chosen) ^ set(right))


def test_a_line_that_is_not_the_one_is_explained(script):
    for question in KINDS["line"]:
        for n, text in enumerate(question["code"], start=1):
            if text.strip() and n not in question["right"]:
                verdict = script("judge", question, [n])
                assert verdict == {"right": False, "says": [question["lines"][str(n)]]}


def test_mistakes_foreseen_are_told_and_the_tolerance_holds(script):
    for question in KINDS["numeric"]:
        for wrong in question["wrong"]:
            verdict = script("judge", question, str(wrong["value"]))
            assert verdict == {"right": False, "says": [wrong["why"]]}, question["id"]
        right, room = question["right"], question["tolerance"]
        for factor, expected in ((0.99, True), (-0.99, True), (1.01, False), (-1.01, False)):
            verdict = script("judge", question, repr(right + factor * room))
            assert verdict["right"] == expected, (question["id"], factor)
        shown = script("judge", question, question["shown"])
        assert shown["right"], f"{question['id']}: the answer shown would not be taken"


def test_the_first_step_out_of_order_is_told(script):
    for question in KINDS["order"]:
        given = list(range(len(question["steps"])))
        assert given != question["right"], "shown in the right order from the start"
        swapped = [*question["right"][1::-1], *question["right"][2:]]
        verdict = script("judge", question, swapped)
        first = question["steps"][question["right"][0]]
        assert verdict == {"right": False, "says": [f"Step 1 is: {first}"]}


@pytest.mark.parametrize(
    "text, value",
    [("0.5", 0.5), (" 0,5 ", 0.5), ("−3", -3), ("-3", -3), ("1/4", 0.25), ("1e-3", 0.001)]
    + [("1 000", 1000), (".5", 0.5), ("5.", 5), ("+2", 2)],
)
def test_numbers_as_people_write_them(script, text, value):
    assert script("number", text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "half", "1/2/3", "0x10", "1..2", "Infinity", "2 steps", "/"])
def test_what_is_no_number_is_not_taken_for_one(script, text):
    assert script("number", text) is None  # how JSON writes NaN


def test_what_is_printed_stands_at_all_places():
    places = [question["right"][0] for question in KINDS["output"]]
    assert len(set(places)) >= 3 and max(map(places.count, places)) <= len(places) / 2


def test_the_widget_has_the_questions_and_knows_its_site():
    widget = Quiz("05-lstm")
    assert widget.questions == stored("05-lstm")["questions"] and widget.result == {}
    assert widget.site == home() and home().startswith("https://") and home().endswith("/")
    words = widget._repr_mimebundle_()[0]["text/plain"]
    assert words == "Quiz: 9 questions. Run this cell to answer them."


def test_an_unknown_quiz_names_those_there_are():
    with pytest.raises(ValueError, match=r"no quiz '5'; expected one of 01-sequences, .*overview"):
        Quiz("5")


def test_a_page_sets_all_formulas_itself():
    formulas = 0
    for name, question in EVERY:
        text = json.dumps(live.as_on_page(question))
        formulas += text.count("katex-html")
        assert text.count("<math") == text.count("katex-html"), (name, question["id"])
    assert formulas > 100


def test_a_stored_quiz_with_other_questions_is_named():
    questions = [*stored("05-lstm")["questions"][1:]]
    with pytest.raises(live.FigureError, match="05-lstm.json: run the notebook again"):
        live.questions("05-lstm", questions)
    with pytest.raises(live.FigureError, match="no quiz '05'; there are 01-sequences"):
        live.questions("05")
