"""Write the quizzes that the package ships, from the questions in book/study.

    python -m book.tools.quiz            write rnnbook/quiz/*.json anew
    python -m book.tools.quiz --check    say which are out of date

What is computed is computed here: the number of a numeric question, what a piece of code
prints. The order in which steps are first shown, and the place of what is printed among the
options, follow from the question's id.
"""

import hashlib
import json
import sys

from book.tools import study
from book.tools.markup import in_notebook, inline
from book.tools.notebooks import ROOT

FOLDER = ROOT / "rnnbook" / "quiz"
OVERVIEW = "overview"


def text(source):
    return inline(source, in_notebook)


def draw(name, n):
    """A number below n that follows from the name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % n


def shuffled(name, n):
    """An order of n things that is not the natural one, the same at every call."""
    for turn in range(100):
        order = sorted(range(n), key=lambda k, turn=turn: draw(f"{name} {turn} {k}", 2**60))
        if order != list(range(n)):
            return order
    raise ValueError(f"no order found for {n} things")


def of_options(question):
    options = [
        {"text": text(o["text"])} | ({"why": text(o["why"])} if "why" in o else {})
        for o in question["options"]
    ]
    return {
        "options": options,
        "right": [k for k, o in enumerate(question["options"]) if o.get("right")],
    }


def of_numeric(question):
    right = study.answer(question)
    wrong = [{"value": w["value"], "why": text(w["why"])} for w in question["wrong"]]
    shown = f"{right:.4g}".replace("-", "\u2212")
    return {"right": right, "shown": shown, "tolerance": question["tolerance"], "wrong": wrong}


def of_order(question):
    steps = question["steps"]
    order = shuffled(question["id"], len(steps))
    right = [order.index(k) for k in range(len(steps))]
    return {"steps": [text(steps[k]) for k in order], "right": right}


def of_line(question):
    lines = {str(n): text(why) for n, why in sorted(question["lines"].items())}
    code = question["code"].rstrip("\n").split("\n")
    return {"code": code, "right": [question["line"]], "lines": lines}


def of_output(question):
    options = [{"text": str(o["text"]), "why": text(o["why"])} for o in question["options"]]
    at = draw(question["id"], len(options) + 1)
    options.insert(at, {"text": study.printed(question)})
    return {"code": question["code"].rstrip("\n").split("\n"), "options": options, "right": [at]}


OF_KIND = {
    "single": of_options,
    "multiple": of_options,
    "numeric": of_numeric,
    "order": of_order,
    "line": of_line,
    "output": of_output,
}


def written(slug, question):
    """One question as the widget wants it."""
    place = {
        "page": f"chapters/{slug}",
        "anchor": study.anchor(question["section"]),
        "title": f"chapter {int(slug[:2])}, {text(question['section'])}",
    }
    same = {key: question[key] for key in ("id", "kind")}
    words = {key: text(question[key]) for key in ("question", "why")}
    return same | words | {"place": place} | OF_KIND[question["kind"]](question)


def quizzes():
    """name -> {title, questions} of every chapter and of the whole book."""
    found = {
        slug: {
            "title": study.title(slug),
            "questions": [written(slug, question) for question in study.load(slug)["quiz"]],
        }
        for slug in study.slugs()
    }
    key = study.keys("quiz")
    chosen = [q for quiz in found.values() for q in quiz["questions"] if q["id"] in key]
    return found | {OVERVIEW: {"title": "The whole book", "questions": chosen}}


def main(arguments):
    stale = []
    for name, quiz in quizzes().items():
        path = FOLDER / f"{name}.json"
        made = json.dumps(quiz, ensure_ascii=False, indent=1) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            stale.append(path.relative_to(ROOT).as_posix())
            if "--check" not in arguments:
                path.write_text(made, encoding="utf-8")
    print(*stale or ["nothing has changed"], sep="\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
