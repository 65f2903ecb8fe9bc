"""The gallery says what the figures say of themselves, and stores them as they are."""

import nbformat
import pytest

from book.ext import live
from book.ext.gallery import figures
from book.tools import gallery
from book.tools.notebooks import GALLERY, ROOT


def test_the_notebook_is_what_the_figures_say():
    stored = nbformat.read(GALLERY, as_version=4)
    made = gallery.notebook()
    assert [cell.source for cell in stored.cells] == [cell.source for cell in made.cells], (
        "write it again: python -m book.tools.gallery && make run CH=gallery"
    )


@pytest.mark.parametrize("figure", gallery.classes(), ids=lambda figure: figure.__name__)
def test_every_figure_is_stored_with_its_settings_and_a_still(figure):
    model, still = figures(ROOT)[figure.front_end]
    start, state = figure(), model["state"]
    for name in start.limits:
        assert state[name] == getattr(start, name), name
    assert live.name_of(model) == figure.front_end
    assert still.startswith("<?xml") or "<svg" in still[:300]
    assert len(figure.alt.default_value.split()) >= 8
    assert figure.title and figure.about.endswith(".")
