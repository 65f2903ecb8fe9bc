"""The scripts of the podcast, `book/podcast/NAME.yml`, and how they are spoken.

A script is a title, a sentence about it, a date, and chapters, each with the page that it is about
and lines: who says what. `book/podcast/voice.yml` says how the hosts sound, and under `spoken` how
a term is read: `words` as a list of plain words, `sounds` in the phonetic letters of the voice.
This module needs PyYAML alone, so that the site can read the scripts as well.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[1] / "podcast"
AUDIO = FOLDER / "audio"
RECORD = AUDIO / "record.json"
EPISODES = ("overview", "foundations", "cells", "training")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
TIMES = re.compile(r"([\d:.]+) --> ([\d:.]+)\n<v ([^>]+)>(.*?)(?:\n\n|\n?$)", re.S)


@dataclass(frozen=True)
class Cue:
    """One sentence: who says it, in which chapter (counted from 0), and when, in seconds."""

    who: str
    text: str
    chapter: int
    start: float = 0.0
    end: float = 0.0


def read(name, folder=FOLDER):
    return yaml.safe_load((Path(folder) / f"{name}.yml").read_text(encoding="utf-8"))


def settings(folder=FOLDER):
    """How the hosts sound and how terms are read."""
    return read("voice", folder)


def cues(script):
    """The sentences of a script in their order."""
    return [
        Cue(line["who"], sentence, number)
        for number, chapter in enumerate(script["chapters"])
        for line in chapter["lines"]
        for sentence in SENTENCE_END.split(" ".join(line["say"].split()))
    ]


def hints(text, spoken):
    """The terms of `spoken` that occur in the text, longest first."""
    found = [term for term in spoken if re.search(rf"\b{re.escape(term)}\b", text)]
    return sorted(found, key=len, reverse=True)


def replaced(text, spoken, put):
    """The text with each term that `spoken` knows replaced by `put(term, how it is spoken)`."""
    terms = hints(text, spoken)
    if not terms:
        return text
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, terms))})\b")
    return pattern.sub(lambda found: put(found[0], spoken[found[0]]), text)


def in_words(text, spoken):
    """The text as plain words, as any voice could read it."""
    return replaced(text, spoken, lambda term, how: how.get("words", term))


def plain_words(text):
    """Words alone, in lower case, so that texts can be compared."""
    return re.sub(r"[^a-z' ]+", " ", text.lower()).split()


def digest(script, voice):
    """Changes with what is said and with how it is said, not with terms that do not occur."""
    text = " ".join(cue.text for cue in cues(script))
    used = {term: voice["spoken"][term] for term in hints(text, voice["spoken"])}
    content = json.dumps([script, {**voice, "spoken": used}], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def record():
    """What was measured of each episode when it was made, by name."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


def is_spoken(name):
    """Whether the stored sound is that of the script as it is now."""
    return record().get(name, {}).get("digest") == digest(read(name), settings())


# ---- The transcript -----------------------------------------------------------------------


def clock(seconds):
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def to_vtt(spoken_cues):
    """A transcript in the format WebVTT, a cue for each sentence."""
    parts = ["WEBVTT"]
    for cue in spoken_cues:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(f"{clock(cue.start)} --> {clock(cue.end)}\n<v {cue.who}>{text}")
    return "\n\n".join(parts) + "\n"


def from_vtt(text):
    """(who, sentence, start, end) of each cue of such a transcript."""
    for start, end, who, said in TIMES.findall(text):
        for sign, name in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            said = said.replace(sign, name)
        yield who, said.strip(), seconds_of(start), seconds_of(end)


def seconds_of(text):
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def timed(name):
    """The cues of an episode with the times of its transcript."""
    script = read(name)
    stored = from_vtt((AUDIO / f"{name}.vtt").read_text(encoding="utf-8"))
    return [
        Cue(cue.who, cue.text, cue.chapter, start, end)
        for cue, (_, _, start, end) in zip(cues(script), stored)
    ]
