"""The rules about a chapter's words: how many, its labels, and the numbers in them."""

import re

from book.tools.notebooks import Problem, claim_record, is_code, output_text, tags

WORDS = (1500, 3500)
FOLDED = re.compile(r"^(:{3,}|`{3,})\{dropdown\}.*?^\1\s*$", re.S | re.M)
PREFIXES = ("ch-", "sec-", "eq-", "fig-", "tab-", "ex-")
NUMBER = re.compile(
    r"(?<![\w.,])[-−+]?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:e([-+]?\d+))?(?![\w]|[.,]\d)"
    r"(?:\s*(%|thousand|million|billion))?",
)
STORED = re.compile(r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?", re.I)
SCALE = {"%": 0.01, "thousand": 1e3, "million": 1e6, "billion": 1e9}
CITATION = re.compile(r"\{cite(?::\w+)?\}`")
NOT_PROSE = [
    r"^(?:```|~~~).*?^(?:```|~~~)\s*$",  # fenced code
    r"\$\$.*?\$\$(?:\s*\([\w-]+\))?",
    r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}",
    r"^:::+.*$",  # fences of admonitions; what is inside them is prose
    r"^\s*:[\w-]+:.*$",  # options of a directive
    r"^\([\w-]+\)=\s*$",
    r"<[^>]+>",
    r"\{[\w:-]+\}`[^`]*`",
    r"`[^`]*`",
    r"(?<!\$)\$[^$]+\$",
    r"(?<=\])\([^)]*\)",  # targets of links
    r"https?://\S+",
]


def plain(source):
    """Markdown without code, formulas, roles, labels and addresses."""
    for pattern in NOT_PROSE:
        source = re.sub(pattern, " ", source, flags=re.S | re.M if ".*?" in pattern else re.M)
    return source


def written(nb):
    """The markdown cells that an author wrote."""
    return [c for c in nb.cells if c.cell_type == "markdown" and "badges" not in tags(c)]


def length(nb, name):
    """1,500 to 3,500 words a chapter, what is folded away not counted."""
    told = [cell.source for cell in written(nb) if not cell.source.startswith("## Questions")]
    read = [plain(FOLDED.sub("", source)) for source in told]
    words = sum(len(re.findall(r"[^\W\d_][\w'’-]*", text)) for text in read)
    if not WORDS[0] <= words <= WORDS[1]:
        yield Problem(name, f"{words} words; {WORDS[0]} to {WORDS[1]}")


def labels(nb, name):
    """Labels say what they name (ch-, sec-, eq-, fig-, ex-) and hold no number."""
    patterns = (r"^\(([^)\s]+)\)=", r"^\s*:(?:label|name):\s*(\S+)", r"\$\$\s*\(([^)\s]+)\)")
    for cell in written(nb):
        for pattern in patterns:
            for label in re.findall(pattern, cell.source, re.M):
                if not label.startswith(PREFIXES) or re.search(r"\d", label):
                    place = f"{name}, cell {nb.cells.index(cell)} ({cell.id})"
                    message = f"label {label!r}: begin with {' '.join(PREFIXES)}, no number"
                    yield Problem(place, message)


def sections(nb):
    """The cells between one heading of first or second level and the next."""
    current = []
    for cell in nb.cells:
        if cell.cell_type == "markdown" and re.search(r"^##? ", cell.source, re.M) and current:
            yield current
            current = []
        current.append(cell)
    yield current


def numbers(nb, name):
    """A number in prose occurs, to its rounding, in an output of its section or in its code.

    Looked at are numbers with a point, an exponent or three digits and more, outside formulas,
    code, sentences with a citation, and years. A section without code (a summary) may quote the
    whole chapter. A cell's metadata ``{"rnnbook": {"numbers": {"0.5": "why"}}}`` lets one pass.
    """
    everything = evidence(nb.cells)
    literals = [value for cell in nb.cells if is_code(cell) for value in values(cell.source)]
    for section in sections(nb):
        computes = any(is_code(cell) and "setup" not in tags(cell) for cell in section)
        known = literals + (evidence(section) if computes else everything)
        for cell in section:
            if cell.cell_type != "markdown" or "badges" in tags(cell):
                continue
            allowed = cell.metadata.get("rnnbook", {}).get("numbers", {})
            for text, value, unit in quoted(cell.source):
                if text not in allowed and not any(matches(value, unit, one) for one in known):
                    place = f"{name}, cell {nb.cells.index(cell)} ({cell.id})"
                    yield Problem(place, f"the number {text} is in no output of this section")


def evidence(cells):
    """All numbers in the stored outputs of these cells, claims' figures included."""
    found = []
    for cell in filter(is_code, cells):
        for output in cell.outputs:
            found += values(output_text(output))
        record = claim_record(cell)
        found += values(str(record["figures"])) if record else []
    return found


def values(text):
    """The absolute values of all numbers in a text."""
    return [abs(number(match)) for match in STORED.findall(text.replace("_", ""))]


def number(text):
    return float(text.replace(",", "").replace("−", "-").replace("+", ""))


def quoted(source):
    """Each number of the prose to be checked: as written, its absolute value, its last unit."""
    for sentence in re.split(r"(?<=[.!?:;])\s+", source_without_headings(source)):
        if CITATION.search(sentence):
            continue
        for match in NUMBER.finditer(plain(sentence)):
            whole, decimals, exponent, word = match.groups()
            digits = whole.replace(",", "")
            if not (decimals or exponent or len(digits) >= 3) or is_year(whole, decimals, exponent):
                continue
            scale = SCALE.get(word, 1) * 10 ** int(exponent or 0)
            value = float(digits + (decimals or "")) * scale
            yield match.group().strip(), value, last_unit(digits, decimals) * scale


def source_without_headings(source):
    """Formulas and code are taken out first, since they may hold ends of sentences."""
    kept = re.sub(r"^#+ .*$", " ", source, flags=re.M)
    for pattern in NOT_PROSE[:3]:
        kept = re.sub(pattern, " ", kept, flags=re.S | re.M)
    return kept


def is_year(whole, decimals, exponent):
    return not decimals and not exponent and re.fullmatch(r"1[6-9]\d\d|20\d\d", whole)


def last_unit(digits, decimals):
    """What one step of the last written digit is worth: 0.01 for 2.54, 100 for 1,200."""
    if decimals:
        return 10.0 ** -(len(decimals) - 1)
    zeros = len(digits) - len(digits.rstrip("0"))
    return 10.0**zeros if 0 < zeros < len(digits) - 1 else 1.0


def matches(value, unit, stored):
    """Is ``value`` the rounding of ``stored`` to its last written digit?"""
    return abs(stored - value) <= unit / 2 * (1 + 1e-6)


ALL = [length, labels, numbers]
