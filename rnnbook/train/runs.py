"""A small table of runs: their settings, and what came out."""

import json
from pathlib import Path

from .table import table_of


class Runs:
    """Rows, each a dict of settings and results. Iterable; ``len`` counts them."""

    def __init__(self, rows):
        self.rows = [dict(row) for row in rows]

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __repr__(self):
        return str(self.table())

    @property
    def names(self):
        """The names of all columns, in the order in which they came up."""
        return list({name: None for row in self.rows for name in row})

    def column(self, name):
        """The values of one column, a row each; None where a row has none."""
        self._check(name)
        return [row.get(name) for row in self.rows]

    def select(self, **values):
        """The runs with these values, such as ``select(cell="LSTM", T=50)``."""
        self._check(*values)
        wanted = values.items()
        return Runs(row for row in self.rows if all(row.get(n) == v for n, v in wanted))

    def group(self, *names, of="loss"):
        """Mean, least and largest ``of`` over the runs that agree in ``names``.

        Returns Runs with the columns names, of, of_min, of_max and runs, their number.
        """
        self._check(of, *names)
        groups = {}
        for row in self.rows:
            groups.setdefault(tuple(row.get(name) for name in names), []).append(row[of])
        return Runs(
            {
                **dict(zip(names, key)),
                of: sum(found) / len(found),
                f"{of}_min": min(found),
                f"{of}_max": max(found),
                "runs": len(found),
            }
            for key, found in groups.items()
        )

    def table(self, *names, lines=15):
        """The columns ``names``, by default all, as text of at most ``lines`` lines."""
        self._check(*names)
        return table_of(list(names) or self.names, self.rows, lines)

    def save(self, path):
        """Write the runs as JSON."""
        Path(path).write_text(json.dumps(self.rows, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path):
        """The runs that ``save`` wrote."""
        return cls(json.loads(Path(path).read_text(encoding="utf-8")))

    def _check(self, *names):
        for name in names:
            if name not in self.names:
                raise KeyError(f"no column {name!r}; there are {', '.join(self.names)}")
