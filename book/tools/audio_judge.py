"""How well a machine understands an episode: word error rates of pocketsphinx.

Its model of language knows newspapers and no jargon, so that the rates are high. They are worth
something beside each other: the same script, cut into the same sentences, is also spoken by
Debian's flite, and both are heard in the same way.
"""

import jiwer
import numpy as np
from pocketsphinx import Decoder
from scipy.signal import resample_poly

from book.tools.audio_script import in_words, plain_words
from book.tools.audio_voice import flite

RATE = 16_000
MARGIN = 0.08  # seconds heard before and after a sentence


def heard(decoder, sound, rate):
    """The words that the recogniser hears."""
    margin = np.zeros(int(MARGIN * RATE))
    common = np.gcd(rate, RATE)
    sound = resample_poly(sound, RATE // common, rate // common)
    samples = np.clip(np.concatenate([margin, sound, margin]), -1, 1)
    decoder.start_utt()
    decoder.process_raw((samples * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return " ".join(plain_words(found.hypstr)) if found else ""


def understood(clips, cues, spoken):
    """(wanted, heard) of each sentence; `clips` yields a sound and its rate for each cue."""
    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    return [
        (" ".join(plain_words(in_words(cue.text, spoken))), heard(decoder, *clip))
        for cue, clip in zip(cues, clips, strict=True)
    ]


def error_rate(pairs):
    wanted, found = zip(*pairs)
    return round(float(jiwer.wer(list(wanted), list(found))), 4)


def pieces(sound, rate, cues):
    """The sentences of an episode, cut out of its sound."""
    for cue in cues:
        yield sound[int(cue.start * rate) : int(cue.end * rate)], rate


def rivals(cues, spoken):
    """The same sentences in the other voice."""
    for cue in cues:
        yield flite(cue.text, spoken)
