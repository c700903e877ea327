"""libespeak-ng by ctypes: one private copy of the library, one call at a time.

The library keeps its state in globals, so each `EspeakLibrary` loads its own copy of the file: two voices
never share anything, and closing one unmaps it. The copy is deleted as soon as it is mapped. Synthesis is
one blocking call whose callback collects the sound; it starts no thread. Licence of the library: GPL-3.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, ModelDamaged, ModelMissing, TtsError

LONGEST_PATH = 120
"""The library appends file names to its data path in a buffer of 160 bytes; beyond about 143 it fails."""
BLOCK_MILLISECONDS = 200
"""Sound per callback: how late a `stop` is noticed, which at 1 000 times real time is 0.2 ms."""

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS of speak_lib.h; likewise below
_DONT_EXIT = 0x8000
_CHARACTERS = 1
_UTF8, _PHONEMES = 0x1, 0x100
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_WORD_EVENT, _LAST_EVENT = 1, 0


class _Event(ctypes.Structure):
    type: int
    text_position: int
    length: int
    sample: int
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """One call's parameters, in the library's own units."""

    voice: str
    rate: int
    pitch: int
    range: int
    volume: int


@dataclass(frozen=True, slots=True)
class Speech:
    """What one call made."""

    samples: NDArray[np.int16]
    """Shape (n,), mono, at the library's rate."""
    words: tuple[tuple[int, int, int], ...]
    """Word events: 0-based position and length in characters of the text, and the sample of the onset."""


class EspeakLibrary:
    """One loaded copy. Not for two threads at once: a lock makes the second one wait."""

    def __init__(self, library: Path | None = None, voices: Path | None = None) -> None:
        """Load a copy of `library`; by default the files that espeakng-loader ships.

        Raises:
            ModelMissing: the library or its voices are not there.
            ModelDamaged: they are there and cannot be used.
            ConfigError: no path to the voices is short enough for the library.
        """
        source, voices = _located(library, voices)
        self._variants = voices / "voices" / "!v"
        self._lock = threading.Lock()
        self._stopping = False
        self._blocks: list[bytes] = []
        self._words: list[tuple[int, int, int]] = []
        self._voice = ""
        self._callback = _Callback(self._collect)
        self._directory = tempfile.TemporaryDirectory(prefix="tingshuo-espeak-")
        directory = Path(self._directory.name)
        self._copy: _Copy | None = None
        try:
            path = _short(voices.resolve(), directory)
            self._copy = _Copy(source, directory)
            self.rate = self._initialize(self._copy.library, path)
        except BaseException:
            self.close()
            raise
        if path.parent != directory:
            self._directory.cleanup()

    def _initialize(self, library: ctypes.CDLL, voices: Path) -> int:
        try:
            path = os.fsencode(voices)
            rate = int(library.espeak_Initialize(_SYNCHRONOUS, BLOCK_MILLISECONDS, path, _DONT_EXIT))
            library.espeak_SetSynthCallback(self._callback)
        except AttributeError as error:
            raise ModelDamaged(f"no espeak-ng: {error}", code="espeak-library", hint=_REINSTALL) from error
        if rate <= 0:
            raise ModelDamaged(
                f"espeak-ng cannot read its voices in {voices}", code="espeak-voices", hint=_REINSTALL
            )
        return rate

    def speak(self, text: str, settings: VoiceSettings) -> Speech:
        """Synthesise `text` in one blocking call; `[[…]]` in it are phonemes.

        Raises:
            TtsError: the library refused, or was closed or stopped.
        """
        with self._lock:
            library = self._use(settings)
            self._blocks.clear()
            self._words.clear()
            status = self._synthesize(library, text)
            if status != 0 or self._stopping:
                raise TtsError(f"espeak-ng stopped with status {status} in {text[:40]!r}", code="synthesis")
            return Speech(np.frombuffer(b"".join(self._blocks), dtype=np.int16), tuple(self._words))

    def phonemes(self, text: str, voice: str) -> str:
        """The library's own phoneme names for `text`, clauses joined by a space."""
        with self._lock:
            library = self._opened()
            self._select(library, voice)
            self._synthesize(library, "")  # whether `[[` counts is taken over from the last synthesis
            encoded = ctypes.create_string_buffer(text.encode("utf-8"))
            cursor = ctypes.c_void_p(ctypes.addressof(encoded))
            library.espeak_TextToPhonemes.restype = ctypes.c_char_p
            found: list[str] = []
            while cursor.value:
                answer: bytes = library.espeak_TextToPhonemes(ctypes.byref(cursor), _UTF8 | _PHONEMES, 0)
                found.append(answer.decode())
            return " ".join(found)

    def check_voice(self, voice: str) -> None:
        """Load a voice, so that the first sentence need not.

        Raises:
            ConfigError: there is no such voice.
        """
        with self._lock:
            self._select(self._opened(), voice)

    def variants(self) -> list[str]:
        """Timbres that may be laid over a voice, in order."""
        return sorted((path.name for path in self._variants.iterdir()), key=str.casefold)

    def check_variant(self, variant: str) -> None:
        """Refuse a variant that is not there: the library would take the plain voice without a word.

        Raises:
            ConfigError: there is no such variant.
        """
        known = self.variants()
        if variant in known:
            return
        close = get_close_matches(variant.capitalize(), known, n=1) or get_close_matches(variant, known, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"espeak-ng has no variant {variant!r}",
            code="espeak-variant",
            hint=f"{meant}There are {', '.join(known)}.",
        )

    def stop(self) -> None:
        """From any thread: end the call in flight at its next block, and refuse further ones."""
        self._stopping = True

    def close(self) -> None:
        """End the call in flight, unload the copy, remove its files. Closing twice is closing once."""
        self.stop()
        with self._lock:
            if self._copy is not None:
                self._copy.unload()
                self._copy = None
        self._directory.cleanup()

    @staticmethod
    def _synthesize(library: ctypes.CDLL, text: str) -> int:
        encoded = text.encode("utf-8", "replace") + b"\0"
        size, flags = ctypes.c_size_t(len(encoded)), _UTF8 | _PHONEMES
        return int(library.espeak_Synth(encoded, size, 0, _CHARACTERS, 0, flags, None, None))

    def _opened(self) -> ctypes.CDLL:
        if self._copy is None or self._stopping:
            raise TtsError("the voice is closed", code="closed")
        return self._copy.library

    def _use(self, settings: VoiceSettings) -> ctypes.CDLL:
        library = self._opened()
        self._select(library, settings.voice)
        library.espeak_SetParameter(_RATE, settings.rate, 0)
        library.espeak_SetParameter(_PITCH, settings.pitch, 0)
        library.espeak_SetParameter(_RANGE, settings.range, 0)
        library.espeak_SetParameter(_VOLUME, settings.volume, 0)
        return library

    def _select(self, library: ctypes.CDLL, voice: str) -> None:
        if voice == self._voice:
            return
        if int(library.espeak_SetVoiceByName(os.fsencode(voice))) != 0:
            self._voice = ""
            raise ConfigError(
                f"espeak-ng has no voice {voice!r}",
                code="unknown-voice",
                hint="Mandarin is cmn, Cantonese yue, English en-us or en (there is no zh and no en-gb).",
            )
        self._voice = voice

    def _collect(self, samples: int | None, count: int, events: Any) -> int:
        """The callback: called by the library, inside `speak`, on the same thread."""
        if self._stopping:
            return 1
        self._take_words(events)
        if samples and count > 0:
            self._blocks.append(ctypes.string_at(samples, count * 2))
        return 0

    def _take_words(self, events: Any) -> None:
        index = 0
        event: _Event = events[index]
        while event.type != _LAST_EVENT:
            if event.type == _WORD_EVENT:
                self._words.append((event.text_position - 1, event.length, event.sample))
            index += 1
            event = events[index]


_REINSTALL = "Install the voice again: pip install --force-reinstall espeakng-loader"


class _Copy:
    """A mapped copy of the library; dlopen and dlclose, because ctypes alone never unmaps."""

    def __init__(self, source: Path, directory: Path) -> None:
        """Map a copy that no other engine shares; its file is gone when this returns."""
        self._system = ctypes.CDLL(None)
        self._system.dlopen.restype = ctypes.c_void_p
        self._system.dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
        self._system.dlerror.restype = ctypes.c_char_p
        self._system.dlclose.argtypes = (ctypes.c_void_p,)
        copy = directory / "libespeak-ng.so"
        try:
            shutil.copyfile(source, copy)
            self._mapped = self._system.dlopen(os.fsencode(copy), os.RTLD_NOW | os.RTLD_LOCAL)
        except OSError as error:
            raise ModelMissing(
                f"cannot read {source}: {error}", code="espeak-library", hint=_REINSTALL
            ) from error
        finally:
            copy.unlink(missing_ok=True)
        if not self._mapped:
            reason = (self._system.dlerror() or b"no reason given").decode(errors="replace")
            raise ModelDamaged(f"cannot load {source}: {reason}", code="espeak-library", hint=_REINSTALL)
        self.library = ctypes.CDLL(str(source), handle=self._mapped)

    def unload(self) -> None:
        terminate = getattr(self.library, "espeak_Terminate", None)
        if terminate is not None:
            terminate()
        self._system.dlclose(self._mapped)


def _located(library: Path | None, voices: Path | None) -> tuple[Path, Path]:
    """The configured files, or those of the loader package."""
    if library is None or voices is None:
        try:
            import espeakng_loader

            library = library or Path(espeakng_loader.get_library_path())
            voices = voices or Path(espeakng_loader.get_data_path())
        except (ImportError, RuntimeError) as error:
            raise ModelMissing(
                f"espeak-ng is not installed: {error}", code="espeak", hint="pip install espeakng-loader"
            ) from error
    for path in (library, voices):
        if not path.exists():
            raise ModelMissing(f"there is no {path}", code="espeak", hint=_REINSTALL)
    return library, voices


def _short(voices: Path, directory: Path) -> Path:
    """A path to the voices that fits the library's buffer: a link in `directory` where it must be."""
    if len(os.fsencode(voices)) <= LONGEST_PATH:
        return voices
    link = directory / "voices"
    if len(os.fsencode(link)) > LONGEST_PATH:
        raise ConfigError(
            f"both {voices} and the temporary directory {directory} are too deep for espeak-ng",
            code="path-too-long",
            hint=f"Set TMPDIR to a path of fewer than {LONGEST_PATH - 40} characters.",
        )
    link.symlink_to(voices, target_is_directory=True)
    return link
