"""Take in answer sheets: files, folders and zip archives, of which none is believed.

Every file gives one ``Submission``; what cannot be read says why and gets its row all the same.
"""

import hashlib
import json
import os
import re
import stat
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

LARGEST = 10 << 20  # bytes of a notebook
MOST = 5000  # files in an archive
CELLS = 2000
OVERLOOKED = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db")
# Canvas names what it collects: name, LATE where it was, user, attempt, the file's own name.
CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<user>\d{3,})_\d{3,}_.+")


class Unreadable(Exception):
    """Not an answer sheet; says what it is and what to do, in words for a student."""


@dataclass(frozen=True)
class Submission:
    """One file: ``key`` is unique in a run and fit for a file name."""

    key: str
    file: str
    data: bytes | None
    problem: str = ""

    @property
    def student(self):
        """Name and number, where the file's name gives them."""
        found = CANVAS.fullmatch(PurePosixPath(self.file).name)
        return (found["name"], found["user"]) if found else (PurePosixPath(self.file).stem, "")

    @property
    def digest(self):
        return hashlib.sha256(self.data or self.problem.encode()).hexdigest()


def gather(paths, known=None):
    """The submissions in these files, folders and archives, each with a key of its own.

    ``known`` has the keys of earlier runs by file and digest: what was seen before keeps its key.
    """
    known = known or {}
    taken, found = {key.lower() for key in known.values()}, []
    several = len(paths) > 1
    for path in map(Path, paths):
        place = f"{path.name}/" if several and path.is_dir() else ""
        for file, data, problem in _items(path):
            one = Submission("", place + file, data, problem)
            key = known.get((one.file, one.digest)) or _key(one.file, taken)
            found.append(replace(one, key=key))
    return found


def _key(file, taken):
    """A name for this file's feedback that no other has."""
    base = re.sub(r"[^A-Za-z0-9.-]+", "_", file.removesuffix(".ipynb"))[-80:].strip("._-") or "file"
    key, number = base, 1
    while key.lower() in taken:
        number += 1
        key = f"{base}-{number}"
    taken.add(key.lower())
    return key


def _items(path):
    """(name, bytes or None, problem) of everything under a path."""
    if path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir(), key=lambda entry: os.fsencode(entry.name)):
            if entry.name not in OVERLOOKED:
                folder = entry.is_dir() and not entry.is_symlink()
                inside = f"{entry.name}/" if folder else ""
                yield from ((inside + name, *rest) for name, *rest in _items(entry))
        return
    name = os.fsencode(path.name).decode("utf-8", "replace")
    try:
        data = _read(path)
    except Unreadable as error:
        yield name, None, str(error)
        return
    if path.suffix.lower() == ".zip":
        yield from _archive(name, path)
    else:
        yield name, data, ""


def _read(path):
    """The bytes of a plain file of bearable size; links and devices are not followed."""
    try:
        flags = os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise Unreadable("There is no such file.") from None
    except OSError:
        raise Unreadable("This is a link or cannot be opened; hand in the file itself.") from None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("This is not a plain file; hand in the notebook itself.")
        if path.suffix.lower() == ".zip":
            return b""
        if about.st_size > LARGEST:
            raise Unreadable(f"The file is larger than {LARGEST >> 20} MB; clear its outputs.")
        return file.read(LARGEST)


def _archive(name, path):
    """The entries of a zip, read in memory: nothing is ever written where an entry says."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST:
                raise Unreadable(f"The archive holds {len(entries)} files; at most {MOST}.")
            for entry in entries:
                if not set(PurePosixPath(entry.filename).parts) & set(OVERLOOKED):
                    yield (f"{name}/{entry.filename}", *_entry(archive, entry))
    except Unreadable as error:
        yield name, None, str(error)
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        yield name, None, "This is not a zip archive that can be read."


def _entry(archive, entry):
    """The bytes of one entry and no problem, or no bytes and the problem."""
    place = PurePosixPath(entry.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or re.match(r"[A-Za-z]:", entry.filename):
        return None, "The archive names a place outside itself."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return None, "This is a link; hand in the file itself."
    if entry.flag_bits & 1:
        return None, "This file is locked with a password."
    try:
        with archive.open(entry) as file:
            data = file.read(LARGEST + 1)
    except Exception:  # whatever a broken archive raises
        return None, "The archive is damaged here."
    if len(data) > LARGEST:
        return None, f"The file is larger than {LARGEST >> 20} MB; clear its outputs."
    return data, ""


def cells(submission):
    """Sources of the code cells of a notebook."""
    if submission.problem:
        raise Unreadable(submission.problem)
    notebook = _notebook(submission.data)
    version = notebook.get("nbformat")
    if version == 4:
        found = notebook.get("cells")
    elif version == 3:
        sheets = notebook.get("worksheets")
        found = [c for s in _list(sheets) if isinstance(s, dict) for c in _list(s.get("cells"))]
    else:
        raise Unreadable("This notebook has an unknown format; save it from Jupyter or Colab.")
    _python(notebook)
    code = [c for c in _list(found) if isinstance(c, dict) and c.get("cell_type") == "code"]
    if len(code) > CELLS:
        raise Unreadable(f"The notebook has more than {CELLS} code cells.")
    return [_source(cell) for cell in code]


def _list(value):
    if not isinstance(value, list):
        raise Unreadable("This notebook has no cells that can be read; download it again.")
    return value


def _source(cell):
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def _notebook(data):
    """The JSON object of a notebook file in any encoding that a student's tool may write."""
    if not data.strip():
        raise Unreadable("The file is empty; save the notebook and hand it in again.")
    if data.lstrip()[:1] == b"<":
        raise Unreadable("This is a web page; download the notebook itself, a file .ipynb.")
    for start, kind in ((b"%PDF", "a PDF"), (b"PK", "an archive"), (b"\x89PNG", "a picture")):
        if data.startswith(start):
            raise Unreadable(f"This is {kind}; hand in the notebook itself, a file .ipynb.")
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "latin-1"):
        try:
            notebook = json.loads(data.decode(encoding))
            break
        except UnicodeError:
            continue
        except (ValueError, RecursionError):
            raise Unreadable("This is not a whole notebook; download it again.") from None
    else:
        raise Unreadable("This is not text in a known encoding; download the notebook again.")
    if not isinstance(notebook, dict):
        raise Unreadable("This is not a notebook; hand in a file .ipynb.")
    return notebook


def _python(notebook):
    """A notebook of another language is no answer."""
    about = notebook.get("metadata")
    about = about if isinstance(about, dict) else {}
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = about.get(key)
        language = part.get(name) if isinstance(part, dict) else None
        if isinstance(language, str) and language.lower() not in ("python", "python3", "ipython"):
            raise Unreadable("This notebook is for another language than Python.")
