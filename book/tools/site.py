"""Build the website: ``python -m book.tools.site``. A warning is an error."""

import shutil
import subprocess
import sys
from pathlib import Path

from book.tools.notebooks import ROOT, chapters

BUILD = ROOT / "_build"


def main():
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    command = [jupyter_book, "build", ".", "-W", "-n", "--keep-going", "-q"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        # What Sphinx has read once it does not warn about again: read all next time.
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        shutil.rmtree(BUILD / "html" / ".doctrees", ignore_errors=True)
        print(f"{done.stdout}\nThe website was not built: see the warnings.", file=sys.stderr)
        return done.returncode
    notebooks = BUILD / "html" / "notebooks"  # where the pages' download links lead
    shutil.rmtree(notebooks, ignore_errors=True)
    notebooks.mkdir()
    for path in chapters():
        shutil.copy(path, notebooks)
    for path in sorted((ROOT / "exercises" / "student").glob("*.ipynb")):
        shutil.copy(path, notebooks / f"exercises-{path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
