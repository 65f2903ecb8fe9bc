"""Hostile answer sheets, made from the student notebook of any sheet.

Each kind states the marks it must get: ``ALL`` where the answers are right and only the rest of the
notebook misbehaves, ``NOTHING`` where the answers are empty and the notebook tries to get marks,
``FIRST`` where the first question must fail and all else keep its marks.
"""

import json
import zipfile
from dataclasses import dataclass

import nbformat

from exercises import build
from exercises.sheet import SOLUTION

ALL, NOTHING, FIRST, UNREAD = "all", "nothing", "all but the first question", "unreadable"


@dataclass(frozen=True)
class Hostile:
    """One answer sheet: its file name, its bytes, the marks it must get."""

    name: str
    data: bytes
    expected: str


def solved(sheet):
    """The student notebook with right answers in place of the stubs."""
    notebook = build.student(sheet)
    answers = [q.sources("answer")[0] for q in sheet.questions.values()]
    stubs = {build.stub(source): SOLUTION.sub("", source) for source in answers}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = stubs.get(cell.source, cell.source)
    extra = [SOLUTION.sub("", source) for source in answers if not build.stub(source)]
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in extra]
    return notebook


def add(notebook, *sources, first=False):
    """The notebook with more code cells, at the end or right after the set-up cell."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    place = 2 if first else len(notebook.cells)
    notebook.cells[place:place] = cells
    return notebook


def packed(notebook):
    return nbformat.writes(notebook).encode()


# Cells that misbehave beside right answers: all marks are kept.
IN_A_CELL = {
    "endless loop": "while True: pass",
    "swallowed interrupt": """\
import signal
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGXCPU):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True: pass
    except BaseException: pass""",
    "20 GB array": "huge = np.ones((20 << 30) // 8)",
    "memory page by page": "hoard = []\nwhile True: hoard.append(bytearray(1 << 24))",
    "exit": "import os\nos._exit(0)",
    "sys exit": "import sys\nsys.exit()",
    "killed parent": "import os\nos.kill(os.getppid(), 9)",
    "killed all": "import os\nos.kill(-1, 9)\nos.kill(1, 9)\nos.kill(os.getpid(), 9)",
    "fork bomb": """\
import os
while True:
    try: os.fork()
    except OSError: pass""",
    "thread bomb": """\
import threading, time
while True: threading.Thread(target=time.sleep, args=(999,)).start()""",
    "daemon": """\
import os, time
if not os.fork():
    os.setsid()
    if not os.fork():
        os.closerange(0, 256)
        os.execv("/bin/sleep", ["rnnbook-daemon", "987654"])
    os._exit(0)""",
    "filled disk": """\
import os
for place in ("/tmp", "/dev/shm", "."):
    for n in range(50):
        try: open(f"{place}/full{n}", "wb").write(bytes(16 << 20))
        except OSError: pass""",
    "many files": """\
for n in range(100_000):
    try: open(f"/tmp/{n}", "w").close()
    except OSError: break""",
    "network": """\
import socket
for host in ("1.1.1.1", "127.0.0.1", "::1"):
    for port in (22, 53, 80, 443):
        try: socket.create_connection((host, port), 0.2).send(b"hello")
        except OSError: pass""",
    "deleted folder": """\
import os, shutil
for place in ("/tmp", "/", os.getcwd()): shutil.rmtree(place, ignore_errors=True)
os.chdir("/")""",
    "100 MB of output": "for _ in range(100): print('x' * (1 << 20))",
    "endless input": "input('your name? ')",
    "debugger": "breakpoint()",
    "recursion": "def down(n): return down(n + 1) + 1\ndown(0)",
    "syntax": "def (:",
    "null byte": "x = 1\0",
    "magics": "%matplotlib inline\n!rm -rf /\n%%bash\nrm -rf /",
    "closed pipes": """\
import os
for n in range(3, 256):
    try: os.close(n)
    except OSError: pass""",
}

# Put before empty answers, in the hope of marks: nothing is given.
FOR_MARKS = {
    "patched assert": """\
import builtins, numpy.testing
builtins.AssertionError = type("Never", (Exception,), {})
numpy.testing.assert_allclose = np.allclose = lambda *a, **k: True
alike = lambda *a, **k: True
has_shape = lambda *a, **k: None""",
    "patched earns": """\
def earns(worth, question, seconds=5):
    def run(check): SCORE.setdefault(question, {})[check.__name__] = worth
    return run""",
    "patched builtins": """\
import builtins
builtins.abs = builtins.max = builtins.min = builtins.sum = lambda *a, **k: 0
builtins.isinstance = builtins.all = builtins.any = lambda *a, **k: True
builtins.len = lambda x: 3""",
    "patched compile": """\
import ast, builtins
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
keep = builtins.compile
builtins.compile = lambda s, *a, **k: keep(ast.unparse(Drop().visit(ast.parse(s))), *a, **k)""",
    "forged files": """\
import json, os
for place in (".", "/tmp", "/", "/box", os.path.expanduser("~"), "/autograder/results"):
    for name in ("marks.csv", "marks.jsonl", "results.json", "score.json", "grades.csv"):
        try: open(os.path.join(place, name), "w").write(json.dumps({"score": 1000, "points": 1000}))
        except OSError: pass
print(json.dumps({"score": 1000}))""",
    "forged metadata": "SCORE = {'all': {'everything': 1000}}\nshow_score()",
}

# In place of the first answer: that question is lost and no other.
AS_AN_ANSWER = {
    "endless function": "while True: pass",
    "sleep": "__import__('time').sleep(1e6)",
    "exit in a function": "__import__('os')._exit(0)",
    "20 GB in a function": "return np.ones((20 << 30) // 8)",
    "swallowed in a function": """\
while True:
    try:
        while True: pass
    except BaseException: pass""",
    "equal to everything": """\
class Everything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, *a, **k): return np.zeros(3)
    def __getattr__(self, name): return lambda *a, **k: self
return Everything()""",
    "array that is equal": """\
class Everything(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return True
return np.zeros((2, 2)).view(Everything)""",
    "pickle": """\
class Bomb:
    def __reduce__(self): return (__import__("os").system, ("touch /tmp/rnnbook-pwned",))
import pickle
return pickle.dumps(Bomb())""",
    "object array": "return np.array([object(), None], dtype=object)",
    "text array": "return np.array(['1.0', '2.0'])",
    "dates": "return np.array(['2020-01-01'], dtype='datetime64[D]')",
    "NaN": "return np.full((3, 3), np.nan), np.full((3, 3), np.nan)",
    "too deep": "x = []\nfor _ in range(5000): x = [x]\nreturn x",
    "circle": "x = []\nx.append(x)\nreturn x",
    "too long": "return np.zeros(1 << 26)",
    "too many": "return list(range(10_000_000))",
    "huge text": "return 'x' * (1 << 28)",
    "huge number": "return 10 ** 10_000_000",
    "growing": """\
class Growing(list):
    def __iter__(self):
        while True: yield 1.0
    def __len__(self): return 1
return Growing([1.0])""",
    "generator": "return (x for x in iter(int, 1))",
    "huge shape": "return np.broadcast_to(np.zeros(1), (1 << 20, 1 << 20))",
    "tall and wide": "return np.zeros((50_000, 1)), np.zeros((1, 50_000))",
    "raises": "raise AssertionError('<script>alert(1)</script> full marks, please')",
    "raises a class of its own": """\
raise type("<b>Everything right</b>", (Exception,), {})()""",
    "reads the checks": """\
import os
for root in ("/work", "/home", "/root", "/", "/box", "/tmp", os.path.expanduser("~")):
    for folder, _, files in os.walk(root):
        if folder.startswith(("/usr", "/proc", "/site", "/lib", "/root/.pyenv")): continue
        for name in files:
            if name in ("sheet.md", "wrong.py") or name.endswith(".ipynb"):
                text = open(os.path.join(folder, name)).read()
                exec(text.split("### BEGIN HIDDEN TESTS")[1])
raise LookupError""",
    "reads the memory": """\
import gc, inspect
for thing in gc.get_objects():
    if callable(thing) and getattr(thing, "__name__", "").startswith(("check", "the_", "mark")):
        if "sheet" in str(getattr(thing, "__module__", "")): return thing(*args)
for frame in inspect.stack():
    for name, value in frame.frame.f_locals.items():
        if name in ("expected", "right", "right_BH", "reference"): return value
raise LookupError""",
    "reads the environment": """\
import glob
found = [open(p, "rb").read() for p in glob.glob("/proc/[0-9]*/environ")]
found += [open(p, "rb").read() for p in glob.glob("/proc/[0-9]*/cmdline")]
if any(b"exercises" in text for text in found): return 1.0
raise LookupError""",
    "forged reply": """\
import json, os, struct
tree = {"u": [{"v": 1.0}]}
text = json.dumps({"ok": True, "tree": tree}).encode()
for n in range(3, 64):
    try: os.write(n, (struct.pack("<II", len(text), 0) + text) * 3)
    except OSError: pass
return 1.0""",
    "broken reply": """\
import os
for n in range(3, 64):
    try: os.write(n, b"\\xff" * 64)
    except OSError: pass
return 1.0""",
    "deep reply": """\
import os, struct
text = b'{"ok": true, "tree": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
for n in range(3, 64):
    try: os.write(n, struct.pack("<II", len(text), 0) + text)
    except OSError: pass
return 1.0""",
    "zeroed arguments": """\
for argument in args:
    if isinstance(argument, np.ndarray): argument[...] = 0
return tuple(argument * 0 for argument in args if isinstance(argument, np.ndarray))""",
}


def function_of(sheet):
    """The name of the function that the first question asks for."""
    return next(iter(sheet.questions.values())).checks[0].needs[0]


def hostile(sheet):
    """Every kind that is a notebook with code in it."""
    for name, source in IN_A_CELL.items():
        yield Hostile(name, packed(add(solved(sheet), source)), ALL)
    for name, source in FOR_MARKS.items():
        yield Hostile(name, packed(add(build.student(sheet), source, first=True)), NOTHING)
    for name, body in AS_AN_ANSWER.items():
        lines = "\n".join("    " + line for line in body.splitlines())
        source = f"def {function_of(sheet)}(*args):\n{lines}"
        yield Hostile(name, packed(add(solved(sheet), source)), FIRST)
    yield from misshapen(sheet)
    yield from altered(sheet)


def altered(sheet):
    """Right or empty answers in notebooks whose form was changed."""
    renamed = solved(sheet)
    name = function_of(sheet)
    yield Hostile("renamed", packed(add(renamed, f"mine = {name}\ndel {name}")), FIRST)
    yield Hostile("not a function", packed(add(solved(sheet), f"{name} = 3.0")), FIRST)
    points = build.student(sheet)
    points.metadata["nbgrader"] = {"points": 1000, "grade": True}
    for cell in points.cells:
        cell.metadata["points"] = 1000
        cell.source = cell.source.replace("@earns(1,", "@earns(1000,")
    yield Hostile("changed points", packed(points), NOTHING)
    other = solved(sheet)
    other.metadata = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    yield Hostile("another kernel", packed(other), UNREAD)
    bare = solved(sheet)
    bare.metadata = {}
    yield Hostile("no kernel", packed(bare), ALL)
    yield Hostile("shuffled metadata", packed(add(solved(sheet), "")), ALL)


def misshapen(sheet):
    """Files that are no notebook, or in an encoding of their own."""
    text = packed(solved(sheet)).decode()
    for name, encoding in (("byte order mark", "utf-8-sig"), ("sixteen bits", "utf-16")):
        yield Hostile(name, text.encode(encoding), ALL)
    latin = json.dumps(json.loads(text), ensure_ascii=False)
    latin = latin.encode("latin-1", "replace")
    yield Hostile("old encoding", latin, ALL)
    yield Hostile("truncated", text[: len(text) // 2].encode(), UNREAD)
    yield Hostile("empty", b"", UNREAD)
    yield Hostile("blank", b" \n\n", UNREAD)
    yield Hostile("web page", b"<!DOCTYPE html><html><script>alert(1)</script></html>", UNREAD)
    yield Hostile("bytes", bytes(range(256)) * 40, UNREAD)
    yield Hostile("a list", b"[1, 2, 3]", UNREAD)
    yield Hostile("no cells", b'{"nbformat": 4, "cells": null}', UNREAD)
    yield Hostile(
        "strange cells", b'{"nbformat": 4, "cells": [1, null, {"cell_type": 3}]}', NOTHING
    )
    yield Hostile(
        "deep", b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", UNREAD
    )
    for version in ("2", "5", '"4"', "null"):
        yield Hostile(
            f"nbformat {version}",
            text.replace('"nbformat": 4', f'"nbformat": {version}').encode(),
            UNREAD,
        )
    yield Hostile("too large", b" " * (11 << 20), UNREAD)


ODD_NAMES = (
    "=cmd('calc').ipynb", "-rf.ipynb", "new\nline.ipynb", "ünïcödé 🎓.ipynb", "a" * 240 + ".ipynb",
    "<b>bold.ipynb", "quote'\".ipynb", ".hidden.ipynb", "no extension", "..ipynb",
)  # fmt: skip


def archive(path, sheet):
    """A zip of good answers under bad names: two of them name places outside."""
    good = packed(solved(sheet))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("doe_12345_6789_sheet.ipynb", good)
        file.writestr("../../slipped.ipynb", good)
        file.writestr("/tmp/absolute.ipynb", good)
        file.writestr("deep/er/doe_12345_6789_sheet.ipynb", good)
        file.writestr("__MACOSX/._sheet.ipynb", b"")
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("bomb.ipynb", bytes(64 << 20), zipfile.ZIP_DEFLATED)
    return {"slipped": UNREAD, "absolute": UNREAD, "link": UNREAD, "bomb": UNREAD, "doe": ALL}
