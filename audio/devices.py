"""Sound devices: which one is meant, and what is wrong when it cannot be had. Pure: no PortAudio here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from core.errors import DeviceError

Direction = Literal["input", "output"]
DEVICE_UNAVAILABLE = -9985
"""PortAudio's paDeviceUnavailable: some other program holds the device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    index: int
    name: str
    inputs: int
    """Channels; 0 when it cannot hear."""
    outputs: int
    """Channels; 0 when it cannot sound."""
    rate: int
    """Hz that it likes best."""
    default_input: bool
    default_output: bool


def choose(wanted: str | None, direction: Direction, devices: Sequence[Device]) -> Device:
    """The device meant by an index, a name or a part of one; None is the default one.

    Raises:
        DeviceError: there is none of this direction, none of this name, or several.
    """
    able = [device for device in devices if (device.inputs if direction == "input" else device.outputs)]
    if not able:
        raise _none_at_all(direction)
    if not wanted:
        for device in able:
            if device.default_input if direction == "input" else device.default_output:
                return device
        return able[0]
    found = _matching(wanted, able)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{device.index} {device.name!r}" for device in found)
        raise DeviceError(
            f"several devices are called {wanted!r}: {names}", code="ambiguous", hint="give the index instead"
        )
    names = [device.name for device in able]
    near = get_close_matches(wanted, names, n=1, cutoff=0.4)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise DeviceError(
        f"there is no {direction} device called {wanted!r}; there are: {', '.join(names)}",
        code="unknown-device",
        hint=f"{meant}`tingshuo devices` lists them",
    )


def explained(error: Exception, device: Device) -> DeviceError:
    """What PortAudio's error means to a person."""
    number = error.args[1] if len(error.args) > 1 else None
    if number == DEVICE_UNAVAILABLE:
        return DeviceError(
            f"{device.name!r} is in use by another program",
            code="busy",
            hint="close the other program, or choose another device: `tingshuo devices`",
        )
    return DeviceError(
        f"{device.name!r} cannot be opened: {error.args[0] if error.args else error}",
        code="open-failed",
        hint="is it plugged in and is the sound server running? `tingshuo devices` lists what there is",
    )


def _matching(wanted: str, able: Sequence[Device]) -> list[Device]:
    """By index, else by the whole name, else by a part of it; letter case does not count."""
    sought = wanted.casefold()
    if wanted.isdecimal():
        return [device for device in able if device.index == int(wanted)]
    whole = [device for device in able if device.name.casefold() == sought]
    return whole or [device for device in able if sought in device.name.casefold()]


def _none_at_all(direction: Direction) -> DeviceError:
    what = "microphone" if direction == "input" else "loudspeaker"
    return DeviceError(
        f"no {what} was found",
        code=f"no-{what}",
        hint="plug one in, and check that the sound server runs; `tingshuo run --in FILE` needs none",
    )
