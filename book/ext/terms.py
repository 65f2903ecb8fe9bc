"""The terms of the glossary, and how to find them in a text.

Found are plurals, forms with and without hyphen, both spellings and the forms listed here.
"""

import re
from typing import NamedTuple

from docutils import nodes

GLOSSARY = "book/pages/glossary"
FOLDER = "glossary/"
# Forms that follow from no rule.
FORMS = {
    "backpropagation through time": ("BPTT",),
    "decoupled weight decay": ("AdamW",),
    "detach": ("detached", "detaches"),
    "gated recurrent unit": ("GRU", "GRUs"),
    "gradient clipping": ("norm clipping",),
    "long short-term memory": ("LSTM", "LSTMs"),
    "memoryless model": ("network without memory", "model without memory"),
    "one-hot vector": ("one-hot",),
    "saturation": ("saturated", "saturates"),
    "truncated backpropagation through time": ("truncated BPTT",),
    "unrolling": ("unrolled", "unroll"),
    "vanishing gradient": ("gradients vanish", "gradient vanishes"),
    "exploding gradient": ("gradients explode", "gradient explodes"),
    "weight sharing": ("shared weights", "shares its weights"),
}
# Words of every day: they are the term only on pages whose code has a variable of that name.
EVERYDAY = ("drive", "gain")
PLURALS = ((r"matrix$", "matrices"), (r"life$", "lives"), (r"([^aeiou])y$", r"\1ies"))
HISSING = ("s", "x", "ch", "sh")


class Term(NamedTuple):
    """A term of the glossary: its name, its anchor there and its definition."""

    name: str
    anchor: str
    definition: nodes.Element


def slug(term):
    """The name of the term's page."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def plural(term):
    for ending, many in PLURALS:
        if re.search(ending, term):
            return re.sub(ending, many, term)
    return term + ("es" if term.endswith(HISSING) else "s")


def expression(form):
    """What matches one form: a space may be a hyphen, a hyphen may be missing."""
    pieces = [re.escape(piece) for piece in re.split(r"[ -]", form)]
    joints = ["[\\s-]+" if mark == " " else "[\\s-]?" for mark in re.findall("[ -]", form)]
    text = "".join(a + b for a, b in zip(pieces, [*joints, ""], strict=True))
    return re.sub(r"is(ation|e)", r"i[sz]\1", text)


class Finder:
    """Finds terms in a text; of two that begin at one place, the longer."""

    def __init__(self, terms):
        forms = {f: term for term in terms for f in (term, plural(term), *FORMS.get(term, ()))}
        ordered = sorted(forms, key=len, reverse=True)
        self.terms = [forms[form] for form in ordered]
        inside = "|".join(f"({expression(form)})" for form in ordered)
        self.pattern = re.compile(rf"(?<![\w-])(?:{inside})(?![\w-])", re.IGNORECASE)

    def __call__(self, text):
        """Each (term, start, end) in order."""
        for match in self.pattern.finditer(text):
            yield self.terms[match.lastindex - 1], match.start(), match.end()


def unsuitable(doctree):
    """The words of every day that this page's code does not use as a name."""
    code = " ".join(
        node.astext()
        for kind in (nodes.literal, nodes.literal_block)
        for node in doctree.findall(kind)
    )
    return {word for word in EVERYDAY if not re.search(rf"\b{word}\b", code)}


def terms(app):
    """name -> Term, in the order of the glossary; empty where a book has none."""
    if GLOSSARY not in app.env.found_docs:
        return {}
    if not hasattr(app, "book_terms"):
        found = {}
        for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
            term, definition = item[0], item[-1]
            found[term.astext()] = Term(term.astext(), term["ids"][0], definition)
        app.book_terms = found
        app.book_finder = Finder(found)
    return app.book_terms


def page_of(name):
    return FOLDER + slug(name)
