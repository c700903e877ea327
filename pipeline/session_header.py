"""The header of a session file: settings, engines, knowledge, policy; enough to replay it elsewhere."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from audio.ports import AudioSink, AudioSource
from core.clock import moment
from core.errors import ConfigError, InputError
from emotion_policy.policy import Policy
from emotion_policy.policy_file import compile_text, read
from llm.knowledge_entry import Entry
from pipeline.assembly import Engines
from pipeline.config import Config, locate
from tts.engine import known

_KNOWLEDGE = TypeAdapter(tuple[Entry, ...])
_TEXT = TypeAdapter(str)
_TEXTS = TypeAdapter(tuple[str, ...])
_RATE = TypeAdapter(Annotated[int, Field(ge=8_000, le=384_000)])
"""Hz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a recorded session was built from."""

    config: Config
    knowledge: tuple[Entry, ...]
    policy: Policy | None
    """Of the site's own file; None: the packaged one of the scenario."""
    recognizer: str
    model: str
    voice: str
    voice_rate: int
    voices: tuple[str, ...]
    """To choose from, at its beginning."""
    demo: bool
    source: str
    sink: str
    sink_rate: int
    product: str
    """Version of the build that recorded it."""
    at: str
    """Local date and time at its beginning."""


def header_of(config: Config, engines: Engines, source: AudioSource, sink: AudioSink) -> Mapping[str, Any]:
    """What goes into a new session file."""
    path = config.emotion.policy
    return {
        "product": product(),
        "python": platform.python_version(),
        "at": moment(),
        "config": config.model_dump(mode="json"),
        "seeds": {"llm": config.llm.seed},
        "recognizer": engines.recognizer.name,
        "model": engines.model.name,
        "voice": {"name": engines.voice.name, "rate": engines.voice.rate, "voices": known(engines.voice)},
        "demo": engines.demo,
        "source": source.name,
        "sink": {"name": sink.name, "rate": sink.rate},
        "knowledge": [asdict(entry) for entry in engines.knowledge.entries],
        "policy": None if path is None else read(locate(path)),
    }


def setting_of(path: Path, header: Mapping[str, Any]) -> Setting:
    """What the header of a session file says.

    Raises:
        InputError: this build has no such settings, or the policy is none for it.
    """
    try:
        text = header["policy"]
        voice, sink = header["voice"], header["sink"]
        return Setting(
            config=Config.model_validate(header["config"]),
            knowledge=_KNOWLEDGE.validate_python(header["knowledge"]),
            policy=None if text is None else compile_text(text, "the recorded policy"),
            recognizer=_TEXT.validate_python(header["recognizer"]),
            model=_TEXT.validate_python(header["model"]),
            voice=_TEXT.validate_python(voice["name"]),
            voice_rate=_RATE.validate_python(voice["rate"]),
            voices=_TEXTS.validate_python(voice.get("voices", ())),
            demo=bool(header["demo"]),
            source=_TEXT.validate_python(header["source"]),
            sink=_TEXT.validate_python(sink["name"]),
            sink_rate=_RATE.validate_python(sink["rate"]),
            product=_TEXT.validate_python(header["product"]),
            at=_TEXT.validate_python(header["at"]),
        )
    except (ValidationError, ConfigError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} was recorded with settings that this version does not have: {error}",
            code="session-settings",
            hint=f"replay it with the version that wrote it: {header.get('product', 'unknown')}",
        ) from error


def product() -> str:
    """The installed version of Tingshuo."""
    from importlib.metadata import PackageNotFoundError, version  # 20 ms

    try:
        return version("tingshuo")
    except PackageNotFoundError:
        return "unknown"
