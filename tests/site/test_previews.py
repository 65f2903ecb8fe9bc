"""Previews of citations, equations and terms: by pointer, by keyboard, by touch."""

import gzip
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

CHAPTER = "chapters/05-lstm.html"
SCRIPT = Path(__file__).parents[2] / "book" / "assets" / "previews.js"
KINDS = {
    "citation": ("a.preview[href*='references.html#']", "Neural Computation"),
    "equation": ("a.preview[href='#equation-eq-lstm-cell']", "(5.1)"),
    "term": ("a.preview.term[href$='forget-gate.html']", "which share of the cell state is kept"),
}


@pytest.fixture(scope="module")
def previews(site_folder):
    text = (site_folder / "_static" / "preview-data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("var rnnbookPreviews=").rstrip().removesuffix(";"))


def rest(page, selector):
    """Rest the pointer on the first link and return (link, preview)."""
    link = page.locator(selector).first
    link.scroll_into_view_if_needed()
    link.hover()
    return link, page.get_by_role("tooltip")


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_shows_where_it_leads(visit, kind):
    selector, words = KINDS[kind]
    opened = visit(CHAPTER)
    link = opened.page.locator(selector).first
    link.scroll_into_view_if_needed()
    expect(opened.page.locator(".live-figure:not([data-live=on])")).to_have_count(0)
    opened.page.wait_for_timeout(300)
    before = opened.page.evaluate("document.documentElement.scrollHeight")
    link, box = rest(opened.page, selector)
    expect(box).to_contain_text(words)
    assert link.get_attribute("aria-describedby") == "preview"
    assert link.get_attribute("title") is None, "the browser would show a second box"
    assert opened.page.evaluate("document.documentElement.scrollHeight") == before
    assert box.locator(".katex .katex-html").count() == (kind == "equation") or kind == "term"
    assert not opened.problems, "\n".join(opened.problems)


def test_the_data_are_loaded_when_they_are_first_needed(visit):
    page = visit(CHAPTER).page
    assert page.evaluate("window.rnnbookPreviews === undefined")
    rest(page, KINDS["term"][0])
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert page.evaluate("Object.keys(rnnbookPreviews).length") > 50


def test_a_preview_stays_while_the_pointer_is_on_it(visit):
    page = visit(CHAPTER).page
    link, box = rest(page, KINDS["term"][0])
    expect(box).to_be_visible()
    box.hover()
    page.wait_for_timeout(600)
    expect(box).to_be_visible()
    page.mouse.move(2, 400)
    expect(box).to_be_hidden()
    assert link.get_attribute("aria-describedby") is None


def test_escape_closes_and_focus_opens(visit):
    page = visit(CHAPTER).page
    link = page.locator(KINDS["term"][0]).first
    page.locator("h1").click()
    before = page.locator("article a[href], article summary, article button")
    before.first.focus()
    for _ in range(150):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    box = page.get_by_role("tooltip")
    expect(box).to_be_visible()
    page.wait_for_timeout(600)  # the page has moved under the pointer, which changes nothing
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(link).to_be_focused()


def test_a_tap_follows_the_link(browser, site_url):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(site_url + CHAPTER)
    link = page.locator(KINDS["equation"][0]).first
    link.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # what comes near is laid out, and the link moves a little
    link.tap()
    page.wait_for_url("**#equation-eq-lstm-cell")
    page.wait_for_timeout(500)
    expect(page.get_by_role("tooltip")).to_have_count(0)
    link = page.locator(KINDS["term"][0]).first
    link.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    link.tap()
    page.wait_for_url("**/glossary/forget-gate.html")
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_preview_stays_on_the_screen(visit, width):
    page = visit(CHAPTER, width=width).page
    for link in page.locator("a.preview").all()[:12]:
        link.scroll_into_view_if_needed()
        link.hover()
        box = page.get_by_role("tooltip")
        expect(box).to_be_visible()
        place = box.bounding_box()
        assert place["x"] >= 0 and place["x"] + place["width"] <= width
        page.keyboard.press("Escape")


def test_no_movement_where_the_reader_wants_none(browser, site_url):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(site_url + CHAPTER)
    _, box = rest(page, KINDS["term"][0])
    expect(box).to_be_visible()
    assert box.evaluate("box => getComputedStyle(box).animationName") == "none"
    context.close()


def test_previews_work_from_the_disk(browser, site_folder):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site_folder / CHAPTER).as_uri())
    _, box = rest(page, KINDS["citation"][0])
    expect(box).to_contain_text("Neural Computation")
    context.close()


@pytest.mark.parametrize(
    "page", [CHAPTER, "chapters/10-gradients.html", "book/pages/notation.html"]
)
def test_every_marked_link_has_a_preview(visit, site_url, previews, page):
    links = visit(page).page.locator("a.preview").evaluate_all("links => links.map(l => l.href)")
    missing = [link for link in links if link.removeprefix(site_url) not in previews]
    assert not missing


def test_the_script_is_small():
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) < 2000
