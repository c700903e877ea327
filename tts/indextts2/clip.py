"""Is a recording fit to be a reference clip? Refusals with reasons, and doubts worth a second look. Pure.

In: samples as a file holds them. Out: one channel, and warnings. Levels are dB of full scale (dBFS), a sine
of full scale being -3; the offset (mean) is taken out before they are measured, and left in the sound.

Shapes: n = samples, c = channels, f = blocks of 20 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.audio import Samples
from core.errors import InputError

SHORTEST = 3.0
"""Seconds. Below, a speaker vector averages too few sounds to be about the speaker and not the words."""
LONGEST = 15.0
"""Seconds: upstream silently cuts here; we let the operator choose what is cut."""
COSTS = 5.0
"""Seconds after which a clip is dear: the flow walks over the whole reference for every piece of speech."""
LOWEST_RATE = 16_000
"""Hz: what the speaker networks hear. A lower rate has nothing where they listen for consonants."""
SILENT = -60.0
"""dBFS of the louder parts: an empty room; ordinary speech has -30 to -15."""
QUIET = -40.0
"""dBFS of the louder parts, below which the hiss of a microphone amplifier is not far."""
CLIPPED_SHARE = 1e-4
"""Of all samples, in flat tops: 12 in five seconds at 24 kHz. Rarer ones are not heard."""
FLAT_RUN = 4
"""Equal samples in a row at the peak. A voice of 80 Hz at half of full scale and 48 kHz has fewer."""
FLAT_AT = 0.99
"""Of the channel's peak: where flat tops are looked for."""
FLAT_PEAK = 0.25
"""Peak from which they are: below, 16 bits make flat tops of soft round ones."""
COARSE = 256
"""Different sample values that 8 bits, or a telephone's companding, can have."""
OFFSET = 0.02
"""Mean of the samples: -34 dBFS, as much as soft speech. The mel spectrum takes it for sound."""
EDGE = 0.5
"""Seconds of silence before the first or after the last sound that are worth cutting off."""
GAP = 1.0
"""Seconds of silence inside: longer than a breath, and learnt as a habit of the speaker."""
PAUSE_BELOW = 35.0
"""dB below the louder parts that count as silence: soft consonants stay within 30."""
BACKGROUND = 15.0
"""dB between the louder parts and the quietest tenth of a clip. Speech with its pauses has 25 and more."""
NARROW = 1e-6
"""Share of power between 4.5 and 7 kHz (-60 dB): consonants have a thousand times that, telephones none."""
CANCELLED = 6.0
"""dB that a mix of channels may lose more than by sharing: beyond, the channels cancel each other."""
BLOCK_SECONDS = 0.02

_Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A recording that a voice can be made from."""

    samples: Samples
    """float32, shape (n,), in [-1, 1]."""
    rate: int
    """Hz."""
    warnings: tuple[str, ...]
    """What could be better, one sentence each, worst first."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class _Loudness(NamedTuple):
    blocks: _Floats
    """dBFS, shape (f,)."""
    loud: float
    """dBFS that nine tenths of the blocks stay below."""


def check_clip(samples: NDArray[np.floating], rate: int, *, name: str, timbre: bool = True) -> Clip:
    """Take a recording as a reference, or say why not.

    Args:
        samples: shape (n,) or (n, c), in [-1, 1].
        rate: Hz.
        name: what messages call it: its path.
        timbre: it gives the voice its timbre, and so is worked through for every reply; a clip that only
            lends its emotion is not.

    Raises:
        InputError: it is too short or long, of too low a rate, silent, clipped, or no sound at all.
    """
    _check_length(len(samples) / rate, name)
    channels = samples.astype(np.float64).reshape(len(samples), -1)
    _check_numbers(channels, name)
    if rate < LOWEST_RATE:
        raise _refused(
            f"{name} has {rate} Hz; at least {LOWEST_RATE} are needed",
            "clip-rate",
            "Record it again at 24000 Hz or more; raising the rate of a file brings nothing back.",
        )
    mono = channels.mean(axis=1)
    loudness = _loudness(mono, rate)
    _check_mix(channels, mono, name)
    if loudness.loud < SILENT:
        raise _refused(
            f"{name} is silent: its louder parts have {loudness.loud:.0f} dB of full scale",
            "clip-silent",
            "Check the microphone and its gain, and record it again; speech has about -25.",
        )
    coarse = len(np.unique(channels)) <= COARSE
    _check_clipping(channels, name, coarse=coarse)
    doubts = tuple(_doubts(mono, rate, loudness, timbre=timbre, coarse=coarse))
    return Clip(samples=mono.astype(np.float32), rate=rate, warnings=doubts)


def _check_numbers(channels: _Floats, name: str) -> None:
    wrong = int((~np.isfinite(channels)).sum())
    if wrong:
        raise _refused(
            f"{name} has {wrong} samples that are no number",
            "clip-not-finite",
            "Export it again as 16-bit or 24-bit WAV.",
        )


def _check_length(seconds: float, name: str) -> None:
    if seconds < SHORTEST:
        raise _refused(
            f"{name} is {seconds:.1f} s long; at least {SHORTEST:g} s are needed",
            "clip-short",
            "Record one or two calm sentences, about five seconds.",
        )
    if seconds > LONGEST:
        raise _refused(
            f"{name} is {seconds:.1f} s long; at most {LONGEST:g} s can be used",
            "clip-long",
            f"Cut out the best five seconds: ffmpeg -ss 0 -t {COSTS:g} -i {name} short.wav",
        )


def _check_mix(channels: _Floats, mono: _Floats, name: str) -> None:
    """Channels of opposite polarity leave little when they are mixed."""
    loudest = max(_power(channel) for channel in channels.T)
    lost = _decibels(loudest) - _decibels(_power(mono)) - 20 * np.log10(channels.shape[1])
    if channels.shape[1] > 1 and _decibels(loudest) > SILENT and lost > CANCELLED:
        raise _refused(
            f"the {channels.shape[1]} channels of {name} cancel each other when they are mixed to one",
            "clip-channels",
            f"Keep one of them: ffmpeg -i {name} -af pan=mono|c0=c0 one.wav",
        )


def _check_clipping(channels: _Floats, name: str, *, coarse: bool) -> None:
    """Flat tops, at full scale or below it: somebody may have turned a clipped recording down."""
    if coarse:
        return
    flat = max(_flat(channel) for channel in channels.T)
    if flat > CLIPPED_SHARE * len(channels):
        raise _refused(
            f"{name} is clipped: {flat} samples lie in flat tops",
            "clip-clipped",
            "Turn the microphone's gain down and record it again; clipping cannot be undone.",
        )


def _flat(channel: _Floats) -> int:
    """Samples in runs of equal ones near the channel's peak."""
    size = np.abs(channel)
    peak = size.max()
    if peak < FLAT_PEAK:
        return 0
    same = (np.diff(channel) == 0) & (size[1:] >= FLAT_AT * peak)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    runs = edges[1::2] - edges[::2] + 1
    return int(runs[runs >= FLAT_RUN].sum())


def _doubts(mono: _Floats, rate: int, loudness: _Loudness, *, timbre: bool, coarse: bool) -> Iterator[str]:
    seconds = len(mono) / rate
    if coarse:
        yield f"it has no more than {COARSE} sample values, like 8-bit files and telephones: it hisses"
    if loudness.loud < QUIET:
        yield f"it is very quiet ({loudness.loud:.0f} dB of full scale): speech should have about -25"
    if loudness.loud - float(np.percentile(loudness.blocks, 10)) < BACKGROUND:
        yield "something sounds in its pauses too (noise, music, echo), and becomes part of the voice"
    if _narrow(mono, rate):
        yield "it has nothing above 4 kHz, like a telephone: the voice will sound dull"
    offset = float(mono.mean())
    if abs(offset) > OFFSET:
        yield f"its samples are off centre by {offset:+.3f}: remove the DC offset"
    yield from _silences(loudness)
    if timbre and seconds > COSTS:
        yield (
            f"{seconds:.1f} s is more than {COSTS:g} s: the first sound of every reply comes later, because "
            "the flow works through the whole clip each time"
        )


def _silences(loudness: _Loudness) -> Iterator[str]:
    sounding = np.flatnonzero(loudness.blocks > loudness.loud - PAUSE_BELOW)
    first, last = int(sounding[0]), int(sounding[-1])
    before, after = first * BLOCK_SECONDS, (len(loudness.blocks) - 1 - last) * BLOCK_SECONDS
    gap = (int(np.diff(sounding).max(initial=1)) - 1) * BLOCK_SECONDS
    if before > EDGE:
        yield f"it begins with {before:.1f} s of silence: cut it off"
    if after > EDGE:
        yield f"it ends with {after:.1f} s of silence: cut it off, or sentences may trail off like that"
    if gap > GAP:
        yield f"it has a pause of {gap:.1f} s inside: the voice may learn to pause so"


def _narrow(mono: _Floats, rate: int) -> bool:
    power = np.abs(np.fft.rfft(mono - mono.mean())) ** 2
    frequencies = np.fft.rfftfreq(len(mono), 1 / rate)
    high = power[(frequencies > 4_500) & (frequencies < 7_000)].sum()
    return bool(high < NARROW * power.sum())


def _loudness(mono: _Floats, rate: int) -> _Loudness:
    size = round(rate * BLOCK_SECONDS)
    whole = len(mono) // size * size
    blocks = (mono - mono.mean())[:whole].reshape(-1, size)
    levels = 10 * np.log10(np.square(blocks).mean(axis=1) + 1e-12)
    return _Loudness(levels, float(np.percentile(levels, 90)))


def _power(samples: _Floats) -> float:
    return float(np.square(samples - samples.mean()).mean())


def _decibels(power: float) -> float:
    return 10 * float(np.log10(power + 1e-12))


def _refused(message: str, code: str, hint: str) -> InputError:
    return InputError(message, code=code, hint=hint)
