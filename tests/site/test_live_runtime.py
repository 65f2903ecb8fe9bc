"""The runtime of static pages alone, with small figures of its own, opened from the disk."""

import base64
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from book.ext import live

LIVE_JS = Path(__file__).parents[2] / "book" / "assets" / "live.js"
GOOD = """
function render({ model, el }) {
  const show = () => { el.textContent = "n is " + model.get("n"); };
  model.on("change:n", show);
  show();
  el.addEventListener("click", () => { model.set("n", model.get("n") + 1); model.save_changes(); });
  el.addEventListener("dblclick", () => model.off("change:n", show));
}
export default { render };
"""
BYTES = """
function render({ model, el }) { el.textContent = "byte " + model.get("data").getUint8(1); }
export default { render };
"""
LISTENING = """
function render({ model, el }) {
  const show = () => {
    el.textContent = ["n", "kind", "on", "x"].map((k) => JSON.stringify(model.get(k))).join(" ");
  };
  model.on("change:n change:kind change:on change:x", show);
  show();
}
export default { render };
"""
SETTINGS = {"n": 1.5, "kind": "a", "on": False, "x": [1, 2], "secret": 7}
LIMITS = {"n": {"min": 0, "max": 3}, "kind": ["a", "b"], "on": None, "x": None}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that gives a figure its script, as a file of the package."""
    monkeypatch.setattr(live, "WIDGETS", tmp_path)
    for name in live.SHARED:
        (tmp_path / f"{name}.js").write_text("")

    def add(name, source):
        (tmp_path / f"{name}.js").write_text(source)
        live.source.cache_clear()
        live.names.cache_clear()
        return "\n\n" + source

    yield add
    live.source.cache_clear()
    live.names.cache_clear()


def model(source, buffers=(), **values):
    state = {"_esm": source, "_anywidget_id": "rnnbook.widgets.x.Some", **values}
    return {"model_module": "anywidget", "state": state, "buffers": list(buffers)}


@pytest.fixture
def runtime(browser, tmp_path, package):
    """Opens a page of figures from the disk: a list of (name, script, values)."""

    def build(figures, hash="", gap=0):
        folder = tmp_path / "site" / "_static" / "figures"
        folder.mkdir(parents=True)
        body, place = "", {}
        for name, source, values in figures:
            mount = live.mount(model(package(name, source), **values), place)
            body += f'<div style="height: {gap}px"></div><figure id="{name}">'
            body += f'<div class="still">still</div>{mount}</figure>'
            (folder / f"{name}.js").write_text(live.wrapped(name))
        for key, text in place.items():
            (folder / f"settings-{key}.js").write_text(live.keeping(key, text))
        shutil.copy(LIVE_JS, folder.parent / "live.js")
        page_file = tmp_path / "site" / "page.html"
        page_file.write_text(
            '<!doctype html><html lang="en" data-root="./"><meta charset="utf-8">'
            f'<title>Test</title><script defer src="_static/live.js"></script><main>{body}</main>'
        )
        page.goto(page_file.as_uri() + hash)
        return page

    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
    yield build
    context.close()


def test_runs_a_model(runtime):
    page = runtime([("good", GOOD, {"n": 0})])
    figure = page.locator(".live-figure")
    expect(figure).to_have_text("n is 0")
    figure.click()
    expect(figure).to_have_text("n is 1")
    figure.dblclick()
    figure.click()
    expect(figure).to_have_text("n is 3")
    expect(page.locator(".still")).to_be_hidden()


@pytest.mark.parametrize(
    "broken", ['function render() { throw Error("broken"); }', "let render = 1;", "let render = {;"]
)
def test_leaves_the_still_of_a_broken_figure(runtime, broken):
    source = broken + "\nexport default { render };\n"
    page = runtime([("broken", source, {}), ("good", GOOD, {"n": 1})])
    expect(page.locator(".live-figure[data-live=on]")).to_have_text("n is 1")
    expect(page.locator(".still").first).to_be_visible()
    assert page.locator(".live-figure").count() == 1
    assert any("did not start" in error for error in page.errors)


def test_starts_a_figure_when_it_comes_near(runtime):
    page = runtime([("good", GOOD, {"n": 0})], gap=5000)
    page.wait_for_timeout(300)
    assert page.locator(".live-figure").count() == 0
    assert page.locator("script[src*=figures]").count() == 0
    page.locator(".still").scroll_into_view_if_needed()
    expect(page.locator(".live-figure")).to_have_text("n is 0")


def test_binary_and_large_settings_arrive(runtime, package):
    buffer = {"path": ["data"], "data": base64.b64encode(bytes([3, 9])).decode()}
    page = runtime([("bytes", BYTES, {"buffers": [buffer], "long": "x" * live.LARGE})])
    expect(page.locator(".live-figure")).to_have_text("byte 9")
    assert page.locator("script[src*=settings-]").count() == 1


def test_an_address_carries_the_settings(runtime):
    values = SETTINGS | {"limits": LIMITS}
    page = runtime([("some", LISTENING, values)], "#some?n=2.5&kind=b&on=1&x=[3,4]", gap=3000)
    expect(page.locator(".live-figure")).to_have_text('2.5 "b" true [3,4]')
    page.evaluate("location.hash = '#some?n=0'")
    expect(page.locator(".live-figure")).to_have_text('0 "a" false [1,2]')


@pytest.mark.parametrize(
    "query",
    ["n=99", "n=", "n=NaN", "n=Infinity", "kind=c", "on=yes", "x=[1]", "x=[1,null]", "x={", "%"]
    + ["secret=8", "constructor=1", "__proto__=1"],
)
def test_values_that_a_figure_does_not_know_are_left_out(runtime, query):
    page = runtime([("some", LISTENING, SETTINGS | {"limits": LIMITS})], f"#some?{query}")
    expect(page.locator(".live-figure")).to_have_text('1.5 "a" false [1,2]')
    assert page.errors == []


def test_what_the_reader_changes_goes_into_the_address(runtime):
    page = runtime([("good", GOOD, {"n": 0, "limits": {"n": {"min": 0, "max": 9}}})])
    page.locator(".live-figure").click()
    page.wait_for_function("location.hash === '#good?n=1'")


def test_a_page_without_figures_is_left_alone(runtime):
    assert runtime([]).errors == []


def test_a_state_of_another_script_is_named(package):
    package("good", GOOD)
    with pytest.raises(live.FigureError, match=r"Some was made with another script.*make run"):
        live.mount(model("export default { render: 1 };"), {})


def test_a_script_must_end_with_its_export(package):
    package("bad", GOOD + "\nconst more = 1;\n")
    with pytest.raises(live.FigureError, match=r"bad\.js must end with"):
        live.wrapped("bad")


def test_settings_cannot_end_the_script_element(package):
    mount = live.mount(model(package("good", GOOD), text="</script><b>"), {})
    assert mount.count("</script>") == 1 and "<b>" not in mount


def test_runtime_is_small_and_asks_nobody():
    source = LIVE_JS.read_text(encoding="utf-8")
    assert len(source) < 8000
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|innerHTML|eval\(", source)
