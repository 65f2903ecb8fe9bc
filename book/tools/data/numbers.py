"""Numbers: utterances, series in time, heartbeats and digits."""

import csv
import io
from datetime import date, datetime

from book.tools.data.archive import to_json

FIVE = 5  # minutes between two readings of the glucose sensor


def rows(archive, name):
    return list(csv.DictReader(io.StringIO(archive.text(name))))


def utterances(archive, part):
    """[speaker, frames] of a file in the .ts format: channels between colons, then the class."""
    path = f"sktime/datasets/data/JapaneseVowels/JapaneseVowels_{part}.ts"
    _, _, body = archive.text(path).partition("@data")
    for line in body.split():
        *channels, speaker = line.split(":")
        frames = zip(*([float(v) for v in channel.split(",")] for channel in channels))
        yield [speaker, [list(frame) for frame in frames]]


def japanese_vowels(archive):
    """The archive's own training and test part; the last 6 of 30 utterances validate."""
    given = list(utterances(archive, "TRAIN"))
    speakers = sorted({speaker for speaker, _ in given})
    parts = {"train": [], "valid": [], "test": list(utterances(archive, "TEST"))}
    for speaker in speakers:
        own = [utterance for utterance in given if utterance[0] == speaker]
        parts["train"] += own[:-6]
        parts["valid"] += own[-6:]
    return to_json({"classes": speakers} | parts)


def series(values, ends, times, step=1):
    """A series as it is stored: ``jumps`` are [index, units since the value before]."""
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    jumps = [[i + 1, gap] for i, gap in enumerate(gaps) if gap != step]
    return to_json(
        {"start": times[0], "step": step, "jumps": jumps, "ends": ends, "values": values}
    )


def glucose(archive):
    """Readings five minutes or more apart, in mg/dl; parts of 70, 15 and 15 % in time order."""
    readings, times = [], []
    begin = None
    for row in rows(archive, "bokeh_sampledata/_data/CGM.csv.gz"):
        moment = datetime.fromisoformat(row["datetime"])
        begin = begin or moment
        minutes = int((moment - begin).total_seconds()) // 60
        if not times or minutes - times[-1] >= FIVE:
            times.append(minutes)
            readings.append(int(row["glucose"]))
    ends = [len(times) * 70 // 100, len(times) * 85 // 100]
    return series(readings, ends, times, FIVE)


def sunspots(archive):
    """A number a year; trained on to 1920, as weigend1990 did, and tested after 1955."""
    table = rows(archive, "statsmodels/datasets/sunspots/sunspots.csv")
    years = [int(row["YEAR"]) for row in table]
    values = [float(row["SUNACTIVITY"]) for row in table]
    return series(values, [years.index(1921), years.index(1956)], years)


def co2(archive):
    """Weekly means in parts per million; weeks without one are left out."""
    table = [r for r in rows(archive, "statsmodels/datasets/co2/co2.csv") if r["co2"]]
    days = [date.fromisoformat(row["date"]) for row in table]
    weeks = [(day - days[0]).days // 7 for day in days]
    ends = [next(i for i, day in enumerate(days) if day.year == y) for y in (1986, 1994)]
    return series([float(row["co2"]) for row in table], ends, weeks)


def heartbeat(archive):
    """Millivolts, and the stretch that is labelled, as [first, one past the last]."""
    table = rows(archive, "sktime/datasets/data/mitdb/mitdb.csv")
    odd = [i for i, row in enumerate(table) if row["label"] == "1"]
    assert odd == list(range(odd[0], odd[-1] + 1)), "more than one anomaly"
    values = [float(row["data"]) for row in table]
    stored = series(values, [4000, 5500], list(range(len(table))))
    return stored.replace("{", f'{{"anomaly":[{odd[0]},{odd[-1] + 1}],', 1)


def digits(archive):
    """[digit, 8 rows of 8 pixels], split by the form that they were written on.

    Every form asks for the same digits in the same order and begins by counting from 0 to
    9, so that its beginning shows in the order of the labels, some 130 digits apart.
    """
    table = archive.text("sklearn/datasets/data/digits.csv.gz").split()
    numbers = [[int(float(cell)) for cell in line.split(",")] for line in table]
    labels = "".join(str(row[-1]) for row in numbers)
    images = [[str(row[-1]), [row[i : i + 8] for i in range(0, 64, 8)]] for row in numbers]
    forms, at = [], labels.find("0123456")
    while at >= 0:
        forms.append(at)
        at = labels.find("0123456", at + 100)
    valid, test = forms[-5], forms[-3]
    parts = {"train": images[:valid], "valid": images[valid:test], "test": images[test:]}
    return to_json({"classes": list("0123456789"), "forms": forms} | parts)
