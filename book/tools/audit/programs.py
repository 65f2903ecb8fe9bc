"""The programs that the audit runs: Chromium, Node with Lighthouse, Java with the Nu checker.

What comes from npm is pinned in package-lock.json beside this file and is installed, without
running any of its scripts, into _build/audit.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from book.tools.notebooks import ROOT

HERE, PLACE = Path(__file__).parent, ROOT / "_build" / "audit"
MODULES = PLACE / "node_modules"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NODE, JAVA = (22, 19), (11,)  # the oldest that Lighthouse 13 and the checker run on


class Missing(SystemExit):
    """A program is not there; the message says what to do."""


def install():
    """Bring _build/audit to the versions of package-lock.json."""
    lock = HERE / "package-lock.json"
    done = PLACE / "installed.json"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return
    if not shutil.which("npm"):
        raise Missing("npm was not found; the audit installs Lighthouse with it: install Node")
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, PLACE)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "ci", *quiet], cwd=PLACE, check=True)
    shutil.copy(lock, done)


def version(command):
    """The first version that a program prints of itself, None where it does not run."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)*", ran.stdout + ran.stderr)
    return found[0] if found and ran.returncode == 0 else None


def numbers(text):
    return tuple(map(int, text.split("."))) if text else ()


def chromium():
    """The browser, from RNNBOOK_BROWSER or the path."""
    found = next(
        filter(None, [os.environ.get("RNNBOOK_BROWSER"), *map(shutil.which, BROWSERS)]), None
    )
    if found is None:
        raise Missing("no Chromium was found: install it, or name one in RNNBOOK_BROWSER")
    return found


def node():
    """A Node that Lighthouse runs on: the one that npm brought, else that of the machine."""
    for found in (str(MODULES / ".bin" / "node"), "node"):
        if numbers(version([found, "--version"])) >= NODE:
            return found
    raise Missing(
        f"Node {version(['node', '--version']) or 'was not found'}; Lighthouse needs "
        f"{'.'.join(map(str, NODE))} or newer, and npm brings one for Linux only: install it"
    )


def java():
    """Java for the HTML checker."""
    if numbers(version(["java", "-version"])) < JAVA:
        raise Missing(
            "Java 11 or newer was not found; the HTML checker needs it: install a JRE (on Debian "
            "and Ubuntu: apt install default-jre-headless), or leave it out: --only lighthouse "
            "axe visit"
        )
    return "java"
