"""The pages of graded exercises: hints that unfold one by one, and ways to open a sheet."""

import json

import pytest

from exercises.sheet import names

SLUGS = names()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_page_leads_to_colab_to_its_notebook_and_to_the_chapter(site_folder, slug):
    text = (site_folder / "exercises" / "student" / f"{slug}.html").read_text(encoding="utf-8")
    assert f"/exercises/student/{slug}.ipynb" in text and "Open in Colab" in text
    assert f"/notebooks/exercises-{slug}.ipynb" in text
    assert f'href="../../chapters/{slug}.html"' in text
    notebook = json.loads((site_folder / "notebooks" / f"exercises-{slug}.ipynb").read_text())
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    chapter = (site_folder / "chapters" / f"{slug}.html").read_text(encoding="utf-8")
    assert f'href="../exercises/student/{slug}.html"' in chapter


def test_hints_unfold_one_by_one(visit):
    page = visit("exercises/student/05-lstm.html", width=390, height=800).page
    first, second = page.get_by_text("Hint 1").first, page.get_by_text("Hint 2").first
    words = page.get_by_text("comes first: the new").first
    assert first.is_visible() and not second.is_visible() and not words.is_visible()
    first.click()
    assert second.is_visible() and not words.is_visible()
    second.focus()
    page.keyboard.press("Enter")
    assert words.is_visible()


def test_checks_are_folded_and_can_be_opened(visit):
    page = visit("exercises/student/05-lstm.html").page
    title = page.locator("summary").get_by_text("The check", exact=True)
    shut = page.locator("details").filter(has=title).first
    assert not shut.get_by_text("the_state_has_its_shapes").first.is_visible()
    shut.locator("summary").click()
    assert shut.get_by_text("the_state_has_its_shapes").first.is_visible()
