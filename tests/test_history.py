"""The table of the field's history: in order, and every source in the bibliography."""

import re

from book.tools.citations import BIBLIOGRAPHY, cited, entries
from book.tools.notebooks import CHAPTERS, ROOT, read
from rnnbook import data

TABLE = data.history()
TEXT = (ROOT / BIBLIOGRAPHY).read_text(encoding="utf-8")
# First shown as a preprint, printed in the proceedings of the next year.
PREPRINTS = {"pascanu2013", "bahdanau2015", "martin2018", "he2019", "gu2022"}


def test_sources_are_in_the_bibliography_and_no_year_differs():
    assert {entry.source for entry in TABLE} <= set(entries(TEXT))
    for entry in TABLE:
        printed = int(re.search(r"\d{4}", entry.source).group())
        assert entry.year == printed - (entry.source in PREPRINTS), entry


def test_in_the_order_of_years_and_nothing_left_empty():
    assert [entry.year for entry in TABLE] == sorted(entry.year for entry in TABLE)
    assert all(all(entry) for entry in TABLE)


def test_the_chapter_cites_every_source():
    nb = read(CHAPTERS / "02-history.ipynb")
    said = {key for cell in nb.cells if cell.cell_type == "markdown" for key in cited(cell.source)}
    assert {entry.source for entry in TABLE} <= said
