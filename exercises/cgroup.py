"""A control group around a box, where the system lets one make it: a bound on memory and processes.

Both generations are known. Without the right to make a group there is none, and the box is held by
its process limits and by a look at its memory ten times a second.
"""

import contextlib
import itertools
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_number = itertools.count()


def sweep(root=ROOT):
    """Remove the groups of commands that were killed and could not do it themselves."""
    for folder in [
        f for place in (".", "memory", "pids") for f in (root / place).glob("rnnbook-*")
    ]:
        process = folder.name.split("-")[1]
        if not Path("/proc", process).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()


class Group:
    """Directories of one group; ``files`` are where a process writes its id to join."""

    def __init__(self, memory, processes, root=ROOT):
        name, self.folders = f"rnnbook-{os.getpid()}-{next(_number)}", []
        second = (root / "cgroup.controllers").exists()
        bounds = [("memory.max", memory), ("memory.swap.max", 0), ("pids.max", processes)]
        if not second:
            bounds = [("memory/memory.limit_in_bytes", memory), ("pids/pids.max", processes)]
        for place, bound in bounds:
            controller, _, file = place.rpartition("/")
            self._bound(root / controller / name, file, bound)

    def _bound(self, folder, file, bound):
        with contextlib.suppress(OSError):  # not allowed here, or not known to this kernel
            folder.mkdir(exist_ok=True)
            if folder not in self.folders:
                self.folders.append(folder)
            (folder / file).write_text(str(bound))

    @property
    def files(self):
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def close(self):
        for folder in self.folders:
            for _ in range(100):  # its processes are killed, but the kernel may still count them
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.01)
