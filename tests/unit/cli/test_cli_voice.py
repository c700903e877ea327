"""`tingshuo voice` list, show, remove, and all that make refuses, as an operator types it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from audio.wavfile import write_wav
from cli import main as command_line
from cli import voice_make, voice_options
from core.errors import TtsError
from tests.unit.tts.indextts2.voices import CONSENT, TODAY, a_voice
from tts.indextts2 import consent as consent_file
from tts.indextts2.voices import Voices

pytestmark = pytest.mark.unit

Tingshuo = Callable[..., int]
RATE = 24_000
WRITTEN = """\
speaker = "Anna"
given = 2026-03-01
expires = 2027-03-01
purpose = "Answers in the hall"
"""


@pytest.fixture
def voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Voices:
    """An empty folder of voices, on a day in the middle of their consents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("core.clock.today", lambda: TODAY)
    monkeypatch.setattr(command_line, "COMMANDS", ("voice",))
    return Voices(tmp_path / "home" / "tingshuo" / "voices")


@pytest.fixture
def tingshuo(voices: Voices) -> Tingshuo:
    return lambda *words: command_line.main(["voice", *map(str, words)])


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four seconds that sound and pause as speech does."""
    path = tmp_path / "clip.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE)
    sounding = (np.arange(4 * RATE) / RATE) % 0.25 < 0.16
    write_wav(path, np.where(sounding, noise, 0).astype(np.float32), RATE)
    return path


@pytest.fixture
def consent(tmp_path: Path) -> Path:
    path = tmp_path / "anna.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


class TestList:
    def test_an_empty_folder_says_how_to_make_a_voice(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ):
        assert tingshuo("list") == 0
        assert "voice make --help" in capsys.readouterr().out

    def test_each_voice_is_a_line(
        self, tingshuo: Tingshuo, voices: Voices, capsys: pytest.CaptureFixture[str]
    ):
        voices.write(a_voice("anna"))
        voices.write(a_voice("小明", random=True))
        assert tingshuo("list") == 0
        head, anna, ming = capsys.readouterr().out.splitlines()
        assert head.split() == ["name", "clip", "speaker", "until", "purpose", "checkpoint"]
        assert anna.split()[:5] == ["anna", "5.0", "s", "王小明", "2027-03-01"]
        assert "Answers in the hall" in anna
        assert anna.endswith("01234567 2.0")
        assert ming.endswith("01234567 2.0 RANDOM")

    def test_a_consent_that_ended_and_one_that_soon_ends_are_told(
        self, tingshuo: Tingshuo, voices: Voices, capsys: pytest.CaptureFixture[str]
    ):
        voices.write(a_voice("old", consent=CONSENT.model_copy(update={"expires": date(2026, 5, 31)})))
        voices.write(a_voice("soon", consent=CONSENT.model_copy(update={"expires": date(2026, 6, 11)})))
        assert tingshuo("list") == 0
        out = capsys.readouterr().out
        assert "old: may not speak: the consent of 王小明 expired on 2026-05-31" in out
        assert "soon: the consent of 王小明 ends in 10 days" in out

    def test_a_damaged_one_is_told_beside_the_others(
        self, tingshuo: Tingshuo, voices: Voices, capsys: pytest.CaptureFixture[str]
    ):
        voices.write(a_voice("anna"))
        (voices.folder / "bad.safetensors").write_text("scrap")
        assert tingshuo("list") == 0
        out = capsys.readouterr().out
        assert "anna" in out
        assert "PROBLEM" in out
        assert "bad.safetensors" in out

    def test_a_long_purpose_is_cut_to_its_columns(
        self, tingshuo: Tingshuo, voices: Voices, capsys: pytest.CaptureFixture[str]
    ):
        voices.write(a_voice(consent=CONSENT.model_copy(update={"purpose": "大厅里回答问题" * 9})))
        tingshuo("list")
        assert "大厅里回答问题大厅里回答问题大厅里回答…  " in capsys.readouterr().out


class TestShow:
    def test_everything_is_told(self, tingshuo: Tingshuo, voices: Voices, capsys: pytest.CaptureFixture[str]):
        consent = CONSENT.model_copy(update={"scope": "no advertising", "contact": "a@example.org"})
        voices.write(a_voice(moods=("sorry",), random=True, consent=consent))
        assert tingshuo("show", "anna") == 0
        out = capsys.readouterr().out
        for told in (
            "王小明", "from 2026-03-01 to 2027-03-01", "no advertising", "a@example.org", "0" * 64, "sorry",
            "0123456789abcdef, version 2.0, weights drawn at random", "32 × 16", "80 × 30", "kB",
        ):  # fmt: skip
            assert told in out

    def test_one_that_may_not_speak_says_why(
        self, tingshuo: Tingshuo, voices: Voices, capsys: pytest.CaptureFixture[str]
    ):
        voices.write(a_voice(consent=CONSENT.model_copy(update={"given": date(2026, 7, 1)})))
        assert tingshuo("show", "anna") == 0
        assert "it may not speak" in capsys.readouterr().out

    @pytest.mark.parametrize(("name", "status"), [("nobody", 4), ("../anna", 7)])
    def test_one_that_is_not_there_is_told(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], name: str, status: int
    ):
        assert tingshuo("show", name) == status
        assert name in capsys.readouterr().err


class TestRemove:
    @pytest.mark.parametrize(("answer", "gone"), [("y", True), ("是", True), ("", False), ("n", False)])
    def test_it_asks_first(
        self,
        tingshuo: Tingshuo,
        voices: Voices,
        monkeypatch: pytest.MonkeyPatch,
        answer: str,
        gone: bool,
    ):
        voices.write(a_voice())
        asked: list[str] = []
        monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
        assert tingshuo("remove", "anna") == (0 if gone else 7)
        assert str(voices.path("anna")) in asked[0]
        assert voices.path("anna").exists() != gone

    def test_without_anybody_to_answer_it_stays(
        self, tingshuo: Tingshuo, voices: Voices, monkeypatch: pytest.MonkeyPatch
    ):
        def nobody(question: str) -> str:
            raise EOFError

        voices.write(a_voice())
        monkeypatch.setattr("builtins.input", nobody)
        assert tingshuo("remove", "anna") == 7
        assert voices.names() == ["anna"]

    def test_a_script_need_not_be_asked(self, tingshuo: Tingshuo, voices: Voices):
        voices.write(a_voice())
        assert tingshuo("remove", "anna", "--yes") == 0
        assert voices.names() == []

    def test_one_that_is_not_there_is_told(self, tingshuo: Tingshuo):
        assert tingshuo("remove", "anna", "--yes") == 4


class TestMakeRefuses:
    def _refused(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], words: Sequence[object]
    ) -> str:
        assert tingshuo("make", *words) != 0
        return capsys.readouterr().err

    def test_a_voice_without_consent(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], clip: Path
    ):
        told = self._refused(tingshuo, capsys, (clip, "anna"))
        assert "[input.consent-missing]" in told
        assert "--consent" in told

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (("2027-03-01", "2026-05-31"), "input.consent-dates"),
            (("2026-03-01", "2026-06-02"), "input.consent-dates"),
            (("speaker", "speakr"), "input.consent-fields"),
            ((" = ", " "), "input.consent-toml"),
        ],
    )
    def test_a_consent_that_is_not_in_force_or_not_whole(
        self,
        tingshuo: Tingshuo,
        capsys: pytest.CaptureFixture[str],
        clip: Path,
        consent: Path,
        change: tuple[str, str],
        code: str,
    ):
        consent.write_text(WRITTEN.replace(*change), encoding="utf-8")
        assert f"[{code}]" in self._refused(tingshuo, capsys, (clip, "anna", "--consent", consent))

    def test_a_name_that_is_none(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], clip: Path, consent: Path
    ):
        assert "[input.voice-name]" in self._refused(tingshuo, capsys, (clip, "a/b", "--consent", consent))

    def test_a_name_that_is_taken(
        self,
        tingshuo: Tingshuo,
        voices: Voices,
        capsys: pytest.CaptureFixture[str],
        clip: Path,
        consent: Path,
    ):
        voices.write(a_voice())
        words = (clip, "anna", "--consent", consent)
        assert "[input.voice-exists]" in self._refused(tingshuo, capsys, words)
        assert "[model-missing.indextts2]" in self._refused(tingshuo, capsys, (*words, "--force"))

    def test_a_clip_that_is_none_and_one_that_is_too_short(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], tmp_path: Path, consent: Path
    ):
        (tmp_path / "song.wav").write_bytes(b"ID3" * 99)
        write_wav(tmp_path / "short.wav", np.ones(RATE, np.float32) / 9, RATE)
        for name, code in (("song", "not-wav"), ("short", "clip-short"), ("nowhere", "unreadable")):
            told = self._refused(tingshuo, capsys, (f"{name}.wav", "anna", "--consent", consent))
            assert f"[input.{code}]" in told
            assert f"{name}.wav" in told

    def test_an_emotion_clip_is_judged_too(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], clip: Path, consent: Path
    ):
        words = (clip, "anna", "--consent", consent, "--emotion-clip", "sorry=nowhere.wav")
        assert "nowhere.wav" in self._refused(tingshuo, capsys, words)

    def test_two_emotion_clips_of_one_name(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], clip: Path, consent: Path
    ):
        twice = ("--emotion-clip", f"sorry={clip}") * 2
        assert "two emotion clips" in self._refused(
            tingshuo, capsys, (clip, "a", "--consent", consent, *twice)
        )

    @pytest.mark.parametrize("wrong", ["sorry", "=clip.wav", "sorry="])
    def test_an_emotion_clip_without_a_name_is_wrong_usage(
        self, tingshuo: Tingshuo, clip: Path, consent: Path, wrong: str
    ):
        with pytest.raises(SystemExit) as caught:
            tingshuo("make", clip, "anna", "--consent", consent, "--emotion-clip", wrong)
        assert caught.value.code == 2

    def test_a_clip_as_large_as_a_film(
        self,
        tingshuo: Tingshuo,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        clip: Path,
        consent: Path,
    ):
        monkeypatch.setattr("cli.voice_make.LARGEST", 1000)
        words = (clip, "anna", "--consent", consent)
        assert "[input.clip-long]" in self._refused(tingshuo, capsys, words)

    def test_everything_cheap_is_judged_before_torch_is_loaded(
        self,
        tingshuo: Tingshuo,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        clip: Path,
        consent: Path,
    ):
        monkeypatch.setattr(voice_options, "PACKAGES", ("no_such_package",))
        told = self._refused(tingshuo, capsys, (clip, "anna", "--consent", consent))
        assert "[tts.torch-missing]" in told
        assert "pip install -c constraints.txt -e '.[gpu]'" in told
        assert "[input.consent-missing]" in self._refused(tingshuo, capsys, (clip, "anna"))

    def test_doubts_are_told_and_no_reason_to_stop(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], tmp_path: Path, consent: Path
    ):
        noise = np.random.default_rng(0).normal(0, 0.1, 6 * RATE).astype(np.float32)
        write_wav(tmp_path / "long.wav", noise, RATE)
        told = self._refused(tingshuo, capsys, ("long.wav", "anna", "--consent", consent))
        assert "warning: long.wav: 6.0 s is more than 5 s" in told
        assert "[model-missing.indextts2]" in told


GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "voices.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", [voice_make.EPILOG, str(consent_file.__doc__), GUIDE], ids=["help", "code", "guide"]
)
def test_every_example_of_a_consent_file_is_one(text: str):
    shown = re.findall(r"^ *((?:speaker|given|expires|purpose|scope|contact) +=.*)$", text, re.MULTILINE)
    assert len(shown) == 6
    plain = "\n".join(re.sub(r" {3,}\w[^\"]*$", "", line) for line in shown)
    assert consent_file.parse_consent(plain, "example").fault(TODAY) is None


def test_a_package_that_is_there_is_no_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(voice_options, "PACKAGES", ("json",))
    voice_options.require_torch()
    monkeypatch.setattr(voice_options, "PACKAGES", ("json", "no_such_package"))
    with pytest.raises(TtsError, match="no_such_package"):
        voice_options.require_torch()
