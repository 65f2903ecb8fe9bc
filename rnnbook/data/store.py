"""The packaged files: read whole, checked against their checksum."""

import hashlib
import json
import lzma
from pathlib import Path

FILES = Path(__file__).parent / "files"
REMEDY = "reinstall rnnbook, or rebuild the file with `python -m book.tools.rebuild_data`"


class DataError(RuntimeError):
    """A packaged data file is missing or damaged."""


def read(name, folder=None):
    """The unpacked text of a data file and its record in the manifest."""
    folder = folder or FILES
    record = json.loads((folder / "manifest.json").read_text())[name]
    path = folder / record["file"]
    if not path.exists():
        raise DataError(f"data file {path.name} is missing from {path.parent}; {REMEDY}")
    packed = path.read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != record["sha256"]:
        raise DataError(
            f"data file {path.name} is damaged: its SHA-256 begins {found[:12]}, expected "
            f"{record['sha256'][:12]}; {REMEDY}"
        )
    return lzma.decompress(packed).decode(), record


def about(record):
    """What every data set tells of itself: its licence and where it comes from."""
    return {
        "licence": record["licence"],
        "source": f"{record['source']}; packaged from {record['package']}",
    }
