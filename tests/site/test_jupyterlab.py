"""The live figures in JupyterLab with a kernel: they show and report what Python computes."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from rnnbook.quiz import home, stored
from tests.site.displayed import DISPLAYED, FIGURES, differences

ROOT = Path(__file__).parents[2]
# JupyterLab leaves out what is off the screen, asks for news and saves, unless told not to.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--expose-app-in-browser",
    "--ServerApp.terminals_enabled=False",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--LabApp.extension_manager=readonly",
]
VIEWS = [(figure, label) for figure in FIGURES for label in figure.views]
QUIZ, LAST = len(VIEWS) + 1, len(VIEWS) + 2  # cells after the set-up and the views
# What the page has reported to Python when a cell runs: settings and what they mean; a result.
REPORT = """seen = [[{k: getattr(f, k) for k in f.limits}, f.shown()] for f in figures]
print(json.dumps([*seen, quiz.result]))"""
KERNEL = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
VALUES = (
    "inputs => inputs.map(input => [input.value, input.min, input.max, input.step].map(Number))"
)


# ---- JupyterLab ------------------------------------------------------------------


def notebook():
    """The set-up, a cell for each view of each figure, and one that prints what Python sees."""
    nb = nbformat.v4.new_notebook()
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    sources = ["import json\nfrom rnnbook.widgets import *\nfigures = []"]
    for figure, label in VIEWS:
        made = f"{figure.__name__}(**{figure.views[label]!r})"
        sources.append(f"figures.append({made})\nfigures[-1]")
    sources.append('from rnnbook.quiz import Quiz\nquiz = Quiz("overview")\nquiz')
    nb.cells = [nbformat.v4.new_code_cell(source) for source in [*sources, REPORT]]
    return nb


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def surroundings(folder):
    """An environment in which Jupyter finds this package and writes below ``folder`` only."""
    for name, values in SETTINGS.items():
        path = folder / "lab" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    places = {
        "JUPYTERLAB_SETTINGS_DIR": "lab",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    paths = {name: str(folder / place) for name, place in places.items()}
    return {**os.environ, **paths, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


def wait_until_answers(url, server, log):
    for _ in range(240):
        try:
            return urllib.request.urlopen(url + "api", timeout=5).close()
        except OSError:
            time.sleep(0.25)
        if server.poll() is not None:
            break
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def lab_url(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("jupyterlab"), free_port()
    root, log = folder / "root", folder / "log.txt"
    root.mkdir()
    nbformat.write(notebook(), root / "figures.ipynb")
    places = [f"--ServerApp.root_dir={root}", f"--ServerApp.port={port}"]
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, *places]
    with log.open("w") as stream:
        server = subprocess.Popen(
            command, cwd=root, env=surroundings(folder), stdout=stream, stderr=stream
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_until_answers(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def lab(browser, lab_url):
    """The notebook in JupyterLab, all of its cells run."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.errors, page.foreign = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    ours = (lab_url, "data:", "blob:", lab_url.replace("http", "ws", 1))
    page.on("request", lambda r: r.url.startswith(ours) or page.foreign.append(r.url))
    page.goto(lab_url + "lab/tree/figures.ipynb?reset")
    page.locator(".jp-Notebook .jp-CodeCell").last.wait_for(timeout=60_000)
    page.wait_for_function(f"{KERNEL} === 'idle'", timeout=60_000)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    cell(page, LAST).locator(".jp-OutputArea-output").wait_for(timeout=120_000)
    yield page
    context.close()


def cell(page, number):
    return page.locator(".jp-Notebook .jp-CodeCell").nth(number)


def running(page, number):
    """The live figure of a view, counted from 0."""
    live = cell(page, number + 1).locator(".rnnlive")
    live.scroll_into_view_if_needed(timeout=20_000)
    return live


def report(page):
    """What Python sees of each figure, (settings, shown), and last of the quiz."""
    last = cell(page, LAST)
    last.locator(".cm-content").click()
    before = last.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "before => ![before, '[*]:'].includes([...document.querySelectorAll('.jp-Notebook "
        ".jp-InputPrompt')].at(-1).innerText)",
        arg=before,
    )
    return json.loads(last.locator(".jp-OutputArea-output").inner_text())


# ---- Tests -----------------------------------------------------------------------


def test_every_view_shows_what_python_computes(lab):
    wrong = []
    for number, (figure, label) in enumerate(VIEWS):
        displayed = running(lab, number).evaluate(DISPLAYED)
        shown = figure(**figure.views[label]).shown()
        wrong += [f"{figure.__name__}, {label}: {w}" for w in differences(displayed, shown)]
    assert not wrong, "\n".join(wrong)
    assert not lab.errors, "\n".join(lab.errors)
    assert not lab.foreign, "\n".join(lab.foreign)


def press(page, slider, name):
    """Two steps by the arrow keys, which JupyterLab would use to go from cell to cell."""
    [[value, low, high, step]] = slider.evaluate_all(VALUES)
    sign, keys = (1, "Right Up") if value + 2 * step <= high else (-1, "Left Down")
    slider.focus()
    for count, key in enumerate(keys.split(), start=1):
        page.keyboard.press(f"Arrow{key}")
        now = float(slider.input_value())
        wanted = pytest.approx(max(value + count * sign * step, low))
        assert now == wanted, f"{name}: the arrow {key.lower()} does not reach the slider"


def click(page, slider, name):
    """The place on the track, by mouse, that is farther from the present value."""
    [[value, low, high, _]] = slider.evaluate_all(VALUES)
    part = 0.3 if value > (low + high) / 2 else 0.7
    box = slider.bounding_box()
    page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
    assert float(slider.input_value()) != value, f"{name}: the mouse does not move the slider"


def test_python_sees_what_mouse_and_keyboard_set(lab):
    moved = {}
    for number, (figure, label) in enumerate(VIEWS):
        if figure.views[label]:
            continue  # the figures as they start are enough
        live = running(lab, number)
        sliders = live.locator("label:has(output) input[type=range]:enabled:visible").all()
        click(lab, sliders[0], figure.__name__)
        press(lab, sliders[-1], figure.__name__)
        read = "i => [i.closest('label').querySelector('output').dataset.name, Number(i.value)]"
        moved[number] = dict(slider.evaluate(read) for slider in (sliders[0], sliders[-1]))
    seen, wrong = report(lab), []
    for number, values in moved.items():
        settings, shown = seen[number]
        displayed = running(lab, number).evaluate(DISPLAYED)
        name = VIEWS[number][0].__name__
        for key, value in values.items():
            if settings[key] != pytest.approx(value):
                wrong.append(f"{name}: {key} is {value} on the page and {settings[key]} in Python")
        wrong += [f"{name}: {words}" for words in differences(displayed, shown)]
    assert len(moved) == len(FIGURES)
    assert not wrong, "\n".join(wrong)


def test_a_quiz_is_answered_and_python_sees_the_result(lab):
    """Every second question is left out; formulas are set by the browser itself."""
    box = cell(lab, QUIZ).locator(".rnnquiz")
    box.scroll_into_view_if_needed(timeout=20_000)
    questions = stored("overview")["questions"]
    for number, question in enumerate(questions):
        if number % 2 or question["kind"] in ("order", "numeric"):
            box.get_by_role("button", name="Skip").click()
            continue
        for value in question["right"]:
            box.locator(f'input[value="{value}"]').check()
        box.get_by_role("button", name="Check").click()
        assert box.locator(".feedback").inner_text().startswith("Right.")
        link = box.locator(".feedback a").get_attribute("href")
        assert link.startswith(home() + "chapters/"), link
        box.locator(".main").click()
    result = report(lab)[-1]
    assert result["of"] == 12 and result["right"] + len(result["missed"]) == 12
    assert 4 <= result["right"] <= 6 and result["passed"] is False
    assert not lab.errors, "\n".join(lab.errors)
