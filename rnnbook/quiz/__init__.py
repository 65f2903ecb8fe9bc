"""The quiz of a chapter as a widget, in Jupyter and in Colab as on the page.

    from rnnbook.quiz import Quiz

    Quiz("05-lstm")

The questions lie beside this file, one JSON file a chapter and one for the whole book. They are
written from book/study by `python -m book.tools.quiz`.
"""

import json
from functools import cache
from importlib.metadata import metadata
from pathlib import Path

import anywidget
import traitlets

HERE = Path(__file__).parent


def names():
    """The quizzes that there are."""
    return sorted(path.stem for path in HERE.glob("*.json"))


@cache
def stored(name):
    """The title and the questions of a quiz. Raises ValueError for a name that has none."""
    if name not in names():
        raise ValueError(f"there is no quiz {name!r}; expected one of {', '.join(names())}")
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def home():
    """The address of the book's site, as the package's metadata name it."""
    addresses = dict(text.split(", ", 1) for text in metadata("rnnbook").get_all("Project-URL"))
    return addresses["Homepage"]


class Quiz(anywidget.AnyWidget):
    """Questions asked one at a time; wrong answers are explained, missed ones asked again.

    name: a chapter, as "05-lstm", or "overview" for twelve questions over the whole book. After
    a round ``result`` holds {"right", "of", "passed", "missed"}, the last a list of ids; before,
    it is empty. Raises ValueError for an unknown name.
    """

    _esm = (HERE / "quiz.js").read_text(encoding="utf-8")
    _css = (HERE / "quiz.css").read_text(encoding="utf-8")
    name = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    site = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List().tag(sync=True)
    result = traitlets.Dict().tag(sync=True)

    def __init__(self, name):
        super().__init__(name=name, site=home(), **stored(name))

    # ipywidgets 7 would show itself through this method and leave the words out.
    _ipython_display_ = None

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        words = f"Quiz: {len(self.questions)} questions. Run this cell to answer them."
        return {**data, "text/plain": words}, metadata
