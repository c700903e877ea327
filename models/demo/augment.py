"""What a room, a microphone and an endpointer do to a clean waveform, as seeded pure functions.

Waveforms are float32 mono [samples] at 16 kHz in [-1, 1]; every function returns a new one. Knows nothing
of texts, speakers or features.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve, resample_poly

Waveform = npt.NDArray[np.float32]
SAMPLE_RATE = 16_000  # Hz

PRE_ROLL = (0.05, 0.4)  # seconds of room before the speech, as endpointing hands it over
TRAILING = (0.1, 0.7)  # seconds after
NOISE_SHARE, REVERB_SHARE, BAND_SHARE = 0.55, 0.35, 0.2
SIGNAL_TO_NOISE = (5.0, 30.0)  # dB


def roughen(clean: Waveform, source: np.random.Generator, babble: list[Waveform]) -> Waveform:
    """A clean utterance as a kiosk might hear it: random room, noise, band, gain and silences around it.

    `babble` holds other people's utterances, for a murmuring hall.
    """
    waveform = clean
    if source.random() < REVERB_SHARE:
        waveform = reverberate(waveform, source.uniform(0.1, 0.6), source.uniform(0.05, 0.5), source)
    waveform = with_silences(waveform, source.uniform(*PRE_ROLL), source.uniform(*TRAILING))
    if source.random() < BAND_SHARE:
        low, high = (
            (300.0, 3400.0)
            if source.random() < 0.4
            else (source.uniform(40, 250), source.uniform(3800, 7600))
        )
        waveform = limit_band(waveform, low, high)
    if source.random() < NOISE_SHARE:
        waveform = add_noise(waveform, noise(len(waveform), source, babble), source.uniform(*SIGNAL_TO_NOISE))
    elif source.random() < 0.8:  # a real microphone is never silent
        waveform = add_noise(waveform, noise(len(waveform), source, []), source.uniform(30.0, 55.0))
    return with_peak(waveform, float(10.0 ** source.uniform(-1.4, -0.02)))


def noise(samples: int, source: np.random.Generator, babble: list[Waveform], kind: str = "") -> Waveform:
    """Unit-power noise: white, pink, low, hum or babble; any of them unless `kind` says which."""
    kinds = ["white", "pink", "low", "hum", "babble"] if babble else ["white", "pink", "low", "hum"]
    match kind or source.choice(kinds):
        case "babble":
            made = _murmur(samples, source, babble)
        case "hum":
            time = np.arange(samples) / SAMPLE_RATE
            pitch = source.uniform(45, 400)
            tones = sum(source.random() * np.sin(2 * np.pi * pitch * n * time) for n in range(1, 6))
            made = tones + 0.2 * source.standard_normal(samples)
        case colour:
            made = _coloured(samples, {"pink": 0.5, "low": 1.0}.get(str(colour), 0.0), source)
    return (made / (np.sqrt(np.mean(np.square(made))) + 1e-9)).astype(np.float32)


def add_noise(waveform: Waveform, unit_noise: Waveform, ratio: float) -> Waveform:
    """Mix noise in at `ratio` dB below the speech; silence in the waveform does not count as speech."""
    loud = waveform[np.abs(waveform) > 0.02 * (np.abs(waveform).max() + 1e-9)]
    level = np.sqrt(np.mean(np.square(loud))) if len(loud) else 0.1
    return (waveform + unit_noise * level * 10.0 ** (-ratio / 20.0)).astype(np.float32)


def reverberate(waveform: Waveform, decay: float, wetness: float, source: np.random.Generator) -> Waveform:
    """A made-up room: `decay` is its RT60 in seconds, `wetness` the share of its energy in the tail."""
    samples = int(decay * SAMPLE_RATE)
    tail = source.standard_normal(samples) * np.exp(-6.9 * np.arange(samples) / samples)
    tail[: int(0.004 * SAMPLE_RATE)] = 0.0
    tail *= wetness / (np.sqrt(np.sum(np.square(tail))) + 1e-9)
    wet = fftconvolve(waveform, tail)[: len(waveform) + samples // 3]
    wet[: len(waveform)] += waveform
    return wet.astype(np.float32)


def limit_band(waveform: Waveform, low: float, high: float) -> Waveform:
    """Cut everything below `low` and above `high` Hz, softly."""
    spectrum = np.fft.rfft(waveform)
    frequencies = np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE)
    gain = 1 / (1 + (low / np.maximum(frequencies, 1.0)) ** 8) / (1 + (frequencies / high) ** 16)
    return np.fft.irfft(spectrum * gain, len(waveform)).astype(np.float32)


def with_silences(waveform: Waveform, before: float, after: float) -> Waveform:
    """Put `before` and `after` seconds of silence around it."""
    return np.pad(waveform, (int(before * SAMPLE_RATE), int(after * SAMPLE_RATE)))


def with_peak(waveform: Waveform, peak: float) -> Waveform:
    """Scale so that the loudest sample is `peak`."""
    return (waveform * (peak / (np.abs(waveform).max() + 1e-9))).astype(np.float32)


def trimmed(waveform: Waveform, threshold: float = 0.01) -> Waveform:
    """Cut off the silence at both ends."""
    loud = np.flatnonzero(np.abs(waveform) > threshold * (np.abs(waveform).max() + 1e-9))
    return waveform[loud[0] : loud[-1] + 1] if len(loud) else waveform


def scale_spectrum(waveform: Waveform, factor: float) -> Waveform:
    """Another throat: pitch and formants multiplied by `factor`, the duration kept."""
    return stretch(resample_poly(waveform, 100, max(1, round(100 * factor))).astype(np.float32), factor)


def stretch(waveform: Waveform, factor: float) -> Waveform:
    """Make it `factor` times as long at the same pitch: overlap-add of similar windows (WSOLA)."""
    window, hop, search = 640, 320, 160
    if len(waveform) < 2 * window or abs(factor - 1.0) < 0.02:
        return waveform
    wanted = int(len(waveform) * factor)
    padded = np.pad(waveform, (search, window + 2 * search))
    made = np.zeros(wanted + 2 * window, np.float32)
    shape = np.hanning(window + 1)[:-1].astype(np.float32)
    previous = 0
    for at in range(0, wanted, hop):
        start = min(int(at / factor), len(waveform) - 1)
        if at:
            follows = padded[previous + hop : previous + hop + window]
            region = padded[start : start + window + 2 * search]
            if len(follows) == window and len(region) == window + 2 * search:
                start += int(np.argmax(np.correlate(region[::2], follows[::2], "valid"))) * 2
        piece = padded[start : start + window]
        made[at : at + len(piece)] += piece * shape[: len(piece)]
        previous = start
    return made[:wanted]


def _coloured(samples: int, tilt: float, source: np.random.Generator) -> npt.NDArray[np.float64]:
    white = source.standard_normal(samples)
    if not tilt:
        return white
    frequencies = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
    return np.fft.irfft(np.fft.rfft(white) / np.maximum(frequencies, 30.0) ** tilt, samples)


def _murmur(samples: int, source: np.random.Generator, babble: list[Waveform]) -> npt.NDArray[np.float64]:
    made = np.zeros(samples)
    for _ in range(int(source.integers(3, 8))):
        clip = babble[int(source.integers(len(babble)))]
        offset = int(source.integers(max(1, len(clip))))
        turned = np.resize(np.concatenate((clip[offset:], clip[:offset])), samples)
        made += turned * source.uniform(0.3, 1.0) / (np.abs(clip).max() + 1e-6)
    return made + 1e-4 * source.standard_normal(samples)
