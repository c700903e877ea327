"""Synthetic speakers: text in, float32 mono at 16 kHz out, and who of them is kept from training.

Engines: espeak-ng (in-process), flite and festival (programs), gcin-voice (recorded Mandarin syllables in a
row). espeak-ng keeps global state: use one process or thread. The voice split below is data; training and
evaluation read the same table. Knows nothing of noise, rooms or features.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from scipy.signal import resample_poly

from models.demo.augment import SAMPLE_RATE, Waveform, scale_spectrum, stretch, trimmed
from models.demo.sentences import Language

Engine = Literal["espeak", "flite", "festival", "gcin"]

ESPEAK_BASES: dict[Language, tuple[str, ...]] = {
    "en": ("en-us", "en", "en-gb-x-rp", "en-029", "en-gb-scotland"),
    "zh": ("cmn",),
}
# espeak-ng's variants, separated by spaces. Never trained on, in either language:
HELD_OUT_VARIANTS = "f3 m4 Annie Michael klatt3 adam linda edward2 steph2 iven3 Diogo belinda pablo john rob"
# Neither trained on nor judged, because they are effects, not people:
UNUSED_VARIANTS = (
    "whisper whisperf croak Demonic UniRobot anikaRobot fast robosoft robosoft2 robosoft3 robosoft4 "
    "robosoft5 robosoft6 robosoft7 robosoft8 Tweaky Storm Mr_serious klatt6"
)
TRAINED_FLITE, HELD_OUT_FLITE = ("kal", "kal16", "rms", "slt"), ("awb",)
TRAINED_FESTIVAL, HELD_OUT_FESTIVAL = ("kal_diphone", "cmu_us_slt_arctic_hts"), ("ked_diphone",)
TRAINED_GCIN, HELD_OUT_GCIN = ("5",), ("3",)

_GCIN_SYLLABLE = 0.24  # seconds, on average
_GCIN = Path("/usr/share/gcin-voice/ogg")
_FESTIVAL_VOICES = Path("/usr/share/festival/voices")
_TONES = {"ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": "1"}
# espeak-ng's cmn voice reads these (final iong) as English letters; pinyin input does not have the fault.
_UNREADABLE = re.compile("[穷琼兄胸凶雄熊匈汹炯窘]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One synthetic voice."""

    engine: Engine
    name: str  # espeak: base+variant
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text and how a speaker says it; the numbers are relative, 1 is the speaker's own manner."""

    text: str
    speaker: Speaker
    tempo: float = 1.0
    pitch: float = 1.0
    liveliness: float = 1.0


def trained_speakers(language: Language, engine: Engine) -> tuple[Speaker, ...]:
    """The speakers that training may hear."""
    match engine:
        case "espeak":
            return _espeak(language, [name for name in _variants() if name not in HELD_OUT_VARIANTS.split()])
        case "flite":
            names = TRAINED_FLITE if language == "en" else ()
        case "festival":
            names = TRAINED_FESTIVAL if language == "en" else ()
        case "gcin":
            names = TRAINED_GCIN if language == "zh" else ()
    return tuple(Speaker(engine=engine, name=name, language=language) for name in names)


def held_out_speakers(language: Language, engine: Engine) -> tuple[Speaker, ...]:
    """The speakers that only the evaluation hears."""
    match engine:
        case "espeak":
            return _espeak(language, [name for name in _variants() if name in HELD_OUT_VARIANTS.split()])
        case "flite":
            names = HELD_OUT_FLITE if language == "en" else ()
        case "festival":
            names = HELD_OUT_FESTIVAL if language == "en" else ()
        case "gcin":
            names = HELD_OUT_GCIN if language == "zh" else ()
    return tuple(Speaker(engine=engine, name=name, language=language) for name in names)


def is_installed(speaker: Speaker) -> bool:
    """Whether this machine can render the speaker."""
    match speaker.engine:
        case "espeak":
            return True
        case "flite":
            return shutil.which("flite") is not None
        case "festival":
            return shutil.which("festival") is not None and any(_FESTIVAL_VOICES.glob(f"*/{speaker.name}"))
        case "gcin":
            return (_GCIN / "ㄅㄚ" / f"{speaker.name}.ogg").exists()


def render(readings: Sequence[Reading]) -> list[Waveform | None]:
    """Say each; None where the engine could not. Calls with hundreds are cheapest: festival starts once."""
    festival = [reading for reading in readings if reading.speaker.engine == "festival"]
    spoken = dict(zip(map(id, festival), _render_festival(festival), strict=True))
    return [spoken[id(reading)] if id(reading) in spoken else _render_one(reading) for reading in readings]


def _render_one(reading: Reading) -> Waveform | None:
    match reading.speaker.engine:
        case "flite":
            return _render_flite(reading)
        case "gcin":
            return _render_gcin(reading)
        case _:
            return _render_espeak(reading)


def _espeak(language: Language, variants: Sequence[str]) -> tuple[Speaker, ...]:
    names = [f"{base}+{variant}" for base in ESPEAK_BASES[language] for variant in variants]
    return tuple(Speaker(engine="espeak", name=name, language=language) for name in names)


@cache
def _variants() -> tuple[str, ...]:
    import espeakng_loader

    folder = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    names = sorted(path.name for path in folder.iterdir() if " " not in path.name)
    return tuple(name for name in names if name not in UNUSED_VARIANTS.split())


# --- espeak-ng ---

_ESPEAK_RATE = 22_050
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Espeak:
    """The library, loaded once; collects what its callback hands over."""

    def __init__(self) -> None:
        import espeakng_loader

        # A data path longer than about 140 characters makes voices fail to load, hence the short link.
        self._folder = tempfile.TemporaryDirectory(prefix="espeak")
        link = Path(self._folder.name) / "espeak-ng-data"
        os.symlink(espeakng_loader.get_data_path(), link)
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        if self._library.espeak_Initialize(2, 200, str(link.parent).encode(), 0) != _ESPEAK_RATE:
            raise OSError(f"espeak-ng did not start with the data in {link}")
        self._pieces: list[Waveform] = []
        self._callback = _CALLBACK(self._take)  # must outlive the library's use of it
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).astype(np.float32) / 32768.0)
        return 0

    def say(self, text: str, voice: str, settings: dict[int, int]) -> Waveform | None:
        self._pieces = []
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        for parameter, value in settings.items():
            self._library.espeak_SetParameter(parameter, value, 0)
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, ctypes.c_size_t(len(encoded)), 0, 1, 0, 1, None, None)
        return np.concatenate(self._pieces) if self._pieces else None


@cache
def _espeak_library() -> _Espeak:
    return _Espeak()


def _render_espeak(reading: Reading) -> Waveform | None:
    voice, text = reading.speaker.name, reading.text
    if reading.speaker.language == "zh" and _UNREADABLE.search(text):
        voice, text = voice.replace("cmn", "cmn-latn-pinyin"), " ".join(_pinyin(text))
    liveliness = round(50 * reading.liveliness)
    settings = {
        1: round(170 * reading.tempo),
        3: max(0, min(99, round(50 + 60 * (reading.pitch - 1)))),
        # Below 40 the tones of Mandarin are flattened away.
        4: max(40 if reading.speaker.language == "zh" else 0, min(100, liveliness)),
    }
    made = _espeak_library().say(text, voice, settings)
    return None if made is None else trimmed(_resampled(made, _ESPEAK_RATE))


# --- flite and festival ---


def _render_flite(reading: Reading) -> Waveform | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        base = {"kal": 95, "kal16": 95, "awb": 110, "rms": 95, "slt": 170}[reading.speaker.name]
        settings = [
            f"duration_stretch={1 / reading.tempo:.3f}",
            f"int_f0_target_mean={base * reading.pitch:.1f}",
        ]
        options = [word for setting in settings for word in ("--setf", setting)]
        command = ["flite", "-voice", reading.speaker.name, *options, "-t", reading.text, "-o", str(path)]
        subprocess.run(command, check=False, capture_output=True)
        return _read(path)


def _render_festival(readings: Sequence[Reading]) -> list[Waveform | None]:
    if not readings:
        return []
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.wav" for number in range(len(readings))]
        lines: list[str] = []
        for reading, path in sorted(zip(readings, paths, strict=True), key=lambda pair: pair[0].speaker.name):
            lines += [
                f"(voice_{reading.speaker.name})",
                f"(Parameter.set 'Duration_Stretch {1 / reading.tempo:.3f})",
                f'(utt.save.wave (utt.synth (Utterance Text "{reading.text}")) "{path}")',
            ]
        script = Path(folder) / "say.scm"
        script.write_text("\n".join(lines), "utf-8")
        subprocess.run(["festival", "-b", str(script)], check=False, capture_output=True)
        return [_read(path) for path in paths]


def _read(path: Path) -> Waveform | None:
    if not path.exists():
        return None
    said, rate = soundfile.read(path, dtype="float32")
    return trimmed(_resampled(np.asarray(said, np.float32), int(rate))) if len(said) else None


# --- gcin-voice: syllables of a person, one after the other ---


def _render_gcin(reading: Reading) -> Waveform | None:
    syllables = [_syllable(name, reading.speaker.name) for name in _bopomofo(reading.text)]
    if not syllables or any(syllable is None for syllable in syllables):
        return None
    recorded = [syllable for syllable in syllables if syllable is not None]
    factor = _GCIN_SYLLABLE * SAMPLE_RATE * len(recorded) / sum(map(len, recorded)) / reading.tempo
    said = np.zeros(0, np.float32)
    for syllable in recorded:
        said = _crossfade(said, stretch(syllable, factor), round(0.03 * SAMPLE_RATE))
    return trimmed(scale_spectrum(said, reading.pitch) if abs(reading.pitch - 1) > 0.02 else said)


@cache
def _syllable(name: str, person: str) -> Waveform | None:
    bare = name.rstrip("1234")
    candidates = (name, bare, *(bare + tone for tone in "1423"))
    path = next((p for p in (_GCIN / c / f"{person}.ogg" for c in candidates) if p.exists()), None)
    said = None if path is None else _read(path)
    return None if said is None else trimmed(said / (np.abs(said).max() + 1e-6) * 0.6, 0.03)


def _crossfade(before: Waveform, after: Waveform, overlap: int) -> Waveform:
    overlap = min(overlap, len(before), len(after))
    if not overlap:
        return np.concatenate((before, after))
    ramp = np.linspace(0, 1, overlap, dtype=np.float32)
    mixed = before[-overlap:] * (1 - ramp) + after[:overlap] * ramp
    return np.concatenate((before[:-overlap], mixed, after[overlap:]))


def _bopomofo(text: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    spelled = lazy_pinyin(text, style=Style.BOPOMOFO, tone_sandhi=True)
    return [
        "".join(c for c in one if c not in _TONES) + "".join(_TONES.get(c, "") for c in one)
        for one in spelled
    ]


def _pinyin(text: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True)


def _resampled(waveform: Waveform, rate: int) -> Waveform:
    if rate == SAMPLE_RATE:
        return waveform
    divisor = int(np.gcd(rate, SAMPLE_RATE))
    return resample_poly(waveform, SAMPLE_RATE // divisor, rate // divisor).astype(np.float32)
