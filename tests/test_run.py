"""`make run`: canonical form, repeatable, and a failing cell leaves the file as it was."""

import json

import nbformat
import pytest

from book.tools import run
from book.tools.notebooks import STATE, VIEW

WIDGET = """\
import anywidget, traitlets
class Dial(anywidget.AnyWidget):
    _esm = "export default { render({ model, el }) { el.textContent = model.get('n'); } }"
    n = traitlets.Int(3).tag(sync=True)
unused = Dial(n=9)
Dial(n=4)"""
PLOT = """\
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats
set_matplotlib_formats("svg")
plt.rcParams["svg.hashsalt"] = "rnnbook"
plt.plot([1, 2]);"""


def write(path, *sources):
    nb = nbformat.v4.new_notebook()
    for number, source in enumerate(sources):
        nb.cells.append(nbformat.v4.new_code_cell(source, id=f"test-{number:02}"))
    nbformat.write(nb, path)
    return path


def test_two_runs_store_the_same_bytes(tmp_path):
    path = write(tmp_path / "90-test.ipynb", "print(1); print(2)", "2 + 2", WIDGET, PLOT)
    run.run(path)
    first = path.read_bytes()
    nb = nbformat.reads(first, as_version=4)
    nb.cells[0].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    nbformat.write(nb, path)
    run.run(path)
    assert path.read_bytes() == first

    assert [cell.execution_count for cell in nb.cells] == [1, 2, 3, 4]
    assert nb.cells[0].outputs[0].text == "1\n2\n"
    assert nb.cells[1].outputs[0].execution_count == 2
    assert "image/svg+xml" in nb.cells[3].outputs[-1].data
    assert b"dc:date" not in first and first.endswith(b"}\n") and not first.endswith(b"\n\n")
    assert set(nb.metadata) == {"kernelspec", "language_info", "widgets"}
    state = nb.metadata.widgets[STATE]["state"]
    view = nb.cells[2].outputs[0].data[VIEW]["model_id"]
    assert state[view]["state"]["n"] == 4
    assert state[view]["state"]["layout"].removeprefix("IPY_MODEL_") in state
    assert '"n": 9' not in json.dumps(state), "the model that is not shown is stored too"


@pytest.mark.parametrize(
    "source, parts",
    [
        ("x = 1\nprint(x / 0)", ["ZeroDivisionError", "print(x / 0)"]),
        ("import warnings\nwarnings.warn('careful')", ["stderr", "careful"]),
        ("object()", ["memory address"]),
        ("import os; os.path.abspath('/tmp/x')", ["absolute path /tmp/x"]),
        ("import os; os._exit(1)", ["died"]),
    ],
)
def test_failure_names_the_cell_and_leaves_the_file(tmp_path, source, parts):
    path = write(tmp_path / "90-test.ipynb", "print('fine')", source)
    before = path.read_bytes()
    with pytest.raises(run.RunError) as error:
        run.run(path)
    for part in ["90-test.ipynb, cell 1 (test-01)", *parts]:
        assert part in str(error.value)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_time_is_kept_unless_it_changed():
    old = {"seconds": "20", "machine": run.machine()}
    assert run.settled(old, 22) is old
    assert run.settled(old, 40)["seconds"] == "40"
    assert run.settled({**old, "machine": "another"}, 20)["machine"] == run.machine()


def test_unknown_chapter():
    with pytest.raises(SystemExit, match="no chapter 99-nothing"):
        run.main(["99-nothing"])
