"""The runtime of static pages alone: pages that embed widgets as myst-nb does."""

import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

LIVE_JS = Path(__file__).parents[2] / "book" / "assets" / "live.js"

GOOD = """
export default { render({ model, el }) {
  const show = () => { el.textContent = "n is " + model.get("n"); };
  model.on("change:n", show);
  show();
  el.addEventListener("click", () => { model.set("n", model.get("n") + 1); model.save_changes(); });
  el.addEventListener("dblclick", () => model.off("change:n", show));
} };
"""


@pytest.fixture
def runtime(browser, tmp_path):
    """A page that embeds widgets as myst-nb does: a list of (module name, script)."""

    def build(widgets, head="", gap=0):
        state, body = {}, ""
        for number, (module, source) in enumerate(widgets):
            fields = {"_esm": source, "n": number}
            state[f"m{number}"] = {"model_module": module, "state": fields}
            view = json.dumps({"model_id": f"m{number}"})
            body += f'<div style="height: {gap}px"></div><figure><div class="still">still</div>'
            body += (
                f'<script type="application/vnd.jupyter.widget-view+json">{view}</script></figure>'
            )
        text = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title>{head}
        <script defer src="live.js"></script><script
        type="application/vnd.jupyter.widget-state+json">{json.dumps({"state": state})}</script>
        <main>{body}</main></html>"""
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        shutil.copy(LIVE_JS, tmp_path / "live.js")
        page.goto((tmp_path / "page.html").as_uri())
        return page

    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
    yield build
    context.close()


def test_runtime_runs_a_model(runtime):
    page = runtime([("anywidget", GOOD)])
    figure = page.locator(".live-figure")
    expect(figure).to_have_text("n is 0")
    figure.click()
    expect(figure).to_have_text("n is 1")
    figure.dblclick()
    figure.click()
    expect(figure).to_have_text("n is 3")
    expect(page.locator(".still")).to_be_hidden()


@pytest.mark.parametrize(
    "source",
    [
        "export default {;",
        "export default { render() { throw Error('broken'); } }",
        "export let a = 1",
    ],
)
def test_runtime_leaves_the_still_of_a_broken_figure(runtime, source):
    page = runtime([("anywidget", source), ("anywidget", GOOD)])
    expect(page.locator(".live-figure[data-live=on]")).to_have_text("n is 1")
    expect(page.locator(".still").first).to_be_visible()
    assert page.locator(".live-figure").count() == 1
    assert any("did not start" in error for error in page.errors)


def test_runtime_says_what_needs_a_kernel(runtime):
    page = runtime([("@jupyter-widgets/controls", "")])
    expect(page.locator(".needs-kernel")).to_contain_text("needs a running kernel")
    assert page.errors == []


def test_runtime_starts_a_figure_when_it_comes_near(runtime):
    page = runtime([("anywidget", GOOD)], gap=5000)
    page.wait_for_timeout(300)
    assert page.locator(".live-figure").count() == 0
    page.locator(".still").scroll_into_view_if_needed()
    expect(page.locator(".live-figure")).to_have_text("n is 0")


def test_runtime_starts_at_once_where_nothing_can_be_observed(runtime):
    page = runtime(
        [("anywidget", GOOD)], "<script>delete window.IntersectionObserver</script>", 5000
    )
    expect(page.locator(".live-figure")).to_have_text("n is 0")


def test_runtime_does_nothing_on_a_page_without_widgets(runtime):
    assert runtime([]).errors == []


def test_runtime_is_small_and_asks_nobody():
    source = LIVE_JS.read_text(encoding="utf-8")
    assert len(source) < 4500
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|innerHTML|eval\(", source)
