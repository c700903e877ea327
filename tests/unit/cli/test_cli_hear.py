"""`tingshuo hear`: how utterances are written down."""

from __future__ import annotations

import pytest

from cli import main as command_line
from core.audio import Utterance
from core.text import Transcript

pytestmark = pytest.mark.unit


@pytest.fixture
def hearing(monkeypatch, tmp_path):
    """Runs the command with a recogniser that hears what it is told to."""
    preferred = list[bool]()

    def hearing(transcripts, *words):
        silence = bytes(32_000)

        def hear(config, file, *, prefer_demo):
            del config, file
            preferred.append(prefer_demo)
            for transcript in transcripts:
                yield Utterance(pcm=silence, started=0.5, ended=1.25), transcript

        monkeypatch.setattr("pipeline.speech.hear", hear)
        assert command_line.main(["hear", "question.wav", *words]) == 0
        return preferred[-1]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("hear",))
    return hearing


def test_each_utterance_is_a_line_with_its_time_and_language(hearing, capsys):
    hearing([Transcript(text="几点关门", final=True, language="zh")])
    assert capsys.readouterr().out == "   0.50-1.25 s  [zh] 几点关门\n"


def test_a_doubtful_one_is_marked(hearing, capsys):
    hearing([Transcript(text="hello", final=True, language="en", confirm=True)])
    assert capsys.readouterr().out.endswith("[en] hello  (unsure)\n")


def test_silence_is_said_to_be_silence(hearing, capsys):
    hearing([])
    assert capsys.readouterr().out == "nothing was said\n"


@pytest.mark.parametrize(("words", "demo"), [((), False), (("--whisper",), True)])
def test_the_demo_whisper_is_used_on_request(hearing, words, demo):
    assert hearing([], *words) is demo
