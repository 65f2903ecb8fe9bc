"""Speech from text: two hosts out of one voice, and a plain voice to compare them with.

The voice is hibari's own; nothing is downloaded. A second host is made of it before the sound is:
the voice's pitch and the envelope of its spectrum, which carries the formants, are moved down by
factors of their own, much as a longer throat would.
"""

import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import soundfile
from hibari import Hibari, dsp

from book.tools.audio_script import in_words, replaced

RATE = 24_000
QUIET = 0.004  # below this a clip has not begun, or is over
EDGE = int(0.03 * RATE)  # kept before and after what is heard


def moved(spectrum, factor):
    """A spectral envelope, bins by frames, with its formants at `factor` times their place."""
    bins = len(spectrum)
    at = np.minimum(np.arange(bins) / factor, bins - 1)
    low = np.minimum(at.astype(int), bins - 2)
    share = (at - low)[:, None].astype(np.float32)
    return spectrum[low] * (1 - share) + spectrum[low + 1] * share


def trimmed(clip):
    """The clip without the silence at its ends, which fades in and out."""
    heard = np.flatnonzero(np.abs(clip) > QUIET)
    clip = clip[max(heard[0] - EDGE, 0) : heard[-1] + 2 * EDGE].copy()
    ramp = np.linspace(0, 1, EDGE // 2, dtype=np.float32)
    clip[: len(ramp)] *= ramp
    clip[-len(ramp) :] *= ramp[::-1]
    return clip


class Hosts:
    """Speaks a sentence as one of the hosts that `book/podcast/voice.yml` describes."""

    def __init__(self, settings):
        self.tts, self.settings = Hibari(threads=1), settings

    def phonemes(self, text):
        """The sentence in phonetic letters, with the hints that are given for its terms."""

        def hint(term, how):
            return f"[{term}](/{how['sounds']}/)" if "sounds" in how else how.get("words", term)

        return self.tts.phonemize(replaced(text, self.settings["spoken"], hint))

    def say(self, who, text):
        host, rng = self.settings["hosts"][who], np.random.default_rng(zlib.crc32(text.encode()))
        clips = [self.sound(part, host, rng) for part in self.phonemes(text)]
        return trimmed(np.concatenate(clips))

    def sound(self, phonemes, host, rng):
        inputs = {
            "ids": np.asarray([self.tts.ids(phonemes)], np.int64),
            "speed": np.asarray([host["speed"]], np.float32),
        }
        *envelope, pitch = (output[0] for output in self.tts.sess.run(None, inputs))
        if host["formants"] != 1:
            envelope = [moved(part, host["formants"]) for part in envelope]
        return dsp.synth(*envelope, pitch * host["pitch"], rng)


def flite(text, spoken):
    """The sentence in the voice `slt` of Debian's flite, and its sampling rate."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        words = in_words(text, spoken)
        subprocess.run(["flite", "-voice", "slt", "-t", words, "-o", path], check=True)
        return soundfile.read(path, dtype="float32")
