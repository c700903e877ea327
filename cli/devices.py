"""devices: list microphones and loudspeakers.

The name, a part of it or the number goes into audio.input_device and audio.output_device.
"""

from __future__ import annotations

import argparse

EPILOG = """\
examples:
  tingshuo devices
  tingshuo talk --set audio.input_device=headset --set audio.output_device=headset
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    del arguments
    from audio.soundcard import list_devices

    devices = list_devices()
    for device in devices:
        directions = " + ".join(
            word for word, count in (("microphone", device.inputs), ("loudspeaker", device.outputs)) if count
        )
        mark = "*" if device.default_input or device.default_output else " "
        print(f"{mark} {device.index:3d}  {device.name:<40}  {directions:<24}  {device.rate:.0f} Hz")
    if not devices:
        print("no sound devices; `tingshuo talk --text --silent` and `tingshuo demo` need none")
    else:
        print("* default")
    return 0
