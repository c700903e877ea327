"""The folder of voices: which there are, and which may speak."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.errors import ConfigError, InputError, ModelDamaged, ModelMissing, OutputError
from tests.unit.tts.indextts2.voices import CHANNELS, TODAY, WIDTH, a_voice
from tts.indextts2.config import GptConfig, IndexTts2Config, LengthRegulatorConfig, S2MelConfig
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.voices import Voices, voices_folder

pytestmark = pytest.mark.unit

CONFIG = IndexTts2Config(
    gpt=GptConfig(model_dim=WIDTH),
    s2mel=S2MelConfig(length_regulator=LengthRegulatorConfig(channels=CHANNELS)),
)


@pytest.fixture
def voices(tmp_path: Path) -> Voices:
    voices = Voices(tmp_path / "voices")
    voices.write(a_voice("anna", fingerprint="abcd"))
    voices.write(a_voice("王小明", fingerprint="abcd"))
    return voices


@pytest.mark.parametrize(
    ("settings", "environment", "folder"),
    [
        ({"voices": "mine"}, {"XDG_DATA_HOME": "/d"}, Path("mine")),
        ({"voices": "~/mine"}, {}, Path.home() / "mine"),
        ({}, {"XDG_DATA_HOME": "/d"}, Path("/d/tingshuo/voices")),
        ({}, {"XDG_DATA_HOME": "relative"}, Path.home() / ".local/share/tingshuo/voices"),
        ({}, {"XDG_DATA_HOME": ""}, Path.home() / ".local/share/tingshuo/voices"),
        ({"voices": ""}, {}, Path.home() / ".local/share/tingshuo/voices"),
    ],
)
def test_the_folder_is_the_configured_one_else_the_users_own(
    settings: dict[str, str], environment: dict[str, str], folder: Path
):
    assert voices_folder(IndexTts2Settings.model_validate(settings), environment) == folder


def test_a_folder_that_is_not_there_has_no_voices(tmp_path: Path):
    assert Voices(tmp_path / "nowhere").names() == []


def test_names_are_those_of_files_that_could_be_voices(voices: Voices):
    for name in ("notes.txt", ".anna.safetensors.part", "a b.safetensors", "broken.safetensors"):
        (voices.folder / name).write_text("")
    assert voices.names() == ["anna", "broken", "王小明"]


def test_what_was_written_is_read(voices: Voices):
    assert voices.read("王小明").record.name == "王小明"


def test_one_that_is_missing_is_told_with_the_one_that_was_meant(voices: Voices):
    with pytest.raises(ModelMissing) as caught:
        voices.read("ana")
    assert caught.value.code == "model-missing.voice"
    assert "Did you mean anna?" in caught.value.hint


@pytest.mark.parametrize("name", ["../anna", "a/b", "", ".."])
def test_a_path_is_no_name(voices: Voices, name: str):
    for act in (voices.read, voices.path, voices.remove, voices.check_free, voices.existing):
        with pytest.raises(InputError):
            act(name)


def test_a_voice_under_a_new_file_name_is_refused(voices: Voices):
    voices.path("anna").rename(voices.path("berta"))
    with pytest.raises(ModelDamaged, match="holds the voice anna"):
        voices.read("berta")


def test_a_name_is_free_until_it_is_taken(voices: Voices):
    voices.check_free("berta")
    with pytest.raises(InputError) as caught:
        voices.check_free("anna")
    assert caught.value.code == "input.voice-exists"


def test_a_voice_speaks_from_the_first_day_of_its_consent_to_the_last(voices: Voices):
    consent = a_voice().record.consent
    for today in (consent.given, TODAY, consent.expires):
        assert voices.for_speech("anna", "abcd", CONFIG, today).record.name == "anna"
    for today in (date(2026, 2, 28), date(2027, 3, 2)):
        with pytest.raises(ConfigError) as caught:
            voices.for_speech("anna", "abcd", CONFIG, today)
        assert caught.value.code == "config.voice-consent"
        assert "王小明" in caught.value.message
        assert "voice remove anna" in caught.value.hint


def test_a_voice_of_another_checkpoint_does_not_speak(voices: Voices):
    with pytest.raises(ModelDamaged):
        voices.for_speech("anna", "other", CONFIG, TODAY)


def test_removing_needs_no_sound_file(voices: Voices):
    voices.path("anna").write_text("scrap")
    assert voices.remove("anna") == voices.path("anna")
    assert voices.names() == ["王小明"]
    with pytest.raises(ModelMissing):
        voices.remove("anna")


def test_what_cannot_be_deleted_is_told(voices: Voices):
    path = voices.path("anna")
    path.unlink()
    path.mkdir()
    with pytest.raises(OutputError) as caught:
        voices.remove("anna")
    assert caught.value.code == "output.voice"
