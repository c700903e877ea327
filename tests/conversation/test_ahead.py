"""The recogniser uses the hangover: words are there when an utterance ends, and nothing else is different."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.fake import FakeRecognizer
from core import commands as c
from core import events as e
from core.audio import Lull, Resumption, Utterance
from core.clock import LoopClock, SkippingLoop
from core.errors import AsrError
from core.timeline import fold
from emotion_policy import prosody
from pipeline import recognition
from pipeline.lane import ThreadLane
from pipeline.turn import TurnSettings

pytestmark = pytest.mark.conversation

REST = 0.2
"""Seconds from a lull to the endpoint."""
TEXT = "在吗"


def said(scene, *, seconds: float = 1.0, loud: int = 9000) -> Utterance:
    """What has just been said, if there is nothing more."""
    now = scene.clock.now()
    pcm = np.random.default_rng(loud).integers(-loud, loud, round(16_000 * seconds)).astype("<i2").tobytes()
    return Utterance(pcm=pcm, started=now - seconds, ended=now - REST)


async def speak(scene, **how) -> Utterance:
    """The customer speaks, and falls silent: a lull."""
    scene.onset()
    await scene.pause(1.0)
    utterance = said(scene, **how)
    scene.tell(Lull(utterance=utterance))
    return utterance


async def speak_and_end(scene, **how) -> None:
    utterance = await speak(scene, **how)
    await scene.pause(REST)
    scene.tell(utterance)


async def one_turn(scene):
    await speak_and_end(scene)
    await scene.until(e.TurnEnded)


def ears(*texts, **how) -> FakeRecognizer:
    return FakeRecognizer(list(texts), **how)


def wait_for_words(played) -> float:
    """Seconds from the endpoint to the final transcript."""
    (ended,), transcripts = played.all(e.SpeechEnded), played.all(e.TranscriptChanged)
    (final,) = [event for event in transcripts if event.final]
    assert played.events.index(final) > played.events.index(ended)
    return final.at - ended.at


@pytest.mark.parametrize("takes", [0.0, 0.1, 0.2, 0.3, 1.0])
def test_only_what_the_recogniser_needs_beyond_the_hangover_is_waited_for(stage, takes):
    hears = ears(TEXT)
    played = stage(recognizer=hears, asr_seconds=takes, ears_work=True).play(one_turn)
    assert wait_for_words(played) == pytest.approx(max(0.0, takes - REST))
    assert len(hears.heard) == 1
    assert played.outcomes() == ["answered"]
    assert played.crew.hearing.idle


def test_without_a_lull_the_whole_recognition_is_waited_for(stage):
    async def script(scene):
        scene.onset()
        await scene.pause(1.0)
        scene.tell(said(scene))
        await scene.until(e.TurnEnded)

    assert wait_for_words(stage(texts=[TEXT], asr_seconds=0.1, ears_work=True).play(script)) == pytest.approx(
        0.1
    )


@settings(max_examples=20)
@given(st.floats(0.0, 1.0))
def test_no_stage_of_the_waterfall_is_negative_and_together_they_are_the_whole_wait(stage, takes):
    played = stage(texts=[TEXT], asr_seconds=takes, ears_work=True).play(one_turn)
    (times,) = fold(played.events)
    stages = dict(times.waterfall())
    assert min(stages.values()) >= 0.0
    assert sum(stages.values()) == pytest.approx(times.ttfa, abs=1e-9)
    assert stages["asr"] == pytest.approx(max(0.0, takes - REST), abs=1e-9)


def test_a_turn_with_and_without_a_lull_says_and_tells_the_same(stage):
    async def plain(scene):
        scene.onset()
        await scene.pause(1.0)
        utterance = said(scene)
        await scene.pause(REST)
        scene.tell(utterance)
        await scene.until(e.TurnEnded)

    one, other = (
        stage(texts=[TEXT], asr_seconds=0.0, ears_work=True).play(each) for each in (one_turn, plain)
    )
    assert one.events == other.events
    assert one.history == other.history


def test_a_customer_who_goes_on_is_heard_anew_and_the_first_guess_leaves_no_trace(stage):
    hears = ears("我想问", "我想问几点开门")

    async def script(scene):
        await speak(scene)
        await scene.pause(0.2)
        scene.tell(Resumption())
        await scene.pause(1.0)
        utterance = said(scene, seconds=2.5)
        scene.tell(Lull(utterance=utterance))
        await scene.pause(REST)
        scene.tell(utterance)
        await scene.until(e.TurnEnded)

    played = stage(recognizer=hears, asr_seconds=0.1, ears_work=True).play(script)
    assert [event.text for event in played.all(e.TranscriptChanged)] == ["我想问几点开门"]
    assert [speech.seconds for speech in hears.heard] == [1.0, 2.5]
    assert played.outcomes() == ["answered"]
    assert wait_for_words(played) == 0.0


def test_speech_that_goes_on_stops_a_recogniser_between_two_steps(stage):
    hears = ears("我想问", "我想问几点开门", partials=["我", "我想"])

    async def script(scene):
        await speak(scene)
        await scene.pause(0.15)
        scene.tell(Resumption())
        await scene.pause(0.1)
        assert scene.crew.hearing.idle, "its second step is over, and there was no third"
        scene.tell(said(scene, seconds=2.5))
        await scene.until(e.TurnEnded)

    played = stage(recognizer=hears, asr_seconds=0.1, ears_work=True).play(script)
    assert [event.text for event in played.all(e.TranscriptChanged)] == ["我", "我想", "我想问几点开门"]


def test_a_run_in_vain_is_in_the_way_only_until_its_step_ends(stage):
    async def script(scene):
        await speak(scene)
        await scene.pause(0.02)
        scene.tell(Resumption())
        await scene.pause(0.5)
        scene.tell(said(scene, seconds=2.5))
        await scene.until(e.TurnEnded)

    hears = ears("我想问", TEXT)
    played = stage(recognizer=hears, asr_seconds=0.6, ears_work=True).play(script)
    assert wait_for_words(played) == pytest.approx(0.6 - 0.52 + 0.6)


def test_a_second_lull_replaces_the_first(stage):
    hears = ears("我想问", "我想问几点开门", partials=["我", "我想"])

    async def script(scene):
        await speak(scene)
        await scene.pause(0.15)
        second = said(scene, seconds=1.15)
        scene.tell(Lull(utterance=second))
        await scene.pause(REST)
        scene.tell(second)
        await scene.until(e.TurnEnded)

    played = stage(recognizer=hears, asr_seconds=0.1, ears_work=True).play(script)
    assert [event.text for event in played.all(e.TranscriptChanged)] == ["我", "我想", "我想问几点开门"]
    assert wait_for_words(played) == pytest.approx(0.15), "two steps of the first, then three of the second"


def test_a_recogniser_that_fails_ahead_is_asked_again_and_nobody_is_told(stage):
    hears = ears(AsrError("no memory", code="memory"), TEXT)
    played = stage(recognizer=hears, asr_seconds=0.1, ears_work=True).play(one_turn)
    assert played.outcomes() == ["answered"]
    assert not played.all(e.TurnFailed)
    assert wait_for_words(played) == pytest.approx(0.1)


def test_a_recogniser_that_fails_again_ends_the_turn_once(stage):
    hears = ears(AsrError("no memory", code="memory"), AsrError("none yet", code="memory"))
    played = stage(recognizer=hears, ears_work=True).play(one_turn)
    assert played.outcomes() == ["failed"]
    (failed,) = played.all(e.TurnFailed)
    assert (failed.stage, failed.message) == ("hear", "none yet")


def test_a_failure_ahead_of_an_end_that_does_not_come_is_no_failure(stage):
    async def script(scene):
        await speak(scene)
        await scene.pause(0.1)
        scene.tell(Resumption())
        await scene.pause(1.0)

    hears = ears(AsrError("no memory", code="memory"))
    played = stage(recognizer=hears, ears_work=True).play(script)
    assert [type(event) for event in played.events] == [e.SpeechStarted]


def test_noise_heard_ahead_ends_the_turn_without_a_word(stage):
    played = stage(texts=[""], ears_work=True).play(one_turn)
    assert played.outcomes() == ["nothing-heard"]


@pytest.mark.parametrize("takes", [0.0, 0.1, 1.0])
def test_an_utterance_that_interrupts_a_reply_is_heard_ahead_too(stage, takes):
    async def script(scene):
        await speak_and_end(scene, loud=9000)
        await scene.until(e.PlaybackStarted)
        await scene.pause(0.5)
        scene.suspect()
        await scene.pause(0.06)
        await speak_and_end(scene, loud=8000)
        await scene.until(e.TurnEnded, 2)

    hears = ears(TEXT, "几点开门")
    played = stage(recognizer=hears, asr_seconds=takes, ears_work=True).play(script)
    assert played.outcomes() == ["interrupted", "answered"]
    assert len(played.all(e.ReplyPaused)) == 1
    assert not played.all(e.ReplyResumed)
    ended, final = played.all(e.SpeechEnded)[1], played.all(e.TranscriptChanged)[1]
    assert final.at - ended.at == pytest.approx(max(0.0, takes - REST))
    assert len(hears.heard) == 2


def test_speech_before_the_first_sound_is_heard_ahead_together_with_what_it_continues(stage):
    async def script(scene):
        await speak_and_end(scene, loud=9000)
        await scene.pause(0.01)
        await speak_and_end(scene, loud=8000)
        await scene.until(e.TurnEnded, 2)

    hears = ears("我想问", "我想问几点开门")
    played = stage(recognizer=hears, asr_seconds=0.1, token_seconds=0.2, ears_work=True).play(script)
    assert played.outcomes() == ["interrupted", "answered"]
    assert [speech.seconds for speech in hears.heard] == [1.0, 2.0]
    assert played.all(e.TranscriptChanged)[-1].at == played.all(e.SpeechEnded)[-1].at


def test_what_has_been_answered_together_is_not_heard_a_third_time(stage):
    async def script(scene):
        await speak_and_end(scene, loud=9000)
        await scene.pause(0.01)
        for number, loud in ((2, 8000), (3, 7000)):
            await speak_and_end(scene, loud=loud)
            await scene.until(e.TurnEnded, number)

    hears = ears("我想问", "我想问几点开门", "谢谢")
    stage(recognizer=hears, token_seconds=0.2, ears_work=True).play(script)
    assert [speech.seconds for speech in hears.heard] == [1.0, 2.0, 1.0]


def test_a_turn_interrupted_while_it_waits_for_the_words_is_joined_to_the_next(stage):
    async def script(scene):
        await speak_and_end(scene, loud=9000)
        await scene.pause(0.1)
        await speak_and_end(scene, loud=8000)
        await scene.until(e.TurnEnded, 2)
        await scene.pause(3.0)

    hears = ears("我想问几点开门")
    played = stage(recognizer=hears, asr_seconds=1.0, ears_work=True).play(script)
    assert played.outcomes() == ["interrupted", "answered"]
    assert hears.heard[-1].seconds == 2.0
    assert [event.text for event in played.all(e.TranscriptChanged)] == ["我想问几点开门"]
    assert played.crew.hearing.idle


@pytest.mark.parametrize(
    "command", [c.Reset(), c.Ask(text="几点开门"), c.Say(text="We close soon."), c.Mute(), c.Interrupt()]
)
def test_whatever_an_operator_does_in_a_lull_the_utterance_is_answered_by_its_own_words(stage, command):
    async def script(scene):
        utterance = await speak(scene)
        await scene.pause(0.1)
        scene.session.obey(command)
        scene.session.obey(c.Unmute())
        await scene.pause(REST)
        scene.tell(utterance)
        await scene.pause(10.0)

    hears = ears(TEXT, TEXT)
    played = stage(recognizer=hears, asr_seconds=0.2, ears_work=True).play(script)
    assert played.all(e.TranscriptChanged)[-1].text == TEXT
    assert played.outcomes()[-1] == "answered"
    assert played.crew.hearing.idle


def test_a_reset_in_a_lull_keeps_nothing_of_what_was_heard(stage):
    async def script(scene):
        utterance = await speak(scene)
        await scene.pause(0.2)
        scene.session.obey(c.Reset())
        scene.tell(utterance)
        await scene.until(e.TurnEnded)

    hears = ears("我的卡号是一二三", TEXT)
    played = stage(recognizer=hears, asr_seconds=0.1, ears_work=True).play(script)
    assert [event.text for event in played.all(e.TranscriptChanged)] == [TEXT]


def test_words_of_an_operator_between_an_open_question_and_its_rest_part_the_two(stage):
    async def script(scene):
        await speak_and_end(scene, loud=9000)
        await scene.pause(0.01)
        utterance = await speak(scene, loud=8000)
        scene.session.obey(c.Say(text="We close soon."))
        await scene.pause(REST)
        scene.tell(utterance)
        await scene.until(e.TurnEnded, 3)

    hears = ears("我想问", "我想问几点开门", "几点开门")
    played = stage(recognizer=hears, asr_seconds=0.1, token_seconds=0.2, ears_work=True).play(script)
    assert [speech.seconds for speech in hears.heard] == [1.0, 2.0, 1.0]
    assert played.all(e.TranscriptChanged)[-1].text == "几点开门"


def test_a_session_that_ends_in_a_lull_leaves_the_recogniser_alone(stage):
    async def script(scene):
        await speak(scene)
        await scene.pause(0.15)
        scene.session.obey(c.Quit())
        await scene.pause(0.1)
        assert scene.crew.hearing.idle, "the step in flight was the last"

    hears = ears(TEXT, partials=["在"] * 9)
    played = stage(recognizer=hears, asr_seconds=0.1, ears_work=True).play(script)
    assert [type(event) for event in played.events] == [e.SpeechStarted, e.CommandTaken]


def test_a_lull_after_the_end_of_the_session_begins_nothing(stage):
    async def script(scene):
        scene.session.obey(c.Quit())
        await speak(scene)
        await scene.pause(1.0)

    hears = ears(TEXT)
    stage(recognizer=hears, ears_work=True).play(script)
    assert hears.heard == []


def test_no_task_outlives_a_session_that_is_cancelled_in_a_lull(stage):
    left = []

    async def script(scene):
        await speak(scene)
        left.extend(asyncio.all_tasks())
        raise KeyError("the director is gone")

    with pytest.raises(ExceptionGroup):
        stage(texts=[TEXT], asr_seconds=0.5, ears_work=True).play(script)
    assert all(task.done() for task in left)


def test_the_voice_is_measured_once_in_the_lull(stage, monkeypatch):
    measured = []
    monkeypatch.setattr(recognition, "measure", lambda *_: measured.append(1) or prosody.UNVOICED)
    hears = TurnSettings(scenario="government", hears_voices=lambda: True)
    stage(texts=[TEXT], settings=hears, ears_work=True).play(one_turn)
    assert measured == [1]


def test_on_a_thread_the_words_are_made_before_anybody_takes_them_and_nothing_is_left_of_a_run_in_vain():
    order = []

    async def main():
        clock, loop = LoopClock(), asyncio.get_running_loop()
        lane = ThreadLane("asr", clock, AsrError)

        def transcribe():
            order.append("recognised")
            yield "在吗"

        steps, in_vain = lane.walk(transcribe), lane.walk(transcribe)
        in_vain.close()
        await clock.sleep(REST)
        order.append("endpoint")
        order.extend([words async for words in steps])
        await clock.sleep(REST)
        assert loop.held == 0
        lane.close()

    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        runner.run(main())
    assert order == ["recognised", "endpoint", "在吗"]
