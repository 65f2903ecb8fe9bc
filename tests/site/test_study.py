"""Cards, quizzes, the review page and what the browser keeps, by hand, key and tap."""

import json
import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from book.tools import study
from rnnbook.quiz import stored

CHAPTER, REVIEW, PROGRESS, OVERVIEW = (
    "chapters/10-gradients.html",
    *(f"book/pages/{name}.html" for name in ("review", "progress", "overview")),
)
START = datetime(2030, 3, 1, 9)
KEPT = "() => Object.fromEntries(Object.entries(localStorage))"


def opened(page, site_url, name):
    page.goto(site_url + name, wait_until="load")
    for _ in range(200):
        if page.evaluate("typeof rnnbookStore") == "object":
            return page
        page.wait_for_timeout(50)
    pytest.fail(f"{name}: the store was not loaded")


def at_day(page, day):
    page.clock.set_fixed_time(START + timedelta(days=day))


def card(page, name):
    return page.locator(f'.card[data-card="{name}"]')


def mark(page, name, word, nth=0):
    """Show the answer and mark it, as a finger or a mouse does."""
    one = card(page, name).nth(nth)
    one.get_by_role("button", name="Show the answer").click()
    page.wait_for_timeout(400)
    one.get_by_role("button", name=word).click()
    expect(one.locator(".note")).to_contain_text("asked again")


def first_cards(n, slug="10-gradients"):
    return [entry["id"] for entry in study.load(slug)["cards"]][:n]


# ---- Cards in the text -----------------------------------------------------------------


def test_a_card_opens_without_a_script(browser, site_url):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + CHAPTER)
    one = page.locator(".card").first
    one.locator("summary").click()
    expect(one.locator(".back")).to_be_visible()
    context.close()


def test_every_card_stands_in_its_chapter_two_or_three_together(site_folder):
    for slug in study.slugs():
        text = (site_folder / f"chapters/{slug}.html").read_text(encoding="utf-8")
        groups = [
            group.count("data-card=")
            for group in re.findall(r'<div class="recall"(.*?)<!-- cards -->', text, re.S)
        ]
        assert sum(groups) == len(study.load(slug)["cards"]), slug
        assert set(groups) <= {1, 2, 3} and groups.count(1) <= 1, (slug, groups)
        assert text.count('class="recall again"') == 1, slug


def test_a_forgotten_card_comes_back_once_before_the_chapter_ends(visit):
    seen = visit(CHAPTER)
    page, (one, other) = seen.page, first_cards(2)
    again = page.locator(".recall.again")
    expect(again).to_be_hidden()
    mark(page, one, "Forgot")
    mark(page, other, "Remembered")
    expect(again.locator(".card")).to_have_count(1)
    expect(card(page, one)).to_have_count(2)  # it did not leave its place
    mark(page, one, "Forgot", nth=1)
    expect(again.locator(".card")).to_have_count(1)
    where = page.evaluate(
        "() => document.querySelector('.again').compareDocumentPosition("
        "document.querySelector('#questions')) & Node.DOCUMENT_POSITION_FOLLOWING"
    )
    assert where, "before the questions that end the chapter"
    assert not seen.problems


def test_a_mark_can_be_undone_and_a_card_dropped_and_taken_back(visit):
    page, (one, *_) = visit(CHAPTER).page, first_cards(1)
    mark(page, one, "Forgot")
    card(page, one).first.get_by_role("button", name="Undo").click()
    expect(page.locator(".recall.again")).to_be_hidden()
    assert page.evaluate("rnnbookStore.get('cards')") == {}
    card(page, one).get_by_role("button", name="Drop").click()
    expect(card(page, one)).to_contain_text("Dropped from your deck.")
    assert page.evaluate(f"rnnbookStore.get('cards')['{one}'].dropped") is True
    card(page, one).get_by_role("button", name="Take it back").click()
    assert page.evaluate("rnnbookStore.get('cards')") == {}


def test_a_second_tap_on_the_same_place_marks_nothing(visit):
    page, (one, *_) = visit(CHAPTER, width=360).page, first_cards(1)
    card(page, one).scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = card(page, one).get_by_role("button", name="Show the answer").bounding_box()
    page.mouse.dblclick(box["x"] + 20, box["y"] + 20)
    assert page.evaluate("rnnbookStore.get('cards')") == {}
    expect(card(page, one).locator(".back")).to_be_visible()


def test_marks_stand_where_the_answer_was_asked_for(visit):
    page, (one, *_) = visit(CHAPTER, width=360).page, first_cards(1)
    card(page, one).scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    before = card(page, one).get_by_role("button", name="Show the answer").bounding_box()
    card(page, one).locator(".front").click()
    after = card(page, one).get_by_role("button", name="Forgot").bounding_box()
    assert after["y"] == pytest.approx(before["y"], abs=1) and after["height"] >= 44


def test_a_card_is_answered_by_keyboard_alone(visit):
    page, (one, *_) = visit(CHAPTER).page, first_cards(1)
    card(page, one).get_by_role("button", name="Show the answer").focus()
    page.keyboard.press("Enter")
    expect(card(page, one).get_by_role("button", name="Forgot")).to_be_focused()
    page.wait_for_timeout(400)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(card(page, one).locator(".note")).to_have_text("Remembered: asked again in 3 days.")
    expect(card(page, one).get_by_role("button", name="Undo")).to_be_focused()


# ---- Repeating over days ---------------------------------------------------------------


def test_cards_over_days_and_from_one_browser_to_another(browser, site_url, tmp_path):
    context = browser.new_context(accept_downloads=True)
    page, (one, other) = context.new_page(), first_cards(2)
    at_day(page, 0)
    opened(page, site_url, CHAPTER)
    mark(page, one, "Forgot")
    mark(page, other, "Remembered")
    opened(page, site_url, REVIEW)
    expect(page.locator(".today")).to_contain_text("0 due today, 2 more within a week, 142 not")

    at_day(page, 1)
    opened(page, site_url, REVIEW)
    expect(page.locator(".today")).to_contain_text("1 due today")
    expect(page.locator(".board .card")).to_have_attribute("data-card", one)
    page.locator(".board .main").focus()
    page.keyboard.press("Enter")
    page.clock.run_for(500)
    page.wait_for_timeout(400)
    page.keyboard.press("2")
    expect(page.locator(".board .note")).to_have_text("Remembered: asked again in 3 days.")
    page.keyboard.press("Enter")  # the next card has the focus
    expect(page.locator(".board")).to_contain_text("That was the last one.")

    at_day(page, 3)
    opened(page, site_url, REVIEW)
    assert page.evaluate("rnnbookStore.due()") == [other]
    mark(page, other, "Remembered")
    at_day(page, 4)
    opened(page, site_url, REVIEW)
    assert page.evaluate("rnnbookStore.due()") == [one]

    with page.expect_download() as got:
        page.get_by_role("button", name="Export").click()
    file = tmp_path / got.value.suggested_filename
    got.value.save_as(file)
    assert file.name == "rnnbook-2030-03-05.json"
    before = page.evaluate(KEPT)
    context.close()

    context = browser.new_context()
    page = context.new_page()
    at_day(page, 4)
    opened(page, site_url, REVIEW)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".said")).to_contain_text("Imported")
    assert json.loads(page.evaluate(KEPT)["cards"]) == json.loads(before["cards"])
    assert page.evaluate("rnnbookStore.due()") == [one]
    context.close()


def test_forgetting_everything_asks_first_and_an_import_brings_it_back(visit, site_url, tmp_path):
    page = visit(CHAPTER).page
    mark(page, first_cards(1)[0], "Remembered")
    page.evaluate("rnnbookStore.put('sheets', ['05-lstm'])")
    opened(page, site_url, PROGRESS)
    with page.expect_download() as got:
        page.get_by_role("button", name="Export").click()
    got.value.save_as(tmp_path / "kept.json")
    parts = "() => ['read', 'cards', 'quizzes', 'sheets'].map(rnnbookStore.get)"
    before = page.evaluate(parts)
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("button", name="No", exact=True).click()
    assert page.evaluate(parts) == before
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("button", name="Yes, forget it").click()
    assert page.evaluate(parts) == [[], {}, {}, []]
    page.locator("input[type=file]").set_input_files(tmp_path / "kept.json")
    expect(page.locator(".said")).to_contain_text("Imported")
    assert page.evaluate(parts) == before
    expect(page.locator('[data-progress="05-lstm"] [data-cell="sheet"]')).to_have_text("done")


def test_an_import_keeps_the_later_of_two_states(visit, site_url):
    page = opened(visit(REVIEW).page, site_url, REVIEW)
    name = first_cards(1)[0]
    page.evaluate("name => rnnbookStore.mark(name, '10-gradients', true)", name)
    older = page.evaluate("rnnbookStore.exported()")
    page.wait_for_timeout(20)
    page.evaluate("name => rnnbookStore.mark(name, '10-gradients', false)", name)
    newest = page.evaluate("rnnbookStore.get('cards')")
    page.evaluate("text => rnnbookStore.imported(text)", older)
    assert page.evaluate("rnnbookStore.get('cards')") == newest


GOOD = {
    "rnnbook": 1,
    "cards": {
        "a": {
            "chapter": "05-lstm",
            "when": "2030-01-01T00:00:00.000Z",
            "memory": {
                "due": "2030-01-03T00:00:00.000Z",
                "last_review": "2030-01-01T00:00:00.000Z",
                **{"stability": 2, "difficulty": 5, "reps": 1, "lapses": 0, "state": 2},
                "scheduled_days": 2,
            },
        }
    },
}


def broken(path, value):
    data = json.loads(json.dumps(GOOD))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(data)


HOSTILE = {
    "": "cannot be read as JSON",
    json.dumps(GOOD)[:-9]: "cannot be read as JSON",
    "[]": "was not exported from this book",
    '{"name": "a deck of something else"}': "was not exported from this book",
    broken(["rnnbook"], 2): "version of the file is 2; expected 1",
    broken(["cards"], []): "cards is []; expected an object",
    broken(["cards", "a"], None): "cards: a is null; expected an object",
    broken(["cards", "a", "memory", "due"], "soon"): 'cards: a, due is "soon"; expected a date',
    broken(["cards", "a", "memory", "stability"], -1): "stability is -1; expected a number from 0",
    broken(["cards", "a", "memory", "reps"], "9"): 'reps is "9"; expected a number',
    broken(["cards", "a", "chapter"], "<img src=x onerror=alert(1)>"): "expected a chapter",
    broken(["read"], {"0": "x"}): "expected a list",
    broken(["read"], [7]): "an entry of read is 7; expected a name",
    broken(["quizzes"], {"05-lstm": {"right": 10, "of": 9}}): "expected a number up to 9",
    broken(["sheets"], "x" * 6_000_000): "expected at most 5000000",
}


def test_a_damaged_or_foreign_file_changes_nothing_and_is_told(visit, site_url, tmp_path):
    seen = visit(CHAPTER)
    mark(seen.page, first_cards(1)[0], "Remembered")
    page = opened(seen.page, site_url, PROGRESS)
    page.locator("input[type=file]").set_input_files(
        {"name": "good.json", "mimeType": "application/json", "buffer": json.dumps(GOOD).encode()}
    )
    expect(page.locator(".said")).to_contain_text("Imported good.json")
    before = page.evaluate(KEPT)
    for number, (text, words) in enumerate(HOSTILE.items()):
        file = {"name": f"{number}.json", "mimeType": "application/json", "buffer": text.encode()}
        page.locator("input[type=file]").set_input_files(file)
        expect(page.locator(".said")).to_contain_text(f"{number}.json was not imported")
        expect(page.locator(".said")).to_contain_text(words)
        assert page.evaluate(KEPT) == before, words
    assert not seen.problems


def test_what_is_stored_and_cannot_be_read_is_set_aside(visit, site_url):
    page = visit(PROGRESS).page
    page.evaluate("localStorage.setItem('cards', '{\"a\": 3')")
    seen = opened(page, site_url, REVIEW)
    expect(seen.locator(".today")).to_contain_text("144 not asked yet")
    assert page.evaluate(KEPT)["cards-damaged"] == '{"a": 3'


REFUSE = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("refused", "SecurityError"); } });"""


def test_refused_storage_is_told_and_everything_else_goes_on(browser, site_url):
    context, errors = browser.new_context(), []
    context.add_init_script(REFUSE)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    opened(page, site_url, CHAPTER)
    expect(page.locator(".recall").first).to_contain_text("keeps nothing for the book")
    mark(page, first_cards(1)[0], "Remembered")
    for name in (REVIEW, PROGRESS):
        opened(page, site_url, name)
        expect(page.locator("article")).to_contain_text("keeps nothing for the book")
    assert not errors
    context.close()


# ---- The review page -------------------------------------------------------------------


def test_cards_can_be_chosen_by_chapter_and_skipped_by_key(visit, site_url):
    page = opened(visit(REVIEW, width=360).page, site_url, REVIEW)
    page.locator(".pick select").last.select_option("05-lstm")
    expect(page.locator(".board .place")).to_contain_text("1 of 12")
    expect(page.locator(".board .card")).to_have_attribute("data-chapter", "05-lstm")
    first = page.locator(".board .card").get_attribute("data-card")
    page.keyboard.press("s")
    expect(page.locator(".board .place")).to_contain_text("2 of 12")
    page.get_by_role("button", name="Drop").click()
    expect(page.locator(".today")).to_contain_text("1 dropped")
    page.get_by_role("button", name="Take it back").click()
    assert page.locator(".board .card").get_attribute("data-card") != first
    shown = set()
    for _ in range(12):
        page.get_by_role("button", name="Shuffle").click()
        shown.add(page.locator(".board .card").get_attribute("data-card"))
    assert len(shown) > 2
    page.locator(".pick select").first.select_option("all")
    page.locator(".pick select").last.select_option("")
    expect(page.locator(".board .place")).to_contain_text("1 of 144")


def test_contents_show_what_is_due(visit, site_url):
    page = visit(CHAPTER).page
    at_day(page, 0)
    page.reload()
    mark(page, first_cards(1)[0], "Forgot")
    at_day(page, 1)
    opened(page, site_url, CHAPTER)
    entry = page.locator('.book-tree [data-name="chapters/10-gradients"]')
    expect(entry).to_contain_text("1 due")


# ---- Quizzes ---------------------------------------------------------------------------


def quiz_of(page):
    page.locator("#quiz").scroll_into_view_if_needed()
    page.locator("#quiz .live-figure[data-live=on]").wait_for(timeout=20_000)
    return page.locator("#quiz .rnnquiz")


def give(quiz, question, right):
    """Answer one question on the page, rightly or not."""
    kind, wanted = question["kind"], question["right"]
    if kind == "numeric":
        quiz.locator("input").fill(
            str(wanted if right else wanted + 10 * question["tolerance"] + 1)
        )
    elif kind == "order":
        order(quiz, question, wanted if right else wanted[::-1])
    else:
        values = [
            int(v) for v in quiz.locator("input").evaluate_all("all => all.map(i => i.value)")
        ]
        chosen = wanted if right else [next(v for v in values if v not in wanted)]
        for value in chosen:
            quiz.locator(f'input[value="{value}"]').check()
    quiz.get_by_role("button", name="Check").click()


def order(quiz, question, goal):
    now = list(range(len(question["steps"])))
    if now == goal:  # a move there and back counts as an answer
        quiz.locator("li").nth(0).get_by_role("button", name="down").click()
        quiz.locator("li").nth(1).get_by_role("button", name="up").click()
    for k, step in enumerate(goal):
        for at in range(now.index(step), k, -1):
            quiz.locator("li").nth(at).get_by_role("button", name="up").click()
            now[at - 1], now[at] = now[at], now[at - 1]


def test_a_quiz_answered_wrong_and_right(visit, site_url):
    seen = visit(CHAPTER)
    page, questions = seen.page, stored("10-gradients")["questions"]
    quiz, missed = quiz_of(page), []
    for number, question in enumerate(questions):
        expect(quiz.locator(".which")).to_have_text(f"Question {number + 1} of {len(questions)}")
        quiz.get_by_role("button", name="Check").click()
        expect(quiz.locator(".feedback")).to_contain_text("Nothing to check yet.")
        right = number % 3 != 0
        missed += [] if right else [question]
        give(quiz, question, right)
        feedback = quiz.locator(".feedback")
        expect(feedback).to_contain_text("Right." if right else "Not right.")
        link = feedback.locator("a").get_attribute("href")
        assert link.endswith(f"{question['place']['page']}.html#{question['place']['anchor']}")
        quiz.locator(".main").click()
    n = len(questions) - len(missed)
    expect(quiz.locator(".score")).to_contain_text(f"{n} of {len(questions)} right.")
    expect(quiz.locator(".review li")).to_have_count(len(missed))
    quiz.locator(".main").click()  # the missed ones again
    for question in missed:
        give(quiz, question, True)
        quiz.locator(".main").click()
    expect(quiz.locator(".score")).to_contain_text("Nothing is left to repeat.")
    assert page.url.endswith(CHAPTER), "the address stays"
    opened(page, site_url, PROGRESS)
    cell = page.locator('[data-progress="10-gradients"] [data-cell="quiz"]')
    expect(cell).to_have_text(f"{n} of {len(questions)}")
    assert not seen.problems


def test_every_kind_of_question_by_keyboard(visit):
    page = visit(OVERVIEW, width=360).page
    quiz, questions = quiz_of(page), stored("overview")["questions"]
    quiz.locator("legend").focus()
    for question in questions:
        for _ in range(9):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('.rnnquiz input, .moves button')"):
                break
        page.keyboard.press("1" if question["kind"] == "numeric" else "Space")
        page.keyboard.press("Enter")
        expect(quiz.locator(".feedback")).to_contain_text("ight. ")
        expect(quiz.locator(".main")).to_be_focused()
        page.keyboard.press("Enter")
    expect(quiz.locator(".score")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_small_phone_shows_every_mark_of_progress(visit):
    page = visit(PROGRESS, width=346).page  # less than 360: other fonts are wider
    table = page.locator(".scroll:has(.progress)")
    assert table.evaluate("(place) => place.scrollWidth <= place.clientWidth"), "marks are hidden"


def test_a_passed_quiz_stays_passed_after_a_worse_round(visit, site_url):
    page = opened(visit(PROGRESS).page, site_url, PROGRESS)
    tell = """detail => dispatchEvent(new CustomEvent("rnnbook-quiz", {detail}))"""
    for right in (8, 3):
        done = {"name": "05-lstm", "right": right, "of": 9, "passed": right > 6}
        page.evaluate(tell, done)
    cell = page.locator('[data-progress="05-lstm"] [data-cell="quiz"]')
    expect(cell).to_have_text("8 of 9, passed")


def test_every_place_named_by_a_card_or_a_question_is_there(site_folder):
    for slug in study.slugs():
        text = (site_folder / f"chapters/{slug}.html").read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]+)"', text))
        data = study.load(slug)
        wanted = {study.anchor(entry["section"]) for entry in [*data["cards"], *data["quiz"]]}
        assert wanted <= ids, (slug, wanted - ids)


def test_every_chapter_has_its_quiz_and_the_overview_has_one(site_folder):
    for slug in study.slugs():
        text = (site_folder / f"chapters/{slug}.html").read_text(encoding="utf-8")
        assert text.count('data-figure="quiz"') == 1, slug
    text = (site_folder / OVERVIEW).read_text(encoding="utf-8")
    assert text.count('data-figure="quiz"') == 1 and text.count("data-card=") == 16


# ---- Progress --------------------------------------------------------------------------


def test_a_sheet_is_done_when_its_reader_says_so(visit, site_url):
    sheet = "exercises/student/05-lstm.html"
    page = opened(visit(sheet).page, site_url, sheet)
    page.get_by_label("I have done this sheet").check()
    opened(page, site_url, PROGRESS)
    expect(page.locator('[data-progress="05-lstm"] [data-cell="sheet"]')).to_have_text("done")
    opened(page, site_url, sheet)
    page.get_by_label("I have done this sheet").uncheck()
    assert page.evaluate("rnnbookStore.get('sheets')") == []


def test_progress_counts_what_was_read_on_each_path(visit, site_url):
    page = opened(visit(PROGRESS).page, site_url, PROGRESS)
    page.evaluate("rnnbookStore.put('read', ['chapters/01-sequences', 'chapters/02-history'])")
    afternoon = page.locator("[data-path]").first
    expect(afternoon).to_have_text("All of it is read.")
    expect(page.locator("[data-path]").last).to_have_text("2 of 13 read.")
    expect(page.locator('[data-progress="02-history"] [data-cell="read"]')).to_have_text("read")


@pytest.mark.parametrize("name", [REVIEW, PROGRESS, OVERVIEW, CHAPTER])
def test_pages_fit_a_small_phone(visit, name):
    page = visit(name, width=360).page
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
