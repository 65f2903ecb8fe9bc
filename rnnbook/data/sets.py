"""The data sets by name: each is read once, checked, and never changed."""

import json
from functools import cache

import torch

from rnnbook import door

from .parts import SPLITS, Scaler
from .sequences import Chorales, Digits, Names, Pronunciations, Strips, Tagged, Utterances
from .series import Series
from .store import about, read
from .text import Text

SETS = {}


def dataset(make):
    """Enter a function into the list of data sets; it reads its file once."""
    SETS[make.__name__] = cache(make)
    return SETS[make.__name__]


def load(name):
    """The data set of that name; ValueError, with the known names, for another."""
    return SETS[door.choice("data set", name, SETS)]()


def _parts(stored, make):
    """The three lists of a stored set, each entry made into an example."""
    return {split: [make(*entry) for entry in stored[split]] for split in SPLITS}


@dataset
def shakespeare():
    """Nine of Shakespeare's tragedies: seven to train on, one each to validate and test.

    1.2 million characters over an alphabet of about sixty; speakers stand on lines of their
    own as ``HAMLET:``. Taught in chapter 1. Raises DataError when the file is missing or damaged.
    """
    text, record = read("shakespeare")
    train, valid, test = text.split("\f")
    chars = "".join(sorted(set(train)))
    return Text(train, valid, test, chars, record["licence"], record["package"])


@dataset
def japanese_vowels():
    """Which of nine men spoke two vowels: 216, 54 and 370 utterances of 7 to 29 frames.

    A frame holds D = 12 LPC cepstrum coefficients, 6.4 ms after the one before. The test part
    is the archive's own, recorded on other occasions; the last 6 of each man's 30 utterances
    for training validate (kudo1999). Taught in chapter 13.
    """
    text, record = read("japanese_vowels")
    stored = json.loads(text)
    parts = _parts(stored, lambda speaker, frames: (torch.tensor(frames), speaker))
    scaler = Scaler.of(torch.cat([frames for frames, _ in parts["train"]]))
    return Utterances(**parts, **about(record), classes=tuple(stored["classes"]), scaler=scaler)


@dataset
def surnames():
    """Which of 11 languages a surname is from: 5,193, 649 and 649 names in lower case.

    A name that two languages share, accents aside, is left out; so no name is in two parts,
    and each has one answer. The alphabet is that of all parts. Taught in chapter 13.
    """
    text, record = read("surnames")
    stored = json.loads(text)
    parts = _parts(stored, lambda name, language: (name, language))
    chars = "".join(sorted({c for part in parts.values() for name, _ in part for c in name}))
    return Names(**parts, **about(record), classes=tuple(stored["classes"]), chars=chars)


@dataset
def python_source():
    """What each character of Python source is part of: 55, 6 and 10 modules, K = 8 classes.

    The labels are those of the standard library's tokenizer; keywords and builtins are those
    of Python 3.12. About a million characters of CPython. Taught in chapter 14.
    """
    text, record = read("python_source")
    stored = json.loads(text)
    parts = _parts(stored, lambda name, source, labels: (name, source, labels))
    chars = "".join(sorted({c for _, source, _ in parts["train"] for c in source}))
    words = {kind: tuple(stored[kind]) for kind in ("classes", "keywords", "builtins")}
    return Tagged(**parts, **about(record), chars=chars, **words)


@dataset
def cmudict():
    """How English words are spoken: 112,926, 6,000 and 6,000 words, 39 phones without stress.

    The CMU Pronouncing Dictionary; a word keeps all its pronunciations, and is in one part.
    Close relatives, such as a word and its plural, may be in two. Taught in chapter 16.
    """
    text, record = read("cmudict")
    parts = {}
    for split, lines in zip(SPLITS, text.split("\f")):
        pairs = (line.split("\t") for line in lines.split("\n"))
        parts[split] = [(word, [w.split() for w in ways.split(" | ")]) for word, ways in pairs]
    spoken = {phone for _, ways in parts["train"] for way in ways for phone in way}
    chars = "".join(sorted({letter for word, _ in parts["train"] for letter in word}))
    phones = ("<start>", "<end>", *sorted(spoken))
    return Pronunciations(**parts, **about(record), chars=chars, phones=phones)


def _series(name, quantity, unit, T):
    text, record = read(name)
    stored = json.loads(text)
    values = torch.tensor(stored["values"], dtype=torch.float32)[:, None]
    gaps = torch.full((len(values),), stored["step"])
    gaps[0] = stored["start"]
    for index, gap in stored["jumps"]:
        gaps[index] = gap
    anomaly = range(*stored["anomaly"]) if "anomaly" in stored else None
    ends, step = tuple(stored["ends"]), stored["step"]
    told = about(record)
    return Series(values, gaps.cumsum(0), ends, step, quantity, unit, T, **told, anomaly=anomaly)


@dataset
def glucose():
    """One person's glucose every five minutes, for half a year: 52,080 readings in mg/dl.

    The first 70 % train, the next 15 % validate. The sensor reads no further than 40 and 400.
    Time is in minutes since the first reading. Taught in chapter 18.
    """
    return _series("glucose", "glucose in mg/dl", "minute", T=72)


@dataset
def sunspots():
    """The mean number of sunspots of each year from 1700 to 2008.

    To 1920 for training, as weigend1990 has it; 1921 to 1955 validate, and the years from
    1956 on test. Taught in chapter 18.
    """
    return _series("sunspots", "sunspot number", "year", T=22)


@dataset
def co2():
    """Carbon dioxide in the air over Mauna Loa: 2,225 weekly means in parts per million.

    1958 to 1985 train, 1986 to 1993 validate, 1994 to 2001 test (keeling2004). 59 weeks have
    no mean. Time is in weeks since 29 March 1958. Taught in chapter 18.
    """
    return _series("co2", "CO2 in parts per million", "week", T=52)


@dataset
def heartbeat():
    """21 seconds of an electrocardiogram, 360 values a second, with one labelled anomaly.

    From the MIT-BIH Arrhythmia Database (moody2001), in millivolts. A beat comes too early at
    the indices in ``anomaly``, which lie in the test part. Taught in chapter 18.
    """
    return _series("heartbeat", "potential in mV", "sample", T=360)


@dataset
def chorales():
    """Bach's four-part chorales: 259, 51 and 51, a step a quarter note, 19,658 steps in all.

    A split of our own, not that of boulanger2012; of equal chorales, in whatever key, only
    one is kept. Repeats are written once. Taught in chapter 20.
    """
    text, record = read("chorales")
    parts = _parts(json.loads(text), lambda name, voices: (name, torch.tensor(voices)))
    return Chorales(**parts, **about(record))


@dataset
def digits():
    """Handwritten digits of 8 by 8 pixels: 1,157, 258 and 382, read column by column.

    The test half of alpaydin1998, by 13 writers. Who wrote what is not recorded, but the
    order of the digits shows 14 forms; the first 9 train, 2 validate, the last 3 test. So no
    form is in two parts, though one writer may be. Taught in chapter 19.
    """
    text, record = read("digits")
    stored = json.loads(text)
    parts = _parts(stored, lambda digit, image: (torch.tensor(image).float(), digit))
    return Digits(**parts, **about(record), classes=tuple(stored["classes"]))


@dataset
def strips():
    """Two to six of the ``digits`` side by side, to be read in order. Taught in chapter 19."""
    one = digits()
    return Strips(one.train, one.valid, one.test, one.licence, one.source)
