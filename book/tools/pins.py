"""Write the requirement files from the environment in use: ``python -m book.tools.pins``.

``requirements.in`` and ``book/requirements.in`` name what the project asks for; the ``.txt``
beside each holds the exact version of all of that and of everything it needs. Those of
``book/``, without torch, build the site.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from book.tools.notebooks import ROOT, Problem

ALL, SITE = ROOT / "requirements.txt", ROOT / "book" / "requirements.txt"
HEAD = "# Written by `python -m book.tools.pins` from {source}; exact versions, Python 3.11-3.13.\n"


def asked(path):
    """The lines of an .in file; ``-r OTHER`` includes another."""
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            yield from asked(path.parent / line[3:].strip())
        elif line:
            yield line


def closure(wanted):
    """{name: version} of the wanted packages and all they need here."""
    found, queue = {}, [Requirement(line) for line in wanted]
    while queue:
        need = queue.pop()
        key = canonicalize_name(need.name)
        try:
            there = distribution(need.name)
        except PackageNotFoundError:
            raise SystemExit(f"{need.name} is not installed here; install it first") from None
        new = key not in found
        found[key] = there.version.split("+")[0]
        extras = need.extras or {""}
        for line in there.requires or []:
            more = Requirement(line)
            if (new or need.extras) and applies(more, extras):
                queue.append(more)
    return found


def applies(requirement, extras):
    if canonicalize_name(requirement.name).startswith(("nvidia-", "cuda-", "triton")):
        return False  # of the GPU builds of torch, which names them itself
    if not requirement.marker:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in extras)


def pinned(path):
    """{name: version} of a .txt file."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)$", path.read_text(), re.M))


def problems():
    """Everything asked for is pinned, the site's pins are those of the whole, without torch."""
    everything, site = pinned(ALL), pinned(SITE)
    for name, version in site.items():
        if everything.get(name) != version:
            other = everything.get(name, "missing")
            yield Problem(
                "book/requirements.txt", f"{name}=={version}, in requirements.txt {other}"
            )
    if "torch" in site:
        yield Problem("book/requirements.txt", "the site must not need torch")
    for path, have in ((ALL, everything), (SITE, site)):
        for line in asked(path.with_suffix(".in")):
            if canonicalize_name(Requirement(line).name) not in have:
                yield Problem(path.name, f"{line} of {path.stem}.in is not pinned")
        extra = [
            line for line in path.read_text().splitlines() if not re.match(r"#|[\w.-]+==", line)
        ]
        if extra:
            yield Problem(path.name, f"not an exact version: {', '.join(extra)}")


def main():
    for path in (ALL, SITE):
        source = path.with_suffix(".in")
        lines = [f"{name}=={version}" for name, version in sorted(closure(asked(source)).items())]
        head = HEAD.format(source=source.relative_to(ROOT))
        path.write_text(head + "\n".join(lines) + "\n")
        print(f"{path.relative_to(ROOT)}: {len(lines)} packages")


if __name__ == "__main__":
    sys.exit(main())
