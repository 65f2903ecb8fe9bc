"""``python -m exercises grade``: mark answer sheets side by side, here or on a cluster.

Marking that was interrupted goes on where it stopped: what has a mark is not marked again.
"""

import concurrent.futures
import contextlib
import ctypes
import resource
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache, partial

from tqdm import tqdm

from exercises import cgroup, hold, intake, report
from exercises.box import Box, Limits
from exercises.marking import Mark, mark
from exercises.record import Record
from exercises.sheet import SheetError, load

ROUNDS = 4  # times that an answer sheet is given out whose worker was lost


def grade(options):
    """Mark everything named; 0 when every file has its row, 3 when the box does not hold."""
    sheet = load(options.slug, options.sheets, options.class_seed)
    refuse(options)
    if not options.trust and (faults := hold.faults()):
        print("Nothing was marked, since the box does not hold:", file=sys.stderr)
        print("\n".join(faults), file=sys.stderr)
        print("--trust marks without a box: for answers of your own only.", file=sys.stderr)
        return 3
    cgroup.sweep()
    record = Record(options.out, sheet, options.seed, not options.trust)
    submissions = intake.gather(options.submissions, record.known)
    todo = [one for one in submissions if one not in record]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tqdm(total=len(submissions), initial=len(submissions) - len(todo)) as bar:
            for submission, result in marks(todo, sheet, record.seed, options):
                record.add(submission, result)
                bar.update()
    except KeyboardInterrupt:
        print(f"Stopped. {len(record.entries)} are marked; give the same command again to go on.")
        return 130
    report.write(options.out, sheet, record)
    return 0


def refuse(options):
    """Say what is wrong with the command before anything is made."""
    out = options.out.resolve()
    for path in options.submissions:
        if not path.exists() and not path.is_symlink():
            raise SheetError(f"{path}: there is no such file or folder")
        if out.is_relative_to(path.resolve()) and path.is_dir():
            raise SheetError(f"--out {options.out} lies in {path}, and would be marked next time")
    for folder in options.sheets:
        if not folder.is_dir():
            raise SheetError(f"--sheets {folder}: there is no such folder")


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
    pool = workers(options)
    futures = {pool.submit(task, cells): one for one, cells in list(readable.items())}
    try:
        for future in concurrent.futures.as_completed(futures):
            try:
                yield futures[future], Mark.of(future.result())
            except (BrokenProcessPool, concurrent.futures.CancelledError):
                continue
            except Exception as error:
                if "KilledWorker" not in type(error).__name__:
                    raise
    finally:
        if not all(future.done() for future in futures):  # interrupted
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.terminate()  # what it has in hand is marked another time
            for future in futures:
                future.cancel()
        pool.shutdown(wait=False)


def workers(options):
    """Processes of this machine, or a Dask cluster's behind the same interface."""
    if not options.dask:
        return concurrent.futures.ProcessPoolExecutor(options.jobs, initializer=bounded)
    try:
        from distributed import Client

        return Client(options.dask, timeout=20).get_executor(pure=False)
    except ImportError:
        raise SheetError("--dask needs the package distributed: pip install distributed") from None
    except (OSError, ValueError) as error:
        raise SheetError(f"--dask {options.dask}: no scheduler answers there ({error})") from None


def bounded():
    """A worker ends with the command, and no answer makes it compare what does not fit memory."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: when its parent is gone
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
