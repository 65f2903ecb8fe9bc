"""What ``fit`` wrote down."""

import json
import math
from itertools import pairwise
from pathlib import Path

from .table import table_of

BRIEF = ("loss", "grad_norm", "lr", "valid_loss")


class Log:
    """Rows of numbers by name, such as ``log["loss"]``, and the steps that they belong to.

    rows, steps: dicts name -> list. A step is the number of updates made before.
    best: None, or the step and the loss of the best validation. stopped: why ``fit`` ended:
    "steps" for all that were asked for, "patience"; None while it runs or after an error.
    """

    def __init__(self):
        self.rows, self.steps = {}, {}
        self.best = self.stopped = None

    def add(self, step=None, **values):
        """Write ``values`` down at ``step``; without one, the steps count up from 0."""
        for name, value in values.items():
            row, steps = self.rows.setdefault(name, []), self.steps.setdefault(name, [])
            steps.append(len(row) if step is None else step)
            row.append(value)

    def __getitem__(self, name):
        if name not in self.rows:
            raise KeyError(f"{name!r} was not logged; logged are {', '.join(self.rows)}")
        return self.rows[name]

    def __repr__(self):
        if not self.rows:
            return "Log(empty)"
        said = [f"{name} {self.rows[name][-1]:.4g}" for name in BRIEF if name in self.rows]
        if self.best:
            said.append("best valid_loss {loss:.4g} at step {step}".format(**self.best))
        stop = f", stopped by {self.stopped}" if self.stopped else ""
        return f"Log({', '.join(said)}{stop})"

    def last(self, name="loss", default=None):
        """The latest number of a row; ``default``, where one is given, for an empty one."""
        if default is not None and name not in self.rows:
            return default
        return self[name][-1]

    def plot(self, *names, smooth=1, **options):
        """Draw rows (by default the loss) against the step; returns the figure.

        smooth: each point is the mean of this many latest ones. options go to ``plot.curves``.
        """
        from rnnbook import plot

        names = names or ("loss",)
        lines = {name: (self.steps[name], _smooth(self[name], smooth)) for name in names}
        return plot.curves(lines, **{"x": "step", "y": names[0].replace("_", " "), **options})

    def table(self, names=None, every=None, lines=15):
        """Rows side by side as text, a line for ``every`` steps and for the last of each row.

        names: which rows, by default those of ``BRIEF``. every: None fits it into ``lines``.
        """
        names = list(names or [name for name in BRIEF if name in self.rows] or self.rows)
        at = {name: dict(zip(self.steps[name], self[name])) for name in names}
        ends = {self.steps[name][-1] for name in names}
        every = every or self._every(names, max(ends, default=0), lines - 2 - len(ends))
        steps = sorted({step for row in at.values() for step in row})
        shown = [step for step in steps if step % every == 0 or step in ends]
        rows = [{"step": s, **{name: at[name].get(s) for name in names}} for s in shown]
        return table_of(["step", *names], rows, len(rows) + 1)

    def _every(self, names, last, lines):
        """A round number of steps that fits, at which the sparsest row has numbers too."""
        gaps = [b - a for name in names for a, b in pairwise(self.steps[name][:2])]
        base = max([1, *gaps])
        least = max(1.0, last / max(1, lines) / base)
        unit = 10 ** math.floor(math.log10(least))
        return base * next(n * unit for n in (1, 2, 5, 10) if n * unit >= least)

    def save(self, path):
        """Write the log as JSON."""
        Path(path).write_text(json.dumps(vars(self)) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path):
        """The log that ``save`` wrote."""
        log = cls()
        vars(log).update(json.loads(Path(path).read_text(encoding="utf-8")))
        return log


def _smooth(row, many):
    """The mean of the latest ``many`` numbers at each position."""
    return [
        sum(part) / len(part)
        for n in range(len(row))
        if (part := row[max(0, n + 1 - many) : n + 1])
    ]
