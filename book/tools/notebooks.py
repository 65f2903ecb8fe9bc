"""Find, read and write the chapters."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"
GALLERY = ROOT / "book" / "pages" / "gallery.ipynb"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
IMAGES = ("image/svg+xml", "image/png", "image/jpeg")


@dataclass(frozen=True)
class Problem:
    """Something that breaks a rule, and where it stands."""

    place: str
    message: str

    def __str__(self):
        return f"{self.place}: {self.message}"


def chapters(root=ROOT):
    """The paths of all chapters, in their order."""
    return sorted((root / "chapters").glob("[0-9][0-9]-*.ipynb"))


def find(names, root=ROOT):
    """The notebooks called ``names`` (``05-lstm``, ``gallery``), or all the chapters."""
    known = {path.stem: path for path in [*chapters(root), GALLERY]}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no chapter {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names] or chapters(root)


def read(path):
    return nbformat.read(path, as_version=4)


def text_of(nb):
    """The notebook as the text of a file."""
    return nbformat.writes(nb, version=4).rstrip("\n") + "\n"


def write(path, nb):
    """Write the whole file or nothing, and only when it differs."""
    text = text_of(nb)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def tags(cell):
    return cell.metadata.get("tags", [])


def is_code(cell):
    return cell.cell_type == "code"


def taught(nb):
    """The code cells that teach: all but the set-up cell and the quiz."""
    return [cell for cell in nb.cells if is_code(cell) and not {"setup", "quiz"} & set(tags(cell))]


def claim_id(cell):
    """The id in the tag ``claim:ID``, or None."""
    return next((tag[6:] for tag in tags(cell) if tag.startswith("claim:")), None)


def claim_record(cell):
    """What the cell's call of ``claim`` stored: ``{"id": ..., "figures": ...}``, or None."""
    for output in cell.get("outputs", []):
        if "claim" in output.get("metadata", {}):
            return output.metadata["claim"]
    return None


def output_text(output):
    """The text that a reader sees of one output, "" for a picture or a live figure."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    data = output.data
    if any(kind in data for kind in (*IMAGES, VIEW)):
        return ""
    return data.get("text/plain", "")


def has_picture(cell):
    return any(kind in output.get("data", {}) for output in cell.outputs for kind in IMAGES)


def has_widget(cell):
    return any(VIEW in output.get("data", {}) for output in cell.outputs)
