"""What readers would type, and what must come first; by keyboard, from the disk, on a phone."""

import gzip
import json
import re

import pytest
from playwright.sync_api import expect

from book.ext.spoken import plain

LSTM, SEQUENCES, GRADIENTS = (
    f"chapters/{name}.html" for name in ("05-lstm", "01-sequences", "10-gradients")
)
SYMBOLS, CLAIMS, SOURCES = (
    f"book/pages/{name}.html" for name in ("notation", "claims", "references")
)
# What is typed, the page that comes first, and its anchor (None: any).
QUESTIONS = [
    ("why do gradients vanish", GRADIENTS, ""),
    ("vanishing gradients", "glossary/vanishing-gradient.html", ""),
    ("vanihsing gradeint", "glossary/vanishing-gradient.html", ""),
    ("what is a Jacobian", "glossary/jacobian.html", ""),
    ("jacobean", "glossary/jacobian.html", ""),
    ("BPTT", "glossary/backpropagation-through-time.html", ""),
    ("TBPTT", "glossary/truncated-backpropagation-through-time.html", ""),
    ("lstm", "glossary/long-short-term-memory.html", ""),
    ("RNN", "index.html", ""),
    ("chapter 5", LSTM, ""),
    ("chrono initialization", "glossary/chrono-initialisation.html", ""),
    ("chrono initialisation", "glossary/chrono-initialisation.html", ""),
    ("forget gate initialization", "glossary/forget-bias.html", ""),
    ("readout", "glossary/read-out.html", ""),
    ("read out", "glossary/read-out.html", ""),
    ("half life", "glossary/half-life.html", ""),
    ("clip_grad_norm_", "glossary/gradient-clipping.html", ""),
    ("weight tying", "glossary/weight-sharing.html", ""),
    ("orthogonal matrices", "glossary/orthogonal-matrix.html", ""),
    ("bits per char", "glossary/bits-per-character.html", ""),
    ("W_{hh}", SYMBOLS, "symbol-w-hh"),
    ("W_hh", SYMBOLS, "symbol-w-hh"),
    ("Whh", SYMBOLS, "symbol-w-hh"),
    ("\\sigma", SYMBOLS, "symbol-sigma"),
    ("σ", SYMBOLS, "symbol-sigma"),
    ("sigma", SYMBOLS, "symbol-sigma"),
    ("\\odot", SYMBOLS, "symbol-odot"),
    ("hadamard product", SYMBOLS, "symbol-odot"),
    ("h_t", SYMBOLS, "symbol-h-t"),
    ("hₜ", SYMBOLS, "symbol-h-t"),
    ("equation 5.1", LSTM, "equation-eq-lstm-cell"),
    ("(5.3)", LSTM, "equation-eq-lstm-half-life"),
    ("T7", CLAIMS, "claim-T7"),
    ("claim A5", CLAIMS, "claim-A5"),
    ("Hochreiter 1997", SOURCES, None),
    ("Pascanu", SOURCES, None),
    ("on the difficulty of training recurrent networks", "book/pages/resources.html", None),
    ("constant error carousel", LSTM, "add-instead-of-rewriting"),
    ("peephole", LSTM, "variants"),
    ("float32", "chapters/00-primer.html", "break-it"),
    ("anki", "book/pages/review.html", None),
    ("podcast", "book/pages/listen.html", None),
    ("syllabus", "book/pages/paths.html", None),
    ("cheat sheet", "book/pages/cheat-sheet.html", None),
    ("non-normal matrix", GRADIENTS, "what-the-eigenvalues-do-tell"),
    ("any length", SEQUENCES, "any-length"),
    ("temperature", SEQUENCES, "a-network-that-writes"),
    ("exercise Adam", GRADIENTS, "ex-adam"),
    ("gradient_flow", "chapters/09-bptt.html", "how-long-should-a-window-be"),
    ("notation", SYMBOLS, ""),
]


@pytest.fixture(scope="module")
def searching(browser, site_url):
    """A page whose search is open."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site_url + GRADIENTS)
    open_search(page)
    yield page
    context.close()


def open_search(page):
    """The field of the search, which opens with the key `/`."""
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    return page.get_by_role("combobox")


def goal(option, site_url):
    """(page, anchor) of a result."""
    address = option.evaluate("link => link.href").removeprefix(site_url)
    page, _, anchor = address.partition("#")
    return page, anchor


@pytest.mark.parametrize(("words", "page", "anchor"), QUESTIONS)
def test_what_readers_look_for_comes_first(searching, site_url, words, page, anchor):
    searching.get_by_role("combobox").fill(words)
    first = searching.get_by_role("option").first
    expect(first).to_be_visible()
    found = goal(first, site_url)
    assert found[0] == page, first.inner_text()
    assert anchor is None or found[1] == anchor, first.inner_text()


def test_a_result_says_what_it_is_and_marks_what_matched(searching):
    searching.get_by_role("combobox").fill("carousel")
    first = searching.get_by_role("option").filter(has_text="Section").first
    expect(first.locator(".kind")).to_have_text("Section")
    expect(first.locator(".place")).to_have_text("Chapter 5, Long short-term memory")
    expect(first.locator(".excerpt mark").first).to_have_text("carousel")
    expect(searching.locator("dialog[open]").get_by_role("status")).to_have_text(
        re.compile(r"^\d+ results?$")
    )


def test_nothing_found_is_said(searching):
    searching.get_by_role("combobox").fill("xylophone")
    expect(searching.get_by_role("option")).to_have_count(0)
    expect(searching.locator("dialog[open]").get_by_role("status")).to_contain_text("Nothing found")
    expect(searching.get_by_role("combobox")).to_have_attribute("aria-expanded", "false")


def test_the_search_is_used_by_keyboard(visit, site_url):
    opened = visit(LSTM)
    page = opened.page
    box = open_search(page)
    page.keyboard.type("forget bias")
    options = page.get_by_role("option")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "false")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    wanted = goal(options.nth(0), site_url)[0]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{wanted}")
    assert not opened.problems, "\n".join(opened.problems)


def test_escape_closes_the_search_and_gives_the_focus_back(visit):
    page = visit(LSTM).page
    button = page.locator("#open-search")
    button.focus()
    open_search(page)
    page.keyboard.type("memory")
    expect(page.locator("#search-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#search-panel")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_result_on_the_same_page_closes_the_dialog(visit):
    page = visit(LSTM).page
    open_search(page)
    page.keyboard.type("peephole")
    page.keyboard.press("Enter")
    page.wait_for_url("**#variants")
    expect(page.locator("#search-panel")).to_be_hidden()


def test_the_search_works_from_the_disk(browser, site_folder):
    context = browser.new_context()
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((site_folder / LSTM).as_uri())
    open_search(page)
    page.keyboard.type("Jacobian")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("file://**/glossary/jacobian.html")
    page.goto((site_folder / "search.html").as_uri() + "?q=gain")
    expect(page.get_by_role("option").first).to_contain_text("gain")
    context.close()
    assert not problems


def test_the_page_of_the_search_takes_its_question_from_the_address(visit):
    opened = visit("search.html?q=saturation")
    page = opened.page
    expect(page.get_by_role("option").first.locator(".title")).to_have_text("saturation")
    page.get_by_role("combobox").fill("half-life")
    page.wait_for_url("**/search.html?q=half-life")
    assert not opened.problems, "\n".join(opened.problems)


def test_all_results_are_on_the_page_of_the_search(visit):
    page = visit(LSTM).page
    open_search(page)
    page.keyboard.type("network")
    page.get_by_role("link", name=re.compile(r"All \d+ results")).click()
    page.wait_for_url("**/search.html?q=network")
    expect(page.get_by_role("option").nth(12)).to_be_visible()


def test_without_scripts_the_page_of_the_search_says_so(browser, site_url):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site_url}search.html")
    expect(page.get_by_text("The search needs JavaScript")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_fits_a_phone(visit, scheme):
    page = visit(LSTM, width=360, height=740, scheme=scheme).page
    open_search(page)
    page.keyboard.type("gradient")
    box = page.locator("#search-panel").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    close = page.locator("#search-panel > .tool")
    assert close.bounding_box()["height"] >= 44
    close.click()
    expect(page.locator("#search-panel")).to_be_hidden()


# ---- What is written at build time ------------------------------------------------


@pytest.fixture(scope="module")
def index(site_folder):
    text = (site_folder / "_static" / "search-index.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("var rnnbookIndex=").rstrip().removesuffix(";"))


def test_the_index_is_light(site_folder):
    parts = [site_folder / "_static" / name for name in ("search-index.js", "minisearch.js")]
    size = sum(len(gzip.compress(part.read_bytes(), 9)) for part in parts)
    # Fetched when a reader first searches; 13 chapters take 10.1 kB each, all else included,
    # and 12 sheets of exercises 2.7 kB each.
    chapters = len(list((site_folder / "chapters").glob("*.html")))
    sheets = len(list((site_folder / "exercises" / "student").glob("*.html")))
    assert size < 12_000 * chapters + 3_000 * sheets, f"{size} bytes, compressed"


def test_the_index_has_every_kind(index):
    assert set(index["kinds"]) == {
        *("page", "chapter", "section", "equation", "exercise", "figure", "claim", "symbol"),
        *("term", "source"),
    }


def test_every_result_leads_to_a_place(index, site_folder):
    texts = {
        address: (site_folder / address).read_text(encoding="utf-8")
        for address, _ in index["pages"]
    }
    for _, page, anchor, title, *_ in index["entries"]:
        address = index["pages"][page][0]
        assert title, f"an entry of {address} without a title"
        assert not anchor or f'id="{anchor}"' in texts[address], f"{address}#{anchor}"


def test_solutions_are_not_shown(index):
    kind = index["kinds"].index("exercise")
    texts = [entry[4] for entry in index["entries"] if entry[0] == kind]
    assert texts and not any(
        "Subclass it and" in text or "The read-out looks at" in text for text in texts
    )


def test_the_search_of_sphinx_is_gone(site_folder):
    for name in ("searchindex.js", "_static/searchtools.js", "_static/language_data.js"):
        assert not (site_folder / name).exists(), name


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"W_{hh}\, h_{t-1}", "W_hh h_(t−1)"),
        (r"\frac{\partial h_t}{\partial h_{t-1}}", "∂h_t/∂h_(t−1)"),
        (r"\begin{aligned} a &= \sigma(b),\\ c &= \tanh(a) \end{aligned}", "a = σ(b); c = tanh(a)"),
        (r"\operatorname{diag}\!\big(\varphi'(a_t)\big)^{\top}", "diag (φ'(a_t))ᵀ"),
        (r"n_{1/2} = \frac{\log \tfrac12}{x + y}", "n_(1/2) = (log 1/2)/(x + y)"),
    ],
)
def test_formulas_are_put_into_words(tex, words):
    assert plain(tex) == words
