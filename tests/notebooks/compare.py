"""Execute a chapter again and compare every cell's output with the stored one (nbval).

Text is compared strictly, with these exceptions, each a tag of the cell:

trained   numbers that training produced: the text is compared with its numbers masked, since
          another processor rounds differently; a claim holds the numbers themselves
sampled   text drawn from a trained model: only the kind of the output is compared
timing    with nbval-ignore-output: what the clock says

Pictures and the views of live figures are not compared. On a GPU rounding differs everywhere, and
a cell has to execute, which for a claim means that it holds.
"""

import os
import re
import shutil
import tempfile
from collections import defaultdict
from unittest import mock

import nbformat
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, find_metadata_tags, nocolors

from book.tools.canonical import ADDRESS
from book.tools.notebooks import IMAGES, tags
from book.tools.run import COLOURS, QUIET

NUMBER = re.compile(r"[-−+]?(?:\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?|\binf\b|\bnan\b)", re.I)


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".ipynb":
        return Chapter.from_parent(parent, path=file_path)


def masked(text):
    """Numbers as #, with the spaces that align them, so that only the words are left."""
    return re.sub(r"[ \t]+", " ", NUMBER.sub("#", text))


class Kernel(RunningKernel):
    """Keeps a history, as Jupyter does: without one a final ``;`` hides nothing."""

    def execute_cell_input(self, cell_input, allow_stdin=None):
        return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


class Chapter(IPyNbFile):
    """One notebook; its kernel runs in an empty folder."""

    def collect(self):
        self.nb = nbformat.read(self.path, as_version=4)
        self.skip_compare += IMAGES
        gpu = shutil.which("nvidia-smi") is not None
        for number, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code":
                options = defaultdict(bool, find_metadata_tags(cell.metadata))
                options.setdefault("check", not gpu)
                name = f"{number}-{cell.get('id')}"
                item = Cell.from_parent(
                    self, name=name, cell_num=number, cell=cell, options=options
                )
                item.colors = nocolors
                yield item

    def setup(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rnnbook-")
        with mock.patch.dict(os.environ, {**QUIET, "IPYTHONDIR": self.folder.name}):
            self.kernel = Kernel(CURRENT_ENV_KERNEL_NAME, cwd=self.folder.name)

    def teardown(self):
        super().teardown()
        self.folder.cleanup()


class Cell(IPyNbCell):
    """One code cell."""

    def compare_outputs(self, test, ref, skip_compare=None):
        skip = self.parent.skip_compare
        if "sampled" in tags(self.cell):
            skip += ("text/plain", "text", "stdout")
        return super().compare_outputs(test, ref, skip)

    def sanitize(self, s):
        if "trained" in tags(self.cell) and isinstance(s, str):
            s = masked(s)
        return ADDRESS.sub("", s) if isinstance(s, str) else s

    def repr_failure(self, excinfo):
        place = f"{self.path.name}, cell {self.cell_num} ({self.cell.get('id')})"
        return f"{place}\n{COLOURS.sub('', super().repr_failure(excinfo))}"

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}, cell {self.cell_num} ({self.cell.get('id')})"
