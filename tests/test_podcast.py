"""The podcast: what is stored is what the scripts say, and its feed and transcripts are whole."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from book.ext import podcast
from book.tools import audio_script
from book.tools.audio_script import AUDIO, EPISODES

ROOT = Path(__file__).parents[1]
SETTINGS = audio_script.settings()
RECORD = audio_script.record()
BASE = "https://example.org/book/"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
LIMIT = 12_000_000  # bytes of all sound
EACH = pytest.mark.parametrize("name", EPISODES)
KINDS = pytest.mark.parametrize("ending", ["mp3", "opus"])
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
extensions = ["myst_nb", "book.ext.podcast"]
exclude_patterns = ["out"]
html_baseurl = {BASE!r}
"""


@EACH
def test_an_episode_says_what_its_script_says(name):
    """`make audio` after a change of a script or of how it is spoken."""
    assert RECORD[name]["digest"] == audio_script.digest(audio_script.read(name), SETTINGS)


@EACH
def test_a_script_names_its_hosts_and_pages(name):
    script = audio_script.read(name)
    assert script["description"].count(". ") == 0 and script["description"].endswith(".")
    for chapter in script["chapters"]:
        found = [ROOT / f"{chapter['page']}{ending}" for ending in (".ipynb", ".md")]
        assert any(path.exists() for path in found), chapter["page"]
        assert {line["who"] for line in chapter["lines"]} == set(SETTINGS["hosts"])


@EACH
@KINDS
def test_files_are_what_was_measured(name, ending):
    path, measured = AUDIO / f"{name}.{ending}", RECORD[name][ending]
    assert path.stat().st_size == measured["bytes"]
    head = path.read_bytes()[:4000]
    assert head.startswith({"mp3": b"ID3", "opus": b"OggS"}[ending])
    if ending == "mp3":
        assert head.count(b"CHAP") == len(audio_script.read(name)["chapters"])
    assert 180 <= measured["seconds"] <= 300
    assert -16.7 <= measured["loudness"] <= -15.3
    assert measured["peak"] < -1 and measured["silence"] < 2


@EACH
@KINDS
def test_measuring_again_gives_the_same(name, ending):
    soundfile = pytest.importorskip("soundfile")
    pytest.importorskip("pyloudnorm")
    from book.tools import audio_sound

    sound, rate = soundfile.read(AUDIO / f"{name}.{ending}", dtype="float32")
    for what, value in audio_sound.measured(sound, rate).items():
        assert value == pytest.approx(RECORD[name][ending][what], abs=0.05), what


@EACH
def test_a_recogniser_understands_it_no_worse_than_another_voice(name):
    errors = RECORD[name]["word_errors"]
    assert errors["ours"] <= errors["flite"] < 1


def test_all_sound_is_light():
    assert sum(path.stat().st_size for path in AUDIO.glob("*.[mo]p*")) < LIMIT


@EACH
def test_the_transcript_has_every_sentence_in_its_time(name):
    text = (AUDIO / f"{name}.vtt").read_text(encoding="utf-8")
    assert text.startswith("WEBVTT\n\n")
    found = list(audio_script.from_vtt(text))
    said = [(cue.who, cue.text) for cue in audio_script.cues(audio_script.read(name))]
    assert [(who, words) for who, words, _, _ in found] == said
    assert text.count(" --> ") == len(said)
    times = [time for _, _, start, end in found for time in (start, end)]
    assert times == sorted(times) and times[-1] <= RECORD[name]["mp3"]["seconds"]
    assert all(0.2 < end - start < 20 for _, _, start, end in found)


@EACH
def test_chapters_begin_where_their_first_sentence_does(name):
    marks = json.loads((AUDIO / f"{name}.chapters.json").read_text(encoding="utf-8"))["chapters"]
    titles = [chapter["title"] for chapter in audio_script.read(name)["chapters"]]
    assert [mark["title"] for mark in marks] == titles
    starts = {}
    for cue in audio_script.timed(name):
        starts.setdefault(cue.chapter, cue.start if cue.chapter else 0)
    assert [mark["startTime"] for mark in marks] == pytest.approx(list(starts.values()))


def test_transcripts_keep_signs():
    cue = audio_script.Cue("Mara", "Is a < b & c > d?", 0, 3601.5, 3602.25)
    text = audio_script.to_vtt([cue])
    assert "01:00:01.500 --> 01:00:02.250" in text
    assert list(audio_script.from_vtt(text)) == [("Mara", cue.text, 3601.5, 3602.25)]


def test_a_digest_changes_with_what_is_heard_and_with_nothing_else():
    script = audio_script.read("cells")
    now = audio_script.digest(script, SETTINGS)
    known = SETTINGS["spoken"]
    more = {**SETTINGS, "spoken": {**known, "zebra": {"words": "zebra"}}}
    assert audio_script.digest(script, more) == now
    other = {**SETTINGS, "spoken": {**known, "LSTM": {"words": "last m"}}}
    assert audio_script.digest(script, other) != now
    assert audio_script.digest(script | {"title": "Other"}, SETTINGS) != now


def test_terms_are_replaced_whole_and_the_longest_first():
    spoken = {"LSTM": {"words": "l s t m"}, "LSTM cell": {"words": "the cell"}}
    assert audio_script.in_words("An LSTM, LSTMs, an LSTM cell.", spoken) == (
        "An l s t m, LSTMs, an the cell."
    )


def test_the_feed_is_whole():
    channel = ET.fromstring(podcast.feed("A & B", "The authors", BASE)).find("channel")
    assert channel.findtext("title") == "A & B"
    items = channel.findall("item")
    assert len(items) == len(EPISODES)
    assert len({item.findtext("guid") for item in items}) == len(items)
    for name, item in zip(EPISODES, items):
        enclosure = item.find("enclosure").attrib
        assert enclosure["url"] == f"{BASE}_static/podcast/{name}.mp3"
        assert int(enclosure["length"]) == (AUDIO / f"{name}.mp3").stat().st_size
        assert enclosure["type"] == "audio/mpeg"
        assert 180 <= int(item.findtext(f"{ITUNES}duration")) <= 300


def build(folder, *pages):
    """Build a small site with these pages; what Sphinx says comes back."""
    for name in ("index", "book/pages/listen", *pages):
        path = folder / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\norphan: true\n---\n# {name}\n")
    with (folder / "book/pages/listen.md").open("a") as file:
        file.write("\n```{podcast}\n```\n")
    (folder / "conf.py").write_text(CONF)
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", folder, folder / "out"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_page_holds_each_episode_and_the_site_its_files(tmp_path):
    pages = {chapter["page"] for n in EPISODES for chapter in audio_script.read(n)["chapters"]}
    assert not build(tmp_path, *pages)
    page = (tmp_path / "out/book/pages/listen.html").read_text(encoding="utf-8")
    for name in EPISODES:
        assert f'data-episode="{name}"' in page and f'id="episode-{name}"' in page
        for cue in audio_script.timed(name):
            assert f'data-at="{cue.start:.3f}"' in page
        for ending in ("mp3", "opus", "vtt"):
            copied = tmp_path / f"out/_static/podcast/{name}.{ending}"
            assert copied.read_bytes() == (AUDIO / f"{name}.{ending}").read_bytes()
        chapters = json.loads((tmp_path / f"out/_static/podcast/{name}.chapters.json").read_text())
        assert all(mark["url"].startswith(f"{BASE}chapters/") for mark in chapters["chapters"])
    assert ET.parse(tmp_path / "out/podcast.xml").getroot().tag == "rss"


def test_a_page_that_does_not_exist_is_told(tmp_path):
    assert "podcast: no page chapters/05-lstm" in build(tmp_path, "chapters/06-gru")
