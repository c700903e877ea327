"""`tingshuo config`, `models`, `knowledge` and `devices`: what is in force, and with what."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

pytestmark = [pytest.mark.commands, pytest.mark.timeout(60)]

HOUSE = Path(__file__).parents[2]


class TestConfig:
    def test_it_prints_a_file_that_leads_to_itself(self, tingshuo, tmp_path):
        first = tingshuo("config", "--set", "audio.hangover=0.7", "--set", "llm.seed=3")
        assert first.returncode == 0, first.stderr
        (tmp_path / "config.toml").write_text(first.stdout, encoding="utf-8")
        assert tingshuo("config").stdout == first.stdout
        assert tomllib.loads(first.stdout)["audio"]["hangover"] == 0.7

    def test_without_settings_it_prints_the_shipped_file(self, tingshuo):
        shipped = (HOUSE / "config.toml").read_text(encoding="utf-8").splitlines()
        assert tingshuo("config").stdout.splitlines()[1:] == shipped[1:]

    def test_the_command_line_wins_over_the_environment_and_that_over_the_file(self, tingshuo, tmp_path):
        (tmp_path / "config.toml").write_text("[audio]\nhangover = 0.5\npreroll = 0.3\n[llm]\nseed = 1\n")
        done = tingshuo(
            "config",
            "--set",
            "llm.seed=3",
            more={"TINGSHUO_LLM__SEED": "2", "TINGSHUO_AUDIO__HANGOVER": "0.6"},
        )
        settings = tomllib.loads(done.stdout)
        assert settings["llm"]["seed"] == 3
        assert settings["audio"]["hangover"] == 0.6
        assert settings["audio"]["preroll"] == 0.3

    def test_a_file_elsewhere_is_taken_instead(self, tingshuo, tmp_path):
        (tmp_path / "config.toml").write_text("[llm]\nseed = 1\n")
        (tmp_path / "other.toml").write_text("[llm]\nseed = 9\n")
        assert tomllib.loads(tingshuo("config", "--config", "other.toml").stdout)["llm"]["seed"] == 9


class TestModels:
    def test_it_names_what_each_part_runs_on_and_how_to_bring_better(self, tingshuo):
        done = tingshuo("models")
        assert done.returncode == 0, done.stderr
        for word in (
            "hearing",
            "pocketsphinx",
            "hearing in demo",
            "thinking",
            "How to bring real weights",
            "gguf = ",
        ):
            assert word in done.stdout

    @pytest.mark.usefixtures("needs_models")
    def test_the_shipped_weights_are_whole(self, tingshuo):
        done = tingshuo("models", "--verify")
        assert done.returncode == 0, done.stderr
        assert "verified" in done.stdout


class TestKnowledge:
    def test_a_question_finds_its_answer(self, tingshuo):
        done = tingshuo("knowledge", "search", "where is the toilet")
        assert done.returncode == 0, done.stderr
        assert "first floor" in done.stdout

    def test_the_shipped_example_is_free_of_mistakes(self, tingshuo):
        done = tingshuo("knowledge", "check")
        assert done.returncode == 0, done.stdout
        assert "0 mistakes" in done.stdout


class TestDevices:
    SHIM = """
class PortAudioError(Exception): ...
class default: device = (1, 0)
def query_devices():
    return [
        dict(name="Kiosk speaker", max_input_channels=0, max_output_channels=2, default_samplerate=48000.0),
        dict(name="Kiosk microphone", max_input_channels=1, max_output_channels=0, default_samplerate=16000.0),
        dict(name="Old headset", max_input_channels=1, max_output_channels=1, default_samplerate=44100.0),
    ]
"""

    def test_it_lists_them_with_their_directions_and_marks_the_default(self, tingshuo, tmp_path):
        (tmp_path / "sounddevice.py").write_text(self.SHIM)
        done = tingshuo("devices", more={"PYTHONPATH": f"{tmp_path}:{HOUSE}"})
        assert done.returncode == 0, done.stderr
        speaker, microphone, headset, *_ = done.stdout.splitlines()
        assert speaker.split() == ["*", "0", "Kiosk", "speaker", "loudspeaker", "48000", "Hz"]
        assert microphone.split() == ["*", "1", "Kiosk", "microphone", "microphone", "16000", "Hz"]
        assert headset.split()[:1] == ["2"]
        assert "microphone + loudspeaker" in headset
