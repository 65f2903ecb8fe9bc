"""The ledger of claims (book/claims.csv) against the cells that state them.

Each row of a chapter that exists has one cell tagged ``claim:ID``, and each such cell a row. The
row's ``control`` exchanges figures (``swap a b``) or turns one around (``reverse a``), several
joined by ``;``. After it the cell's predicate must be false: a claim that cannot fail is none.
"""

import ast
import copy
import csv
import math

from book.tools.notebooks import ROOT, Problem, chapters, claim_id, claim_record, is_code, read

LEDGER = ROOT / "book" / "claims.csv"
SAFE = (
    *("abs", "all", "any", "bool", "dict", "enumerate", "float", "int", "isinstance", "len"),
    *("list", "map", "max", "min", "range", "round", "set", "sorted", "sum", "tuple", "zip"),
)


def rows(path=LEDGER):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def claim_cells(paths=None):
    """(chapter, cell) for every cell tagged as a claim."""
    for path in paths if paths is not None else chapters():
        for cell in filter(is_code, read(path).cells):
            if claim_id(cell):
                yield path.stem, cell


def coverage(ledger=None, paths=None):
    """Rows without a cell, cells without a row, rows without a control."""
    ledger = rows() if ledger is None else ledger
    paths = chapters() if paths is None else paths
    cells = [(chapter, claim_id(cell)) for chapter, cell in claim_cells(paths)]
    there = {path.stem for path in paths}
    known = {(row["chapter"], row["id"]): row for row in ledger}
    for (chapter, id), row in known.items():
        if chapter in there and cells.count((chapter, id)) != 1:
            count = cells.count((chapter, id))
            yield Problem(
                f"claim {id}", f"{count} cells tagged claim:{id} in {chapter}, expected 1"
            )
        if chapter in there and not (row["control"] or "").strip():
            yield Problem(f"claim {id}", "no control in book/claims.csv: how would it fail?")
    for chapter, id in cells:
        if (chapter, id) not in known:
            yield Problem(chapter, f"the cell claim:{id} has no row for this chapter in the ledger")


def predicate(cell):
    """The function that the cell passes as ``holds``, rebuilt from its source."""
    calls = [
        node
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "claim"
    ]
    if len(calls) != 1:
        raise ValueError(f"{len(calls)} calls of claim in cell {cell.id}, expected one")
    holds = next((word.value for word in calls[0].keywords if word.arg == "holds"), None)
    if not isinstance(holds, ast.Lambda):
        raise ValueError(f"cell {cell.id}: holds= must be a lambda written in the call")
    code = compile(ast.Expression(holds), f"<holds of {cell.id}>", "eval")
    builtins = __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__)
    allowed = {name: builtins[name] for name in SAFE}
    return eval(code, {"__builtins__": allowed, "math": math})  # our own notebooks' source


def falsified(control, figures):
    """The figures after ``control``; ValueError for a control that changes nothing."""
    changed = copy.deepcopy(figures)
    for step in filter(None, (part.strip() for part in control.split(";"))):
        match step.split():
            case ["swap", a, b] if {a, b} <= set(changed):
                changed[a], changed[b] = changed[b], changed[a]
            case ["reverse", a] if isinstance(changed.get(a), list):
                changed[a] = changed[a][::-1]
            case _:
                raise ValueError(
                    f"control {step!r}: expected 'swap a b' or 'reverse a' with figures out of "
                    f"{', '.join(figures)}"
                )
    if changed == figures:
        raise ValueError(f"control {control!r} changes nothing")
    return changed


def judge(cell, control):
    """What is wrong with one stored claim, in words; None when it holds and can fail."""
    record = claim_record(cell)
    if record is None:
        return "no figures are stored with its output; `make run`"
    if record["id"] != claim_id(cell):
        return f"the cell is tagged claim:{claim_id(cell)} and calls claim({record['id']!r}, ...)"
    try:
        holds = predicate(cell)
        if not holds(**record["figures"]):
            return "it does not hold for the stored figures"
        if holds(**falsified(control, record["figures"])):
            return f"it still holds after {control!r}: it cannot fail"
    except (ValueError, TypeError, NameError, KeyError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def controls():
    """A problem for every stored claim that does not hold or cannot fail."""
    known = {row["id"]: row for row in rows()}
    for chapter, cell in claim_cells():
        row = known.get(claim_id(cell), {})
        if fault := judge(cell, row.get("control") or ""):
            yield Problem(f"{chapter}, cell {cell.id}, claim {claim_id(cell)}", fault)
