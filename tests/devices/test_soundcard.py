"""Real PortAudio on a private PulseAudio: samples arrive whole, and a device that goes is missed at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.devices

TALKERS = Path(__file__).parent / "talkers.py"
REPOSITORY = Path(__file__).parents[2]


def test_what_the_loudspeaker_plays_arrives_whole_and_in_time(sound_server):
    report = sound_server.talk("loopback")
    assert report["rate"] == 48_000
    assert min(report["likeness"]) > 0.98, report
    assert max(report["lags"]) - min(report["lags"]) <= 2, report
    assert report["played"] == pytest.approx(3.0, abs=1e-4)
    assert report["underruns"] == 0
    assert report["delay"] < 0.15, report


def test_speech_at_the_microphone_becomes_one_utterance(sound_server):
    recording = REPOSITORY / "tests" / "data" / "speech_zh.wav"
    report = sound_server.talk("speech", RECORDING=str(recording))
    assert report["kinds"] == ["Onset", "Utterance"], report
    assert report["seconds"][0] == pytest.approx(1.97, abs=0.25)


def test_a_busy_loop_loses_the_oldest_sound_and_counts_it(sound_server):
    report = sound_server.talk("busy_loop")
    assert 45 <= report["at_once"] <= 55, report
    assert report["overruns"] >= 40, report
    assert report["after"] >= 45, report


def test_devices_are_listed_by_the_names_of_the_sound_server(sound_server):
    report = sound_server.talk("devices")
    assert {"kiosk_mic", "kiosk_speaker", "kiosk_ear"} <= set(report["listed"])
    assert report["default"] == ["default"]


def test_a_misspelt_device_is_refused_with_a_suggestion(sound_server):
    refused = sound_server.talk("refused")["kiosk_mick"]
    assert refused["code"] == "device.unknown-device"
    assert "'kiosk_mic'" in refused["hint"]


def test_a_device_without_its_server_is_refused(sound_server):
    sound_server.stop()
    report = sound_server.talk("refused")
    assert report["kiosk_mic"]["code"] in {
        "device.open-failed",
        "device.unknown-device",
        "device.no-microphone",
    }
    assert report["kiosk_mic"]["hint"]


@pytest.mark.parametrize(
    ("talker", "within"),
    [
        ("unplugged_microphone", 2.0),
        ("unplugged_speaker", 2.0),
        ("dead_server_microphone", 1.2),
        ("dead_server_speaker", 1.2),
    ],
)
def test_a_device_that_goes_while_it_runs_is_missed_at_once(sound_server, talker, within):
    report = sound_server.talk(talker)
    assert not report["early"], report
    assert report["code"] == "device.lost"
    assert report["hint"]
    assert report["seconds"] < within, report
    if talker == "unplugged_microphone":
        assert report["absent"] == "device.open-failed"
        assert report["frames_again"] > 10


def test_devices_that_stay_are_not_reported_lost(sound_server):
    assert sound_server.talk("steady") == {"lost": False}


def test_without_portaudio_the_error_names_the_package(tmp_path):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    code = (
        "from core.errors import DeviceError\n"
        "try:\n    import audio.soundcard\n"
        "except DeviceError as e:\n    print(e.code, '|', e.hint)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(REPOSITORY)])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=15
    )
    assert done.stdout.strip() == "device.portaudio-missing | sudo apt-get install libportaudio2", done.stderr
