"""KaTeX in a process of its own: one formula a line comes in as JSON, one answer a line goes out.

A process that builds pages is forked, and V8 does not survive that; so each process that sets
formulas starts this program once, by `book.ext.katex.engine`, and it ends with its input.
"""

import json
import sys
from pathlib import Path

from py_mini_racer import MiniRacer

SCRIPT = Path(__file__).parents[1] / "vendor" / "katex" / "katex.min.js"
SET = (
    "function set(tex, options) { try { return {html: katex.renderToString(tex, options)};"
    " } catch (e) { return {error: String(e.message)}; } }"
    "function setJson(tex, options) { return JSON.stringify(set(tex, options)); }"
)


def main():
    with MiniRacer() as context:
        context.eval(SCRIPT.read_text(encoding="utf-8"))
        context.eval(SET)
        for line in sys.stdin:
            print(context.call("setJson", *json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
