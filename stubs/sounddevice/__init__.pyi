"""What audio/devices.py and audio/soundcard.py use of sounddevice 0.5."""

from collections.abc import Callable
from typing import Literal, TypedDict, type_check_only

import numpy as np
from numpy.typing import NDArray

class PortAudioError(Exception): ...

@type_check_only
class DeviceInfo(TypedDict):
    name: str
    index: int
    hostapi: int
    max_input_channels: int
    max_output_channels: int
    default_samplerate: float

@type_check_only
class _Pair:
    def __getitem__(self, index: Literal[0, 1]) -> int: ...

@type_check_only
class _Default:
    @property
    def device(self) -> _Pair: ...

default: _Default

class CallbackFlags:
    input_overflow: bool
    output_underflow: bool

class _Stream:
    @property
    def latency(self) -> float: ...
    @property
    def active(self) -> bool: ...
    def start(self) -> None: ...
    def abort(self, ignore_errors: bool = ...) -> None: ...
    def close(self, ignore_errors: bool = ...) -> None: ...

class RawInputStream(_Stream):
    def __init__(
        self,
        *,
        samplerate: float,
        blocksize: int,
        device: int,
        channels: int,
        dtype: str,
        latency: Literal["low", "high"] | float,
        callback: Callable[[bytes, int, object, CallbackFlags], None],
        finished_callback: Callable[[], None],
    ) -> None: ...

class OutputStream(_Stream):
    def __init__(
        self,
        *,
        samplerate: float,
        blocksize: int,
        device: int,
        channels: int,
        dtype: str,
        latency: Literal["low", "high"] | float,
        callback: Callable[[NDArray[np.float32], int, object, CallbackFlags], None],
        finished_callback: Callable[[], None],
    ) -> None: ...

def query_devices() -> tuple[DeviceInfo, ...]: ...
def check_input_settings(*, device: int, channels: int, dtype: str, samplerate: float) -> None: ...
def check_output_settings(*, device: int, channels: int, dtype: str, samplerate: float) -> None: ...
