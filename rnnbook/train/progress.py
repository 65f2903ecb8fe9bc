"""One bar for notebooks and terminals, which leaves nothing behind."""

import os
import sys
from contextlib import contextmanager

DELAY = 1  # seconds before a bar appears; a run that is quicker shows none


def place():
    """Where a bar can be seen: "notebook", "terminal", or None.

    None where the environment variable CI is set, as it is where chapters are executed to be
    stored, and where nobody watches the error stream.
    """
    if os.environ.get("CI"):
        return None
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if hasattr(shell, "kernel"):
        return "notebook"
    return "terminal" if sys.stderr is not None and sys.stderr.isatty() else None


@contextmanager
def bar(total, done=0, wanted=True):
    """Gives a function to be called after each step, with numbers to show beside the bar."""
    where = place() if wanted else None
    if where is None:
        yield lambda **numbers: None
        return
    from tqdm.std import tqdm

    file = Output() if where == "notebook" else sys.stderr
    options = {"leave": False, "delay": DELAY, "ncols": 80, "file": file}
    with tqdm(total=total, initial=done, **options) as line:

        def step(**numbers):
            line.set_postfix(numbers, refresh=False)
            line.update()

        yield step


class Output:
    """A line in the output of a notebook's cell that can be written over, and emptied.

    A widget would leave its state behind in the notebook.
    """

    encoding, handle = "utf-8", None

    def write(self, text):
        from IPython.display import display

        shown = {"text/plain": text.strip()}
        if self.handle is None:
            self.handle = display(shown, raw=True, display_id=True)
        else:
            self.handle.update(shown, raw=True)

    def flush(self):
        """Nothing is held back."""
