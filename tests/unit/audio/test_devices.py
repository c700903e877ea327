"""Choosing a device: by index, name or part of one, and help when there is none."""

import pytest

from audio.devices import DEVICE_UNAVAILABLE, Device, choose, explained
from core.errors import DeviceError

pytestmark = pytest.mark.unit


def device(index, name, inputs=0, outputs=0, *, default=False):
    return Device(
        index=index,
        name=name,
        inputs=inputs,
        outputs=outputs,
        rate=48_000,
        default_input=default,
        default_output=default,
    )


DEVICES = [
    device(0, "HDMI 0", outputs=2),
    device(1, "USB Microphone: Audio (hw:1,0)", inputs=1),
    device(2, "USB Speaker", outputs=2),
    device(3, "default", inputs=2, outputs=2, default=True),
    device(4, "kiosk_mic", inputs=2),
]


@pytest.mark.parametrize(
    ("wanted", "direction", "index"),
    [
        (None, "input", 3),
        ("", "output", 3),
        ("2", "output", 2),
        ("kiosk_mic", "input", 4),
        ("KIOSK", "input", 4),
        ("usb", "input", 1),
        ("usb", "output", 2),
    ],
)
def test_a_device_is_found_by_index_name_or_part_of_one(wanted, direction, index):
    assert choose(wanted, direction, DEVICES).index == index


def test_without_a_default_the_first_able_one_is_taken():
    assert choose(None, "output", DEVICES[:3]).index == 0


def test_a_misspelt_name_is_answered_with_the_one_meant():
    with pytest.raises(DeviceError, match="kiosk_mik") as caught:
        choose("kiosk_mik", "input", DEVICES)
    assert caught.value.code == "device.unknown-device"
    assert "did you mean 'kiosk_mic'?" in caught.value.hint


@pytest.mark.parametrize("wanted", ["9", "0", "zither"])
def test_a_device_that_is_not_there_or_cannot_hear_is_unknown(wanted):
    with pytest.raises(DeviceError, match="there are: USB Microphone"):
        choose(wanted, "input", DEVICES)


def test_a_part_that_fits_several_is_asked_back():
    with pytest.raises(DeviceError, match="0 'HDMI 0', 5 'HDMI 1'") as caught:
        choose("HDMI", "output", [DEVICES[0], device(5, "HDMI 1", outputs=2)])
    assert caught.value.code == "device.ambiguous"


@pytest.mark.parametrize(("direction", "what"), [("input", "microphone"), ("output", "loudspeaker")])
def test_a_machine_without_any_says_which(direction, what):
    with pytest.raises(DeviceError, match=f"no {what}") as caught:
        choose("kiosk", direction, [])
    assert caught.value.code == f"device.no-{what}"


def test_a_device_in_use_is_told_from_one_that_fails():
    busy = explained(OSError("Device unavailable", DEVICE_UNAVAILABLE), DEVICES[1])
    assert (busy.code, "another program" in busy.message) == ("device.busy", True)
    failed = explained(OSError("Unanticipated host error", -9999), DEVICES[1])
    assert failed.code == "device.open-failed"
    assert "Unanticipated host error" in failed.message
    assert explained(OSError(), DEVICES[1]).code == "device.open-failed"
