"""Conversations whose log is decided again: whatever happened in them, every decision comes out as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from core import commands as c
from core import events as e
from core import wire
from core.audio import Waveform
from core.emotion import Opinion, State
from emotion_policy.decide import decide
from emotion_policy.policy import packaged
from emotion_policy.replay import Replay, finder
from llm.fake import FakeModel
from pipeline.turn import TurnSettings

pytestmark = pytest.mark.conversation

POLICY = packaged("retail")
VISIT = [
    "我等了两个小时",
    "几点关门",
    "还是没人管",
    "几点关门",
    "我问你几点关门",
    "谢谢，解决了",
    "你叫什么名字",
]


def ruling(observation):
    return decide(observation, POLICY)


def listening(observation):
    return decide(observation, replace(POLICY, prosody=True))


def again(played) -> list:
    """Every decision of a log that went over the wire, as (logged line, line of now)."""
    replay = Replay(finder())
    made = [replay.feed(wire.decode(wire.encode(event))) for event in played.events]
    return [(wire.encode(each.logged), wire.encode(each.now)) for each in made if each is not None]


def assert_the_same(played, turns: int) -> None:
    made = again(played)
    assert len(made) == turns
    for logged, now in made:
        assert now == logged


def talk(count: int, seconds: float = 1.0):
    async def script(scene):
        for number in range(1, count + 1):
            await scene.utter(seconds)
            await scene.until(e.TurnEnded, number)

    return script


class Unsure(FakeRecognizer):
    """Asks back for what it is told to doubt; believes nothing quite."""

    def transcribe(self, speech):
        for heard in super().transcribe(speech):
            yield replace(heard, confirm=heard.text == "几点关门", no_speech=0.4171234567891)


def test_a_long_visit(stage):
    played = stage(texts=VISIT, decide=ruling).play(talk(len(VISIT)))
    assert len({event.style for event in played.all(e.DeliveryChosen)}) > 1
    assert_the_same(played, len(VISIT))


def test_a_visit_with_openers_said_and_failures_of_the_agent(stage):
    settings = TurnSettings(scenario="retail", openers=True)
    played = stage(texts=VISIT, decide=ruling, settings=settings).play(talk(len(VISIT)))
    assert [event.failures for event in played.all(e.DeliveryChosen)][-1] > 0
    assert_the_same(played, len(VISIT))


def test_words_that_the_customer_confirmed(stage):
    texts = ["我等了两个小时", "几点关门", "对", "谢谢"]
    played = stage(recognizer=Unsure(texts), decide=ruling).play(talk(len(texts)))
    assert_the_same(played, len(texts))
    (confirmed,) = [
        event.text for event in played.all(e.TranscriptChanged) if event.turn == 3 and event.text != "对"
    ]
    assert confirmed == "几点关门"


def test_an_answer_that_nobody_heard_was_no_apology(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.ReplyBegan)
        scene.onset()
        await scene.until(e.TurnEnded)
        await talk(3)(scene)

    played = stage(texts=["我要投诉，等了两个小时根本没人管"] * 4, decide=ruling, token_seconds=0.2).play(
        script
    )
    assert played.all(e.TurnEnded)[0].heard == ""
    assert [event.style for event in played.all(e.DeliveryChosen)][:2] == ["apologetic", "apologetic"]
    assert_the_same(played, len(played.all(e.DeliveryChosen)))


def test_the_next_customer_also_while_the_agent_is_speaking(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        scene.session.obey(c.Reset())
        await scene.until(e.TurnEnded)
        await talk(1)(scene)
        scene.session.obey(c.Say(text="Closing in ten minutes."))
        await scene.until(e.TurnEnded, 3)
        scene.session.obey(c.Ask(text="好的"))
        await scene.until(e.TurnEnded, 4)

    played = stage(texts=["我爸爸去世了", "几点关门"], decide=ruling).play(script)
    assert played.all(e.VisitReset)
    assert_the_same(played, 3)


@pytest.mark.parametrize("openers", [True, False])
def test_a_second_opinion_that_was_remembered(stage, openers):
    rest = (1 - 0.81234567) / 12
    opinion = Opinion(
        probabilities=tuple(0.81234567 if state is State.COMPLAINT else rest for state in State)
    )
    model = FakeModel(("好的，我来帮您看一下。请稍等。",), opinion=opinion)
    settings = TurnSettings(scenario="retail", openers=openers)
    texts = ["你们这个机器看不懂", "那好吧", "嗯", "你真好看", "谢谢"]
    played = stage(texts=texts, decide=ruling, model=model, settings=settings).play(talk(len(texts)))
    assert played.all(e.OpinionHeard)
    assert_the_same(played, len(texts))


def test_voices_that_counted_and_are_in_no_log(stage):
    at = np.arange(16_000) / 16_000
    settings = TurnSettings(scenario="retail", hears_voices=lambda: True)

    async def script(scene):
        for number, (pitch, level) in enumerate(((120, 0.05), (130, 0.06), (240, 0.5), (260, 0.7)), 1):
            tone = sum(np.sin(2 * np.pi * pitch * harmonic * at) / harmonic for harmonic in (1, 2, 3))
            sound = level * tone * (np.sin(4 * np.pi * at) > 0)
            await scene.utter(1.0, Waveform(sound.astype(np.float32), 16_000))
            await scene.until(e.TurnEnded, number)

    texts = ["几点关门", "在哪儿取号", "我等了两个小时", "我担心会不会出问题"]
    played = stage(texts=texts, decide=listening, settings=settings).play(script)
    assert any(event.voice for event in played.all(e.DeliveryChosen))
    assert_the_same(played, len(texts))


def test_a_log_that_was_edited_comes_out_otherwise(stage):
    played = stage(texts=VISIT, decide=ruling).play(talk(len(VISIT)))
    played.events = [
        replace(event, text="谢谢你们")
        if isinstance(event, e.TranscriptChanged) and event.turn == 1
        else event
        for event in played.events
    ]
    logged, now = again(played)[0]
    assert now != logged


def test_typed_words(stage):
    async def script(scene):
        for number, text in enumerate(VISIT, 1):
            scene.session.obey(c.Ask(text=text))
            await scene.until(e.TurnEnded, number)

    played = stage(decide=ruling).play(script)
    assert_the_same(played, len(VISIT))
