"""Time several functions fairly: one after the other, again and again, in one process."""

import os
import platform
import statistics
import time
from pathlib import Path

import torch


def sync(device):
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()


def medians(candidates, device="cpu", budget=20.0, most=25):
    """Median seconds of each function, from rounds in which every one runs once.

    candidates: dict name -> function. On the CPU the time of this process is counted, which
    other programs disturb less than the clock on the wall; on a GPU the clock, after waiting
    for it. budget: seconds for all rounds together; there are at least 3 rounds.
    Returns ({name: seconds}, rounds).
    """
    clock = time.process_time if torch.device(device).type == "cpu" else time.perf_counter
    for function in candidates.values():  # the first call sets things up
        function()
        sync(device)
    taken, started = {name: [] for name in candidates}, time.perf_counter()
    for done in range(most):
        if done >= 3 and time.perf_counter() - started > budget:
            break
        for name, function in candidates.items():
            begin = clock()
            function()
            sync(device)
            taken[name].append(clock() - begin)
    return {name: statistics.median(times) for name, times in taken.items()}, len(taken[name])


def rows(seconds, reference, rounds, **about):
    """Table rows: milliseconds, and how many times faster than ``reference`` each is."""
    return [
        {
            **about,
            "name": name,
            "ms": float(f"{1e3 * s:.4g}"),
            "times": float(f"{seconds[reference] / s:.3g}"),
            "against": reference,
            "rounds": rounds,
        }
        for name, s in seconds.items()
    ]


def machine():
    """Processor, number of its threads in use, and versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = [
            line.split(":")[1] for line in info.read_text().splitlines() if "model name" in line
        ]
        model = found[0].strip() if found else model
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpu": gpu,
        "torch": torch.__version__,
        "load": os.getloadavg()[0],
    }
