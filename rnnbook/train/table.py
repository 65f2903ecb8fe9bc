"""Small tables as plain text."""

import math


class Table(str):
    """Text that shows as it is at the end of a cell, not in quotation marks."""

    def __repr__(self):
        return str(self)


def table_of(names, rows, lines=15):
    """A header and at most ``lines`` - 1 rows of dicts, aligned; the rest is counted."""
    hidden = max(0, len(rows) + 1 - lines)
    shown = rows[: lines - 2] if hidden else rows
    cells = [names] + [[in_short(row.get(name)) for name in names] for row in shown]
    widths = [max(map(len, column)) for column in zip(*cells)]
    text = ["  ".join(map(str.rjust, row, widths)).rstrip() for row in cells]
    return Table("\n".join(text + ([f"... and {hidden + 1} more"] if hidden else [])))


def in_short(value):
    """A value as a table shows it: numbers with four digits, nothing for None."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4g}" if not math.isfinite(value) or abs(value) < 1e4 else f"{value:.3e}"
