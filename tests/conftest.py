"""What several tests share."""

import os

import nbformat
import pytest

from exercises import hold


@pytest.fixture(scope="session")
def box():
    """Answer sheets are marked in a box; RNNBOOK_BOX=1 makes it a failure that none holds."""
    if faults := hold.faults():
        (pytest.fail if os.environ.get("RNNBOOK_BOX") else pytest.skip)(" ".join(faults))


@pytest.fixture
def notebook():
    """A function that makes a notebook of (kind, source, tags, output) cells."""

    def make(*cells):
        nb = nbformat.v4.new_notebook()
        for number, (kind, source, *rest) in enumerate(cells):
            new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
            cell = new(source, id=f"test-{number:02}")
            cell.metadata["tags"] = list(rest[0]) if rest else []
            if kind == "code":
                cell.outputs = list(rest[1]) if len(rest) > 1 else []
            nb.cells.append(cell)
        for count, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), start=1):
            cell.execution_count = count
        return nb

    return make
