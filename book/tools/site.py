"""Build the website: ``python -m book.tools.site``. A warning is an error."""

import shutil
import subprocess
import sys

from book.tools.notebooks import ROOT, chapters

BUILD = ROOT / "_build"
# Jupyter Book's own command line reads and writes on one core only.
ON_ALL_CORES = """
import os, sys
from functools import partial
from jupyter_book import sphinx
from jupyter_book.cli.main import main
sphinx.build_sphinx = partial(sphinx.build_sphinx, jobs=os.cpu_count())
sys.exit(main(sys.argv[1:]))
"""


def main():
    options = ["build", ".", "-W", "-n", "--keep-going", "-q"]
    command = [sys.executable, "-c", ON_ALL_CORES, *options]
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
