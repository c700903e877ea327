"""Every failure a person may meet, as one tree.

An error says what was wrong in its message, names itself in `code` (for the trace and for
scripts) and says what to do in `hint`. The process exit status is the class's `exit_code`.
"""

from __future__ import annotations

from typing import ClassVar


class VoiceError(Exception):
    """The root. `code` is a short dotted name; `hint` is one sentence for a person, or empty."""

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.code = f"{self.default_code}.{code}" if code else self.default_code
        self.hint = hint

    @property
    def message(self) -> str:
        return str(self.args[0])


class ConfigError(VoiceError):
    """A configuration value, file or combination that cannot be used."""

    exit_code = 3
    default_code = "config"


class ModelMissing(VoiceError):
    """Weights or a data file that should be there are not."""

    exit_code = 4
    default_code = "model-missing"


class ModelDamaged(VoiceError):
    """Weights are there and cannot be read: truncated, wrong version, wrong kind."""

    exit_code = 5
    default_code = "model-damaged"


class DeviceError(VoiceError):
    """A microphone, loudspeaker or the audio system itself."""

    exit_code = 6
    default_code = "device"


class InputError(VoiceError):
    """A file the user handed over cannot be read: a recording, a knowledge file."""

    exit_code = 7
    default_code = "input"


class OutputError(VoiceError):
    """A file cannot be written: full disk, no permission."""

    exit_code = 8
    default_code = "output"


class EngineError(VoiceError):
    """A model failed while working. Ends the turn, never the session."""

    exit_code = 9
    default_code = "engine"


class AsrError(EngineError):
    default_code = "asr"


class LlmError(EngineError):
    default_code = "llm"


class TtsError(EngineError):
    default_code = "tts"
