"""Lighthouse on a phone with a slow network: its scores, and when the largest part is painted."""

import json
import os
import subprocess

from book.tools.audit import programs, targets

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"


def run(url):
    """The report of one run as Lighthouse gives it."""
    script = programs.MODULES / "lighthouse" / "cli" / "index.js"
    command = [
        programs.node(),
        str(script),
        url,
        "--output=json",
        "--output-path=stdout",
        "--quiet",
    ]
    command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={FLAGS}"]
    command += ["--disable-full-page-screenshot", "--no-enable-error-reporting"]
    surroundings = {**os.environ, "CHROME_PATH": programs.chromium()}
    ran = subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=300)
    if ran.returncode:
        raise RuntimeError(f"Lighthouse failed on {url}:\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout)


def scores(report):
    """{category: score out of 100}."""
    return {name: round(100 * (one["score"] or 0)) for name, one in report["categories"].items()}


def lost(report):
    """The audits that cost a category its 100, performance aside, in Lighthouse's words."""
    names = {
        ref["id"]
        for name, category in report["categories"].items()
        for ref in category["auditRefs"]
        if name != "performance" and ref["weight"]
    }
    audits = [report["audits"][name] for name in sorted(names)]
    return [where(audit) for audit in audits if audit["score"] is not None and audit["score"] < 1]


def where(audit):
    """The audit's title and the first things it names."""
    items = (audit.get("details") or {}).get("items", [])[:3]
    parts = [
        item.get("node", {}).get("snippet") or item.get("text") or item.get("url") for item in items
    ]
    return f"{audit['title']} ({', '.join(filter(None, parts))})"


def summary(report):
    audits = report["audits"]
    return {
        **scores(report),
        "lcp_s": round(audits["largest-contentful-paint"]["numericValue"] / 1000, 2),
        "tbt_ms": round(audits["total-blocking-time"]["numericValue"]),
        "cls": round(audits["cumulative-layout-shift"]["numericValue"], 3),
        "lost": lost(report),
    }


def best_of(url, runs):
    """The best of some runs by performance; none follows a run that reaches every target."""
    best, count = None, 0
    while count < runs and (best is None or any(targets.of_lighthouse(best, False))):
        found, count = summary(run(url)), count + 1
        if best is None or found["performance"] > best["performance"]:
            best = found
    return {**best, "runs": count}
