"""The journal: what reached a session from outside, in order, and how that is written down.

A *stimulus* is one thing that reaches the session: a frame, a command, a value of an engine, the end of a
sleep. A *reading* is what the session read off an instrument while it worked on a stimulus: the clock, the
sample counter. Nothing else decides what happens; so stimuli and readings are all that a replay needs.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, assert_never, cast

import numpy as np
from pydantic import TypeAdapter

from audio.wavfile import int16
from core import wire
from core.audio import FRAME_BYTES, HEARING_RATE, INT16_SCALE, Samples, Waveform
from core.emotion import Opinion
from core.errors import InputError, VoiceError
from core.events import Event
from core.text import Spoken, Transcript
from pipeline.session_file import Part, Parts, damaged, pcm_of, wav

Kind = Literal[
    "begin",  # the session itself
    "frame",  # from the microphone; fields: voiced, suspicious, where the listener asked
    "over",  # the source has ended; fields: error
    "pull",  # by the loudspeaker; fields: samples, loud
    "lost",  # the loudspeaker; fields: error
    "took",  # a walk's value, end or error; fields: lane, walk, value
    "walk",  # no stimulus: a walk was begun; fields: lane, walk, since, key, characters
    "woke",  # from the nth sleep of so many seconds; fields: seconds, nth, since
    "did",  # the loudspeaker did the nth thing of a reply that was waited for; fields: reply, nth, since
    "dropped",  # no stimulus: that was no longer waited for; fields: reply, nth
    "first",  # sample of a reply has been played; fields: reply
    "paused",  # no stimulus: the nth pause began; fields: nth
    "resumed",  # that pause ended by itself; fields: nth
    "command",  # from a screen, a script or an operator; fields: command
    "directed",  # whoever asks is done
    "aborted",  # a file cannot be written
    "told",  # that it is being recorded; fields: file
]
Output = str | Opinion | Spoken | Transcript | Waveform | VoiceError | None
"""What an engine gives; None is its end."""

LONGEST_PULL = 1_000_000
"""Samples: 5 s at 192 kHz."""
_NOTHING = type(None)
_NUMBER = (int, float)
_FIELDS: dict[str, dict[str, Any]] = {
    "begin": {},
    "frame": {},
    "over": {"error": (dict, _NOTHING)},
    "pull": {"samples": int, "loud": bool},
    "lost": {"error": dict},
    "took": {"lane": str, "walk": int, "value": dict},
    "walk": {"lane": str, "walk": int, "since": _NUMBER, "key": (str, _NOTHING), "characters": int},
    "woke": {"seconds": _NUMBER, "nth": int, "since": _NUMBER},
    "did": {"reply": int, "nth": int, "since": _NUMBER},
    "dropped": {"reply": int, "nth": int},
    "first": {"reply": int},
    "paused": {"nth": int},
    "resumed": {"nth": int},
    "command": {"command": str},
    "directed": {},
    "aborted": {},
    "told": {"file": str},
}
"""Of each kind, what must be there."""
_READINGS: dict[str, Any] = {
    "now": _NUMBER,
    "played": _NUMBER,
    "overruns": int,
    "minute": int,
    "voiced": bool,
    "suspicious": bool,
    "policy": (dict, _NOTHING),
    "saved": str,
}
"""Of each instrument, what it shows."""
_TRANSCRIPT = TypeAdapter(Transcript)
_OPINION = TypeAdapter(Opinion)
_SPOKEN = TypeAdapter(Spoken)


@dataclass(slots=True, kw_only=True)
class Entry:
    """A line of the journal."""

    number: int
    """Entries were let in in this order."""
    at: float
    """Session seconds, in whole microseconds."""
    kind: Kind
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    readings: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """Instrument to what was read off it, in order, until the next stimulus."""
    sound: bytes | Samples | None = None
    """Of a frame: int16 bytes; of a pull that was not silent or a value: float32."""


@dataclass(slots=True, kw_only=True)
class Segment:
    """About a second of a session."""

    entries: list[Entry] = field(default_factory=list[Entry])
    events: list[Event] = field(default_factory=list[Event])


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session file, read."""

    path: Path
    header: Mapping[str, Any]
    entries: Sequence[Entry]
    """By number."""
    events: Sequence[str]
    """As on the wire, one line each."""
    complete: bool

    @property
    def seconds(self) -> float:
        return self.entries[-1].at if self.entries else 0.0


def part_of(segment: Segment, *, speaker_rate: int, voice_rate: int) -> Part:
    """A segment as it is written. Sound has 16 bits, which is what a sound card plays."""
    sides: dict[str, list[bytes]] = {"microphone": [], "loudspeaker": [], "voice": []}
    lines = [_line(entry, sides) for entry in segment.entries]
    return {
        "journal.jsonl": _text(lines),
        "events.jsonl": _text([wire.encode(event) for event in segment.events]),
        "microphone.wav": wav(b"".join(sides["microphone"]), HEARING_RATE),
        "loudspeaker.wav": wav(b"".join(sides["loudspeaker"]), speaker_rate),
        "voice.wav": wav(b"".join(sides["voice"]), voice_rate),
    }


def session_of(path: Path, whole: Parts) -> Session:
    """What the parts of a file say.

    Raises:
        InputError: its sums are right and its content is not.
    """
    entries: list[Entry] = []
    events: list[str] = []
    try:
        for part in whole.parts:
            entries += _entries(part)
            events += _lines(part["events.jsonl"])
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, InputError, wave.Error) as error:
        raise damaged(path, f"has a part that says nothing ({type(error).__name__})") from error
    entries.sort(key=lambda entry: entry.number)
    return Session(path=path, header=whole.header, entries=entries, events=events, complete=whole.complete)


def value_of(fields: Mapping[str, Any], sound: Samples | None, rate: int) -> Output:
    """What `written` was given.

    Raises:
        ValueError, KeyError, TypeError: it says nothing.
    """
    match fields:
        case {"text": str(text)}:
            return text
        case {"sound": int()}:
            return Waveform(np.zeros(0, np.float32) if sound is None else sound, rate)
        case {"spoken": spoken}:
            return _SPOKEN.validate_python(spoken)
        case {"transcript": transcript}:
            return _TRANSCRIPT.validate_python(transcript)
        case {"opinion": opinion}:
            return _OPINION.validate_python(opinion)
        case {"error": {"type": str(name), "code": str(code), "message": str(text), "hint": str(hint)}}:
            return _error(name, code, text, hint)
        case {"end": True}:
            return None
        case _:
            raise ValueError(f"no output of an engine: {fields}")


def written(value: Output) -> dict[str, Any]:
    """An output as JSON can hold it; of sound its length, the samples are kept apart."""
    match value:
        case None:
            return {"end": True}
        case str():
            return {"text": value}
        case Waveform():
            return {"sound": len(value.samples)}
        case Spoken():
            return {"spoken": _SPOKEN.dump_python(value, mode="json")}
        case Transcript():
            return {"transcript": _TRANSCRIPT.dump_python(value, mode="json")}
        case Opinion():
            return {"opinion": _OPINION.dump_python(value, mode="json")}
        case VoiceError():
            name = type(value).__name__
            return {"error": {"type": name, "code": value.code, "message": value.message, "hint": value.hint}}
        case _:
            assert_never(value)


def _line(entry: Entry, sides: dict[str, list[bytes]]) -> str:
    fields = entry.fields
    match entry.kind:
        case "frame":
            sides["microphone"].append(cast("bytes", entry.sound))
        case "pull":
            if entry.sound is not None:
                sides["loudspeaker"].append(int16(cast("Samples", entry.sound)).tobytes())
        case "took":
            value = fields["value"]
            if isinstance(value, Waveform):
                sides["voice"].append(int16(value.samples).tobytes())
            fields = {**fields, "value": written(value)}
        case _:
            pass
    known: dict[str, Any] = {"n": entry.number, "at": entry.at, "kind": entry.kind, **fields}
    if entry.readings:
        known["read"] = entry.readings
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def _lines(text: bytes) -> list[str]:
    """Of JSON: what a customer said may hold other characters that break lines elsewhere."""
    return [line for line in text.decode().split("\n") if line]


def _entries(part: Part) -> Iterator[Entry]:
    sides = {name: _Sound(pcm_of(part[f"{name}.wav"])) for name in ("microphone", "loudspeaker", "voice")}
    for line in _lines(part["journal.jsonl"]):
        fields = json.loads(line)
        entry = Entry(
            number=int(fields.pop("n")),
            at=float(fields.pop("at")),
            kind=fields.pop("kind"),
            readings=fields.pop("read", {}),
            fields=fields,
        )
        _check(entry)
        entry.sound = _sound_of(entry, sides)
        yield entry


def _check(entry: Entry) -> None:
    """Raises ValueError, KeyError, TypeError, InputError: it does not say what its kind says."""
    fields = entry.fields
    for name, kind in _FIELDS[entry.kind].items():
        if not isinstance(fields[name], kind):
            raise TypeError(f"{entry.kind} has no such {name}")
    for instrument, shown in entry.readings.items():
        if not all(isinstance(each, _READINGS[instrument]) for each in shown):
            raise TypeError(f"{instrument} does not show that")
    _check_content(entry)


def _check_content(entry: Entry) -> None:
    fields = entry.fields
    match entry.kind:
        case "took":
            value_of(fields["value"], None, 1)
        case "over" | "lost" if fields["error"] is not None:
            value_of(fields, None, 1)
        case "command":
            wire.decode(fields["command"])
        case "pull" if not 0 <= fields["samples"] <= LONGEST_PULL:
            raise ValueError("no loudspeaker takes so much at once")
        case _:
            pass


def _sound_of(entry: Entry, sides: Mapping[str, _Sound]) -> bytes | Samples | None:
    fields = entry.fields
    match entry.kind:
        case "frame":
            return sides["microphone"].bytes(FRAME_BYTES)
        case "pull" if fields["loud"]:
            return sides["loudspeaker"].samples(fields["samples"])
        case "took" if "sound" in fields["value"]:
            return sides["voice"].samples(fields["value"]["sound"])
        case _:
            return None


class _Sound:
    """A part's sound, taken from the front."""

    def __init__(self, pcm: bytes) -> None:
        self._pcm = pcm
        self._taken = 0

    def bytes(self, count: int) -> bytes:
        found = self._pcm[self._taken : self._taken + count]
        if len(found) < count:
            raise ValueError("sound is missing")
        self._taken += count
        return found

    def samples(self, count: int) -> Samples:
        return np.frombuffer(self.bytes(2 * count), "<i2").astype(np.float32) / np.float32(INT16_SCALE)


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _error(name: str, code: str, message: str, hint: str) -> VoiceError:
    kinds = {kind.__name__: kind for kind in _kinds(VoiceError)}
    kind = kinds.get(name, VoiceError)
    rest = code.removeprefix(kind.default_code).removeprefix(".")
    return kind(message, code=rest or None, hint=hint)


def _kinds(kind: type[VoiceError]) -> Iterator[type[VoiceError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
