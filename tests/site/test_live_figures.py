"""Every live figure on the built pages, in a real browser: by mouse, by keyboard, by touch."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from rnnbook.widgets import GradientFlow, LSTMCell, Unrolling
from rnnbook.widgets.arithmetic import sigmoid
from rnnbook.widgets.gradient_flow import gradient_flow
from rnnbook.widgets.lstm_cell import half_life, lstm_trace
from rnnbook.widgets.unrolling import difference, read

FIGURES = {"01-sequences": Unrolling, "05-lstm": LSTMCell, "10-gradients": GradientFlow}
DARK = {"blue": "rgb(108, 176, 238)", "vermilion": "rgb(255, 140, 66)"}

every_chapter = pytest.mark.parametrize("chapter", FIGURES)


# ---- Opening pages ---------------------------------------------------------------


@pytest.fixture
def open_page(browser):
    """Open an address; the page keeps what went wrong and whom it asked in ``seen``."""
    contexts = []

    def go(url, width=1000, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.seen = {"errors": [], "requests": []}
        page.on("pageerror", lambda error: page.seen["errors"].append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.seen["errors"].append(m.text))
        page.on("request", lambda request: page.seen["requests"].append(request.url))
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def figure_of(open_page, site_url):
    """The running live figure of a chapter, scrolled into view."""

    def find(chapter, **options):
        page = open_page(f"{site_url}chapters/{chapter}.html", **options)
        return page, started(page, FIGURES[chapter])

    return find


def started(page, kind):
    """The first figure of one class on a page, once it runs; its stored settings in the page."""
    holder = page.locator(f"figure#{kind.front_end}")
    stored = holder.locator("script[type='application/json']").text_content()
    page.settings = json.loads(stored)["values"]
    holder.scroll_into_view_if_needed()
    figure = holder.locator(".live-figure[data-live=on]").first
    expect(figure).to_be_visible()
    return figure


def markup(figure):
    return figure.locator("svg").evaluate("svg => svg.innerHTML")


def shown(figure, name):
    return figure.locator(f'[data-name="{name}"]').first.inner_text()


def fixed(x, digits=2):
    """A number as the figures write it."""
    return f"{x:.{digits}f}".replace("-", "−")


def set_range(figure, label, value):
    figure.get_by_role("slider", name=label).fill(str(value))


# ---- On the pages ----------------------------------------------------------------


@every_chapter
def test_no_other_host_and_no_error(figure_of, site_url, chapter):
    page, figure = figure_of(chapter)
    for slider in figure.get_by_role("slider").all():
        slider.press("ArrowRight")
    for button in figure.get_by_role("button").all():
        button.click()
    others = [u for u in page.seen["requests"] if not u.startswith((site_url, "blob:", "data:"))]
    assert others == []
    assert page.seen["errors"] == []


@every_chapter
def test_keyboard_and_mouse_change_the_drawing(figure_of, chapter):
    page, figure = figure_of(chapter)
    for slider in figure.get_by_role("slider").all():
        label = slider.get_attribute("aria-label")
        before, value = markup(figure), slider.input_value()
        slider.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert slider.input_value() != value, f"the arrow key does not move “{label}”"
        moved = markup(figure)
        assert moved != before, f"the keyboard moves “{label}” and the drawing stays"
        box = slider.bounding_box()
        page.mouse.click(box["x"] + 0.62 * box["width"], box["y"] + box["height"] / 2)
        assert markup(figure) != moved, f"the mouse moves “{label}” and the drawing stays"


@every_chapter
def test_change_is_drawn_at_once(figure_of, chapter):
    """The drawing has changed when the event returns, and that takes no time one would notice."""
    _, figure = figure_of(chapter)
    times = figure.evaluate(
        """(figure) => {
          const svg = figure.querySelector("svg"), range = figure.querySelector("[type=range]");
          const times = [];
          for (let i = 0; i < 15; i++) {
            const before = svg.innerHTML;
            range.value = Number(range.min) + (i % 5 + 1) * (range.max - range.min) / 10;
            const start = performance.now();
            range.dispatchEvent(new Event("input", { bubbles: true }));
            times.push(svg.innerHTML === before ? Infinity : performance.now() - start);
          }
          return times.sort((a, b) => a - b);
        }"""
    )
    assert None not in times, "a change is not drawn before the event returns"
    assert times[len(times) // 2] < 250, times  # 5 to 10 ms on a machine that does nothing else


@every_chapter
def test_reset_brings_back_the_first_view(figure_of, chapter):
    _, figure = figure_of(chapter)
    first = markup(figure)
    figure.get_by_role("slider").first.press("Home")
    assert markup(figure) != first
    figure.get_by_role("button", name="Reset").click()
    assert markup(figure) == first


@every_chapter
def test_it_is_usable_on_a_phone(figure_of, chapter):
    for width in (360, 320):
        page, figure = figure_of(chapter, width=width, has_touch=True, is_mobile=True)
        figure.get_by_role("button").first.tap()
        extent = page.evaluate("document.documentElement.scrollWidth")
        assert extent <= width, f"the page is {extent} px wide on a screen of {width}"
        controls = figure.locator("input, select, button, label.check").all()
        for control in controls:
            if control.get_attribute("type") == "checkbox" or not control.is_visible():
                continue  # the label of a box is the target
            box = control.bounding_box()
            assert box["height"] >= 40, control.evaluate("node => node.outerHTML")
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
        svg = figure.locator("svg").bounding_box()
        assert svg["x"] >= 0 and svg["x"] + svg["width"] <= width


@every_chapter
def test_dark_pages_use_the_dark_inks(figure_of, chapter):
    _, figure = figure_of(chapter, color_scheme="dark")
    inks = figure.locator(".rnnlive").evaluate(
        """(node) => ["blue", "vermilion"].map((name) => {
          const probe = node.appendChild(document.createElement("i"));
          probe.style.color = `var(--${name})`;
          const color = getComputedStyle(probe).color;
          probe.remove();
          return color;
        })"""
    )
    assert inks == [DARK["blue"], DARK["vermilion"]]


@every_chapter
def test_it_has_names_and_speaks(figure_of, chapter):
    page, figure = figure_of(chapter)
    picture = figure.locator("svg")
    assert picture.get_attribute("role") == "img"
    assert len(picture.get_attribute("aria-label").split()) >= 8
    for control in figure.locator("input, select").all():
        name = control.evaluate("node => node.ariaLabel || node.labels[0]?.textContent")
        assert name and name.strip()
    heard = figure.locator(".heard")
    before = heard.inner_text()
    figure.get_by_role("slider").first.press("Home")
    page.wait_for_timeout(800)
    assert heard.inner_text() not in ("", before)
    slider = figure.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    outline = slider.evaluate("node => getComputedStyle(node).outlineStyle")
    assert outline not in ("none", "")


@every_chapter
def test_still_gives_way_to_the_figure(figure_of, open_page, site_url, chapter):
    _, figure = figure_of(chapter)
    assert not figure.locator("xpath=..").locator(".still").first.is_visible()
    page = open_page(f"{site_url}chapters/{chapter}.html", java_script_enabled=False)
    still = page.locator("figure.live .still img").first
    expect(still).to_be_visible()
    assert still.evaluate("image => image.complete && image.naturalWidth > 100")
    assert len(still.get_attribute("alt").split()) >= 8


@every_chapter
def test_it_runs_from_the_disk(open_page, site_folder, chapter):
    page = open_page((site_folder / "chapters" / f"{chapter}.html").as_uri())
    figure = started(page, FIGURES[chapter])
    before = markup(figure)
    figure.get_by_role("slider").first.press("Home")
    assert markup(figure) != before
    # A font may be refused there (another origin); nothing else may go wrong.
    assert [e for e in page.seen["errors"] if "font" not in e and "ERR_FAILED" not in e] == []


# ---- The values displayed are those of Python ------------------------------------


@pytest.mark.parametrize(
    "gain, drive, unit, matrix",
    [
        (0.8, 0.0, "tanh", "random"),
        (1.0, 0.5, "linear", "non-normal"),
        (2.0, 1.0, "ReLU", "orthogonal"),
        (1.5, 3.0, "tanh", "random"),
    ],
)
def test_gradient_flow_shows_what_python_computes(figure_of, gain, drive, unit, matrix):
    page, figure = figure_of("10-gradients")
    figure.get_by_role("button", name="Reset").click()
    figure.get_by_label("Unit").select_option(unit)
    figure.get_by_label("Matrix").select_option(matrix)
    set_range(figure, "Gain of the recurrent weights", gain)
    set_range(figure, "Drive (size of the inputs)", drive)
    flow = gradient_flow(
        gain, drive, unit, matrix, **{k: page.settings[k] for k in "HT"}, seed=page.settings["seed"]
    )
    end = flow["log_norm"][-1]
    assert shown(figure, "radius") == fixed(flow["radius"])
    assert shown(figure, "sigma") == fixed(flow["sigma"])
    assert shown(figure, "end") == f"10{fixed(end, 1)}"
    said = {-1: "vanishes", 0: "keeps its size", 1: "explodes"}
    assert shown(figure, "happened") == said[int(abs(end) > 2) * int(np.sign(end))]
    assert shown(figure, "rule") == said[int(np.sign(round(flow["radius"] - 1, 5)))]


@pytest.mark.parametrize("cell, bias", [("LSTM", -1.0), ("LSTM", 5.0), ("GRU", 3.0)])
def test_gradient_flow_of_a_gated_cell_shows_what_python_computes(figure_of, cell, bias):
    _, figure = figure_of("10-gradients")
    expect(figure.locator(".first")).to_contain_text("Lower the drive to 0")  # the chapter's own
    figure.get_by_role("button", name="Reset").click()
    assert figure.get_by_role("slider", name="Bias of the gate").count() == 0
    figure.get_by_label("Cell", exact=True).select_option(cell)
    assert figure.get_by_role("combobox", name="Unit").count() == 0
    set_range(figure, "Bias of the gate that keeps", bias)
    expected = GradientFlow(cell=cell, keep_bias=bias).shown()
    assert {name: shown(figure, name) for name in expected} == expected


@pytest.mark.parametrize("b_f, b_i, step", [(0.0, -2.0, 5), (4.0, 1.5, 13), (-1.5, 0.0, 18)])
def test_lstm_cell_shows_what_python_computes(figure_of, b_f, b_i, step):
    page, figure = figure_of("05-lstm")
    figure.get_by_role("button", name="Reset").click()
    set_range(figure, "Forget bias", b_f)
    set_range(figure, "Input bias", b_i)
    set_range(figure, "Time step", step)
    trace = lstm_trace(page.settings["x"], b_f, b_i, page.settings["b_o"])
    for key in ("f", "i", "o", "g", "c", "h", "plain"):
        assert shown(figure, key) == fixed(trace[key][step - 1], 3), key
    assert shown(figure, "c_before") == fixed(trace["c"][step - 2], 3)
    assert shown(figure, "half_life") == fixed(half_life(b_f), 1)
    assert shown(figure, "b_f") == f"{fixed(b_f, 1)}, gate {fixed(sigmoid(b_f))}"


def test_a_pulse_can_be_set_in_the_lstm_figure(figure_of):
    page, figure = figure_of("05-lstm")
    set_range(figure, "Time step", 5)
    figure.get_by_label("Input at step 5").select_option("-1")
    start = page.settings
    x = [*start["x"][:4], -1, *start["x"][5:]]
    trace = lstm_trace(x, start["b_f"], start["b_i"], start["b_o"])
    assert shown(figure, "c") == fixed(trace["c"][4], 3)


@pytest.mark.parametrize(
    "before, text, memory",
    [("hello", "jello", True), ("hello", "jello", False), ("It's a test", "It's a tent", True)],
)
def test_unrolling_shows_what_python_computes(figure_of, before, text, memory):
    page, figure = figure_of("01-sequences")
    W_xh, W_hh = page.settings["W_xh"], page.settings["W_hh"]
    field = figure.get_by_label("Text to read")
    field.fill(before)
    field.blur()
    field.fill(text)
    box = figure.get_by_role("checkbox")
    if box.is_checked() != memory:
        box.click()
    step = len(text) - 1
    set_range(figure, "Letters read", step)
    states = read(text, W_xh, W_hh, memory)
    gap = difference(text, before, W_xh, W_hh, memory)
    assert shown(figure, "state") == ", ".join(zero(v) for v in states[step - 1])
    assert shown(figure, "gap") == fixed(gap[step - 1], 3)
    assert figure.locator('[data-name="bar"]').count() == 6 * step


def zero(v):
    """Two decimals, and no sign before a zero."""
    return fixed(v) if round(v, 2) else "0.00"


def test_the_unrolled_network_grows_letter_by_letter(figure_of):
    _, figure = figure_of("01-sequences")
    figure.get_by_role("button", name="Start again").click()
    assert figure.locator('[data-name="bar"]').count() == 0
    for step in (1, 2, 3):
        figure.get_by_role("button", name="Next letter").click()
        assert figure.locator('[data-name="bar"]').count() == 6 * step
    text = figure.get_by_label("Text to read").input_value()
    figure.get_by_role("button", name="Change the first letter").click()
    changed = figure.get_by_label("Text to read").input_value()
    assert changed[0] != text[0] and changed[1:] == text[1:]
