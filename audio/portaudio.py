"""PortAudio, or the error that says how to get it. Every adapter of it imports `sounddevice` from here."""

from __future__ import annotations

from core.errors import DeviceError

try:
    import sounddevice
except OSError as missing:
    raise DeviceError(
        "the PortAudio library is not installed",
        code="portaudio-missing",
        hint="sudo apt-get install libportaudio2",
    ) from missing

__all__ = ["sounddevice"]
