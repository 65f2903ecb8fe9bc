"""The chapters keep the rules, and for each rule a notebook that breaks it is caught."""

import nbformat
import pytest

from book.tools import prose, rules
from book.tools.notebooks import STATE, VIEW, chapters, read

SVG = "<svg><path/></svg>"
ALT = "Line chart of the loss against the step, falling from left to right"


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.__name__)
def test_chapter(path, rule):
    assert [str(problem) for problem in rule(read(path), path.name)] == []


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", text=text, name=name)


def shown(**data):
    data = {key.replace("__", "/").replace("svg", "svg+xml"): text for key, text in data.items()}
    return nbformat.v4.new_output("display_data", data=data)


def found(rule, nb):
    return " | ".join(str(problem) for problem in rule(nb, "05-lstm.ipynb"))


IMPORT = ("code", "import numpy as np")
TEXT = ("markdown", "Some words.")


def figure(alt=ALT, caption="*The loss falls. Mean of 3 seeds.*", tags=("caption",)):
    """The cells of a figure; ``alternative`` sets the text afterwards."""
    return [("code", "draw()", [], [shown(image__svg=SVG)]), ("markdown", caption, tags)]


def with_alt(nb, alt=ALT):
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.metadata["mystnb"] = {"image": {"alt": alt}}
    return nb


CODE = [
    (rules.code_length, [("code", "x = 1\n" * 26)], "26 lines of code"),
    (rules.code_length, [("code", "x = 1\n" * 9)] * 3, "median code cell has 9 lines"),
    (rules.code_width, [("code", "x = '" + "a" * 80 + "'")], "line 1 has 86 characters"),
    (rules.enough_cells, [("code", "x = 1")] * 11, "11 code cells"),
    (rules.imports, [("code", "from math import *")], "imports *"),
    (rules.imports, [("code", "x = 1")], "must hold the imports and nothing else"),
    (rules.imports, [IMPORT, ("code", "def f():\n    import math")], "imports again"),
    (rules.imports, [("code", "import math\n" * 7)], "7 lines of imports"),
    (rules.imports, [(*IMPORT, ["hide-input"])], "must be visible"),
    (rules.prose_between, [IMPORT, IMPORT, IMPORT], "cell 2 (test-02): the third code cell"),
    (rules.defined_and_called, [("code", "def f(x):\n    return f(x - 1)")], "f is defined and"),
    (rules.defined_and_called, [("code", "class Net:\n    pass")], "Net is defined and"),
    (rules.known_tags, [(*IMPORT, ["train"])], "unknown tag 'train'"),
    (rules.known_tags, [(*IMPORT, ["claim:x"])], "unknown tag 'claim:x'"),
    (rules.known_tags, [(*IMPORT, ["nbval-ignore-output"])], "go together"),
    (rules.known_tags, [(*IMPORT, ["timing"])], "go together"),
    (rules.known_tags, [(*IMPORT, ["nbval-skip"])], "unknown tag 'nbval-skip'"),
    (rules.known_tags, [("code", "# NBVAL_SKIP\nx")], "steers nbval"),
    (rules.executed, [IMPORT], "no stored outputs"),
    (rules.printed_outputs, [("code", "print(1)")], "no stored output"),
]


@pytest.mark.parametrize("rule, cells, fault", CODE)
def test_code_rules(notebook, rule, cells, fault):
    assert fault in found(rule, notebook(*cells))


OUTPUT = [
    (rules.clean_outputs, stream("oh", "stderr"), "wrote to stderr: oh"),
    (rules.clean_outputs, stream("x.py:3: UserWarning: careful"), "a warning"),
    (rules.clean_outputs, stream("<Net at 0x7f2a3c1b9d90>"), "memory address"),
    (rules.clean_outputs, shown(text__plain="<Net object at 0x7f2a3c1b>"), "memory address"),
    (rules.clean_outputs, stream(" 45%|####     | 9/20"), "progress bar"),
    (rules.clean_outputs, nbformat.v4.new_output("error", ename="E", evalue="v"), "stored error"),
    (rules.absolute_paths, stream("read /home/me/data.csv"), "absolute path /home/me"),
    (rules.absolute_paths, shown(text__html="<img src='/root/a.png'>"), "absolute path /root/a"),
    (rules.short_outputs, stream("a\n" * 16), "16 lines of output"),
]


@pytest.mark.parametrize("rule, output, fault", OUTPUT)
def test_output_rules(notebook, rule, output, fault):
    assert fault in found(rule, notebook(("code", "run()", [], [output])))


def test_absolute_path_in_source(notebook):
    assert "/content/x" in found(rules.absolute_paths, notebook(("code", "open('/content/x')")))
    fine = notebook(("markdown", "[x](https://a.org/home/b) and a/tmp/b"))
    assert not found(rules.absolute_paths, fine)


def test_order_of_execution(notebook):
    nb = notebook(IMPORT, IMPORT)
    nb.cells[1].execution_count = 5
    assert "execution count 5, expected 2" in found(rules.executed, nb)


def test_ids(notebook):
    nb = notebook(TEXT, TEXT, TEXT)
    nb.cells[1].id, nb.cells[2].id = "test-00", "1a2b3c4d"
    report = found(rules.ids, nb)
    assert "a second cell has the id 'test-00'" in report and "'1a2b3c4d' is not like" in report


def test_figures(notebook):
    assert not found(rules.figures, with_alt(notebook(*figure())))
    bare = with_alt(notebook(figure()[0], TEXT))
    assert "no caption after it" in found(rules.figures, bare)
    plain = with_alt(notebook(*figure(caption="Not in italics.")))
    assert "no caption after it" in found(rules.figures, plain)
    assert "3 words of alt" in found(rules.figures, with_alt(notebook(*figure()), "A line chart"))
    repeated = with_alt(notebook(*figure(caption=f"*{ALT}.*")))
    assert "repeats the caption" in found(rules.figures, repeated)
    source, *rest = figure()
    twice = with_alt(notebook((*source[:3], source[3] * 2), *rest))
    assert "exactly one SVG" in found(rules.figures, twice)
    orphan = notebook(IMPORT, ("markdown", "*A caption.*", ["caption"]))
    assert "without a figure" in found(rules.orphan_captions, orphan)


def test_live_figures(notebook):
    view = shown(text__plain="Widget()")
    view.data[VIEW] = {"model_id": "abc"}
    untagged = notebook(("code", "Widget()", [], [view]))
    assert "the tag live" in found(rules.figures, untagged)
    still = notebook(("code", "Widget()", ["live"], []))
    assert "the tag live" in found(rules.figures, still)
    nb = notebook(("code", "Widget()", ["live"], [view]))
    assert "no caption after it" in found(rules.figures, nb)
    assert "not stored" in found(rules.widget_states, nb)
    nb.metadata["widgets"] = {STATE: {"state": {"abc": {}}}}
    assert not found(rules.widget_states, nb)


def test_length(notebook):
    assert "1499 words" in found(prose.length, notebook(("markdown", "word " * 1499)))
    assert "3501 words" in found(prose.length, notebook(("markdown", "word " * 3501)))
    folded = "word " * 3500 + "\n\n:::{dropdown} Hint\nTry it.\n:::\n"
    assert not found(prose.length, notebook(("markdown", folded)))
    assert "3501 words" in found(prose.length, notebook(("markdown", folded + "\nMore.")))
    uncounted = "```python\nx y z\n```\n$$ a b c $$\n`code here` 12 [link](https://a.b/c)\n"
    nb = notebook(("markdown", "word " * 1499 + uncounted), ("markdown", "a " * 9, ["badges"]))
    assert not found(prose.length, nb)


@pytest.mark.parametrize(
    "source", ["(lstm)=\n# Title", "$$x$$ (eq-2)", ":::{figure} a\n:name: gates\n:::", "$$x$$ (x)"]
)
def test_labels(notebook, source):
    assert "label" in found(prose.labels, notebook(("markdown", source)))


def test_good_labels(notebook):
    good = "(ch-lstm)=\n# Title\n\n$$x$$ (eq-cell)\n\n:::{exercise}\n:label: ex-forget\n:::"
    assert not found(prose.labels, notebook(("markdown", good)))


RESULT = (
    "code",
    "measure()",
    [],
    [stream("loss 2.5437 after 1200 steps, norm -3.21e-07, 0.9741\n")],
)


@pytest.mark.parametrize(
    "words",
    [
        "The loss is 2.54.",
        "The loss is 2.5437, after 1,200 steps.",
        "A norm of 3e-07, in words 0.0000003.",
        "It is right in 97.4 % of the cases.",
        "About 1,200 steps.",
        "In 1997 it was 12 years old.",
        "A formula $x = 9.99$, code `9.99`, a label.",
        "They report 9.99 {cite:p}`key`.",
        "[text 12](https://a.org/9.99)",
    ],
)
def test_numbers_that_occur(notebook, words):
    assert not found(prose.numbers, notebook(RESULT, ("markdown", words)))


@pytest.mark.parametrize(
    "words, bad",
    [
        ("The loss is 2.55.", "2.55"),
        ("The loss is 2.5438.", "2.5438"),
        ("After 1,300 steps.", "1,300"),
        ("A norm of 4e-07.", "4e-07"),
        ("Right in 97.5 % of cases.", "97.5 %"),
        ("It took 1201 steps.", "1201"),
        ("They report 2.54 {cite:p}`key`. We find 9.99.", "9.99"),
    ],
)
def test_numbers_that_do_not(notebook, words, bad):
    assert f"the number {bad} is in no" in found(
        prose.numbers, notebook(RESULT, ("markdown", words))
    )


def test_numbers_belong_to_their_section(notebook):
    other = ("markdown", "## Another section\n\nThe loss is 2.54.")
    assert "2.54" in found(prose.numbers, notebook(RESULT, other, ("code", "x = 1")))
    assert not found(prose.numbers, notebook(RESULT, other)), "a summary may quote the chapter"
    setting = ("code", "lr = 2.54")
    assert not found(prose.numbers, notebook(RESULT, other, setting)), "a setting is no result"


def test_number_let_pass(notebook):
    nb = notebook(RESULT, ("markdown", "Pi is 3.14159."))
    assert found(prose.numbers, nb)
    nb.cells[1].metadata["rnnbook"] = {"numbers": {"3.14159": "a constant"}}
    assert not found(prose.numbers, nb)
