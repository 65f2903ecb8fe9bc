"""A box for strangers' code: bubblewrap, an own user id, no network, limits on everything.

The marker talks with it through two pipes. What a box can do at worst is to answer with wrong
numbers, or not at all.
"""

import contextlib
import os
import secrets
import select
import signal
import subprocess
import time
from dataclasses import dataclass

import psutil

from exercises import walls, wire
from exercises.cgroup import Group


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes that an answer sheet may use."""

    cell: float = 20
    call: float = 5
    total: float = 60  # of the clock, all cells and calls together
    memory: int = 2 << 30  # resident, all processes of a box together
    address: int = 8 << 30  # of one process, on paper: torch alone maps 3 GB
    disk: int = 64 << 20
    processes: int = 64

    @classmethod
    def within(cls, seconds):
        """Limits for a sheet that has so many seconds: a cell a third, a call a twelfth."""
        return cls(cell=seconds / 3, call=seconds / 12, total=seconds)


class Died(Exception):
    """The box is gone; says why in words for a student."""


class Box:
    """One process that serves one answer sheet, until it is closed or breaks a limit."""

    def __init__(self, limits=None, boxed=True):
        self.limits = limits or Limits()
        self.ends = time.monotonic() + self.limits.total
        self.looked, self.lost = time.monotonic(), False
        self.group = Group(self.limits.memory, self.limits.processes) if boxed else None
        ours_in, theirs_out = os.pipe()
        theirs_in, self.write = os.pipe()
        self.read = ours_in
        worker = ["-s", "-P", "-S", "WORKER", str(theirs_in), str(theirs_out)]
        self.process = subprocess.Popen(
            walls.around(worker, self.limits, self.group) if boxed else walls.bare(worker),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out),
            env=walls.environment(boxed),
            start_new_session=True,
            cwd="/",
        )
        os.close(theirs_in)
        os.close(theirs_out)
        os.set_blocking(self.write, False)

    def run(self, source):
        """Execute one cell; the name of what it raised, or nothing."""
        return self._ask({"op": "run", "source": source}, (), self.limits.cell).get("raised")

    def value(self, name):
        return self._value({"op": "ask", "name": name}, (), self.limits.call)

    def call(self, name, arguments, seconds):
        return self._value({"op": "call", "name": name}, arguments, seconds)

    def _value(self, request, arguments, seconds):
        answer = self._ask(request, arguments, seconds)
        if "raised" in answer:
            raise Raised(answer["raised"])
        return answer["value"]

    def _ask(self, request, arguments, seconds):
        until = min(time.monotonic() + seconds, self.ends)
        self._look()
        self.lost = True  # until a whole answer has come: half of one would be read as the next
        name = secrets.token_hex(8)
        self._send(wire.pack({**request, "id": name}, arguments), until)
        header, block = wire.lengths(self._take(8, until))
        text, data = self._take(header, until), self._take(block, until)
        answer = wire.header_of(text)
        if answer.get("id") != name:
            raise wire.Refused("it answered what was not asked")
        self.lost = False
        if answer.get("ok") is True:
            values = wire.decode(answer.get("tree"), data)
            if not isinstance(values, tuple) or len(values) > 1:
                raise wire.Refused("not one value")
            return {"value": values[0] if values else None}
        if isinstance(answer.get("raised"), str):
            return {"raised": answer["raised"]}
        raise wire.Refused("it is not plain numbers")

    def _send(self, message, until):
        while message:
            self._wait([], [self.write], until)
            try:
                message = message[os.write(self.write, message[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise Died("the program ended by itself") from None

    def _take(self, count, until):
        parts, missing = [], count
        while missing:
            self._wait([self.read], [], until)
            part = os.read(self.read, min(missing, 1 << 16))
            if not part:
                raise Died("the program ended by itself, or was ended at its memory limit")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _wait(self, reads, writes, until):
        """Until a pipe is ready, looking at the clock and at the memory meanwhile."""
        while True:
            left = until - time.monotonic()
            if left <= 0:
                total = until >= self.ends
                raise Died("all its time was used" if total else "it took too long")
            if any(select.select(reads, writes, [], min(left, 0.1))):
                return
            self._look()

    def _look(self):
        if time.monotonic() > self.looked + 0.1:
            self.looked = time.monotonic()
            if memory_of(self.process.pid) > self.limits.memory:
                raise Died("it took too much memory")

    def close(self):
        """End every process of the box; nothing of it survives."""
        family = family_of(self.process.pid)
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        until = time.monotonic() + 2
        while any(map(alive, family)) and time.monotonic() < until:
            time.sleep(0.01)
        os.close(self.read)
        os.close(self.write)
        if self.group:
            self.group.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Raised(Exception):
    """The student's code raised an exception of this name."""


def family_of(process):
    """A process and all its descendants."""
    try:
        return [parent := psutil.Process(process), *parent.children(recursive=True)]
    except psutil.Error:
        return []


def alive(process):
    """Whether a process still runs: one that ended and waits to be counted does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def memory_of(process):
    """Resident bytes of a process and all its descendants."""
    total = 0
    for member in family_of(process):
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return total
