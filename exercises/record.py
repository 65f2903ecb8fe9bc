"""The folder that a marking is kept in: what was marked how, and the marks, one line each.

A mark is written as soon as it is there, so that an interrupted marking goes on where it stopped.
"""

import json
import secrets

from exercises.intake import Submission
from exercises.marking import Mark
from exercises.sheet import SheetError


class Record:
    """``run.json`` with what is marked and by which seed, ``marks.jsonl`` with the marks."""

    def __init__(self, folder, sheet, seed=None, boxed=True):
        self.path, self.entries = folder / "marks.jsonl", {}
        self.about = {"sheet": sheet.slug, "class_seed": sheet.seed, "source": sheet.digest}
        self.about["boxed"] = boxed
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.seed = self._seed(folder / "run.json", seed)
            self._resume()
        except OSError as error:
            raise SheetError(f"{folder} cannot be written: {error.strerror}") from None

    def _seed(self, path, seed):
        """The seed of this folder: that of the first run here, else the given, else a new one."""
        if not path.exists():
            if self.path.exists():
                raise SheetError(f"{path} is gone, which says how the marks there were made")
            seed = secrets.randbits(31) if seed is None else seed
            path.write_text(json.dumps({**self.about, "seed": seed}, indent=1) + "\n")
            return seed
        before = json.loads(path.read_text())
        asked = {**self.about, "seed": before["seed"] if seed is None else seed}
        changed = [f"{key} ({before.get(key)}, now {asked[key]})" for key in asked]
        changed = [text for key, text in zip(asked, changed) if asked[key] != before.get(key)]
        if changed:
            raise SheetError(
                f"{path.parent} holds marks with another {', '.join(changed)}. Choose a new --out "
                "to mark again, or give the same as before to go on."
            )
        return before["seed"]

    def _resume(self):
        """Read the marks that are there; a torn line is dropped, what was lost is tried again."""
        whole = []
        for line in self.path.read_text().splitlines() if self.path.exists() else []:
            try:
                entry = json.loads(line)
                mark = Mark.of(entry["mark"])
                key = entry["key"], entry["digest"]
            except (ValueError, KeyError, TypeError):
                continue
            if mark.status != "lost":
                self.entries[key] = entry["file"], mark
                whole.append(line + "\n")
        self.path.write_text("".join(whole))

    @property
    def known(self):
        """The key of every file that has one, by file and digest."""
        return {(file, digest): key for (key, digest), (file, _) in self.entries.items()}

    def __contains__(self, submission):
        return (submission.key, submission.digest) in self.entries

    def add(self, submission, mark):
        key, digest = submission.key, submission.digest
        entry = {"key": key, "file": submission.file, "digest": digest, "mark": mark.as_dict()}
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
        self.entries[key, digest] = submission.file, mark

    def rows(self):
        """(submission, mark) of everything that was ever marked into this folder."""
        made = [
            (Submission(key, file, None), mark) for (key, _), (file, mark) in self.entries.items()
        ]
        return sorted(made, key=lambda row: row[0].key.lower())
