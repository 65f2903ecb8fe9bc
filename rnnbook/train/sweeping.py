"""Many runs over settings and seeds, on one core, on all, or on a cluster."""

import itertools
import numbers
import threading
from contextlib import contextmanager
from functools import partial

import torch
from torch import nn

from rnnbook import door, hardware
from rnnbook.models import Classifier, Tagger

from .loop import fit
from .pieces import pieces_of
from .progress import bar
from .recipe import Recipe, names_of
from .runs import Runs
from .scores import evaluate

ONE_AT_A_TIME = threading.RLock()  # runs in one process share torch's generator
PLAIN = (str, bool, numbers.Number, type(None))


class SweepError(RuntimeError):
    """A run of a sweep failed; the message begins with its settings."""


def sweep(task, seed=range(3), jobs=None, progress=True, **settings):
    """Run every combination of settings and seeds; returns ``Runs``, one row a run.

    A setting is one value, or a list, tuple or range of values; a dict gives them names for the
    table, as in ``cell={"LSTM, bias 5": partial(LSTM, forget_bias=5.0)}``.
    task: a class or function that makes a task of its own settings, or a data set. Each run
    makes a Tagger or a Classifier, as the targets ask for, over ``cell(task.D, H)``, fits it
    for ``steps`` (300) updates from ``torch.manual_seed(seed)`` and evaluates it; settings go by
    name to the task, the layer (H is 32), the model (pooling), ``fit``, and the batches.
    Or: a function that takes all settings and the seed and returns a dict of numbers.
    jobs: how many processes; None leaves it to ``joblib.parallel_config``, without which runs
    follow one another in this process; -1 is one for each core. A Dask cluster is used under
    ``joblib.parallel_config("dask")``. Each run has one thread and a random generator of its
    own, so that the numbers are the same wherever it takes place.
    Raises TypeError for a setting that has no place, ValueError for threads, which would share
    torch's generator, SweepError with the settings of a run that fails. Taught in chapter 12.
    """
    import joblib
    from joblib.parallel import ThreadingBackend, get_active_backend

    if isinstance(get_active_backend()[0], ThreadingBackend):
        raise ValueError(
            "the runs of a sweep cannot share a process, since threads share torch's random "
            "generator; expected the backend 'loky' (processes) or 'dask'"
        )
    axes = {name: named(name, values) for name, values in {**settings, "seed": seed}.items()}
    plan = [dict(zip(axes, labels)) for labels in itertools.product(*axes.values())]
    values = [{name: axes[name][label] for name, label in labels.items()} for labels in plan]
    work = worker(task, settings)
    job = joblib.delayed(partial(perform, work, str(hardware.device())))
    check_plan(work, values)
    rows = joblib.Parallel(n_jobs=jobs, return_as="generator")(map(job, plan, values))
    with bar(len(plan), wanted=progress) as show:
        return Runs(row for row in rows if show() is None)


def run_grid(run, *axes, jobs=-1):
    """``run(a, b, ...)`` for every combination of the axes, side by side on all cores.

    Returns nested lists: result[i][j] belongs to the entry i of the first axis and j of the
    second. For runs that begin with ``torch.manual_seed``: each takes place in a process with
    one thread, so that the numbers are the same on any number of cores; what it returns is a
    copy. jobs: as for ``sweep``. An error in a run is raised here. Taught in chapter 1.
    """
    import joblib

    axes = [list(axis) for axis in axes]
    job = joblib.delayed(partial(on_device, run, str(hardware.device())))
    results = joblib.Parallel(n_jobs=jobs)(itertools.starmap(job, itertools.product(*axes)))
    for axis in reversed(axes[1:]):
        n = len(axis) or 1
        results = [results[i : i + n] for i in range(0, len(results), n)]
    return results


def on_device(run, where, *settings):
    """One run of ``run_grid``."""
    with ONE_AT_A_TIME, alone(where):
        return run(*settings)


def named(name, values):
    """A setting as a dict from what the table says to the value."""
    if isinstance(values, dict):
        found = values
    else:
        values = values if isinstance(values, (list, tuple, range)) else [values]
        labels = [v if isinstance(v, PLAIN) else getattr(v, "__name__", repr(v)) for v in values]
        found = dict(zip(labels, values))
        if len(found) < len(values):
            raise ValueError(
                f"{name} has several values called {labels}; give them names, as in "
                f"{name}={{'first': ..., 'second': ...}}"
            )
    if not found:
        raise ValueError(f"{name} has no values; expected at least one")
    return found


def worker(task, settings):
    """The function of one run: ``task`` itself, or training on what it makes."""
    if not callable(task) and not hasattr(task, "batches"):
        raise TypeError(f"task is {door.short(task)}; expected a task, or a function of a run")
    makes = isinstance(task, type) or not callable(task)
    if makes and "cell" not in settings:
        raise TypeError("the setting cell is missing; give layers, such as cell=[RNN, LSTM]")
    if makes or ("cell" in settings and not names_of(task) & {"cell", "**"}):
        return partial(fitted, task)
    return task


def check_plan(work, plan):
    """Build everything once, so that a wrong setting is seen before hours of training."""
    if isinstance(work, partial) and work.func is fitted:
        with torch.random.fork_rng(devices=[]):
            for values in plan:
                if values["seed"] == plan[0]["seed"]:
                    prepare(work.args[0], **{n: v for n, v in values.items() if n != "seed"})


def perform(work, where, labels, values):
    """One run, in a world of its own; returns its row."""
    with ONE_AT_A_TIME, alone(where):
        torch.manual_seed(values["seed"])
        try:
            return {**labels, **as_numbers(work(**values))}
        except Exception as error:
            words = ", ".join(f"{name}={label!r}" for name, label in labels.items())
            raise SweepError(f"run {words} failed: {type(error).__name__}: {error}") from error


@contextmanager
def alone(where):
    """One thread, the caller's device, and a random generator that the caller does not share."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    if str(hardware.device()) != where:
        hardware.use(where)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)


def as_numbers(found):
    """A dict of numbers; TypeError for anything else."""
    if not isinstance(found, dict):
        raise TypeError(f"it returned {door.short(found)}; expected a dict of numbers")
    found = {name: v.item() if hasattr(v, "item") else v for name, v in found.items()}
    for name, value in found.items():
        if not isinstance(value, numbers.Number):
            raise TypeError(f"its {name} is {door.short(value)}; expected a number")
    return found


def fitted(task, seed, **settings):
    """Build, fit and score one model: its number of parameters and what ``evaluate`` says."""
    data, model, training, batches = prepare(task, **settings)
    fit(model, data, **{"steps": 300, "seed": seed, "progress": False, **training, **batches})
    if "split" in names_of(data.batches):
        batches = {"split": "valid", **batches}
    parameters = sum(weight.numel() for weight in model.parameters())
    scores = evaluate(model, data, loss=training.get("loss"), **batches)
    return {"parameters": parameters, **scores}


def prepare(task, cell, H=32, **settings):
    """Data, model, and what is left of the settings for ``fit`` and for the batches."""
    own = names_of(task) if callable(task) else set()
    data = task(**{n: v for n, v in settings.items() if n in own}) if callable(task) else task
    places = {
        "the task": own,
        "the layer": layer_names(cell),
        "the model": {"pooling"},
        "fit": names_of(Recipe) - {"seed"},
        "the batches": names_of(data.batches) - {"B", "seed"},
    }
    parts = sort_settings(settings, places)
    batches = parts["the batches"]
    piece = next(pieces_of(data.batches(2, 0, **batches)))
    layer = cell(getattr(data, "D", H), H, **parts["the layer"])
    options = parts["the model"] | ({} if piece.x.is_floating_point() else {"V": data.V})
    K = getattr(data, "K", None) or data.V  # a text: the next of its V characters
    model = (Tagger if piece.per_step else Classifier)(layer, K, **options)
    return data, model, parts["fit"], batches


def sort_settings(settings, places):
    """{place: its settings}; TypeError for a name that belongs nowhere, or to two places."""
    parts = {place: {} for place in places}
    for name, value in settings.items():
        homes = [place for place, names in places.items() if name in names]
        if not homes:
            known = "; ".join(f"{p}: {', '.join(sorted(n))}" for p, n in places.items() if n)
            raise TypeError(f"unknown setting {name}; known are cell, H, seed; {known}")
        if len(homes) > 1:
            raise TypeError(
                f"setting {name} belongs to {' and to '.join(homes)}; give sweep a function with "
                "another name for it, as in lambda T, lag: tasks.lag(T, steps=lag)"
            )
        parts[homes[0]][name] = value
    return parts


def layer_names(cell):
    """The options of a layer, those of its cell and of what they are built on included."""
    cell = getattr(cell, "func", cell)  # a functools.partial
    if not isinstance(cell, type):
        return names_of(cell) - {"D", "H", "**"}
    classes = {*cell.__mro__, *getattr(cell, "cell", cell).__mro__} - set(nn.Module.__mro__)
    found = [names_of(kind.__init__) for kind in classes if "__init__" in vars(kind)]
    return set().union(*found) - {"self", "args", "D", "H", "**"}
