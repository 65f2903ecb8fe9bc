"""What a long run has measured so far, in a file, so that it can be interrupted and goes on."""

import json
import os
import platform
import time

import torch


def begun(path, fresh):
    """What earlier parts of this run stored at ``path``, else ``fresh``, a dict, to be filled."""
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    return {
        **fresh,
        "seconds": 0,
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__}",
        "beside": "nothing else was running",
    }


def keep(path, result, started):
    """Write ``result``; a part of it was begun at ``started``, by ``time.perf_counter``."""
    if os.getloadavg()[0] > 1.5:  # this run is one
        result["beside"] = "other processes were running"
    result["seconds"] = round(result["seconds"] + time.perf_counter() - started)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
