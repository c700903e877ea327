"""`tingshuo devices`: how sound devices are listed."""

from __future__ import annotations

import pytest

from cli import main as command_line
from cli.devices import EPILOG

pytestmark = pytest.mark.unit


@pytest.fixture
def listed(monkeypatch, capsys):
    """Lines that the command prints for given devices."""
    soundcard = pytest.importorskip(
        "audio.soundcard", reason="PortAudio is not installed", exc_type=Exception
    )
    from audio.devices import Device

    def listed(*devices):
        known = tuple(
            Device(
                index=index, name=name, inputs=inputs, outputs=outputs, rate=48_000,
                default_input="in" in default, default_output="out" in default,
            )
            for index, (name, inputs, outputs, default) in enumerate(devices)
        )  # fmt: skip
        monkeypatch.setattr(command_line, "COMMANDS", ("devices",))
        monkeypatch.setattr(soundcard, "list_devices", lambda: known)
        assert command_line.main(["devices"]) == 0
        return capsys.readouterr().out.splitlines()

    return listed


def test_each_is_a_line_with_its_number_name_directions_and_rate(listed):
    lines = listed(("Headset", 1, 2, ""), ("Webcam", 1, 0, ""))
    assert lines[0].split() == ["0", "Headset", "microphone", "+", "loudspeaker", "48000", "Hz"]
    assert lines[1].split() == ["1", "Webcam", "microphone", "48000", "Hz"]


@pytest.mark.parametrize("default", ["in", "out", "in out"])
def test_the_default_is_marked(listed, default):
    first, *_, last = listed(("Headset", 1, 2, default))
    assert first.startswith("*")
    assert last == "* default"


def test_none_is_said_with_what_needs_none(listed):
    (line,) = listed()
    assert line.startswith("no sound devices")
    assert "tingshuo demo" in line


def test_the_examples_show_how_to_choose():
    assert "audio.input_device=" in EPILOG
    assert "audio.output_device=" in EPILOG
