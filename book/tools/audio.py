"""Make the podcast: ``python -m book.tools.audio [NAME ...]`` (`make audio`).

Speaks the scripts of `book/podcast`, writes each episode as MP3 and Opus with chapter marks and
transcript into `book/podcast/audio`, listens to it, and notes in `record.json` what was measured.
Without a name, episodes whose script and voice have not changed are left as they are. It needs
`book/podcast/requirements.txt` and, for the comparison, flite.
"""

import argparse
import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import soundfile
from mutagen.id3 import CHAP, CTOC, ID3, TALB, TIT2, TLAN, CTOCFlags

from book.tools import audio_judge, audio_script, audio_sound
from book.tools.audio_script import AUDIO, EPISODES, RECORD
from book.tools.audio_voice import RATE, Hosts

HEARD = AUDIO.parents[2] / "_build" / "podcast"
MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III"}
FORMATS = {
    # At a constant rate players find any second of a file at once; 40 kbit/s.
    "mp3": MP3 | {"bitrate_mode": "CONSTANT", "compression_level": 0.8},
    "opus": {"format": "OGG", "subtype": "OPUS"},
}
LIFT = {"mp3": 0.46, "opus": 0.18}  # dB that the encoders take away
BLOCK = RATE  # samples written at once


def pause(before, cue, pauses):
    """Seconds of silence between two sentences."""
    if before.chapter != cue.chapter:
        return pauses["chapter"]
    return pauses["sentence" if before.who == cue.who else "speaker"]


def spoken(script, settings):
    """The sound of a script, and its cues with their times."""
    hosts, cues = Hosts(settings), audio_script.cues(script)
    clips = [hosts.say(cue.who, cue.text) for cue in cues]
    by_host = {}
    for cue, clip in zip(cues, clips):
        by_host.setdefault(cue.who, []).append(clip)
    gains = audio_sound.balanced(by_host, RATE)
    at, parts, timed = settings["pauses"]["edge"], [], []
    for place, (cue, clip) in enumerate(zip(cues, clips)):
        at += pause(cues[place - 1], cue, settings["pauses"]) if place else 0
        start = round(at * RATE)
        parts.append((start, clip * gains[cue.who]))
        at = (start + len(clip)) / RATE
        timed.append(replace(cue, start=start / RATE, end=at))
    sound = np.zeros(round((at + settings["pauses"]["edge"]) * RATE), np.float32)
    for start, clip in parts:
        sound[start : start + len(clip)] += clip
    sound = audio_sound.mastered(sound, RATE, settings["loudness"], settings["ceiling"])
    return sound, timed


def write_sound(path, sound, **options):
    with soundfile.SoundFile(path, "w", samplerate=RATE, channels=1, **options) as file:
        for start in range(0, len(sound), BLOCK):
            file.write(sound[start : start + BLOCK])


def marks(script, cues):
    """(title, start in seconds) of each chapter; the first begins at 0."""
    starts = {}
    for cue in cues:
        starts.setdefault(cue.chapter, cue.start if cue.chapter else 0.0)
    return [(chapter["title"], starts[n]) for n, chapter in enumerate(script["chapters"])]


def tag(path, script, chapters, end):
    """Title and chapter marks inside the MP3."""
    tags, names = ID3(), [f"chapter{n}" for n in range(len(chapters))]
    tags.add(TIT2(encoding=3, text=[script["title"]]))
    tags.add(TALB(encoding=3, text=["Recurrent neural networks"]))
    tags.add(TLAN(encoding=3, text=["eng"]))
    flags = CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
    tags.add(CTOC(element_id="toc", flags=flags, child_element_ids=names, sub_frames=[]))
    ends = [start for _, start in chapters[1:]] + [end]
    for name, (title, start), stop in zip(names, chapters, ends):
        times = {"start_time": round(start * 1000), "end_time": round(stop * 1000)}
        title = [TIT2(encoding=3, text=[title])]
        tags.add(CHAP(element_id=name, **times, sub_frames=title))
    tags.save(path)


def write_episode(name, script, sound, cues):
    """All files of an episode."""
    chapters = marks(script, cues)
    for ending, options in FORMATS.items():
        louder = sound * audio_sound.gain(LIFT[ending])
        write_sound(AUDIO / f"{name}.{ending}", louder, **options)
    tag(AUDIO / f"{name}.mp3", script, chapters, len(sound) / RATE)
    (AUDIO / f"{name}.vtt").write_text(audio_script.to_vtt(cues), encoding="utf-8")
    listed = [{"startTime": round(start, 3), "title": title} for title, start in chapters]
    text = json.dumps({"version": "1.2.0", "chapters": listed}, indent=1, ensure_ascii=False)
    (AUDIO / f"{name}.chapters.json").write_text(text + "\n", encoding="utf-8")


def listen(name, cues, settings):
    """The word error rates of the stored MP3 and of flite.

    `_build/podcast/NAME.txt` has three lines a sentence: as written, as heard, as heard of flite.
    """
    sound, rate = soundfile.read(AUDIO / f"{name}.mp3", dtype="float32")
    known = settings["spoken"]
    ours = audio_judge.understood(audio_judge.pieces(sound, rate, cues), cues, known)
    theirs = audio_judge.understood(audio_judge.rivals(cues, known), cues, known)
    lines = [(want, f"  {got}", f"  {other}") for (want, got), (_, other) in zip(ours, theirs)]
    HEARD.mkdir(parents=True, exist_ok=True)
    text = "\n".join(line for three in lines for line in three)
    (HEARD / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    return {"ours": audio_judge.error_rate(ours), "flite": audio_judge.error_rate(theirs)}


def make(name, settings):
    """Make an episode and return its entry in the record."""
    script = audio_script.read(name)
    sound, cues = spoken(script, settings)
    write_episode(name, script, sound, cues)
    entry = {"digest": audio_script.digest(script, settings)}
    for ending in FORMATS:
        path = AUDIO / f"{name}.{ending}"
        decoded, rate = soundfile.read(path, dtype="float32")
        entry[ending] = audio_sound.measured(decoded, rate) | {"bytes": path.stat().st_size}
    return entry | {"word_errors": listen(name, cues, settings)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *EPISODES], metavar="NAME")
    names = parser.parse_args().names
    if shutil.which("flite") is None:
        raise SystemExit("flite is needed for the comparison (on Debian: apt install flite)")
    settings = audio_script.settings()
    AUDIO.mkdir(exist_ok=True)
    for name in names or EPISODES:
        if not names and audio_script.is_spoken(name):
            print(f"{name}: as it was")
            continue
        found = audio_script.record() | {name: make(name, settings)}
        ordered = {known: found[known] for known in EPISODES if known in found}
        RECORD.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
        print(f"{name}: {json.dumps(found[name]['mp3'])} {found[name]['word_errors']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
