"""The stored pages are valid HTML as far as that can be told without Java, which the audit uses."""

import html5lib
import pytest

HTML = "{http://www.w3.org/1999/xhtml}"
HEADINGS = {f"{HTML}h{level}": level for level in range(1, 7)}
# The parser of html5lib is older than these, which the standard has.
KNOWN = {"unknown-named-entity"}
# What a link or a button may not hold, and what holds no blocks.
INTERACTIVE = {
    "a",
    "button",
    "details",
    "input",
    "label",
    "select",
    "textarea",
    "iframe",
    "summary",
}
PHRASING = ("p", "span", "summary", "button", "label", "a", "h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = {"p", "div", "section", "figure", "table", "ul", "ol", "dl", "pre", "article", "details"}


@pytest.fixture(scope="module")
def documents(site_folder):
    """{page: (tree, errors of the parser)} of every page."""
    found = {}
    for path in sorted(site_folder.rglob("*.html")):
        name = path.relative_to(site_folder).as_posix()
        if not name.startswith("_static/"):
            parser = html5lib.HTMLParser(namespaceHTMLElements=True)
            tree = parser.parse(path.read_text(encoding="utf-8"))
            found[name] = tree, parser.errors
    return found


def every(documents, rule):
    """All that a rule finds, with the page."""
    found = [f"{n}: {words}" for n, (tree, _) in documents.items() for words in rule(tree)]
    assert not found, f"{len(found)} places:\n" + "\n".join(found[:40])


def local(node):
    """The name of an HTML element, "" for comments and for what is in SVG or MathML."""
    tag = node.tag if isinstance(node.tag, str) else ""
    return tag.removeprefix(HTML) if tag.startswith(HTML) else ""


def words_of(node):
    return " ".join("".join(node.itertext()).split())[:60]


def test_pages_parse_without_an_error(documents):
    found = [
        f"{name}, line {line}: {code} {values or ''}"
        for name, (_, errors) in documents.items()
        for (line, _), code, values in errors
        if code not in KNOWN
    ]
    assert not found, f"{len(found)} errors:\n" + "\n".join(found[:40])


def test_ids_are_unique_and_without_spaces(documents):
    def rule(tree):
        ids = [node.get("id") for node in tree.iter() if node.get("id") is not None]
        yield from (
            f"id {one!r} stands twice" for one in sorted({i for i in ids if ids.count(i) > 1})
        )
        yield from (f"id {one!r}" for one in ids if not one or any(c.isspace() for c in one))

    every(documents, rule)


REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "for", "headers")


def test_references_to_ids_lead_somewhere(documents):
    def rule(tree):
        ids = {node.get("id") for node in tree.iter()}
        for node in tree.iter():
            for attribute in REFERENCES:
                for wanted in (node.get(attribute) or "").split():
                    if wanted not in ids:
                        yield f"{attribute}={wanted!r} names no element"

    every(documents, rule)


def test_elements_stand_where_they_may(documents):
    def rule(tree):
        for node in tree.iter():
            name, inside = local(node), {local(n) for n in node.iter() if n is not node}
            if name in PHRASING and (wrong := inside & BLOCKS - allowed(name)):
                yield f"<{name}> holds {', '.join(sorted(wrong))}: {words_of(node)!r}"
            if name in ("a", "button") and (wrong := inside & INTERACTIVE):
                yield f"<{name}> holds {', '.join(sorted(wrong))}: {words_of(node)!r}"
            if name in ("ul", "ol") and (wrong := {local(n) for n in node} - {"li", "script", ""}):
                yield f"<{name}> holds {', '.join(sorted(wrong))} beside its items"

    every(documents, rule)


def allowed(name):
    return BLOCKS if name == "a" else set()  # a link may stand around blocks


def test_headings_go_down_step_by_step_from_one_h1(documents):
    def rule(tree):
        main = next(tree.iter(f"{HTML}main"), tree)
        levels = [(HEADINGS[n.tag], words_of(n)) for n in main.iter() if n.tag in HEADINGS]
        if [level for level, _ in levels].count(1) != 1:
            yield f"{[level for level, _ in levels].count(1)} h1 in the text, not one"
        for (above, _), (level, words) in zip(levels, levels[1:]):
            if level > above + 1:
                yield f"h{level} {words!r} follows on an h{above}"
        if sum(1 for _ in tree.iter(f"{HTML}h1")) != 1:
            yield "another h1 outside the text"
        yield from (f"an h{level} without words" for level, words in levels if not words)

    every(documents, rule)


def test_page_has_language_title_description_and_landmarks(documents):
    titles = {}

    def rule(tree):
        if not (tree.get("lang") or "").startswith("en"):
            yield f"lang is {tree.get('lang')!r}"
        title = next((words_of(n) for n in tree.iter(f"{HTML}title")), "")
        if not title or titles.setdefault(title, tree) is not tree:
            yield f"the title {title!r} is empty or another page's"
        if sum(1 for _ in tree.iter(f"{HTML}main")) != 1:
            yield "not exactly one main"
        if not any(n.get("charset") for n in tree.iter(f"{HTML}meta")):
            yield "no charset"

    every(documents, rule)


def test_pictures_have_a_size_and_a_text(documents):
    def rule(tree):
        for node in tree.iter(f"{HTML}img"):
            if not (node.get("width") or "").isdigit() or not (node.get("height") or "").isdigit():
                yield f"{node.get('src')} has no width and height: the page jumps when it comes"
            if node.get("alt") is None:
                yield f"{node.get('src')} has no alt"
        for node in tree.iter("{http://www.w3.org/2000/svg}svg"):
            if node.get("role") == "img" and not (node.get("aria-label") or "").strip():
                yield "an svg with the role of a picture has no aria-label"

    every(documents, rule)


def test_fields_and_buttons_have_a_name(documents):
    def rule(tree):
        named = {node.get("for") for node in tree.iter(f"{HTML}label")}
        inside = {id(n) for label in tree.iter(f"{HTML}label") for n in label.iter()}
        for node in tree.iter():
            name = local(node)
            said = node.get("aria-label") or node.get("aria-labelledby") or node.get("title")
            field = (
                name in ("select", "textarea") or name == "input" and node.get("type") != "hidden"
            )
            if field and not said and node.get("id") not in named and id(node) not in inside:
                yield f"<{name}> without a label"
            if name in ("button", "summary") and not said and not words_of(node):
                yield f"<{name}> without words"

    every(documents, rule)
