"""One suite for every voice. A new engine joins by adding one `Voice` to VOICES."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from core.audio import Waveform
from core.emotion import Delivery, Style
from core.errors import TtsError
from core.text import Sentence, Spoken, script_of
from tts.engine import Synthesizer
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.contracts

LONGEST_STEP = 0.25
ZH = "您好，请到三号窗口办理，谢谢。"
EN = "Please wait at counter three."
MIXED = "请打开APP，点右上角的Scan。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How to make one engine, and what to expect of it."""

    name: str
    build: Callable[[pytest.FixtureRequest], Synthesizer]
    says_words: bool = True
    """The engine knows where its words lie."""


def _fake(_: pytest.FixtureRequest) -> Synthesizer:
    return FakeSynthesizer()


def _espeak(_: pytest.FixtureRequest) -> Synthesizer:
    pytest.importorskip("espeakng_loader", reason="espeakng-loader is not installed")
    from tts.config import EspeakConfig
    from tts.espeak import EspeakSynthesizer

    return EspeakSynthesizer(EspeakConfig())


def _indextts2(request: pytest.FixtureRequest) -> Synthesizer:
    return request.getfixturevalue("tiny_indextts2").synthesizer()


VOICES = (
    Voice(name="fake", build=_fake),
    Voice(name="espeak", build=_espeak),
    Voice(name="indextts2", build=_indextts2, says_words=False),
)


@pytest.fixture(params=VOICES, ids=lambda voice: voice.name)
def voice(request: pytest.FixtureRequest) -> Voice:
    return request.param


@pytest.fixture
def engine(voice: Voice, request: pytest.FixtureRequest) -> Iterator[Synthesizer]:
    built = voice.build(request)
    yield built
    built.close()


def _sentence(text: str, index: int = 0, **delivery: object) -> Sentence:
    return Sentence(text=text, index=index, language=script_of(text), delivery=Delivery(**delivery))


def _speak(engine: Synthesizer, sentence: Sentence) -> tuple[list[Waveform], list[Spoken]]:
    waveforms: list[Waveform] = []
    words: list[Spoken] = []
    samples = 0
    for step in engine.synthesize(sentence):
        if isinstance(step, Spoken):
            assert step.at_samples >= samples, "a word event came after the sound that holds it"
            words.append(step)
        elif step is not None:
            samples += len(step.samples)
            waveforms.append(step)
    return waveforms, words


def _seconds(engine: Synthesizer, sentence: Sentence) -> float:
    return sum(w.seconds for w in _speak(engine, sentence)[0])


@pytest.mark.parametrize("text", [ZH, EN, MIXED])
def test_sound_is_mono_float32_in_range_in_short_steps_at_one_rate(engine: Synthesizer, text: str) -> None:
    waveforms, _ = _speak(engine, _sentence(text))
    assert waveforms
    for waveform in waveforms:
        assert waveform.rate == engine.rate
        assert waveform.samples.dtype == np.float32
        assert waveform.samples.ndim == 1
        assert 0 < waveform.seconds <= LONGEST_STEP
        assert np.abs(waveform.samples).max() <= 1.0
    sound = np.concatenate([w.samples for w in waveforms])
    assert np.sqrt(np.mean(sound**2)) > 0.01


@pytest.mark.parametrize("text", [ZH, EN, MIXED, "尾号6217，￥1,280.50，8:30。", "（您好）“好”！"])
def test_word_events_rise_and_stay_within_the_text(engine: Synthesizer, text: str) -> None:
    waveforms, words = _speak(engine, _sentence(text))
    total = sum(len(w.samples) for w in waveforms)
    places = [w.at_samples for w in words]
    characters = [w.characters for w in words]
    assert places == sorted(places)
    assert characters == sorted(set(characters))
    assert all(0 <= p < total for p in places)
    assert all(0 < c <= len(text) for c in characters)


@pytest.mark.parametrize("text", [ZH, EN, MIXED, "尾号6217"])
def test_the_last_word_event_reaches_the_last_word(voice: Voice, engine: Synthesizer, text: str) -> None:
    if not voice.says_words:
        pytest.skip(f"{voice.name} has no word events")
    _, words = _speak(engine, _sentence(text))
    assert words[-1].characters == len(text.rstrip("。."))


def test_every_hanzi_is_an_event_of_its_own(voice: Voice, engine: Synthesizer) -> None:
    if not voice.says_words:
        pytest.skip(f"{voice.name} has no word events")
    _, words = _speak(engine, _sentence("请到窗口"))
    assert [w.characters for w in words] == [1, 2, 3, 4]


def test_the_pause_is_part_of_the_sound_and_silent(engine: Synthesizer) -> None:
    waveforms, _ = _speak(engine, _sentence(EN, pause=0.5))
    sound = np.concatenate([w.samples for w in waveforms])
    assert not sound[-round(0.5 * engine.rate) :].any()
    assert _seconds(engine, _sentence("", pause=0.5)) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("text", ["", " ", "😀", "。"])
def test_text_that_says_nothing_gives_only_the_pause(engine: Synthesizer, text: str) -> None:
    waveforms, words = _speak(engine, _sentence(text, pause=0.2))
    assert not words
    assert sum(w.seconds for w in waveforms) == pytest.approx(0.2, abs=0.01)
    assert not any(w.samples.any() for w in waveforms)
    assert _speak(engine, _sentence(text, pause=0.0)) == ([], [])


def test_closing_after_the_first_step_leaves_the_engine_ready_for_the_next_sentence(
    engine: Synthesizer,
) -> None:
    whole = _seconds(engine, _sentence(ZH))
    generator = engine.synthesize(_sentence(MIXED))
    next(generator)
    generator.close()
    waveforms, words = _speak(engine, _sentence(ZH))
    assert sum(w.seconds for w in waveforms) == pytest.approx(whole, rel=0.05)
    assert words == [] or words[-1].characters == len(ZH) - 1


def test_a_generator_never_begun_costs_nothing(engine: Synthesizer) -> None:
    engine.synthesize(_sentence(EN)).close()
    assert _seconds(engine, _sentence(EN)) > 0.5


def test_warming_up_changes_nothing_that_is_heard(engine: Synthesizer) -> None:
    engine.warm_up()
    assert _seconds(engine, _sentence(EN)) > 0.5


@pytest.mark.parametrize("text", [ZH, EN])
def test_a_slow_delivery_is_slower(engine: Synthesizer, text: str) -> None:
    usual = _seconds(engine, _sentence(text))
    soothing = _seconds(engine, _sentence(text, style=Style.SOOTHING, rate=0.9))
    slow = _seconds(engine, _sentence(text, style=Style.SOOTHING, rate=0.77))
    assert usual * 1.03 < soothing
    assert soothing * 1.05 < slow


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_failed_sentence_leaves_the_engine_usable(engine: Synthesizer, rate: float) -> None:
    with pytest.raises(TtsError) as failure:
        _speak(engine, _sentence(EN, rate=rate))
    assert failure.value.hint
    assert _seconds(engine, _sentence(EN)) > 0.5


def test_two_engines_at_once_do_not_disturb_each_other(
    voice: Voice, engine: Synthesizer, request: pytest.FixtureRequest
) -> None:
    other = voice.build(request)
    try:
        pairs = zip(
            engine.synthesize(_sentence(ZH)),
            other.synthesize(_sentence(ZH, style=Style.SOOTHING, rate=0.9)),
            strict=False,
        )
        assert sum(1 for _ in pairs) > 5
        slow = _seconds(other, _sentence(ZH, style=Style.SOOTHING, rate=0.9))
        assert slow > _seconds(engine, _sentence(ZH)) * 1.03
    finally:
        other.close()
    assert _seconds(engine, _sentence(EN)) > 0.5


def test_a_closed_engine_says_so(voice: Voice, request: pytest.FixtureRequest) -> None:
    engine = voice.build(request)
    engine.close()
    engine.close()
    with pytest.raises(TtsError, match="closed"):
        _speak(engine, _sentence(EN))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc to count files and threads")
def test_engines_leave_no_threads_and_no_open_files(voice: Voice, request: pytest.FixtureRequest) -> None:
    def count() -> tuple[int, int]:
        return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))

    voice.build(request).close()
    before = count()
    for _ in range(3):
        engine = voice.build(request)
        _speak(engine, _sentence(MIXED))
        engine.close()
    assert count() == before
