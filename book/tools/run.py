"""Execute chapters and store their outputs: ``python -m book.tools.run [05-lstm ...]``.

Each chapter runs in a fresh kernel, in an empty folder of its own. A chapter whose cell fails, or
whose outputs break a rule, is reported and its file stays as it was.
"""

import csv
import os
import platform
import re
import sys
import tempfile
import time

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from book.tools import repository, rules
from book.tools.canonical import canonical
from book.tools.notebooks import GALLERY, ROOT, find, is_code, read, write

RUNTIMES = ROOT / "book" / "runtimes.csv"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
QUIET = {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "CI": "1"}  # CI: no progress bars


class RunError(Exception):
    """A chapter could not be executed, or its outputs cannot be stored."""


def main(names):
    """Run the chapters called ``names``, or all; 1 when one of them fails."""
    paths = find(names)
    for number, path in enumerate(paths, start=1):
        print(f"[{number}/{len(paths)}] {path.stem} ... ", end="", flush=True)
        try:
            seconds = run(path)
        except RunError as error:
            print(f"failed\n\n{error}\n{path.name} was left as it was.")
            return 1
        print(f"{seconds:.0f} s", flush=True)
        if path != GALLERY:
            record(path.stem, seconds)
    repository.generate()
    print(f"Stored in chapters: {len(paths)}; the times are in {RUNTIMES.relative_to(ROOT)}")
    return 0


def run(path, timeout=600):
    """Execute one notebook and store it in canonical form. Returns the seconds it took."""
    nb = read(path)
    clear(nb)
    started = time.perf_counter()
    execute(nb, path.name, timeout)
    seconds = time.perf_counter() - started
    canonical(nb, path.stem)
    problems = [problem for rule in rules.OUTPUTS for problem in rule(nb, path.name)]
    if problems:
        raise RunError("\n".join(map(str, problems)))
    write(path, nb)
    return seconds


def clear(nb):
    nb.metadata.pop("widgets", None)
    for cell in nb.cells:
        if is_code(cell):
            cell.outputs, cell.execution_count = [], None


def execute(nb, name, timeout=600, kernel="python3"):
    """Fill in the outputs of ``nb``. RunError names the cell that failed."""
    current = {}
    with tempfile.TemporaryDirectory(prefix="rnnbook-") as folder:
        client = NotebookClient(
            nb,
            timeout=timeout,
            kernel_name=kernel,
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            store_widget_state=True,
            resources={"metadata": {"path": folder}},
            on_cell_execute=lambda cell, cell_index: current.update(cell=cell, index=cell_index),
        )
        try:
            client.execute(env={**os.environ, **QUIET, "IPYTHONDIR": folder})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise RunError(describe(name, error, **current)) from None


def describe(name, error, cell, index):
    """The notebook, the cell, the head of its source and the end of the error."""
    head = "\n".join(f"    {line}" for line in cell.source.splitlines()[:5])
    what = COLOURS.sub("", str(error)).strip().splitlines()[-20:]
    return f"{name}, cell {index} ({cell.id}):\n{head}\n\n" + "\n".join(what)


def record(chapter, seconds):
    """Keep the seconds that a chapter took, for the README."""
    times = read_runtimes()
    times[chapter] = settled(times.get(chapter), seconds)
    write_runtimes(times)


def settled(old, seconds):
    """A new entry, or the old one when this machine took about as long as before."""
    now = {"seconds": f"{seconds:.0f}", "machine": machine()}
    if old and old["machine"] == now["machine"]:
        before = float(old["seconds"])
        if abs(before - seconds) <= max(1, before / 4):
            return old
    return now


def machine():
    """The processor in words: its model and the number of cores in use."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            model = next(line.split(":")[1].strip() for line in info if "model name" in line)
    except (OSError, StopIteration):
        pass
    return f"{re.sub(r'[(](R|TM)[)]', '', model)}, {os.cpu_count()} cores"


def read_runtimes():
    if not RUNTIMES.exists():
        return {}
    with RUNTIMES.open(newline="", encoding="utf-8") as file:
        return {row.pop("chapter"): row for row in csv.DictReader(file)}


def write_runtimes(times):
    with RUNTIMES.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["chapter", "seconds", "machine"])
        for chapter, entry in sorted(times.items()):
            table.writerow([chapter, entry["seconds"], entry["machine"]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
