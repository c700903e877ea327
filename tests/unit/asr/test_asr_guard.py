"""The hallucination guard: what must be dropped, what must never be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.config import GuardConfig
from asr.guard import Evidence, is_silent, longest_run, suspect
from core.audio import HEARING_RATE, Waveform

pytestmark = pytest.mark.unit

CONFIG = GuardConfig()
NUMERALS = "零〇一二两三四五六七八九十幺"
HANZI = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, exclude_characters=NUMERALS),
    min_size=1,
    max_size=12,
)


def evidence(text: str, *, seconds: float = 3.0, logprob: float = -0.3, no_speech: float = 0.05) -> Evidence:
    return Evidence(text=text, seconds=seconds, logprob=logprob, no_speech=no_speech)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢观看",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "字幕by索兰娅",
        "中文字幕志愿者 李宗盛",
        "由 Amara.org 社区提供的字幕",
        "感谢您的观看，下期再见！",
        "Thanks for watching!",
        "Thank you so much for watching.",
        "Subtitles by the Amara.org community",
        "Please subscribe to my channel.",
    ],
)
def test_subtitle_credits_are_dropped(text: str) -> None:
    assert suspect(evidence(text, seconds=10.0), CONFIG) == "boilerplate"


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "谢谢你",
        "非常感谢您的帮助",
        "thank you very much",
        "字幕能调大一点吗",
        "我想订阅短信通知",
        "how do i subscribe to text messages",
        "再见",
        "对对对",
        "好的好的好的",
        "no no no",
        "电话是八八八八八八八八",
        "my number is 5 5 5 5 1 2 1 2",
        "嗯",
        "谢谢谢谢",
        "不不不不不",
    ],
)
def test_what_customers_say_passes(text: str) -> None:
    assert suspect(evidence(text, seconds=4.0), CONFIG) is None


@pytest.mark.parametrize(
    "text",
    [
        "谢谢谢谢谢谢谢谢谢谢",
        "好的" * 7,
        "I'm going to go I'm going to go I'm going to go I'm going to go",
        "you " * 12,
    ],
)
def test_repetition_is_dropped(text: str) -> None:
    assert suspect(evidence(text, seconds=10.0), CONFIG) == "repetition"


@pytest.mark.parametrize("text", ["", "   ", "。", "...", "♪♪♪", "！？"])
def test_text_without_words_is_dropped(text: str) -> None:
    assert suspect(evidence(text), CONFIG) == "no-words"


def test_no_speech_needs_a_low_log_probability_as_well() -> None:
    assert suspect(evidence("你好", no_speech=0.9, logprob=-0.2), CONFIG) is None
    assert suspect(evidence("你好", no_speech=0.9, logprob=-1.2), CONFIG) == "no-speech"


def test_a_hopeless_log_probability_is_enough() -> None:
    assert suspect(evidence("你好", logprob=-3.0), CONFIG) == "improbable"


def test_text_that_outruns_its_sound_is_dropped() -> None:
    assert suspect(evidence("请问我的身份证丢了怎么补办需要什么材料", seconds=0.5), CONFIG) == "too-fast"
    assert suspect(evidence("where can i renew my driving license today", seconds=0.5), CONFIG) == "too-fast"


@given(HANZI, st.integers(6, 9))
def test_any_phrase_said_six_times_is_dropped(phrase: str, times: int) -> None:
    assert suspect(evidence(phrase * times, seconds=60.0), CONFIG) is not None


@given(
    st.lists(
        st.sampled_from(["where", "is", "the", "card", "counter", "please", "today"]), unique=True, min_size=1
    )
)
def test_distinct_words_at_speaking_pace_pass(words: list[str]) -> None:
    assert suspect(evidence(" ".join(words), seconds=0.5 * len(words)), CONFIG) is None


@given(st.text(max_size=60), st.floats(0.0, 30.0), st.floats(-20.0, 0.0), st.floats(0.0, 1.0))
def test_the_guard_answers_for_any_text(text: str, seconds: float, logprob: float, no_speech: float) -> None:
    said = Evidence(text=text, seconds=seconds, logprob=logprob, no_speech=no_speech)
    reason = suspect(said, CONFIG)
    longer = Evidence(text=text, seconds=seconds + 60.0, logprob=logprob, no_speech=no_speech)
    if reason is None:
        assert suspect(longer, CONFIG) is None, "more sound never makes a text more suspicious"


@given(st.text(alphabet="abc 好的", max_size=30), st.text(alphabet="abc 好的", max_size=30))
def test_adding_words_never_shortens_the_longest_run(before: str, after: str) -> None:
    assert longest_run(f"{before} {after}") >= longest_run(before)


@pytest.mark.parametrize(
    ("text", "run"),
    [("", 0), ("好", 1), ("好好好", 3), ("a b a b a b", 3), ("谢谢你谢谢你", 2), ("a a b b b", 3)],
)
def test_runs_are_counted(text: str, run: int) -> None:
    assert longest_run(text) == run


def test_silence_is_told_from_a_whisper() -> None:
    quiet = np.full(HEARING_RATE, 1e-4, np.float32)
    loud = quiet.copy()
    loud[8000:10000] = 0.01
    assert is_silent(Waveform(quiet, HEARING_RATE), -60.0)
    assert not is_silent(Waveform(loud, HEARING_RATE), -60.0)
    assert is_silent(Waveform(np.zeros(0, np.float32), HEARING_RATE), -60.0)
    assert is_silent(Waveform(np.zeros(3, np.float32), HEARING_RATE), -60.0)
