"""A package as it was downloaded: which one it is, the files in it, and even splits by name."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path


class Archive:
    """The files of a wheel or another zip, or of a gzipped tar as npm makes them."""

    def __init__(self, path):
        self.path = Path(path)
        if zipfile.is_zipfile(self.path):
            self.file = zipfile.ZipFile(self.path)
            self.names = self.file.namelist()
        else:
            self.file = tarfile.open(self.path)  # noqa: SIM115
            self.names = self.file.getnames()

    def read(self, name):
        """The bytes of a file, unpacked when its name ends in .gz."""
        if isinstance(self.file, zipfile.ZipFile):
            content = self.file.read(name)
        else:
            content = self.file.extractfile(name).read()
        return gzip.decompress(content) if name.endswith(".gz") else content

    def text(self, name):
        return self.read(name).decode()

    def inner(self, name):
        """An archive inside the archive."""
        return Archive.of(self.read(name))

    @classmethod
    def of(cls, content):
        new = cls.__new__(cls)
        new.file = zipfile.ZipFile(io.BytesIO(content))
        new.names = new.file.namelist()
        return new


def package_of(path):
    """What an archive holds, by its file name: ``scikit_learn-1.9.1-...whl`` is
    ``scikit-learn==1.9.1``."""
    name, _, rest = Path(path).name.partition("-")
    for ending in (".tgz", ".tar.gz"):
        rest = rest.removesuffix(ending)
    return f"{name.replace('_', '-')}=={rest.split('-')[0]}"


def split(examples, valid, test, name=str):
    """Three parts of ``examples``, in an order that depends on each one's name alone.

    The SHA-256 of the names decides, so that a new example moves hardly any old one; inside
    a part the examples keep their order.
    """
    order = sorted(examples, key=lambda e: hashlib.sha256(name(e).encode()).hexdigest())
    where = dict.fromkeys(map(name, order), "train")
    where |= dict.fromkeys(map(name, order[:test]), "test")
    where |= dict.fromkeys(map(name, order[test : test + valid]), "valid")
    assert len(where) == len(examples), "two examples have one name"
    return {
        part: [e for e in examples if where[name(e)] == part] for part in ("train", "valid", "test")
    }


def to_json(content):
    """Compact, readable, and the same bytes for the same content."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
