"""How a customer sounds: measured beside recognition where a site allows it, counted a little, kept nowhere."""

from __future__ import annotations

import json
import re
from dataclasses import astuple

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from core import commands as c
from core import events as e
from core import wire
from core.audio import Waveform
from core.clock import LoopClock
from emotion_policy import prosody
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation
from emotion_policy.prosody import Baseline
from pipeline import assembly, recognition
from pipeline.config import Config
from pipeline.keeper import Files, Keeper
from pipeline.turn import TurnSettings

pytestmark = pytest.mark.conversation

HEARS = TurnSettings(scenario="government", hears_voices=lambda: True)
COMPLAINT = "我等了两个小时没有人管我"
SECONDS = 2.6


def spoken(hertz: float, loudness: float) -> Waveform:
    """Two seconds of a voice in a quiet room."""
    at = np.arange(round(SECONDS * 16_000)) / 16_000
    sound = sum(np.sin(2 * np.pi * hertz * number * at + number) / number for number in range(1, 10))
    sound = loudness * sound * (np.abs(at - SECONDS / 2) < 1)
    return Waveform((sound + np.random.default_rng(1).normal(0, 3e-4, len(at))).astype(np.float32), 16_000)


CALM, STIRRED = spoken(180, 0.03), spoken(250, 0.12)


class Decided:
    """The real policy, and what it was asked and answered."""

    def __init__(self) -> None:
        self.asked: list[Observation] = []
        self.answered: list[Decision] = []

    def __call__(self, observation: Observation) -> Decision:
        self.asked.append(observation)
        self.answered.append(decide(observation))
        return self.answered[-1]


def visit(*sounds: Waveform):
    async def script(scene):
        for number, sound in enumerate(sounds, 1):
            await scene.utter(SECONDS, sound)
            await scene.until(e.TurnEnded, number)

    return script


def second_turn(stage, sound: Waveform) -> Decision:
    decided = Decided()
    stage(texts=["你好", COMPLAINT], decide=decided, settings=HEARS).play(visit(CALM, sound))
    return decided.answered[1]


def test_a_second_turn_in_a_stirred_voice_is_a_stronger_complaint_and_is_answered_no_faster(stage):
    calm, stirred = second_turn(stage, CALM), second_turn(stage, STIRRED)
    assert calm.state is stirred.state
    assert stirred.arousal > 1 > abs(calm.arousal)
    assert stirred.intensity > calm.intensity
    assert stirred.arc.open.rate <= calm.arc.open.rate


def test_the_recognisers_words_give_the_voice_its_rate(stage):
    decided = Decided()
    stage(texts=[COMPLAINT], decide=decided, settings=HEARS).play(visit(CALM))
    assert decided.asked[0].prosody.rate == pytest.approx(12 / 2, rel=0.1)
    assert decided.asked[0].prosody.f0 == pytest.approx(180, rel=0.03)


def test_the_voice_is_measured_while_the_recogniser_works_and_not_after_it(stage, monkeypatch):
    order = []
    measure = recognition.measure
    monkeypatch.setattr(recognition, "measure", lambda *sound: order.append("measured") or measure(*sound))
    recognizer = FakeRecognizer(["你好"], delay=lambda: order.append("recognised"))
    stage(recognizer=recognizer, decide=Decided(), settings=HEARS).play(visit(CALM))
    assert order == ["measured", "recognised"]


def test_typed_words_have_no_voice(stage):
    decided = Decided()

    async def script(scene):
        scene.session.obey(c.Ask(text=COMPLAINT))
        await scene.until(e.TurnEnded)

    stage(decide=decided, settings=HEARS).play(script)
    assert decided.asked[0].prosody is None


def forbid(monkeypatch) -> None:
    def measured(*_sound):
        raise AssertionError("a voice was measured")

    monkeypatch.setattr(recognition, "measure", measured)


@pytest.mark.parametrize(
    ("scenario", "setting"), [("education", "auto"), ("government", "off"), ("education", "off")]
)
def test_a_school_never_measures_a_voice_and_neither_does_a_site_that_says_so(
    stage, monkeypatch, scenario, setting
):
    forbid(monkeypatch)
    config = Config.model_validate({"emotion": {"scenario": scenario, "prosody": setting}})
    decided = Decided()
    settings = assembly.turn_settings(config)
    played = stage(texts=["你好", COMPLAINT], decide=decided, settings=settings).play(visit(CALM, STIRRED))
    assert played.outcomes() == ["answered", "answered"]
    assert [asked.prosody for asked in decided.asked] == [None, None]
    assert [(answer.arousal, answer.memory.voice) for answer in decided.answered] == [(0.0, Baseline())] * 2


@pytest.mark.parametrize(("scenario", "setting"), [("government", "auto"), ("education", "on")])
def test_a_site_that_may_hear_voices_does(stage, scenario, setting):
    config = Config.model_validate({"emotion": {"scenario": scenario, "prosody": setting}})
    decided = Decided()
    settings = assembly.turn_settings(config)
    stage(texts=["你好"], decide=decided, settings=settings).play(visit(CALM))
    assert decided.asked[0].prosody is not None


def test_a_policy_that_changes_between_two_turns_holds_for_the_second(stage):
    allowed = [True, False]
    settings = TurnSettings(scenario="government", hears_voices=lambda: allowed.pop(0))
    decided = Decided()
    stage(texts=["你好", COMPLAINT], decide=decided, settings=settings).play(visit(CALM, STIRRED))
    assert [asked.prosody is None for asked in decided.asked] == [False, True]


def test_what_is_known_of_a_voice_dies_with_the_visit(stage):
    decided = Decided()

    async def script(scene):
        await visit(CALM)(scene)
        assert scene.session.dialogue.memory.voice.turns == 1
        scene.session.obey(c.Reset())
        assert scene.session.dialogue.memory.voice == Baseline()
        await scene.utter(SECONDS, STIRRED)
        await scene.until(e.TurnEnded, 2)

    stage(texts=["你好", COMPLAINT], decide=decided, settings=HEARS).play(script)
    assert decided.asked[1].memory.voice == Baseline()
    assert decided.answered[1].arousal < 1


def test_neither_events_nor_files_hold_anything_that_was_measured(stage, tmp_path):
    decided = Decided()
    files = Files(recording=tmp_path / "visit.wav", log=tmp_path / "visit.jsonl")

    async def script(scene):
        keeper = Keeper(files, 16_000, LoopClock())
        await visit(CALM, STIRRED)(scene)
        for event in scene.events:
            keeper.note(event)
        keeper.close()

    played = stage(texts=["你好", COMPLAINT], decide=decided, settings=HEARS).play(script)
    kept = [wire.encode(event) for event in played.events]
    assert files.log.read_text(encoding="utf-8").splitlines() == kept
    measured = [number for asked in decided.asked for number in astuple(asked.prosody)]
    measured += [number for answer in decided.answered for number in answer.memory.voice.means]
    measured += [answer.arousal for answer in decided.answered]
    assert len([number for number in measured if number]) > 10
    numbers = {number for line in kept for number in _numbers(json.loads(line))}
    assert not {number for number in measured if number not in (0.0, 1.0)} & numbers
    assert not re.search("prosody|arousal|f0|pitch|energy|baseline", "\n".join(kept))


def _numbers(value: object) -> set[float]:
    if isinstance(value, dict):
        return {number for each in value.values() for number in _numbers(each)}
    if isinstance(value, list):
        return {number for each in value for number in _numbers(each)}
    return {float(value)} if isinstance(value, int | float) else set()


def test_a_voice_that_cannot_be_measured_does_not_stop_a_turn(stage, monkeypatch):
    def broken(*_sound):
        raise FloatingPointError("no voice")

    from emotion_policy import voice

    monkeypatch.setattr(voice, "measured", broken)
    decided = Decided()
    played = stage(texts=["你好"], decide=decided, settings=HEARS).play(visit(CALM))
    assert played.outcomes() == ["answered"]
    assert decided.asked[0].prosody == prosody.UNVOICED
