"""An engine fails, at every stage: the turn ends, the customer hears why where possible, the session lives."""

import pytest

from asr.fake import FakeRecognizer
from core import events as e
from core.errors import AsrError
from llm import answers
from llm.answers import Moment
from llm.fake import FakeModel
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation


async def two_turns(scene):
    for count in (1, 2):
        await scene.utter()
        await scene.until(e.TurnEnded, count)


def test_a_recogniser_that_fails_ends_the_turn_and_the_next_one_works(stage):
    ears = FakeRecognizer([AsrError("no memory", code="memory", hint="close something"), "在吗"])
    played = stage(recognizer=ears).play(two_turns)
    assert played.outcomes() == ["failed", "answered"]
    (failed,) = played.all(e.TurnFailed)
    assert (failed.stage, failed.code, failed.hint) == ("hear", "asr.memory", "close something")


@pytest.mark.parametrize("fail_at", [0, 3, 12])
def test_a_model_that_fails_is_apologised_for_aloud(stage, fail_at):
    model = FakeModel(("好的，我来帮您看一下。请稍等。", "再见。"), fail_at=fail_at)
    played = stage(texts=["在吗", "再见啦"], model=model).play(two_turns)
    assert played.outcomes() == ["failed", "answered"]
    assert played.all(e.TurnFailed)[0].stage == "think"
    assert played.all(e.TurnEnded)[0].heard.endswith(answers.sentence_for(Moment.FAILED, "zh", turn=1))
    assert played.history[1][1].endswith(answers.sentence_for(Moment.FAILED, "zh", turn=1))


def test_a_model_that_says_nothing_is_apologised_for(stage):
    played = stage(texts=["在吗"], replies=("",)).play(lambda scene: _one(scene))
    assert played.all(e.TurnFailed)[0].code == "llm.empty"
    assert played.all(e.TurnEnded)[0].heard == answers.sentence_for(Moment.FAILED, "zh", turn=1)


async def _one(scene):
    await scene.utter()
    await scene.until(e.TurnEnded)


def test_a_voice_that_fails_ends_the_turn_and_the_next_one_works(stage):
    class Hoarse(FakeSynthesizer):
        failed = False

        def synthesize(self, sentence):
            from core.errors import TtsError

            if not self.failed:
                self.failed = True
                raise TtsError("hoarse", code="hoarse")
            yield from super().synthesize(sentence)

    played = stage(texts=["在吗", "在吗"], voice=Hoarse()).play(two_turns)
    assert played.outcomes() == ["failed", "answered"]
    assert played.all(e.TurnFailed)[0].stage == "speak"


@pytest.mark.parametrize("stage_name", ["hear", "think", "speak"])
def test_an_exception_no_engine_should_raise_is_the_engines_failure(stage, stage_name):
    class Ears(FakeRecognizer):
        def transcribe(self, speech):
            if stage_name == "hear":
                raise RuntimeError("ears")
            yield from super().transcribe(speech)

    class Mind(FakeModel):
        def reply(self, messages):
            if stage_name == "think":
                raise RuntimeError("mind")
            yield from super().reply(messages)

    class Voice(FakeSynthesizer):
        def synthesize(self, sentence):
            if stage_name == "speak":
                raise RuntimeError("voice")
            yield from super().synthesize(sentence)

    played = stage(recognizer=Ears(["在吗"]), model=Mind(), voice=Voice()).play(_one)
    assert played.outcomes() == ["failed"]
    assert played.all(e.TurnFailed)[0].stage == stage_name


def test_an_apology_can_be_interrupted_too(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(0.5)
        scene.onset()
        await scene.until(e.TurnEnded)

    played = stage(texts=["在吗"], model=FakeModel(("好的。",), fail_at=0)).play(script)
    assert played.all(e.BargeIn)
    assert played.outcomes() == ["failed"]
    assert len(played.all(e.TurnEnded)[0].heard) < len(played.all(e.TurnEnded)[0].reply)
