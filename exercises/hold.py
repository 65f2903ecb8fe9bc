"""Before anything is marked: does the box hold? Tries to get out of it, as a student might."""

import shutil
import socket
import subprocess
import sys
from functools import cache

from exercises import walls
from exercises.box import Box, Died, Limits

ATTEMPTS = """
import os, socket, ctypes

def reaches(port):
    for host in ("127.0.0.1", "1.1.1.1"):
        try:
            socket.create_connection((host, port if host[0] == "1" and host[2] == "2" else 53), 0.3)
            return True
        except OSError:
            pass
    return False

def sees(path):
    try:
        return bool(os.listdir(path))
    except OSError:
        return False

def writes(path):
    try:
        open(os.path.join(path, "rnnbook-was-here"), "w").close()
        return True
    except OSError:
        return False

def processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))

def takes(size):
    try:
        return len(bytearray(size)) == size
    except MemoryError:
        return False

def fills(size):
    try:
        with open("/tmp/full", "wb") as file:
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))
        return True
    except OSError:
        return False

def forks(most):
    children = []
    try:
        for _ in range(most):
            child = os.fork()
            if not child:
                os.pause() if hasattr(os, "pause") else __import__("signal").pause()
            children.append(child)
        return True
    except OSError:
        return False
    finally:
        for child in children:
            os.kill(child, 9)

def nests():
    return ctypes.CDLL(None).unshare(0x10000000) == 0
"""

SETTINGS = """\
The box needs user namespaces, and this system forbids them. Allow them with one of
  sysctl kernel.unprivileged_userns_clone=1                  (Debian)
  sysctl kernel.apparmor_restrict_unprivileged_userns=0      (Ubuntu 24.04 and later)
  sysctl user.max_user_namespaces=10000                      (where it is 0)
  docker run --cap-add SYS_ADMIN --security-opt seccomp=unconfined \\
             --security-opt apparmor=unconfined ...          (in Docker)
On macOS and Windows mark inside a container: see exercises/Containerfile."""


@cache
def faults():
    """Why this machine cannot mark in a box; an empty list where it can."""
    for program, package in (("bwrap", "bubblewrap"), ("prlimit", "util-linux")):
        if shutil.which(program) is None:
            return [f"{program} is missing. Install {package} (apt install {package})."]
    limits = Limits(processes=32)
    group = None
    inside = walls.around(["-c", "pass"], limits, group)
    done = subprocess.run(inside, env=walls.environment(True), capture_output=True, text=True)
    if done.returncode:
        return [f"A box does not start: {done.stderr.strip()[:300]}", SETTINGS]
    try:
        return [what for what, broken in escapes(limits) if broken]
    except Died as error:
        return [f"The box was tried and {error}."]


def escapes(limits):
    """(what would be wrong, whether it is) for every way out that is tried."""
    with socket.create_server(("127.0.0.1", 0)) as door, Box(limits) as box:
        box.run(ATTEMPTS)

        def tried(name, *arguments):
            return box.call(name, arguments, 10)

        port, home = door.getsockname()[1], str(walls.HERE.parent)
        yield "The box reaches the network.", tried("reaches", port)
        yield "The box sees the marker's files.", tried("sees", home)
        yield "The box sees the home folders.", tried("sees", "/home") or tried("sees", "/etc")
        for place in ("/", "/usr", "/site", "/box", "/dev", sys.base_prefix):
            yield f"The box writes into {place}.", tried("writes", place)
        yield "The box sees processes outside.", tried("processes") > 3
        yield "The box takes more memory than it may.", tried("takes", limits.address)
        yield "The box fills the disk.", tried("fills", 2 * limits.disk)
        yield "The box starts any number of processes.", tried("forks", limits.processes + 1)
        yield "The box makes user namespaces of its own.", tried("nests")
