"""Sound as arrays: joining clips, making them equally loud, limiting peaks, and measuring."""

import warnings

import numpy as np
import pyloudnorm
from scipy.ndimage import minimum_filter1d
from scipy.signal import resample_poly

FINE = 4  # times as many samples, to see peaks between samples
LOOK = 0.005  # seconds over which the limiter turns down and up again
SILENT = 10 ** (-50 / 20)  # root mean square of a frame that counts as silence
FRAME = 0.01  # seconds


def loudness(sound, rate):
    """Integrated loudness by ITU-R BS.1770, in LUFS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(pyloudnorm.Meter(rate).integrated_loudness(np.asarray(sound, np.float64)))


def true_peak(sound):
    """The largest value of the sound, also between its samples, in dB below full scale."""
    return float(20 * np.log10(np.abs(resample_poly(sound, FINE, 1)).max()))


def longest_silence(sound, rate):
    """The longest stretch, in seconds, in which nothing is heard."""
    size = int(FRAME * rate)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    loud = np.flatnonzero(np.sqrt((frames**2).mean(axis=1)) > SILENT)
    edges = np.concatenate([[-1], loud, [len(frames)]])
    return float((np.diff(edges).max() - 1) * FRAME)


def gain(decibel):
    return 10 ** (decibel / 20)


def limited(sound, rate, ceiling):
    """The sound with its peaks turned down smoothly to `ceiling` dB."""
    fine = np.abs(resample_poly(sound, FINE, 1))[: FINE * len(sound)].reshape(-1, FINE)
    wanted = np.minimum(1, gain(ceiling) / np.maximum(fine.max(axis=1), 1e-9))
    size = 2 * int(LOOK * rate) + 1
    held = minimum_filter1d(wanted, size)
    bell = np.hanning(size + 2)[1:-1]
    smooth = np.convolve(np.pad(held, size // 2, mode="edge"), bell / bell.sum(), mode="valid")
    return (sound * smooth).astype(np.float32)


def mastered(sound, rate, target, ceiling):
    """The sound at the wanted loudness with no peak above the ceiling."""
    total = target - loudness(sound, rate)
    for _ in range(6):  # what the limiter takes away is given back
        made = limited(sound * gain(total), rate, ceiling)
        total += target - loudness(made, rate)
    return made


def balanced(clips, rate):
    """{who: gain} that makes the hosts equally loud; `clips` is {who: their sounds}."""
    heard = {who: loudness(np.concatenate(parts), rate) for who, parts in clips.items()}
    return {who: gain(max(heard.values()) - level) for who, level in heard.items()}


def measured(sound, rate):
    """What the record says of a sound."""
    return {
        "seconds": round(len(sound) / rate, 2),
        "loudness": round(loudness(sound, rate), 2),
        "peak": round(true_peak(sound), 2),
        "silence": round(longest_silence(sound, rate), 2),
    }
