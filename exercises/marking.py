"""Mark one answer sheet: its code runs in a box, checks and comparison stay on this side."""

import builtins
import contextlib
import time
import warnings
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from exercises import wire
from exercises.box import Box, Died, Limits, Raised

# After the set-up cell of a student notebook: its checks are not run in the box.
QUIET = "earns = lambda *a, **k: lambda check: check\nshow_score = lambda: None"
OTHER = "WORTH is that of another sheet"
RESTARTS = 6  # boxes that one answer sheet may lose
KNOWN = {"LinAlgError"} | {
    name for name, thing in vars(builtins).items()
    if isinstance(thing, type) and issubclass(thing, BaseException)
}  # fmt: skip


@dataclass
class Earned:
    """What one check gave."""

    question: str
    check: str
    points: int
    worth: int
    message: str = ""


@dataclass
class Mark:
    """The result of one answer sheet; ``reason`` is for the teacher, messages for the student."""

    status: str
    worth: int
    checks: list = field(default_factory=list)
    reason: str = ""
    seconds: float = 0.0

    @property
    def points(self):
        return sum(check.points for check in self.checks)

    def question(self, name):
        """Points earned and possible of one question."""
        mine = [check for check in self.checks if check.question == name]
        return sum(c.points for c in mine), sum(c.worth for c in mine)

    def as_dict(self):
        return asdict(self)

    @classmethod
    def of(cls, data):
        return cls(**{**data, "checks": [Earned(**check) for check in data["checks"]]})


class Here:
    """In place of a box: the author's own code, in this process, through the same wire."""

    lost = False

    def __init__(self, *_, **__):
        self.space = {"__name__": "__main__"}

    def run(self, source):
        try:
            exec(compile(source, "<cell>", "exec"), self.space)
        except Exception as error:
            return type(error).__name__

    def value(self, name):
        return self._through(self.space.get(name))

    def call(self, name, arguments, seconds):
        try:
            return self._through(self.space[name](*self._through(tuple(arguments))))
        except (wire.Refused, AssertionError):
            raise
        except Exception as error:
            raise Raised(type(error).__name__) from None

    def _through(self, value):
        block = []
        tree = wire.encode(value, block)
        return wire.decode(tree, b"".join(block))

    def close(self):
        pass


class Desk:
    """One answer sheet on the desk: its cells, and the box they run in."""

    def __init__(self, sheet, cells, make=Box, limits=None):
        self.sheet, self.cells, self.make = sheet, cells, make
        self.limits = limits or Limits()
        self.box, self.left_out, self.raised, self.used = None, {}, {}, 0
        self.seed, self.worth = sheet.seed, {}
        self.ends = time.monotonic() + self.limits.total

    def open(self):
        """A box in which the cells have run, without those that brought a box down."""
        while self.box is None or self.box.lost:
            self.close()
            left = self.ends - time.monotonic()
            if self.used > RESTARTS or left <= 0:
                raise Died("it ended by itself or ran too long too often")
            self.used += 1
            self.box = self.make(replace(self.limits, total=left))
            self._run()
        return self.box

    def _run(self):
        for number, source in enumerate(self.cells, 1):
            if number in self.left_out:
                continue
            try:
                raised = self.box.run(source)
                if raised:
                    self.raised[number] = raised if raised in KNOWN else "an exception"
                if "def earns(" in source:
                    self.box.run(QUIET)
            except (Died, wire.Refused) as error:
                self.left_out[number] = str(error)
                self.box.lost = True
                return
        with contextlib.suppress(Died, wire.Refused):
            self.seed, self.worth = self.box.value("SEED"), self.box.value("WORTH")

    def answer(self, name, seconds):
        """The student's value of this name, or a function that calls theirs."""
        box = self.open()
        if name in self.sheet.drivers:
            box.run(self.sheet.drivers[name])
        value = box.value(name)
        assert value is not None and value is not ..., f"`{name}` is not written yet.{self.why}"
        if value is not wire.Callable:
            return value

        def ask(*arguments):
            result = self.open().call(name, arguments, seconds * self.limits.total / 60)
            assert result is not None, f"`{name}` returns nothing. Is your answer written?"
            return result

        return ask

    def close(self):
        if self.box is not None:
            self.box.close()
        self.box = None

    @property
    def reason(self):
        """What the teacher should know of cells that did not run."""
        said = [
            f"code cell {n} from the top was left out: {why}" for n, why in self.left_out.items()
        ]
        said += [f"code cell {n} from the top raised {name}" for n, name in self.raised.items()]
        if isinstance(self.seed, int) and self.seed != self.sheet.seed:
            other = f"SEED is {self.seed} in the notebook and {self.sheet.seed} in the class"
            said.insert(0, other)
        names = set(self.worth) if isinstance(self.worth, dict) else set()
        if names and names != set(self.sheet.questions):
            said.insert(0, OTHER)
        return "; ".join(said[:8])

    @property
    def why(self):
        """A cell that failed, as a sentence for a student who misses an answer."""
        return f" In your notebook {self.reason.split('; ')[0]}." if self.reason else ""


def mark(sheet, cells, seed, make=Box, limits=None, only=None):
    """Mark the code cells of one answer sheet, or ``only`` the checks of one question in them.

    The seed draws the sizes of every check.
    """
    started = time.monotonic()
    desk = Desk(sheet, cells, make, limits)
    try:
        checks = [check for check in sheet.checks if only in (None, check.question)]
        earned = [one(desk, check, seed) for check in checks]
    finally:
        desk.close()
    status = "marked" if not desk.left_out else "marked in part"
    seconds = round(time.monotonic() - started, 2)
    return Mark(status, sheet.points, earned, desk.reason, seconds)


def one(desk, check, seed):
    """The points of one check, and the author's words where it fails."""
    message = ""
    try:
        fixed = {"rng": check.rng(seed), "seed": desk.sheet.seed}
        needs = {name: desk.answer(name, check.seconds) for name in check.needs}
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check.run(**needs, **{k: v for k, v in fixed.items() if k in check.wants})
        return Earned(check.question, check.name, check.points, check.points)
    except AssertionError as error:
        message = str(error).strip() or "It does not hold."
    except Raised as error:
        name = str(error) if str(error) in KNOWN else "an exception"
        message = f"Your code raised {name}."
        if name == "NotImplementedError":
            message = "It is not written yet."
    except Died as error:
        message = f"Your code was stopped: {error}."
    except wire.Refused as error:
        message = f"Your code gave back what cannot be marked: {error}."
    except Exception as error:  # an answer that the check did not think of
        message = f"The check could not use what your code gave back ({type(error).__name__})."
    return Earned(check.question, check.name, 0, check.points, message[:400])
