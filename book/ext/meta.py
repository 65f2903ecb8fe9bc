"""How each page is found and shown elsewhere: description, address, preview and structured data.

A page's description is its own `description` (front matter, or the metadata of a notebook), else
its first sentences. It also stands in the list of pages and in the search. The tags are the
template variable `meta_tags`, one string for the head of the page.
"""

import html
import json
import re
from dataclasses import dataclass

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging

from book.ext.cards import CARD_SIZE, SURFACES, card_name
from book.ext.light import CHAPTER
from book.ext.terms import FOLDER, GLOSSARY

SHORTEST, LONGEST = 50, 160  # characters; what search engines show
UNSAID = "\0"  # stands for what plain text cannot say
NOT_INDEXED = {"search", "genindex", "404"}
TEXT_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LANGUAGE = "en-GB"
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[“\"(A-Z0-9])")
log = logging.getLogger(__name__)


# ---- Descriptions -------------------------------------------------------------------------


def plain(node):
    """The words of a paragraph; what cannot be said in plain text is marked."""
    if isinstance(node, nodes.Text):
        return str(node)
    if isinstance(node, (nodes.math, nodes.image, nodes.raw, nodes.problematic)):
        return UNSAID
    if isinstance(node, addnodes.pending_xref):
        if node.get("refdomain") == "cite":
            return ""  # a citation stands beside the sentence
        if not node.get("refexplicit") and node.get("reftype") in ("ref", "numref", "eq"):
            return UNSAID
    return "".join(map(plain, node.children))


def sentences(doctree):
    """The sentences of the running text, without those that hold a formula."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            text = re.sub(r"\s+([.,;:])", r"\1", " ".join(plain(paragraph).split()))
            whole = [part for part in SENTENCE_END.split(text) if part.endswith((".", "!", "?"))]
            yield from (part for part in whole if UNSAID not in part)


def shortened(text):
    """At most LONGEST characters, cut between words."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def first_words(doctree):
    """A description out of the first sentences, "" where the page has too few."""
    text = ""
    for sentence in sentences(doctree):
        longer = f"{text} {sentence}".strip()
        if len(text) >= SHORTEST and len(longer) > LONGEST:
            break
        text = shortened(longer)
        if len(longer) >= LONGEST:
            break
    return text if len(text) >= SHORTEST else ""


def words_in(body, title):
    """A description of a term's page, out of its first paragraph, with the term before it."""
    paragraph = re.search(r"<p>(.*?)</p>", body, re.S)
    before_formulas = paragraph[1].split('<span class="math')[0] if paragraph else ""
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", before_formulas)).split())
    whole = [part for part in SENTENCE_END.split(text) if part.endswith((".", "!", "?"))]
    if not whole:  # the paragraph begins with a formula
        return f"{title}: what it means in this book, where it is introduced and where it is used."
    return shortened(f"{title}: {' '.join(whole)}")


def descriptions(env):
    """docname -> description, kept with the environment between builds."""
    if not hasattr(env, "book_descriptions"):
        env.book_descriptions = {}
    return env.book_descriptions


def describe(app, doctree):
    docname = app.env.docname
    given = str(app.env.metadata.get(docname, {}).get("description") or "").strip()
    if given and not SHORTEST <= len(given) <= LONGEST:
        log.warning(
            "%s: its description has %d characters; between %d and %d are shown whole",
            *(docname, len(given), SHORTEST, LONGEST),
            location=docname,
            type="meta",
        )
    found = given or first_words(doctree)
    if not found:
        log.warning(
            "%s: no description could be made of its first sentences; give it one "
            "(`description:` in its front matter or notebook metadata)",
            *(docname,),
            location=docname,
            type="meta",
        )
    descriptions(app.env)[docname] = found


def forget(app, env, docname):
    descriptions(env).pop(docname, None)


def merge(app, env, docnames, other):
    for docname in docnames:
        descriptions(env)[docname] = descriptions(other).get(docname, "")


# ---- Structured data ----------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """What a page is called and where it stands; `url` is "" while no repository is named."""

    name: str
    title: str
    description: str
    url: str


def page_of(app, name, context=None):
    """A document of the book, or a page that an extension made, which brings its own words."""
    env, context = app.env, context or {}
    title = env.titles[name].astext() if name in env.titles else context.get("title", name)
    description = descriptions(env).get(name, "")
    if not description and name.startswith(FOLDER):
        description = words_in(context.get("body", ""), title)
    base = app.config.html_baseurl.rstrip("/")
    file = "" if name == app.config.root_doc else f"{name}.html"
    url = f"{base}/{file}" if base else ""
    return Page(name, re.sub(r"<[^>]+>", "", title), description, url)


def common(page):
    """What every kind of page says of itself to machines."""
    facts = {
        "@id": page.url,
        "url": page.url,
        "name": page.title,
        "description": page.description,
        "inLanguage": LANGUAGE,
    }
    return {name: value for name, value in facts.items() if value}


def rights(app):
    return {
        "author": {"@type": "Organization", "name": app.config.author},
        "license": TEXT_LICENCE,
        "isAccessibleForFree": True,
    }


def resource(page):
    """A chapter. How long it takes to read was not measured, so it is not said."""
    return {
        "@type": "LearningResource",
        **common(page),
        "position": int(CHAPTER.match(page.name)[1]),
        "learningResourceType": "Textbook chapter",
    }


def course(app):
    home = page_of(app, app.config.root_doc)
    return {"@type": "Course", **common(home), "name": app.config.html_title}


def structured(app, page):
    """What the page is, in the words of schema.org."""
    if page.name == app.config.root_doc:
        names = sorted(filter(CHAPTER.match, app.env.titles))
        parts = [resource(page_of(app, name)) for name in names]
        data = {**course(app), **rights(app), "provider": rights(app)["author"], "hasPart": parts}
    elif CHAPTER.match(page.name):
        data = {**resource(page), **rights(app), "isPartOf": course(app)}
    elif page.name.startswith(FOLDER):
        glossary = page_of(app, GLOSSARY)
        data = {"@type": "DefinedTerm", **common(page), "inDefinedTermSet": glossary.url}
    else:
        data = {"@type": "WebPage", **common(page), **rights(app), "isPartOf": course(app)}
    return {"@context": "https://schema.org", **data}


def data_block(data):
    """JSON inside a page: no text of it may end the script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'


# ---- Tags ---------------------------------------------------------------------------------


def element(tag, **attributes):
    """An element without content; its values are escaped."""
    words = [f'{name}="{html.escape(str(value))}"' for name, value in attributes.items()]
    return f"<{tag} {' '.join(words)}>"


def picture(app, page):
    """The card that is shown where the page is shared; pages without one have the book's."""
    owner = page.name if page.name in app.env.titles else app.config.root_doc
    url = f"{app.config.html_baseurl.rstrip('/')}/_static/cards/{card_name(owner)}"
    alt = f"The title “{page_of(app, owner).title}” over a chain of boxes joined by arrows"
    return url, alt


def preview_tags(app, page):
    """Open Graph, and what X reads beside it."""
    words = {"title": page.title, "description": page.description}
    kind = "website" if page.name == app.config.root_doc else "article"
    og = {"type": kind, "site_name": app.config.html_title, "locale": LANGUAGE.replace("-", "_")}
    og |= words | {"url": page.url}
    card = {"card": "summary_large_image"} | words
    if page.url:  # pictures need a whole address
        image, alt = picture(app, page)
        og |= {"image": image, "image:type": "image/png", "image:alt": alt}
        og |= {"image:width": CARD_SIZE[0], "image:height": CARD_SIZE[1]}
        card |= {"image": image, "image:alt": alt}
    return [
        *(element("meta", property=f"og:{name}", content=v) for name, v in og.items() if v),
        *(element("meta", name=f"twitter:{name}", content=v) for name, v in card.items() if v),
    ]


def icon_tags(root):
    """Pictures for tabs and home screens; `root` leads from the page to the site."""
    icons = f"{root}_static/icons"
    return [
        element("link", rel="icon", type="image/png", sizes="32x32", href=f"{icons}/32.png"),
        element("link", rel="apple-touch-icon", sizes="180x180", href=f"{icons}/180.png"),
        *(
            element("meta", name="theme-color", media=f"(prefers-color-scheme: {k})", content=v)
            for k, v in SURFACES.items()
        ),
    ]


def page_tags(app, page, root):
    if page.name in NOT_INDEXED:
        return [element("meta", name="robots", content="noindex"), *icon_tags(root)]
    tags = []
    if page.description:
        tags.append(element("meta", name="description", content=page.description))
    if page.url:
        tags.append(element("link", rel="canonical", href=page.url))
    tags += preview_tags(app, page) + icon_tags(root)
    return [*tags, data_block(structured(app, page))]


def fill(app, pagename, templatename, context, doctree):
    if app.builder.name == "html":
        root = context.get("content_root") or "./"
        tags = page_tags(app, page_of(app, pagename, context), root)
        context["meta_tags"] = "\n".join(tags)


def setup(app):
    app.connect("doctree-read", describe)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("html-page-context", fill)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
