"""What goes wrong outside: one message with a code and a hint, an exit status by class, no traceback, nothing lost."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from audio.wavfile import write_wav

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[2]
TOILET = HOUSE / "models" / "demo" / "conversation" / "05-barge-in.wav"
TYPED = ("talk", "--text", "--silent")


class TestRecordings:
    @pytest.mark.parametrize("words", [("hear",), ("run", "--out", "o.wav", "--in")], ids=["hear", "run"])
    def test_one_that_is_missing_is_named(self, tingshuo, failed, tmp_path, words):
        assert "nowhere.wav" in failed(tingshuo(*words, "nowhere.wav"), 7, "input.unreadable]")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "input."),
            (b"ID3 this is a song\n" * 40, "input.not-wav]"),
            (TOILET.read_bytes()[:20], "input.wav-damaged]"),
            (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + bytes(16) + b"data\0\0\0\0", "input."),
        ],
        ids=["empty", "a song", "cut in its header", "of no rate"],
    )
    def test_one_that_is_damaged_is_told_from_one_that_is_none(
        self, tingshuo, failed, tmp_path, content, code
    ):
        (tmp_path / "bad.wav").write_bytes(content)
        assert "bad.wav" in failed(tingshuo("hear", "bad.wav"), 7, code)

    def test_one_that_is_cut_short_is_heard_as_far_as_it_goes(self, tingshuo, tmp_path):
        content = TOILET.read_bytes()
        (tmp_path / "cut.wav").write_bytes(content[: len(content) - 2000])
        done = tingshuo("hear", "cut.wav", "--whisper")
        assert done.returncode == 0
        assert "where is the" in done.stdout


class TestWeights:
    @pytest.mark.parametrize(
        ("folder", "status"), [("nowhere", 4), (".", 4)], ids=["missing", "of something else"]
    )
    def test_a_wrong_folder_of_whisper_is_told_before_anything_is_loaded(
        self, tingshuo, failed, folder, status
    ):
        told = failed(
            tingshuo("hear", TOILET, "--set", f"models.whisper={folder}"), status, "model-missing.whisper]"
        )
        assert "tingshuo models" in told

    @pytest.mark.parametrize(
        "content", [b"", bytes(64), b"\x06\0\0\0\x0c\0WhisperSpec\0"], ids=["empty", "zeros", "cut"]
    )
    def test_damaged_weights_of_whisper_are_told(self, tingshuo, failed, tmp_path, content):
        (tmp_path / "model.bin").write_bytes(content)
        for name in ("tokenizer.json", "vocabulary.json"):
            (tmp_path / name).write_bytes((HOUSE / "models" / "demo" / "whisper" / name).read_bytes())
        assert "tingshuo models" in failed(
            tingshuo("hear", TOILET, "--set", "models.whisper=."), 5, "model-damaged"
        )

    def test_a_missing_gguf_is_named(self, tingshuo, failed):
        assert "no.gguf" in failed(tingshuo(*TYPED, "--set", "models.gguf=no.gguf"), 4, "model-missing.gguf]")

    @pytest.mark.parametrize("version", [1, 99])
    def test_a_gguf_of_another_version_is_told_with_its_version(self, tingshuo, failed, tmp_path, version):
        (tmp_path / "old.gguf").write_bytes(struct.pack("<4sIQQ", b"GGUF", version, 0, 0) + bytes(64))
        told = failed(tingshuo(*TYPED, "--set", "models.gguf=old.gguf"), 5, "model-damaged.gguf-version]")
        assert f"version {version};" in told

    @pytest.mark.usefixtures("needs_models")
    @pytest.mark.parametrize("share", [0.001, 0.5], ids=["in its header", "in its weights"])
    def test_a_truncated_gguf_is_told(self, tingshuo, failed, tmp_path, share):
        whole = next((HOUSE / "models" / "demo" / "llm").glob("*.gguf")).read_bytes()
        (tmp_path / "cut.gguf").write_bytes(whole[: int(len(whole) * share)])
        assert "cut.gguf" in failed(tingshuo(*TYPED, "--set", "models.gguf=cut.gguf"), 5, "model-damaged")

    def test_what_is_no_gguf_at_all_is_told(self, tingshuo, failed, tmp_path):
        (tmp_path / "song.gguf").write_bytes(b"ID3" + bytes(500))
        failed(tingshuo(*TYPED, "--set", "models.gguf=song.gguf"), 5, "model-damaged.not-gguf]")


class TestSettings:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({}, ("--set", "audio.hangovr=0.7")),
            ({"TINGSHUO_AUDIO__HANGOVR": "0.7"}, ()),
            ({}, ("--config", "mine.toml")),
        ],
        ids=["command line", "environment", "file"],
    )
    def test_an_unknown_key_is_told_with_what_was_probably_meant(
        self, tingshuo, failed, tmp_path, more, words
    ):
        (tmp_path / "mine.toml").write_text("[audio]\nhangovr = 0.7\n")
        told = failed(tingshuo("config", *words, more=more), 3, "config.value]")
        assert "audio.hangovr, did you mean audio.hangover?" in told

    @pytest.mark.parametrize("value", ["99", "-1", "soon"])
    def test_a_value_that_cannot_be_is_told_with_its_key(self, tingshuo, failed, value):
        assert "audio.hangover" in failed(
            tingshuo("config", "--set", f"audio.hangover={value}"), 3, "config.value]"
        )

    def test_all_mistakes_are_told_at_once(self, tingshuo, failed):
        told = failed(
            tingshuo("config", "--set", "llm.seeed=1", "--set", "audio.hangover=99"), 3, "config.value]"
        )
        assert "llm.seed?" in told
        assert "audio.hangover" in told

    def test_a_file_that_is_no_toml_is_told_with_the_line(self, tingshuo, failed, tmp_path):
        (tmp_path / "config.toml").write_text("[audio]\nhangover = \n")
        assert "line 2" in failed(tingshuo("config"), 3, "config.toml]")

    def test_a_file_that_is_not_there_is_named(self, tingshuo, failed):
        assert "no.toml" in failed(tingshuo("config", "--config", "no.toml"), 3, "config.file]")


class TestFullDisks:
    def test_say_tells(self, tingshuo, failed):
        assert "/dev/full" in failed(tingshuo("say", "你好", "--out", "/dev/full"), 8, "output")

    @pytest.mark.parametrize("path", ["nowhere/said.wav", ".", "/proc/said.wav"])
    def test_say_tells_that_a_place_cannot_be_written(self, tingshuo, failed, path):
        failed(tingshuo("say", "你好", "--out", path), 8, "output")

    @pytest.mark.usefixtures("needs_models")
    def test_run_tells(self, tingshuo, failed):
        assert "/dev/full" in failed(tingshuo("run", "--in", TOILET, "--out", "/dev/full"), 8, "output")

    @pytest.mark.usefixtures("needs_models")
    @pytest.mark.parametrize("name", ["conversation.wav", "events.jsonl"])
    def test_the_demo_tells(self, tingshuo, failed, tmp_path, name):
        (tmp_path / name).symlink_to("/dev/full")
        assert name in failed(tingshuo("demo", "--out", "."), 8, "output")

    @pytest.mark.usefixtures("needs_models")
    def test_the_demo_tells_that_a_place_cannot_be_written(self, tingshuo, failed, tmp_path):
        (tmp_path / "taken").write_text("a file")
        failed(tingshuo("demo", "--out", "taken"), 8, "output")

    @pytest.mark.usefixtures("needs_models")
    def test_a_disk_that_fills_in_mid_conversation_ends_it_and_keeps_what_fitted(
        self, tingshuo, failed, tmp_path
    ):
        (tmp_path / "small").mkdir()
        mount = 'mount -t tmpfs -o size=100k none small && "$@"; status=$?; cp small/both.wav .; exit $status'
        before = ("unshare", "-rm", "sh", "-c", mount, "sh")
        if tingshuo(
            "config", before=("unshare", "-rm", "sh", "-c", "mount -t tmpfs none small", "sh")
        ).returncode:
            pytest.skip("a small disk cannot be mounted here: no user namespaces")
        done = tingshuo("run", "--in", TOILET, "--out", "small/both.wav", before=before)
        assert "small/both.wav" in failed(done, 8, "output.disk-full]")
        with wave.open(str(tmp_path / "both.wav"), "rb") as file:
            assert file.getnframes() / file.getframerate() >= 1.0

    @pytest.mark.parametrize("words", [("config",), ("models",)], ids=["config", "models"])
    def test_standard_output_is_told_too(self, tingshuo, failed, words):
        full = ("sh", "-c", 'exec "$@" > /dev/full', "sh")
        failed(tingshuo(*words, before=full), 8, "output.stdout]")

    @pytest.mark.usefixtures("needs_models")
    def test_a_conversation_goes_on_when_standard_output_is_full(self, tingshuo, tmp_path):
        full = ("sh", "-c", 'exec "$@" > /dev/full', "sh")
        done = tingshuo("run", "--in", TOILET, "--out", "both.wav", "--events", before=full)
        assert done.returncode == 8
        assert "error [output.stdout]" in done.stderr
        assert "Traceback" not in done.stderr
        with wave.open(str(tmp_path / "both.wav"), "rb") as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
        assert np.abs(frames[:, 1]).max() > 1000


class TestDevices:
    NO_PORTAUDIO = 'raise OSError("PortAudio library not found")\n'
    NO_DEVICE = """
class PortAudioError(Exception): ...
class default: device = (-1, -1)
def query_devices(): return []
"""

    @pytest.fixture
    def with_sounddevice(self, tingshuo, tmp_path):
        """Runs a command with a sounddevice of ours in the place of the real one."""

        def run(code, *words):
            shim = tmp_path / "shim"
            shim.mkdir()
            (shim / "sounddevice.py").write_text(code)
            return tingshuo(*words, more={"PYTHONPATH": f"{shim}:{HOUSE}"})

        return run

    def test_without_portaudio_the_package_is_named(self, with_sounddevice, failed):
        told = failed(with_sounddevice(self.NO_PORTAUDIO, "devices"), 6, "device.portaudio-missing]")
        assert "apt-get install libportaudio2" in told

    def test_without_portaudio_say_names_the_package_too(self, with_sounddevice, failed):
        told = failed(with_sounddevice(self.NO_PORTAUDIO, "say", "你好"), 6, "device.portaudio-missing]")
        assert "libportaudio2" in told

    def test_without_any_device_the_list_says_so_and_what_needs_none(self, with_sounddevice):
        done = with_sounddevice(self.NO_DEVICE, "devices")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("no sound devices")
        assert "--text --silent" in done.stdout

    def test_without_a_loudspeaker_say_tells(self, with_sounddevice, failed):
        told = failed(with_sounddevice(self.NO_DEVICE, "say", "你好"), 6, "device.no-loudspeaker]")
        assert "plug one in" in told

    @pytest.mark.usefixtures("needs_models")
    @pytest.mark.parametrize(
        ("words", "code"),
        [(("--silent",), "device.no-microphone]"), (("--text",), "device.no-loudspeaker]")],
        ids=["microphone", "loudspeaker"],
    )
    def test_without_the_device_that_is_needed_talk_tells(self, with_sounddevice, failed, words, code):
        failed(with_sounddevice(self.NO_DEVICE, "talk", *words), 6, code)


def test_debug_shows_the_traceback(tingshuo):
    done = tingshuo("--debug", "hear", "nowhere.wav")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_silence_is_no_error(tingshuo, tmp_path):
    write_wav(tmp_path / "silence.wav", np.zeros(16_000, np.float32), 16_000)
    done = tingshuo("hear", "silence.wav")
    assert (done.returncode, done.stdout) == (0, "nothing was said\n")
