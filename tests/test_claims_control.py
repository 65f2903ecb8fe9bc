"""Every stored claim holds, and fails when its figures are exchanged as the ledger says."""

import nbformat
import pytest

from book.tools import ledger
from book.tools.notebooks import claim_id

CELLS = list(ledger.claim_cells())
CONTROLS = {row["id"]: row["control"] for row in ledger.rows()}


@pytest.mark.parametrize("chapter, cell", CELLS, ids=[f"{c}-{claim_id(x)}" for c, x in CELLS])
def test_claim_can_fail(chapter, cell):
    assert ledger.judge(cell, CONTROLS.get(claim_id(cell)) or "") is None


def test_ledger_and_chapters_agree():
    assert [str(problem) for problem in ledger.coverage()] == []


def claim(source, figures, id="A6"):
    data = {"text/plain": f"claim {id} holds"}
    metadata = {"claim": {"id": id, "figures": figures}}
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    return nbformat.v4.new_code_cell(
        source, id="lstm-01", metadata={"tags": ["claim:A6"]}, outputs=[output]
    )


LESS = 'claim("A6", holds=lambda lstm, rnn: max(lstm) < min(rnn) / 2, lstm=a, rnn=b)'
FIGURES = {"lstm": [0.1, 0.2], "rnn": [0.9, 1.0]}


def test_good_claim():
    assert ledger.judge(claim(LESS, FIGURES), "swap lstm rnn") is None


@pytest.mark.parametrize(
    "source, figures, control, fault",
    [
        (LESS, {"lstm": [0.6], "rnn": [0.9]}, "swap lstm rnn", "does not hold for the stored"),
        (LESS, FIGURES, "reverse lstm", "it still holds"),
        (LESS, FIGURES, "", "changes nothing"),
        (LESS, FIGURES, "swap lstm gru", "expected 'swap a b'"),
        (LESS, FIGURES, "reverse rnn; rm lstm", "expected 'swap a b'"),
        (LESS.replace("max", "open"), FIGURES, "swap lstm rnn", "NameError"),
        (LESS.replace("lambda lstm, rnn: max(lstm) < min(rnn) / 2", "f"), FIGURES, "", "lambda"),
        ('claim("A6", holds=lambda a: True, a=a)', {"a": [1, 2]}, "reverse a", "still holds"),
    ],
)
def test_bad_claim(source, figures, control, fault):
    assert fault in ledger.judge(claim(source, figures), control)


def test_wrong_id():
    assert "calls claim('A5', ...)" in ledger.judge(claim(LESS, FIGURES, "A5"), "swap lstm rnn")


def test_claim_without_output():
    cell = claim(LESS, FIGURES)
    cell.outputs = []
    assert "no figures are stored" in ledger.judge(cell, "swap lstm rnn")


def test_coverage_both_ways(tmp_path, notebook):
    path = tmp_path / "05-lstm.ipynb"
    nbformat.write(notebook(("code", LESS, ["claim:A6"])), path)
    row = {"id": "A6", "chapter": "05-lstm", "control": "swap lstm rnn"}
    later = {"id": "A7", "chapter": "06-gru", "control": ""}
    assert list(ledger.coverage([row, later], [path])) == []
    assert "has no row" in str(*ledger.coverage([later], [path]))
    assert "no control" in str(*ledger.coverage([{**row, "control": ""}], [path]))
    missing = {**row, "id": "A5"}
    assert "0 cells tagged claim:A5" in str(*ledger.coverage([row, missing], [path]))
