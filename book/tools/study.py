"""Cards and quizzes: ``book/study/NN-slug.yml``, one file a chapter, and what they must keep to.

    python -m book.tools.study [05-lstm ...]      say what is wrong with these, or with all

A file has two lists. Every entry has an ``id`` that never changes, since progress is kept by it,
and a ``section``: the heading of the chapter that taught it, word for word.

    cards:
      - id: lstm-forget-gate
        section: The LSTM of today
        front: What does the forget gate decide?
        back: Which share of the old cell state is kept.
        key: true            # in the starter deck or the overview quiz; left out of most
    quiz:
      - id: lstm-gate-at-one
        section: ...
        kind: single         # or multiple, numeric, order, line, output
        question: ...
        why: ...             # said with the right answer
        ...                  # and what its kind needs, see KINDS

Texts are Markdown: `code`, *emphasis*, $formula$. Numbers that a program can give are given by
one: ``output`` runs its ``code``, and ``compute`` is an expression of Python with ``math``.
"""

import ast
import math
import re
import subprocess
import sys
from collections import Counter

import yaml
from docutils.nodes import make_id

from book.tools.notebooks import ROOT, chapters, read

STUDY = ROOT / "book" / "study"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HEADING = re.compile(r"^#{1,4} (.+?)\s*$", re.M)
FRONT, BACK, WHY = 160, 240, 400  # characters at most
KINDS = {
    "single": {"options"},  # {text, right: true} or {text, why}; one is right
    "multiple": {"options"},  # the same; two or more are right, one is wrong at least
    "numeric": {"compute", "tolerance", "wrong"},  # wrong: {value, why}, mistakes foreseen
    "order": {"steps"},  # in the right order
    "line": {"code", "line", "lines"},  # the wrong line, from 1; lines: {number: why not}
    "output": {"code", "options"},  # what it prints, and wrong options {text, why}
}
COMMON = {"id", "section", "kind", "question", "why"}


def slugs():
    """The chapters that have cards and a quiz."""
    return sorted(path.stem for path in STUDY.glob("[0-9][0-9]-*.yml"))


def load(slug):
    """The cards and the quiz of a chapter."""
    return yaml.safe_load((STUDY / f"{slug}.yml").read_text(encoding="utf-8"))


def keys(part):
    """The ids of the key cards, or of the key questions, of all chapters."""
    return [entry["id"] for slug in slugs() for entry in load(slug)[part] if entry.get("key")]


def anchor(section):
    """Where on the chapter's page a section begins."""
    return make_id(section)


def title(slug):
    """The title of a chapter."""
    (path,) = (path for path in chapters() if path.stem == slug)
    return re.search(r"^# (.+?)\s*$", read(path).cells[0].source, re.M)[1]


def headings(slug):
    """All headings of a chapter's notebook."""
    (path,) = (path for path in chapters() if path.stem == slug)
    cells = (cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return {heading for source in cells for heading in HEADING.findall(source)}


def problems(slug):
    """What is wrong with the file of a chapter, a sentence each."""
    data, known = load(slug), headings(slug)
    if set(data) != {"cards", "quiz"}:
        yield f"{slug}: has {sorted(data)}; expected cards and quiz"
        return
    for entry in [*data["cards"], *data["quiz"]]:
        where = f"{slug}, {entry.get('id')}"
        if not ID.fullmatch(str(entry.get("id"))):
            yield f"{where}: an id is lower-case words joined by hyphens"
        if entry.get("section") not in known:
            yield f"{where}: no heading {entry.get('section')!r} in the chapter"
    for card in data["cards"]:
        yield from (f"{slug}, {card.get('id')}: {text}" for text in of_card(card))
    for question in data["quiz"]:
        yield from (f"{slug}, {question.get('id')}: {text}" for text in of_question(question))
    ids = Counter(entry.get("id") for entry in [*data["cards"], *data["quiz"]])
    yield from (f"{slug}: the id {name} is given {n} times" for name, n in ids.items() if n > 1)


def of_card(card):
    if extra := set(card) - {"id", "section", "front", "back", "key"}:
        yield f"unknown entries {sorted(extra)}"
    for side, most in (("front", FRONT), ("back", BACK)):
        text = card.get(side)
        if not isinstance(text, str) or not 0 < len(text.strip()) <= most:
            yield f"the {side} is missing or longer than {most} characters"


def of_question(question):
    """What is wrong with one question of a quiz."""
    kind = question.get("kind")
    if kind not in KINDS:
        yield f"kind {kind!r}; expected one of {', '.join(KINDS)}"
        return
    if set(question) - {"key"} != COMMON | KINDS[kind]:
        yield f"has {sorted(question)}; expected {sorted(COMMON | KINDS[kind])}"
        return
    if not 0 < len(question["why"].strip()) <= WHY:
        yield f"why is empty or longer than {WHY} characters"
    yield from OF_KIND[kind](question)


def of_options(question):
    """Options of which the right number is right; each wrong one says why."""
    options, kind = question["options"], question["kind"]
    texts = [str(option.get("text", "")).strip() for option in options]
    right = [option for option in options if option.get("right") is True]
    if len(set(texts)) < len(texts) or not all(texts):
        yield "two options are the same, or one is empty"
    expected = {"single": len(right) == 1, "output": not right}.get(kind, len(right) >= 2)
    if (
        not expected
        or len(right) == len(options)
        or not 3 <= len(options) + (kind == "output") <= 6
    ):
        yield f"{len(right)} of {len(options)} options are right"
    for option in options:
        if "right" not in option and not option.get("why"):
            yield f"the wrong option {option.get('text')!r} has no why"


def answer(question):
    """The number that a numeric question asks for."""
    names = {name: getattr(math, name) for name in dir(math) if name[0] != "_"}
    return float(
        eval(
            question["compute"],
            {
                "__builtins__": {},
                "round": round,
                "sum": sum,
                "range": range,
                "abs": abs,
                "max": max,
            },
            names,
        )
    )


def of_numeric(question):
    try:
        right = answer(question)
    except Exception as error:
        yield f"compute fails: {type(error).__name__}: {error}"
        return
    for wrong in question["wrong"]:
        if abs(wrong["value"] - right) <= question["tolerance"]:
            yield f"the wrong value {wrong['value']} lies within the tolerance of {right:g}"
        if not wrong.get("why"):
            yield f"the wrong value {wrong['value']} has no why"


def of_order(question):
    steps = question["steps"]
    if not 3 <= len(steps) <= 7 or len(set(steps)) < len(steps):
        yield f"{len(steps)} steps; expected 3 to 7 different ones"


def of_line(question):
    code = question["code"].rstrip("\n").split("\n")
    try:
        ast.parse(question["code"])
    except SyntaxError as error:
        yield f"the code is no Python: {error}"
    if not 1 <= question["line"] <= len(code):
        yield f"line {question['line']} of {len(code)}"
    filled = {n for n, text in enumerate(code, 1) if text.strip()}
    if set(question["lines"]) != filled - {question["line"]}:
        yield f"lines explains {sorted(question['lines'])}; expected each other line of {filled}"


def printed(question):
    """What the code of a question prints."""
    done = subprocess.run(
        [sys.executable, "-c", question["code"]], capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[-1])
    return done.stdout.strip()


def of_output(question):
    yield from of_options(question)
    try:
        right = printed(question)
    except ValueError as error:
        yield f"the code fails: {error}"
        return
    if not right or right in {str(option["text"]).strip() for option in question["options"]}:
        yield f"the code prints {right!r}, which is nothing or one of the wrong options"


OF_KIND = {
    "single": of_options,
    "multiple": of_options,
    "numeric": of_numeric,
    "order": of_order,
    "line": of_line,
    "output": of_output,
}


def main(names):
    found = [text for slug in names or slugs() for text in problems(slug)]
    print(*found or ["no problem"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
