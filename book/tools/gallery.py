"""Write the gallery notebook from what the figures say of themselves.

``python -m book.tools.gallery`` writes book/pages/gallery.ipynb without outputs; after that
``make run CH=gallery`` executes it. A test holds the notebook to what this writes.
"""

import html
import json
from urllib.parse import urlencode

import nbformat

from book.tools.notebooks import GALLERY

DESCRIPTION = (
    "Every figure of the book that can be changed, on one page, with links to views worth seeing."
)
INTRO = """# All live figures

Every figure of the book that can be changed, in one place; also those whose chapter is still
to come. Each does its own arithmetic in the page, and its settings stand in the address, so
that a link brings back what you see.
"""
# The figures in the order of the chapters that they belong to.
CHAPTERS = {
    "Unrolling": 1,
    "Writer": 1,
    "Hopfield": 2,
    "ElmanLetters": 2,
    "OneUnit": 3,
    "StatePlane": 3,
    "JordanElman": 4,
    "LSTMCell": 5,
    "GRUCell": 6,
    "Bidirectional": 7,
    "Stack": 7,
    "Batching": 8,
    "Truncation": 9,
    "GradientFlow": 10,
    "Stretching": 10,
    "Cliff": 10,
    "Schedules": 12,
    "TeacherForcing": 12,
}


def classes():
    """The classes of the figures, in the order of the gallery."""
    from rnnbook import widgets

    have = [name for name in widgets.__all__ if name != "LiveFigure"]
    missing = sorted(set(have) ^ set(CHAPTERS))
    if missing:
        raise ValueError(
            f"book/tools/gallery.py and rnnbook.widgets disagree about {', '.join(missing)}: "
            "name each figure with its chapter in CHAPTERS"
        )
    return [getattr(widgets, name) for name in CHAPTERS]


def address(figure, settings):
    """The address of a view within the page: `#lstm_cell?step=3`."""
    if not settings:
        return f"#{figure.front_end}"
    return f"#{figure.front_end}?{urlencode({k: written(v) for k, v in settings.items()})}"


def written(value):
    if isinstance(value, bool):
        return int(value)
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value


def words(figure):
    links = " · ".join(
        f'<a href="{html.escape(address(figure, settings))}">{label}</a>'
        for label, settings in figure.views.items()
    )
    chapter = CHAPTERS[figure.__name__]
    return f"## {figure.title}\n\n{figure.about} It belongs to chapter {chapter}. See: {links}\n"


def notebook():
    nb = nbformat.v4.new_notebook()
    nb.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "description": DESCRIPTION,
    }
    nb.cells = [nbformat.v4.new_markdown_cell(INTRO, id="gallery-00")]
    for number, figure in enumerate(classes(), start=1):
        text = nbformat.v4.new_markdown_cell(words(figure), id=f"gallery-{number:02}")
        name = figure.__name__
        code = nbformat.v4.new_code_cell(f"from rnnbook.widgets import {name}\n\n{name}()")
        code.id, code.metadata = f"gallery-{number:02}-figure", {"tags": ["hide-input", "live"]}
        nb.cells += [text, code]
    return nb


def main():
    nbformat.write(notebook(), GALLERY)


if __name__ == "__main__":
    main()
