"""The larger network of chapter 1 is the one that ``experiments/shakespeare_rnn.py`` stored."""

import ast
import json

from book.tools.notebooks import CHAPTERS, ROOT, read
from experiments.shakespeare_rnn import H


def test_chapter_quotes_the_stored_run():
    path = ROOT / "experiments/results/shakespeare_rnn.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    cells = {cell.id: cell.source for cell in read(CHAPTERS / "01-sequences.ipynb").cells}
    quoted = ast.literal_eval(ast.parse(cells["seq-larger"]).body[0].value)
    assert quoted == {
        "parameters": stored["parameters"],
        "seconds": stored["seconds"],
        "bits": stored["stretches"][-1]["valid"],
    }
    assert f"{H} units" in cells["seq-larger-saw"]
    assert "eight minutes" in cells["seq-larger-saw"] and round(stored["seconds"] / 60) == 8
