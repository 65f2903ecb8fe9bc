"""The Sphinx extensions, the claims table and the check of citations."""

import base64
import hashlib
import io
import json
import multiprocessing
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import nbformat
import numpy as np
import pytest
from docutils import nodes
from PIL import Image

from book.ext import claims, katex, light, live, package, svg
from book.tools import citations

ROOT = Path(__file__).parents[1]
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_nb", "book.ext.notebooks", "book.ext.katex", "book.ext.figures",
              "book.ext.claims", "book.ext.light", "book.ext.live", "book.ext.gallery",
              "sphinxcontrib.bibtex", "book.ext.margin"]
bibtex_bibfiles = []
html_math_renderer = "katex"
html_theme_options = {{}}
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
"""
HOME = "# Home\n\n```{toctree}\nchapters/05-lstm\nbook/pages/claims\n```\n"
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt" viewBox="0 0 9 9">'
    "<metadata>made by a tool</metadata><defs><style>*{stroke-linejoin: round}</style>"
    '<path id="m1" d="M0 0"/></defs><path style="fill: #ffffff" d="M0 0h9v9z"/>'
    '<path d="M1 1h7" style="stroke: #004c8c; fill: none" clip-path="url(#m1)"/>'
    '<path d="M1 2h7" stroke="#D95F02"/><path style="stroke: #b3b3b3"/><text>lag</text></svg>'
)
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def figure_cell(alt="Line chart of one thing against another, falling from left to right."):
    output = nbformat.v4.new_output("display_data", {"image/svg+xml": PICTURE})
    cell = nbformat.v4.new_code_cell("draw()", outputs=[output])
    cell.metadata["mystnb"] = {"image": {"alt": alt}}
    return cell


def text_cell(source, *tags):
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)})


def claim_cell(tag, name, **figures):
    output = nbformat.v4.new_output(
        "display_data",
        {"text/plain": f"claim {name} holds"},
        metadata={"claim": {"id": name, "figures": figures}},
    )
    return nbformat.v4.new_code_cell("claim()", outputs=[output], metadata={"tags": [tag]})


@pytest.fixture
def build(tmp_path):
    """A function that builds a small site of one chapter and returns (status, words, page)."""

    def make(*cells, rows="", metadata=None):
        for folder in ("chapters", "book/pages"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        notebook = nbformat.v4.new_notebook(cells=[text_cell("(ch-x)=\n# A chapter"), *cells])
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
        notebook.metadata.update(metadata or {})
        nbformat.write(notebook, tmp_path / "chapters" / "05-lstm.ipynb")
        (tmp_path / "conf.py").write_text(CONF)
        (tmp_path / "index.md").write_text(HOME)
        (tmp_path / "book" / "claims.csv").write_text("id,chapter,claim,measure,control\n" + rows)
        (tmp_path / "book" / "pages" / "claims.md").write_text("# Claims\n\n```{claims}\n```\n")
        return again()

    def again():
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", "-b", "html"]
        done = subprocess.run(
            [*command, str(tmp_path), str(tmp_path / "out")], capture_output=True, text=True
        )
        page = tmp_path / "out" / "chapters" / "05-lstm.html"
        return done.returncode, done.stderr, page.read_text() if page.exists() else ""

    make.again = again
    make.folder = tmp_path / "out"
    return make


def test_formulas_are_set_in_the_page_and_numbered_by_chapter(build):
    status, words, page = build(
        text_cell("$h_t$ and $\\sigma_{\\max}$\n\n$$\na = b\n$$ (eq-a)\n\nSee {eq}`eq-a`: $x$, or.")
    )
    assert status == 0, words
    assert page.count('class="katex"') == 4
    assert page.count("<math") == 4
    assert '<span class="eqno">(5.1)' in page
    assert ">(5.1)</a>" in page
    assert re.search(r'class="math notranslate whole">.*</span>,</span> or', page)
    assert not re.search("<script[^>]*mathjax", page, re.IGNORECASE)


def test_a_formula_takes_its_own_comma_and_no_earlier_one():
    paragraph = nodes.paragraph()
    for child in ("a", ", ", "b", ", "):
        paragraph += nodes.Text(child) if "," in child else nodes.math("", child)
    paragraph.insert(0, [nodes.literal("", "c"), nodes.Text(", "), nodes.literal("", "d")])
    paragraph.insert(3, nodes.Text(" "))
    katex.take_stops(None, paragraph, "")
    assert [node.astext() for node in paragraph] == ["c", ", ", "d", " ", "a", " ", "b", " "]
    assert [node["stop"] for node in paragraph.findall(nodes.math)] == [",", ","]


def test_bad_formula_fails_with_its_place_and_fails_again(build):
    status, words, _ = build(text_cell("Good: $a$."), text_cell("Text.\n\nBad: $\\fracc{1}{2}$."))
    for _ in range(2):
        assert status != 0
        assert "05-lstm.ipynb" in words
        assert "cell 3" in words
        assert "\\\\fracc{1}{2}" in words
        status, words, _ = build.again()


def test_bad_formula_is_an_error_of_its_own():
    with pytest.raises(katex.FormulaError, match="Undefined control sequence"):
        katex.render("\\nosuchmacro")


@pytest.mark.parametrize(
    ("colour", "painted"),
    [
        ("#004C8C", "var(--ink-blue)"),
        ("#d95f02", "var(--ink-vermilion)"),
        ("#1b9e77", "var(--ink-green)"),
        ("#c774b4", "var(--ink-orchid)"),
        ("#222", "var(--ink-black)"),
        ("black", "var(--fig-fg)"),
        ("#ffffff", "var(--fig-bg)"),
        ("#b3b3b3", "color-mix(in srgb, var(--fig-fg) 30%, var(--fig-bg))"),
        ("#123456", "#123456"),
        ("none", "none"),
    ],
)
def test_inks_follow_the_page(colour, painted):
    assert svg.paint(colour) == painted


def test_svg_becomes_part_of_the_page():
    inline = svg.inline(PICTURE, "f1", "What it shows.")
    assert 'role="img"' in inline and 'aria-label="What it shows."' in inline
    assert "stroke: var(--ink-blue)" in inline and "stroke: var(--ink-vermilion)" in inline
    assert 'id="f1-m1"' in inline and "url(#f1-m1)" in inline
    assert "<style" not in inline and "metadata" not in inline
    assert 'width="9pt"' not in inline and "<text>lag</text>" in inline


def test_every_page_follows_a_change_of_style(tmp_path, monkeypatch):
    monkeypatch.setattr(light, "BOOK", tmp_path / "book")
    names = (
        *("book/assets/css/10.css", "book/theme/layout.html"),
        *("rnnbook/widgets/shared.css", "rnnbook/quiz/quiz.css"),
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    looks = {light.look()}
    for name in names:
        (tmp_path / name).write_text("after")
        looks.add(light.look())
    assert len(looks) == 5
    app = Mock()
    light.setup(app)  # "html": Sphinx writes every page again when the value is another
    app.add_config_value.assert_any_call("book_look", light.look(), "html", [str])


def heat_map(data):
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="data:image/png;base64,{data}"/></svg>'
    )


def test_pixels_of_a_heat_map_are_kept():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    inline = svg.inline(heat_map(base64.b64encode(png.getvalue()).decode()), "f1", "alt")
    packed = re.search(r"data:image/webp;base64,([^\"]+)", inline)[1]
    again = Image.open(io.BytesIO(base64.b64decode(packed))).convert("RGBA")
    assert np.array_equal(np.array(again), pixels)


def test_a_damaged_heat_map_is_refused():
    with pytest.raises(svg.FigureError, match="damaged picture"):
        svg.inline(heat_map("AAAA"), "f1", "alt")


def test_damaged_svg_is_refused():
    with pytest.raises(svg.FigureError, match="not well-formed"):
        svg.inline("<svg", "f1", "alt")


def test_figure_and_caption_are_one(build):
    status, words, page = build(
        figure_cell(), text_cell("*What to see: $x$. Then how.*", "caption"), text_cell("After.")
    )
    assert status == 0, words
    figure = page[page.index("<figure") : page.index("</figure>")]
    assert "<svg" in figure and "<img" not in figure
    caption = figure[figure.index("<figcaption>") :]
    assert "What to see" in caption and "<em>" not in caption and "After" not in caption


def test_figure_without_alternative_text_fails(build):
    status, words, _ = build(figure_cell(alt=""), text_cell("*Seen.*", "caption"))
    assert status != 0
    assert "no alternative text" in words


def widget_cell(model):
    data = {WIDGET: {"model_id": model, "version_major": 2, "version_minor": 0}}
    data |= {"image/svg+xml": PICTURE, "text/plain": "Live figure: a curve that one may bend."}
    output = nbformat.v4.new_output("display_data", data)
    return nbformat.v4.new_code_cell("w", outputs=[output], metadata={"tags": ["live"]})


def models(esm):
    state = {
        "a": {"model_module": "anywidget", "state": {"_esm": esm, "alt": "a curve", "n": 3}},
        "b": {"model_module": "@jupyter-widgets/controls", "state": {}},
    }
    return {"widgets": {STATE: {"state": state, "version_major": 2}}}


def test_widget_with_its_own_script_lives_and_another_says_what_it_needs(build):
    cells = widget_cell("a"), text_cell("*Seen.*", "caption"), widget_cell("b")
    status, words, page = build(*cells, metadata=models(live.source("lstm_cell")))
    assert status == 0, words
    assert page.count('data-figure="lstm_cell"') == 1
    assert '<figure class="book-figure live" id="lstm_cell">' in page
    still = page[page.index('class="still') : page.index("data-figure")]
    assert 'alt="a curve that one may bend."' in still and ".svg" in still and "<svg" not in still
    assert page.count("needs a running kernel") == 1
    assert "_esm" not in page and "https://cdn" not in page
    script = build.folder / "_static" / "figures" / "lstm_cell.js"
    assert script.read_text().startswith('rnnbookLive.define("lstm_cell"')


def test_widget_made_with_another_script_fails_and_is_named(build):
    status, words, _ = build(widget_cell("a"), metadata=models("export default {}"))
    assert status != 0
    assert "05-lstm.ipynb" in words and "cell 2: the stored live figure" in words


def test_unknown_live_figure_fails_and_is_named(build):
    status, words, _ = build(text_cell("```{live-figure} nonesuch\n```"))
    assert status != 0
    assert "05-lstm.ipynb" in words and "the gallery has no figure 'nonesuch'" in words


def test_footnotes_stand_in_the_margin_once(build):
    status, words, page = build(text_cell("One[^a] and two[^a].\n\n[^a]: Said *beside*."))
    assert status == 0, words
    assert page.count('class="margin-note note"') == 1
    assert page.count('class="note-mark"') == 2
    assert "Said <em>beside</em>." in page


def test_address_of_the_site_follows_from_the_repository(tmp_path):
    (tmp_path / "_config.yml").write_text("repository:\n  url: https://github.com/Ada/rnn-book\n")
    assert light.site_address(tmp_path) == "https://ada.github.io/rnn-book/"


ROW = "A6,05-lstm,It learns,beside,\n"


def test_claims_meet_their_rows(build):
    status, words, page = build(
        claim_cell("claim:A6", "A6", lstm=[0.01, 0.5], rnn=1e-12),
        rows=ROW + "H1,02-history,Old,x,\n",
    )
    assert status == 0, words
    assert 'id="claim-A6"' in page and 'href="../book/pages/claims.html#claim-A6"' in page
    folded, _, after = page.partition('<details class="claim-code">')[2].partition("</details>")
    said = folded.partition("</summary>")[0]
    assert "<b>Claim A6.</b> It learns." in said  # in words above, the code folded below
    assert 'class="n">claim</span>' in folded and "claim A6 holds" in after
    table = (build.folder / "book" / "pages" / "claims.html").read_text()
    assert 'href="../../chapters/05-lstm.html#claim-A6"' in table
    assert "0.01, 0.5" in table and "1 × 10<sup>−12</sup>" in table
    assert table.index("To come") < table.index("Old")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "the tag claim:A6 has no row"),
        (ROW + "A5,05-lstm,More,x,\n", "no cell is tagged claim:A5"),
        ("A6,06-gru,It learns,x,\n", "claim A6 belongs to 06-gru"),
    ],
)
def test_claims_that_do_not_match_fail(build, rows, said):
    status, words, _ = build(claim_cell("claim:A6", "A6", a=1), rows=rows)
    assert status != 0
    assert said in words


def test_claim_cell_without_its_output_is_told():
    rows = [{"id": "A6", "chapter": "05-lstm"}]
    assert "run `make run`" in claims.problems(rows, {"05-lstm": {"A6": None}})[0]


def bibliography(folder, entries, text):
    (folder / "book" / "pages").mkdir(parents=True)
    (folder / "book" / "references.bib").write_text(entries)
    (folder / "index.md").write_text(text)
    return citations.problems(folder)


def test_citations_that_match_are_silent(tmp_path):
    said = bibliography(tmp_path, "@article{a1, title={x}}\n@misc{b2,\n}", "{cite:p}`a1,b2`")
    assert said == []


def test_citations_that_do_not_match_are_told(tmp_path):
    said = bibliography(
        tmp_path, "@article{a1,}\n@misc{b2,}\n@misc{b2,}", "{cite:t}`a1` {cite:p}`c3`"
    )
    assert len(said) == 3
    assert any("b2 is given 2 times" in line for line in said)
    assert any("cites c3" in line for line in said)
    assert any("no page cites b2" in line for line in said)


def test_vendored_files_are_what_they_were():
    vendor = ROOT / "book" / "vendor"
    lines = (vendor / "checksums.txt").read_text().splitlines()
    assert len(lines) == 26
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name


def test_the_page_of_the_package_is_read_from_its_files(tmp_path):
    (tmp_path / "rnnbook" / "cells").mkdir(parents=True)
    (tmp_path / "rnnbook" / "cells" / "__init__.py").write_text('"""One step\nof each <cell>."""')
    (tmp_path / "rnnbook" / "train.py").write_text('"""Fit.\n\nMore."""')
    found = list(package.modules(tmp_path))
    assert found == [
        ("<code>cells</code>", "One step of each &lt;cell&gt;."),
        ("<code>train</code>", "Fit."),
    ]


def test_the_speed_table_has_a_line_for_a_group_and_a_column_for_a_candidate(tmp_path):
    def row(name, ms, times, shape=(2, 3)):
        about = {"part": "layers", "device": "cpu", "shape": shape, "what": "forward"}
        return {**about, "name": name, "ms": ms, "times": times, "against": "nn.RNN"}

    rows = [row("nn.RNN", 4.0, 1.0), row("rnnbook loop", 8.0, 0.5)]
    rows += [row("nn.RNN", 6.0, 1.0, (5, 7)), row("rnnbook loop", 3.0, 2.0, (5, 7))]
    path = tmp_path / "experiments" / "results" / "bench.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"rows": rows}))
    words, table = package.speed(tmp_path, "layers")
    assert "CPU, forward" in words
    cells = re.findall("<t[dh]>(.*?)</t[dh]>", table)
    assert cells[:4] == ["Sizes", "Reference", "takes", "loop"]
    assert cells[4:] == ["2×3", "nn.RNN", "4 ms", "0.50", "5×7", "nn.RNN", "6 ms", "2.00"]
    assert list(package.speed(tmp_path, "scans")) == []


def test_a_docstring_that_names_an_unknown_work_is_told(tmp_path):
    (tmp_path / "rnnbook").mkdir()
    text = 'def f():\n    """Source: elman1990 and gers2000forget."""\n'
    (tmp_path / "rnnbook" / "cells.py").write_text(text)
    said = bibliography(tmp_path, "@article{elman1990,}", "{cite:p}`elman1990`")
    assert said == [
        "rnnbook/cells.py, f: names gers2000forget, which book/references.bib does not have"
    ]


def test_a_figure_carries_no_more_numbers_than_it_shows():
    made = svg.inline(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n '
        '<g transform="translate(1.23456 2.5) rotate(-90)">\n  '
        '<text transform="rotate(-0 3 4)">a <tspan>b</tspan> <tspan>c</tspan></text>\n  '
        '<text transform="rotate(-9 3 4)">d</text>\n </g>\n</svg>',
        "x",
        "A figure",
    )
    assert "translate(1.2 2.5) rotate(-90)" in made and "rotate(-9 3 4)" in made
    assert "rotate(-0" not in made and "</text><text" in made
    assert "<tspan>b</tspan> <tspan>c</tspan>" in made, "a space between words is text"


# ---- Cards and quizzes ------------------------------------------------------------------


@pytest.fixture
def build_with_cards(build, monkeypatch):
    more = CONF.replace('"book.ext.margin"', '"book.ext.margin", "book.ext.recall"')
    monkeypatch.setitem(globals(), "CONF", more)
    return build


def test_a_section_that_a_card_names_and_the_page_lacks_is_named(build_with_cards):
    status, words, _ = build_with_cards(text_cell("## The LSTM of today\n\nText."))
    assert status != 0
    assert "05-lstm.yml: lstm-carousel names the section '1997: add instead of rewrit" in words
    assert "lstm-cell-line" not in words, "its section is there"


def test_an_unknown_quiz_and_an_unknown_deck_are_named(build_with_cards):
    text = "```{quiz} 5\n```\n\n```{deck} best\n```"
    status, words, _ = build_with_cards(text_cell(text))
    assert status != 0
    assert "there is no quiz '5'; there are 01-sequences" in words
    assert "there is no deck 'best'; expected starter" in words


def test_a_process_that_is_forked_sets_formulas_too():
    """Pages are written by forked processes, in which a running engine would wait for ever."""
    assert "katex" in katex.render("x_{fork}")
    context = multiprocessing.get_context("fork")
    child = context.Process(target=katex.render, args=("y_{fork}",))
    child.start()
    child.join(timeout=30)
    assert child.exitcode == 0
