"""`tingshuo say`: options to settings, and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import main as command_line
from core.emotion import Style

pytestmark = pytest.mark.unit


@pytest.fixture
def spoken(monkeypatch, tmp_path):
    """What the voice was asked for."""
    asked = list[tuple[str, Style, str, Path | None]]()

    def say(config, text, style, *, out, progress, working):
        del progress, working
        asked.append((text, style, config.tts.variant, out))
        return 1.234

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(command_line, "COMMANDS", ("say",))
    monkeypatch.setattr("pipeline.speech.say", say)
    return asked


def test_a_text_is_spoken_plainly_by_default(spoken, capsys):
    assert command_line.main(["say", "您好"]) == 0
    assert spoken == [("您好", Style.NEUTRAL, "", None)]
    assert capsys.readouterr().out == ""


def test_a_file_is_told_with_its_length_and_style(spoken, capsys):
    assert command_line.main(["say", "您好", "--style", "warm", "--out", "hello.wav"]) == 0
    assert spoken[0][1:] == (Style.WARM, "", Path("hello.wav"))
    assert capsys.readouterr().out == "hello.wav: 1.23 s of sound, warm\n"


def test_the_voice_asked_for_wins_over_the_settings(spoken):
    assert command_line.main(["say", "您好", "--voice", "f3", "--set", "tts.variant=m1"]) == 0
    assert spoken[0][2] == "f3"


@pytest.mark.parametrize("style", Style)
def test_every_style_of_the_house_can_be_asked_for(spoken, style):
    assert command_line.main(["say", "您好", "--style", style]) == 0
    assert spoken[0][1] is style


@pytest.fixture
def settings(monkeypatch, spoken):
    """The settings that speech is made with."""
    seen = []

    def say(config, text, style, *, out, progress, working):
        del text, style, out, progress, working
        seen.append(config.tts)
        return 1.0

    monkeypatch.setattr("pipeline.speech.say", say)
    return seen


def test_a_voice_that_was_made_speaks_through_indextts2(settings, tmp_path):
    folder = tmp_path / "data" / "tingshuo" / "voices"
    folder.mkdir(parents=True)
    (folder / "anna.safetensors").touch()
    assert command_line.main(["say", "您好", "--voice", "anna", "--device", "cpu"]) == 0
    assert (settings[0].engine, settings[0].indextts2.voice) == ("indextts2", "anna")
    assert settings[0].indextts2.device == "cpu"


def test_any_other_voice_is_a_timbre_of_the_embedded_one(settings):
    assert command_line.main(["say", "您好", "--voice", "f3"]) == 0
    assert (settings[0].engine, settings[0].variant) == ("espeak", "f3")
