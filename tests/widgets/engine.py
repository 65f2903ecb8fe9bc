"""Runs the arithmetic of a live figure's JavaScript in Python."""

import atexit
import json
from functools import cache

from py_mini_racer import MiniRacer

from rnnbook.widgets import base


@cache
def engine(name):
    """A JavaScript engine that has evaluated the part of a figure above its view."""
    context = MiniRacer()
    atexit.register(context.close)  # later is too late: Python 3.13 would wait for ever
    context.eval(base.script(name).split("// ---- The view")[0])
    return context


def run(name, expression, **values):
    """The value of a JavaScript expression over ``values``; numbers that are not finite as null."""
    call = f"JSON.stringify((({', '.join(values)}) => {expression})"
    return json.loads(
        engine(name).eval(
            f"{call}(...{json.dumps(list(values.values()))}), "
            "(k, v) => ArrayBuffer.isView(v) ? Array.from(v) : v)"
        )
    )
