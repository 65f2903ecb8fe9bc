"""``python -m exercises grade``: mark answer sheets side by side, here or on a cluster.

Every mark is written to ``marks.jsonl`` as soon as it is there. Marking that was interrupted goes
on where it stopped: a sheet with a mark is not marked again.
"""

import concurrent.futures
import json
import resource
import secrets
import sys
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache, partial

from tqdm import tqdm

from exercises import hold, intake, report
from exercises.box import Box, Limits
from exercises.marking import Mark, mark
from exercises.sheet import SheetError, load

ROUNDS = 4  # times that an answer sheet is given out whose worker was lost


def grade(options):
    """Mark everything named; 0 when every file has its row, 3 when the box does not hold."""
    sheet = load(options.slug, options.sheets, options.class_seed)
    if not options.trust and (faults := hold.faults()):
        print("Nothing was marked, since the box does not hold:", file=sys.stderr)
        print("\n".join(faults), file=sys.stderr)
        print("--trust marks without a box: for answers of your own only.", file=sys.stderr)
        return 3
    submissions = intake.gather(options.submissions)
    record = Record(options.out, sheet, options.seed)
    todo = [one for one in submissions if one not in record]
    bar = tqdm(total=len(submissions), initial=len(submissions) - len(todo), unit="sheet")
    with bar:
        for submission, result in marks(todo, sheet, record.seed, options):
            record.add(submission, result)
            bar.update()
    report.write(options.out, sheet, submissions, record)
    return 0


class Record:
    """``run.json`` with what is marked and by which seed, ``marks.jsonl`` with the marks."""

    def __init__(self, folder, sheet, seed):
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.marks = folder / "marks.jsonl", {}
        self.about = {"sheet": sheet.slug, "class_seed": sheet.seed, "source": sheet.digest}
        self.seed = self._seed(folder / "run.json", seed)
        self._resume()

    def _seed(self, path, seed):
        """The seed of this folder: that of the first run here, else the given, else a new one."""
        if not path.exists():
            seed = secrets.randbits(31) if seed is None else seed
            path.write_text(json.dumps({**self.about, "seed": seed}, indent=1) + "\n")
            return seed
        before = json.loads(path.read_text())
        asked = {**self.about, "seed": before["seed"] if seed is None else seed}
        if asked != before:
            changed = [key for key in asked if asked[key] != before.get(key)]
            raise SheetError(
                f"{path.parent} holds marks with another {', '.join(changed)}. Choose a new --out "
                "to mark again, or give the same as before to go on."
            )
        return before["seed"]

    def _resume(self):
        """Read the marks that are there; a line that was cut short is dropped."""
        whole = []
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            self.marks[entry["key"], entry["digest"]] = Mark.of(entry["mark"])
            whole.append(line + "\n")
        self.path.write_text("".join(whole))

    def __contains__(self, submission):
        return (submission.key, submission.digest) in self.marks

    def __getitem__(self, submission):
        return self.marks[submission.key, submission.digest]

    def add(self, submission, result):
        entry = {"key": submission.key, "digest": submission.digest, "mark": result.as_dict()}
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        self.marks[submission.key, submission.digest] = result


def marks(submissions, sheet, seed, options):
    """(submission, mark), as they come; lost ones are given out again, in the end as lost."""
    readable = {}
    for submission in submissions:
        try:
            readable[submission] = intake.cells(submission)
        except intake.Unreadable as error:
            yield submission, unread(sheet, str(error))
    task = partial(
        mark_one, sheet.slug, tuple(map(str, options.sheets)), sheet.seed, seed,
        options.seconds, not options.trust, bool(options.dask),
    )  # fmt: skip
    for _ in range(ROUNDS):
        for submission, result in given_out(task, readable, options):
            del readable[submission]
            yield submission, result
    for submission in readable:
        yield submission, unread(sheet, "Marking was lost several times.", "lost")


def given_out(task, readable, options):
    """One round over all that have no mark yet."""
    if not readable:
        return
    with workers(options) as pool:
        futures = {pool.submit(task, cells): one for one, cells in list(readable.items())}
        for future in concurrent.futures.as_completed(futures):
            try:
                yield futures[future], Mark.of(future.result())
            except (BrokenProcessPool, concurrent.futures.CancelledError):
                continue
            except Exception as error:
                if "KilledWorker" not in type(error).__name__:
                    raise


def workers(options):
    """Processes of this machine, or a Dask cluster's behind the same interface."""
    if not options.dask:
        return concurrent.futures.ProcessPoolExecutor(options.jobs, initializer=bounded)
    from distributed import Client

    return Client(options.dask).get_executor(pure=False)


def bounded():
    """Bound the memory of a worker: no answer may make a check compare what does not fit."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > Limits().address:
        resource.setrlimit(resource.RLIMIT_AS, (Limits().address, most))


def unread(sheet, reason, status="unreadable"):
    """The mark of a file that no code was run of."""
    return Mark(status, sheet.points, [], reason)


@lru_cache(maxsize=4)
def sheet_of(slug, folders, class_seed):
    return load(slug, folders, class_seed)


def mark_one(slug, folders, class_seed, seed, seconds, boxed, away, cells):
    """What a worker does for one answer sheet."""
    if boxed and away and (faults := hold.faults()):
        raise SheetError(f"On a worker the box does not hold: {faults}")
    sheet = sheet_of(slug, folders, class_seed)
    made = mark(sheet, cells, seed, partial(Box, boxed=boxed), Limits.within(seconds))
    return made.as_dict()
