"""Audit the built site: ``python -m book.tools.audit [PAGE...] [--only PART...] [--runs N]``.

Writes experiments/results/audit.json, where parts and pages that were not asked for keep what
was measured before, and ends with an error that names page and figure where a target is missed.
"""

import argparse
import json
import os
import platform
import sys
from datetime import date
from functools import partial

from book.tools.audit import lighthouse, markup, pages, programs, targets, visit
from book.tools.notebooks import ROOT
from book.tools.serve import HTML, serve

RESULT = ROOT / "experiments" / "results" / "audit.json"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m book.tools.audit", description=__doc__)
    parser.add_argument(
        "pages", nargs="*", metavar="PAGE", help="such as index or 05-lstm; else all"
    )
    parser.add_argument(
        "--only", nargs="+", choices=list(targets.PARTS), default=list(targets.PARTS)
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of Lighthouse, the best counts")
    return parser.parse_args(arguments)


def measurers(asked, site, chromium, names):
    """{part: function of a page}."""
    known = {
        "visit": partial(visit.load, chromium, site),
        "axe": partial(visit.accessibility, chromium, site),
        "lighthouse": lambda name: lighthouse.best_of(site + name, asked.runs),
    }
    if "html" in asked.only:
        checked = markup.check(HTML, names)
        known["html"] = lambda name: markup.counted(checked[name])
    return {part: known[part] for part in asked.only}


def versions():
    lock = json.loads((programs.HERE / "package-lock.json").read_text())["packages"]
    found = {name: lock[f"node_modules/{name}"]["version"] for name in ("lighthouse", "vnu-jar")}
    commands = {"chromium": programs.chromium(), "node": programs.node()}
    return found | {name: programs.version([path, "--version"]) for name, path in commands.items()}


def machine():
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"system": platform.system(), "cores": os.cpu_count(), "load": round(load, 1)}


def stored():
    return json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {"pages": {}}


def store(result):
    """Write after every page, so that a run that is stopped keeps what it has."""
    known = set(pages.all_pages())
    result["pages"] = {n: result["pages"][n] for n in sorted(known & set(result["pages"]))}
    result["missed"] = {
        name: words
        for name in result["pages"]
        if (words := list(targets.missed(result["pages"], name)))
    }
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(asked, names, result):
    with serve() as site, visit.browser() as chromium:
        for part, function in measurers(asked, site, chromium, names).items():
            for name in names:
                if part == "lighthouse" and not pages.is_indexable(name):
                    continue
                result["pages"].setdefault(name, {})[part] = function(name)
                store(result)
                words = list(targets.missed(result["pages"], name, [part]))
                print(f"{'FAIL' if words else 'ok  '} {part:10} {name}", flush=True)
                print(*(f"     {line}" for line in words), sep="\n", end="\n" if words else "")


def main(arguments=None):
    asked = parse(arguments)
    names = pages.asked(asked.pages)
    if {"lighthouse", "html"} & set(asked.only):
        programs.install()
    result = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "targets": targets.all_targets(),
        "pages": stored()["pages"],
    }
    measure(asked, names, result)
    count = sum(len(list(targets.missed(result["pages"], name, asked.only))) for name in names)
    print(f"{count} targets missed on {len(names)} pages" if count else "every target is reached")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
