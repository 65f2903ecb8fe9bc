"""The command that puts walls around a program: bubblewrap, and where we are root a user id.

As root a box gets a user id that nobody else has, since limits on processes do not bind root and
are shared by all processes of one id. A user without rights runs boxes under the own id, each in a
user namespace, where the limit on processes is counted apart.
"""

import atexit
import itertools
import os
import shutil
import sys
import sysconfig
import tempfile
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
FIRST_ID = 1_000_000  # user ids from here on belong to nobody
_boxes = itertools.count()

ENTER = """\
for group in $1; do echo $$ > "$group" || true; done
if [ -n "$2" ]; then
  mount --bind "$3" "$2/base" && mount --bind "$4" "$2/site" || exit 1
fi
shift 4
exec "$@"
"""


def environment(boxed):
    return {
        "HOME": "/tmp",
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": "/site" if boxed else site(),
    }


def python():
    """The interpreter itself, without the virtual environment around it."""
    return str(Path(sys.executable).resolve())


def site():
    return sysconfig.get_path("purelib")


def bare(worker):
    """The same program without walls."""
    return [python(), *(str(HERE / "worker.py") if part == "WORKER" else part for part in worker)]


@cache
def stage():
    """A folder that every user may enter: the worker, and places to mount Python's folders at."""
    folder = Path(tempfile.mkdtemp(prefix="rnnbook-box-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    for name in ("worker.py", "wire.py"):
        shutil.copy(HERE / name, folder / name)
        (folder / name).chmod(0o644)
    for name in ("base", "site"):
        (folder / name).mkdir(mode=0o755)
    return folder


def open_to_all(path):
    """Whether any user may reach this folder."""
    path = Path(path).resolve()
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def around(worker, limits, group):
    """The command that runs ``worker``, arguments of Python, inside the walls."""
    root = os.geteuid() == 0
    base, packages = sys.base_prefix, site()
    mounted = root and not (open_to_all(base) and open_to_all(packages))
    seen = (stage() / "base", stage() / "site") if mounted else (base, packages)
    inner = [python(), *("/box/worker.py" if part == "WORKER" else part for part in worker)]
    inside = [*bubblewrap(seen, base, limits), *bounds(limits), *inner]
    if root:
        who = FIRST_ID + os.getpid() % 100_000 * 1000 + next(_boxes) % 1000
        inside = [*f"setpriv --reuid={who} --regid={who} --clear-groups".split(), *inside]
    enter = ["sh", "-c", ENTER, "box", " ".join(group.files if group else [])]
    enter += [str(stage()) if mounted else "", base, packages]
    alone = ["unshare", "--mount", "--propagation", "private"] if mounted else []
    return [*alone, *enter, *inside]


def bubblewrap(seen, base, limits):
    """Own namespaces for everything, a file system of a few read-only folders, no rights."""
    command = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--cap-drop",
        "ALL",
    ]
    command += ["--die-with-parent", "--new-session", "--hostname", "box"]
    for place in ("/usr", "/lib", "/lib64", "/bin", "/sbin"):
        if os.path.lexists(place):
            command += ["--ro-bind", place, place]
    if not Path(base).is_relative_to("/usr"):
        command += ["--ro-bind", str(seen[0]), base]
    command += ["--ro-bind", str(seen[1]), "/site"]
    for name in ("worker.py", "wire.py"):
        command += ["--ro-bind", str(stage() / name), f"/box/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm"):
        command += ["--size", str(limits.disk), "--tmpfs", place]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


def bounds(limits):
    """Limits that the kernel keeps for every process of the box."""
    return [
        "prlimit",
        f"--as={limits.address}",
        f"--nproc={limits.processes}",
        f"--fsize={limits.disk}",
        f"--cpu={int(limits.total) + 1}",
        "--nofile=256",
        "--core=0",
    ]
