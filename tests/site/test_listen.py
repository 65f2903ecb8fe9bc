"""The podcast's page: players by pointer and keyboard, from a server and from the disk."""

import pytest
from playwright.sync_api import expect

from book.tools.audio_script import EPISODES, timed

PAGE = "book/pages/listen.html"
SMALLEST = 40  # pixels of what one presses
STATE = "audio => ({time: audio.currentTime, paused: audio.paused, rate: audio.playbackRate})"
SIZES = """() => [...document.querySelectorAll(
  ".controls :is(button, select, input), .marks :is(button, a), .downloads a, .transcript summary")]
  .map((e) => [e.textContent.trim() || e.ariaLabel, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < %d || box.width < %d).map(([name]) => name)"""


@pytest.fixture(params=["server", "disk"])
def opened(request, visit, site_folder):
    """The page, from the server and from the disk."""
    found = visit(PAGE)
    if request.param == "disk":
        found.page.goto((site_folder / PAGE).as_uri(), wait_until="load")
    yield found
    assert not [p for p in found.problems if not p.startswith("request to another host: file:")]


def player(page, name):
    """The episode's box and a function that asks how its sound stands."""
    box = page.locator(f'[data-episode="{name}"]')
    expect(box.get_by_role("button", name="Play")).to_be_visible()
    return box, lambda: box.locator("audio").evaluate(STATE)


def until(page, name, condition):
    """Wait until the sound is as wanted: `audio` in the condition."""
    page.wait_for_function(
        f"""() => {{ const audio = document.querySelector('[data-episode="{name}"] audio');
        return {condition}; }}"""
    )


def test_it_plays_and_changes_its_speed_by_keyboard(opened):
    page = opened.page
    box, state = player(page, "overview")
    box.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    until(page, "overview", "audio.currentTime > 0.5")
    expect(box.get_by_role("button", name="Pause")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(box.get_by_label("Speed")).to_be_focused()
    page.keyboard.press("ArrowDown")
    until(page, "overview", "audio.playbackRate === 1.2")
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    until(page, "overview", "audio.playbackRate === 2")
    box.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Space")
    until(page, "overview", "audio.paused")


def test_back_forward_and_place(opened):
    page = opened.page
    box, state = player(page, "cells")
    forward = box.get_by_role("button", name="Forward 15 seconds")
    forward.click()
    forward.click()
    assert state()["time"] == pytest.approx(30) and state()["paused"]
    box.get_by_role("button", name="Back 15 seconds").click()
    assert state()["time"] == pytest.approx(15)
    slider = box.get_by_label("Place in the episode")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert state()["time"] == pytest.approx(16)
    assert slider.get_attribute("aria-valuetext").startswith("0:16 of ")


def test_a_click_on_a_sentence_goes_there(opened):
    page = opened.page
    box, state = player(page, "training")
    box.locator("summary").click()
    cue = timed("training")[9]
    sentence = box.locator(".transcript [data-at]").nth(9)
    sentence.click()
    until(page, "training", f"audio.currentTime > {cue.start + 0.1}")
    assert state()["time"] < cue.start + 4 and not state()["paused"]
    expect(box.locator(".transcript [aria-current]")).to_have_count(1)


def test_sentences_are_one_stop_and_arrows_move_between_them(opened):
    page = opened.page
    box, state = player(page, "foundations")
    box.locator("summary").click()
    assert box.locator(".transcript [tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(box.locator(".transcript [data-at]").nth(4)).to_be_focused()
    page.keyboard.press("Enter")
    until(page, "foundations", f"audio.currentTime > {timed('foundations')[4].start + 0.1}")


def test_the_transcript_follows(opened):
    page = opened.page
    box, state = player(page, "overview")
    cues = timed("overview")
    box.locator("audio").evaluate("(audio, at) => { audio.currentTime = at }", cues[20].start)
    box.get_by_role("button", name="Play").click()
    expect(box.locator("details")).to_have_attribute("open", "")
    now = box.locator(".transcript [aria-current]")
    for cue in cues[20:23]:
        expect(now).to_have_text(cue.text, timeout=15_000)
    inside = now.evaluate(
        "e => { const a = e.getBoundingClientRect(), b = e.closest('.sd-summary-content')"
        ".getBoundingClientRect(); return a.top >= b.top - 1 && a.bottom <= b.bottom + 1 }"
    )
    assert inside, "what is spoken is not in view"


def test_a_chapter_is_played_and_leads_to_its_page(opened):
    page = opened.page
    box, state = player(page, "cells")
    third = box.locator(".marks button").nth(2)
    start = float(third.get_attribute("data-at"))
    third.click()
    until(page, "cells", f"audio.currentTime > {start + 0.1}")
    expect(third).to_have_attribute("aria-current", "true")
    link = box.locator(".marks a").nth(2)
    assert link.get_attribute("href").endswith("chapters/06-gru.html")


def test_one_episode_plays_at_a_time(visit):
    page = visit(PAGE).page
    first, first_state = player(page, "overview")
    second, _ = player(page, "cells")
    first.get_by_role("button", name="Play").click()
    until(page, "overview", "audio.currentTime > 0")
    second.get_by_role("button", name="Play").click()
    until(page, "cells", "audio.currentTime > 0")
    assert first_state()["paused"]


@pytest.mark.parametrize("width", [360, 1280])
def test_what_one_presses_is_large_enough(visit, width):
    page = visit(PAGE, width=width).page
    expect(page.locator(".controls")).to_have_count(len(EPISODES))
    assert page.evaluate(SIZES % (SMALLEST, SMALLEST)) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_script_there_is_sound_and_text(browser, site_url):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site_url + PAGE)
    for name in EPISODES:
        box = page.locator(f'[data-episode="{name}"]')
        expect(box.locator("audio[controls]")).to_be_visible()
        box.locator("summary").click()
        expect(box.locator(".transcript p").last).to_contain_text(timed(name)[-1].text)
        assert box.locator(".downloads a").count() == 3
    context.close()


def test_nothing_is_fetched_before_it_is_played(visit):
    page = visit(PAGE).page
    loaded = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert not [name for name in loaded if "/podcast/" in name]
