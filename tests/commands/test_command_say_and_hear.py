"""`tingshuo say` and `tingshuo hear`: one engine at work, each understood by the other."""

from __future__ import annotations

import re
import wave
from pathlib import Path

import numpy as np
import pytest

from core.emotion import Style

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[2]
RECORDINGS = HOUSE / "models" / "demo" / "conversation"


def _sound(path: Path) -> tuple[float, np.ndarray]:
    """Seconds and samples."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768
        return file.getnframes() / file.getframerate(), samples


class TestSay:
    @pytest.mark.parametrize(
        ("text", "least", "most"),
        [
            ("您好，请问您要办什么业务？", 1.5, 5.0),
            ("Your number is A205, please go to window three.", 1.5, 6.0),
            ("请在 window three 取您的 passport。", 1.2, 6.0),
        ],
        ids=["Chinese", "English", "mixed"],
    )
    def test_a_text_becomes_sound_of_a_likely_length(self, tingshuo, tmp_path, text, least, most):
        done = tingshuo("say", text, "--out", "said.wav")
        assert done.returncode == 0, done.stderr
        seconds, samples = _sound(tmp_path / "said.wav")
        assert least < seconds < most
        assert np.abs(samples).max() > 0.05
        told = re.fullmatch(r"said\.wav: (\d+\.\d\d) s of sound, neutral\n", done.stdout)
        assert float(told[1]) == pytest.approx(seconds, abs=0.01)

    def test_every_style_sounds_and_no_two_sound_alike(self, tingshuo_many, tmp_path):
        commands = [["say", "请您稍等。", "--style", style, "--out", f"{style}.wav"] for style in Style]
        done = tingshuo_many(commands)
        assert done.returncode == 0, done.stderr
        assert [line.rpartition(" ")[2] for line in done.stdout.splitlines()] == list(Style)
        sounds = set[bytes]()
        for style in Style:
            seconds, samples = _sound(tmp_path / f"{style}.wav")
            assert seconds > 0.4
            assert np.abs(samples).max() > 0.05
            sounds.add(samples.tobytes())
        assert len(sounds) == len(Style)

    def test_a_voice_of_ones_own_choice_sounds_different(self, tingshuo, tmp_path):
        for name, words in (("plain", ()), ("other", ("--voice", "f3"))):
            assert tingshuo("say", "你好", *words, "--out", f"{name}.wav").returncode == 0
        assert (tmp_path / "plain.wav").read_bytes() != (tmp_path / "other.wav").read_bytes()

    def test_a_voice_that_does_not_exist_is_named(self, tingshuo, tmp_path):
        done = tingshuo("say", "你好", "--voice", "nobody", "--out", "said.wav")
        assert done.returncode in {3, 4, 9}
        assert "nobody" in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(tmp_path.iterdir())


class TestHear:
    def test_pocketsphinx_understands_the_question_of_a_person(self, tingshuo):
        done = tingshuo("hear", HOUSE / "tests" / "data" / "asr_where_is_the_toilet.wav")
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(r" +\d+\.\d\d-\d+\.\d\d s  \[en\] where is the toilet\n", done.stdout)

    def test_the_demo_whisper_understands_a_synthetic_customer(self, tingshuo):
        done = tingshuo("hear", RECORDINGS / "05-barge-in.wav", "--whisper")
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("[en] where is the toilet\n")

    def test_noise_says_nothing(self, tingshuo):
        done = tingshuo("hear", RECORDINGS / "06-noise.wav")
        assert (done.returncode, done.stdout) == (0, "nothing was said\n")

    def test_what_say_said_is_understood(self, tingshuo):
        assert tingshuo("say", "where is the toilet", "--out", "said.wav").returncode == 0
        done = tingshuo("hear", "said.wav", "--whisper")
        assert done.stdout.endswith("[en] where is the toilet\n")
