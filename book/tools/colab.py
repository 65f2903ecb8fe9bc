"""Run chapters as Colab would: ``python -m book.tools.colab [05-lstm ...]``.

A virtual environment of the newest Python of 3.11-3.13 here, with Colab's versions of numpy,
matplotlib and the widgets, holds no rnnbook. Each chapter is executed alone: its cleared notebook
in an empty folder, an empty HOME, ``rnnbook`` fetched by the set-up cell from a git address.
Afterwards every version that was installed before must still be there.

torch is the exception: Colab has its own build for a GPU. Here it is the version of
requirements.txt, for which a CPU build exists; the set-up cell only has to leave it alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from book.tools.notebooks import ROOT, find, read, write
from book.tools.pins import ALL, pinned
from book.tools.run import clear

ENVIRONMENTS = ROOT / ".colab"
COLAB = {
    "numpy": "2.1.3",
    "matplotlib": "3.10.0",
    "ipywidgets": "7.7.1",
    "anywidget": "0.9.21",
    "ipykernel": "6.17.1",
    "joblib": "1.5.2",
    "tqdm": "4.67.1",
}
EXECUTE = """
import sys, nbformat, nbclient
nb = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(nb, timeout=600, kernel_name="python3").execute()
stderr = [o.text for c in nb.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
sys.exit("\\n".join(["warnings in the outputs:", *stderr]) if stderr else 0)
"""


class ColabError(Exception):
    """A chapter does not run by itself, or running it changed what was installed."""


def newest_python():
    """The newest Python of 3.11-3.13 on the PATH or under pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in (13, 12, 11):
        name = f"python3.{minor}"
        for candidate in [shutil.which(name), *sorted(pyenv.glob(f"3.{minor}.*/bin/{name}"))]:
            test = [candidate, "-c", "import venv, ensurepip"]
            if candidate and subprocess.run(test, capture_output=True).returncode == 0:
                return str(candidate), minor
    raise ColabError("no Python 3.11, 3.12 or 3.13 with venv was found")


def environment(python, minor, folder=ENVIRONMENTS):
    """A virtual environment with Colab's versions, made once; returns its Python."""
    here = folder / f"python3.{minor}"
    inner = here / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = [f"{name}=={version}" for name, version in COLAB.items()]
    wanted += [f"torch=={pinned(ALL)['torch']}", "nbclient", "nbformat"]
    stamp = here / "made-of.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(wanted):
        print(f"making {here.relative_to(ROOT)} with {', '.join(wanted)}", flush=True)
        shutil.rmtree(here, ignore_errors=True)
        subprocess.run([python, "-m", "venv", here], check=True)
        subprocess.run([inner, "-m", "pip", "install", "-qq", *wanted], check=True)
        stamp.write_text("\n".join(wanted))
    return inner


def snapshot(folder):
    """A git repository with the tree as it is, uncommitted work included."""
    git = ["git", "-c", "user.name=rnnbook", "-c", "user.email=rnnbook@localhost"]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "as it is"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    return f"git+{folder.as_uri()}"


def freeze(python):
    command = [python, "-m", "pip", "list", "--format=freeze"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def clean_environment(home, spec):
    """Variables of a fresh machine: of ours only where to find programs and packages."""
    kept = ("PATH", "LANG", "SYSTEMROOT", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy")
    variables = {k: v for k, v in os.environ.items() if k in kept or k.startswith("PIP_")}
    return {**variables, "HOME": str(home), "RNNBOOK_SPEC": spec, "PYTHONNOUSERSITE": "1"}


def run_alone(path, python, spec):
    """Execute one chapter alone. ColabError says what went wrong."""
    subprocess.run([python, "-m", "pip", "uninstall", "-qqy", "rnnbook"], check=True)
    before = freeze(python)
    with tempfile.TemporaryDirectory(prefix="colab-") as place:
        home, work = Path(place, "home"), Path(place, "work")
        home.mkdir()
        work.mkdir()
        nb = read(path)
        clear(nb)
        write(work / path.name, nb)
        done = subprocess.run(
            [python, "-c", EXECUTE, path.name],
            cwd=work,
            env=clean_environment(home, spec),
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise ColabError(f"{path.name} does not run alone:\n{done.stderr[-3000:]}")
    compare(before, freeze(python), path.name)


def compare(before, after, name):
    """Nothing that was installed has changed, and rnnbook alone was added."""
    if gone := before - after:
        raise ColabError(f"{name} changed what was installed: {', '.join(sorted(gone))}")
    added = sorted(line.split("==")[0] for line in after - before)
    if added != ["rnnbook"]:
        raise ColabError(f"{name} added {added or 'nothing'}, expected rnnbook alone")


def main(names):
    paths = find(names)
    try:
        python, minor = newest_python()
        inner = environment(python, minor)
        with tempfile.TemporaryDirectory(prefix="rnnbook-git-") as folder:
            spec = snapshot(Path(folder))
            for number, path in enumerate(paths, start=1):
                print(f"[{number}/{len(paths)}] {path.stem} on Python 3.{minor} ... ", end="")
                run_alone(path, inner, spec)
                print("runs; no installed version has changed", flush=True)
    except ColabError as error:
        print(f"failed\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
