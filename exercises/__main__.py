"""The command line: ``python -m exercises build`` and ``python -m exercises grade``."""

import argparse
import sys
from pathlib import Path

from exercises.sheet import SheetError


def arguments(given=None):
    parser = argparse.ArgumentParser("python -m exercises", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make student notebooks, solutions and bundles")
    build.add_argument("slugs", nargs="*", metavar="NN-slug", help="all sheets where none is named")
    build.add_argument("--out", type=Path, help="folder for what is made; default _build/exercises")
    build.add_argument("--check", action="store_true", help="only say what is wrong or out of date")
    grade = commands.add_parser("grade", help="mark answer sheets")
    grade.add_argument("slug", metavar="NN-slug")
    grade.add_argument("submissions", nargs="+", type=Path, help="notebooks, folders or zip files")
    grade.add_argument("--out", type=Path, required=True, help="folder for marks and feedback")
    grade.add_argument("-j", "--jobs", type=count, default=2, help="answer sheets marked at a time")
    grade.add_argument(
        "--seed", type=whole, help="draws the sizes of the checks; recorded in --out"
    )
    grade.add_argument("--seconds", type=count, default=60, help="time for one answer sheet")
    grade.add_argument("--trust", action="store_true", help="mark without a box: your own answers")
    grade.add_argument("--dask", metavar="ADDRESS", help="spread the marking over a Dask cluster")
    for command in (build, grade):
        of_a_class(command)
    return parser.parse_args(given)


def whole(text):
    """A number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def count(text):
    """A number from 1 on."""
    if not whole(text):
        raise argparse.ArgumentTypeError("at least 1 is needed")
    return int(text)


def of_a_class(command):
    """Options by which a teacher has sheets and numbers of the own."""
    own = "a folder of your own sheets, looked at before the book's"
    command.add_argument(
        "--sheets", type=Path, action="append", default=[], metavar="DIR", help=own
    )
    seed = "the seed of a class, from which some answers follow"
    command.add_argument("--class-seed", type=whole, default=0, metavar="N", help=seed)


def made(options):
    """Build, or say what is missing for it."""
    try:
        from exercises.make import make
    except ModuleNotFoundError as error:
        raise SheetError(f"build needs the package {error.name}: pip install nbgrader") from None
    return make(options)


def main(given=None):
    options = arguments(given)
    try:
        if options.command == "build":
            return made(options)
        from exercises.grade import grade

        return grade(options)
    except SheetError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
