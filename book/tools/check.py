"""Every rule that needs no execution: ``python -m book.tools.check``."""

import subprocess
import sys
import time

from book.tools import citations, floors, ledger, pins, repository, rules
from book.tools.notebooks import ROOT, Problem, chapters
from exercises import make, sheet


def ruff():
    """Lint and format of everything; in notebooks lint alone, at their width."""
    narrow = ["check", f"--line-length={rules.WIDTH}", *map(str, chapters())]
    for arguments in ["check", "."], ["format", "--diff", "."], narrow:
        command = [sys.executable, "-m", "ruff", *arguments, "--quiet"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            yield Problem(f"ruff {arguments[0]}", (done.stdout + done.stderr).strip()[:3000])


def notebooks():
    """The rules of every chapter."""
    return rules.problems(chapters())


def package():
    for rule in floors.ALL:
        yield from rule()


def exercises():
    """Student notebooks are what their sheets make."""
    for slug in sheet.names():
        yield from (Problem("exercises", said) for said in make.stale(sheet.load(slug)))


CHECKS = {
    "ruff": ruff,
    "chapters": notebooks,
    "claims: ledger": ledger.coverage,
    "claims: controls": ledger.controls,
    "citations": citations.problems,
    "repository": repository.stale,
    "floors": package,
    "exercises": exercises,
    "requirements": pins.problems,
}


def main():
    started = time.perf_counter()
    failed = 0
    for name, check in CHECKS.items():
        problems = list(check())
        failed += len(problems)
        print(f"{'ok  ' if not problems else 'FAIL'} {name}")
        for problem in problems:
            print(f"     {problem}")
    seconds = time.perf_counter() - started
    print(f"{failed} problems in {seconds:.0f} s" if failed else f"no problem, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
