"""Bach's four-part chorales: MusicXML to the pitch of each voice on every quarter note."""

import math
import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

from book.tools.data.archive import Archive, split, to_json

FOLDER = "music21/corpus/bach/"
STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def midi(pitch):
    """The MIDI number of a <pitch>: 60 is middle C."""
    octave, step = int(pitch.findtext("octave")), pitch.findtext("step")
    return 12 * (octave + 1) + STEPS[step] + int(pitch.findtext("alter") or 0)


def notes(part):
    """(begin, end, MIDI number or 0 for a rest) of one voice, in quarter notes."""
    now, divisions = Fraction(0), 1
    for element in part.iterfind("measure/*"):
        divisions = int(element.findtext("divisions") or divisions)
        if element.tag not in ("note", "forward") or element.find("grace") is not None:
            continue
        length = Fraction(element.findtext("duration")) / divisions
        pitch = element.find("pitch")
        yield now, now + length, 0 if pitch is None else midi(pitch)
        now += length


def grid(score):
    """Frames [soprano, alto, tenor, bass]; silence before the first and after the last is cut."""
    voices = []
    for part in score.findall("part"):
        line = []
        for begin, end, pitch in notes(part):
            line += [pitch] * (math.ceil(end) - math.ceil(begin))
        voices.append(line)
    longest = max(map(len, voices))
    frames = [list(frame) for frame in zip(*(v + [0] * (longest - len(v)) for v in voices))]
    sounding = [i for i, frame in enumerate(frames) if any(frame)]
    return frames[sounding[0] : sounding[-1] + 1]


def score_of(archive, name):
    """The parsed score inside a .mxl file."""
    packed = Archive.of(archive.read(name))
    (inside,) = (n for n in packed.names if re.fullmatch(r"[^/]+\.(music)?xml", n))
    return ElementTree.fromstring(packed.read(inside))


def shape(frames):
    """The same for a chorale and its transpositions."""
    top = frames[0][0]
    return str([[pitch and pitch - top for pitch in frame] for frame in frames])


def chorales(archive):
    """[name, frames] of the scores in four parts; of equal ones the first, in any key."""
    found = {}
    for name in sorted(n for n in archive.names if re.match(FOLDER + r"bwv.*\.mxl$", n)):
        score = score_of(archive, name)
        if len(score.findall("part")) == 4:
            frames = grid(score)
            title = name.removeprefix(FOLDER).removesuffix(".mxl")
            found.setdefault(shape(frames), [title, frames])
    held = len(found) // 7
    return to_json(split(list(found.values()), held, held, lambda chorale: chorale[0]))
