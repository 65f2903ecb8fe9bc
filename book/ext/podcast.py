"""The directive `{podcast}`: the episodes with their players, and the feed of the podcast.

An episode stands on the page as a native player with two sources, its chapters, its transcript and
links to its files; `book/assets/listen.js` makes the rest of it. Sound and transcripts go to
`_static/podcast`, the feed to `podcast.xml` at the root of the site.
"""

import html
import json
import shutil
import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book.ext.cards import icon
from book.ext.light import CHAPTER
from book.ext.meta import LANGUAGE, TEXT_LICENCE
from book.tools import audio_script

PLACE, FEED, PAGE = "_static/podcast", "podcast.xml", "book/pages/listen"
SOURCES = {"opus": "audio/ogg; codecs=opus", "mp3": "audio/mpeg"}
ABOUT = (
    "Four short talks on recurrent neural networks: one about the whole subject, then one each "
    "about the foundations, the cells and training. Both voices are made by a computer."
)
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
)
COVER_SIZE = 1400  # pixels; the least that players of podcasts accept
GUIDS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # for feeds, by the podcast namespace
log = logging.getLogger(__name__)


def minutes(seconds):
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def stored(name):
    """The starts of an episode's chapters, in seconds."""
    path = audio_script.AUDIO / f"{name}.chapters.json"
    return json.loads(path.read_text(encoding="utf-8"))["chapters"]


# ---- The page -----------------------------------------------------------------------------


class PodcastDirective(SphinxDirective):
    """Where the feed is, and a section for each episode."""

    def run(self):
        link = "../" * self.env.docname.count("/") + FEED
        feed_words = f'<p>The feed for podcast players: <a href="{link}">{FEED}</a>.</p>'
        found = [nodes.raw("", feed_words, format="html")] if self.config.html_baseurl else []
        return found + [self.section(name) for name in audio_script.EPISODES]

    def section(self, name):
        for path in (f"{name}.yml", "voice.yml", f"audio/{name}.vtt", "audio/record.json"):
            self.env.note_dependency(str(audio_script.FOLDER / path))
        if not audio_script.is_spoken(name):
            self.complain(f"{name} has changed since it was spoken: make audio")
        script = audio_script.read(name)
        section = nodes.section(ids=[f"episode-{name}"], names=[f"episode-{name}"])
        section += nodes.title("", script["title"])
        section += nodes.paragraph("", script["description"])
        section += nodes.raw("", self.player(name, script), format="html")
        return section

    def complain(self, words):
        log.warning("podcast: %s", words, location=self.get_location(), type="podcast")

    def player(self, name, script):
        measured = audio_script.record()[name]
        seconds = measured["mp3"]["seconds"]
        place = "../" * self.env.docname.count("/") + f"{PLACE}/{name}"
        title = html.escape(script["title"])
        sources = "".join(
            f'<source src="{place}.{ending}" type="{kind}">' for ending, kind in SOURCES.items()
        )
        return (
            f'<div class="episode" data-episode="{name}" data-seconds="{seconds}">'
            f'<audio controls preload="none" aria-label="{title}">{sources}</audio>'
            f"{self.chapters(name, script)}{transcript(name)}"
            f"{downloads(place, measured)}</div>"
        )

    def chapters(self, name, script):
        """The chapters with their times and with links to the pages that they are about."""
        rows = []
        for chapter, mark in zip(script["chapters"], stored(name), strict=True):
            page, start = chapter["page"], mark["startTime"]
            if page not in self.env.found_docs:
                self.complain(f"no page {page}")
            found = CHAPTER.match(page)
            number = int(found[1]) if found else None
            words = {None: "Page", 0: "Primer"}.get(number, f"Chapter {number}")
            link = self.env.app.builder.get_relative_uri(self.env.docname, page)
            rows.append(
                f'<li><span data-at="{start}">{minutes(start)} {html.escape(chapter["title"])}'
                f'</span> <a href="{link}">{words}</a></li>'
            )
        return f'<ol class="marks" aria-label="Chapters of this episode">{"".join(rows)}</ol>'


def transcript(name):
    """What is said, sentence by sentence, a paragraph for each turn."""
    turns = groupby(audio_script.timed(name), key=lambda cue: (cue.chapter, cue.who))
    body = "".join(f"<p><b>{who}:</b> {sentences(turn)}</p>" for (_, who), turn in turns)
    return (
        '<details class="sd-dropdown transcript"><summary>Transcript</summary>'
        f'<div class="sd-summary-content">{body}</div></details>'
    )


def sentences(turn):
    return " ".join(
        f'<span data-at="{cue.start:.3f}">{html.escape(cue.text, quote=False)}</span>'
        for cue in turn
    )


def downloads(place, measured):
    links = [
        f'<a href="{place}.{ending}" download>{words}</a> '
        f"({measured[ending]['bytes'] / 1e6:.1f} MB)"
        for ending, words in (("mp3", "MP3"), ("opus", "Opus"))
    ]
    links.append(f'<a href="{place}.vtt" download>transcript with times</a>')
    return f'<p class="downloads">{minutes(measured["mp3"]["seconds"])} · {" · ".join(links)}</p>'


# ---- The feed -----------------------------------------------------------------------------


def item(name, base):
    """An episode of the feed."""
    script, measured = audio_script.read(name), audio_script.record()[name]
    date = datetime.combine(script["date"], datetime.min.time(), UTC)
    place, page = f"{base}{PLACE}/{name}", f"{base}{PAGE}.html#episode-{name}"
    size = measured["mp3"]["bytes"]
    opus = measured["opus"]["bytes"]
    return f"""<item>
<title>{escape(script["title"])}</title>
<description>{escape(" ".join(script["description"].split()))}</description>
<link>{escape(page)}</link>
<guid isPermaLink="false">{escape(f"{base}{PAGE}#{name}")}</guid>
<pubDate>{format_datetime(date)}</pubDate>
<enclosure url={quoteattr(place + ".mp3")} length="{size}" type="audio/mpeg"/>
<itunes:duration>{round(measured["mp3"]["seconds"])}</itunes:duration>
<itunes:episode>{audio_script.EPISODES.index(name) + 1}</itunes:episode>
<itunes:explicit>false</itunes:explicit>
<podcast:transcript url={quoteattr(place + ".vtt")} type="text/vtt" language="{LANGUAGE}"/>
<podcast:chapters url={quoteattr(place + ".chapters.json")} type="application/json+chapters"/>
<podcast:alternateEnclosure type="audio/ogg" length="{opus}" title="Opus">
<podcast:source uri={quoteattr(place + ".opus")}/>
</podcast:alternateEnclosure>
</item>"""


def feed(title, author, base):
    """RSS 2.0 with the words of iTunes and of Podcasting 2.0; addresses are whole."""
    guid = uuid.uuid5(GUIDS, f"{base}{FEED}".split("://")[1])
    items = "\n".join(item(name, base) for name in audio_script.EPISODES)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" {NAMESPACES} xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(title)}</title>
<link>{escape(base + PAGE)}.html</link>
<atom:link href={quoteattr(base + FEED)} rel="self" type="application/rss+xml"/>
<description>{escape(ABOUT)}</description>
<language>{LANGUAGE.lower()}</language>
<itunes:author>{escape(author)}</itunes:author>
<itunes:category text="Education"><itunes:category text="Courses"/></itunes:category>
<itunes:explicit>false</itunes:explicit>
<itunes:type>serial</itunes:type>
<podcast:license url={quoteattr(TEXT_LICENCE)}>cc-by-4.0</podcast:license>
<itunes:image href={quoteattr(f"{base}{PLACE}/cover.png")}/>
<podcast:guid>{guid}</podcast:guid>
{items}
</channel>
</rss>
"""


def chapters_for(name, base):
    """The chapters of an episode for players, with the pages that they are about."""
    listed = [
        {**mark, "url": f"{base}{chapter['page']}.html"} if base else mark
        for chapter, mark in zip(audio_script.read(name)["chapters"], stored(name), strict=True)
    ]
    return json.dumps({"version": "1.2.0", "chapters": listed}, ensure_ascii=False, indent=1)


def write(app, exception):
    if exception is not None or app.builder.name != "html" or PAGE not in app.env.found_docs:
        return
    base, folder = app.config.html_baseurl, Path(app.outdir, PLACE)
    folder.mkdir(parents=True, exist_ok=True)
    for name in audio_script.EPISODES:
        for ending in (*SOURCES, "vtt"):
            shutil.copyfile(audio_script.AUDIO / f"{name}.{ending}", folder / f"{name}.{ending}")
        path = folder / f"{name}.chapters.json"
        path.write_text(chapters_for(name, base) + "\n", encoding="utf-8")
    if not (cover := folder / "cover.png").exists():
        icon(COVER_SIZE, margin=0.15).save(cover, optimize=True)
    if base:
        text = feed(app.config.html_title, app.config.author, base)
        Path(app.outdir, FEED).write_text(text, encoding="utf-8")


def setup(app):
    app.add_directive("podcast", PodcastDirective)
    app.connect("build-finished", write, priority=650)  # before the list of what to keep
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
