"""The opener: first words at the instant of the decision, the rest from a model that knows what was said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import events as e
from core.emotion import State, Style
from core.text import Sentence
from core.timeline import fold
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.openers import _kinds
from llm.fake import FakeModel
from llm.knowledge_entry import Advice, Match
from pipeline.heard import MINIMUM_SOUND
from pipeline.stage import HEAD_START
from pipeline.turn import TurnSettings

pytestmark = pytest.mark.conversation

WAITED = "等了两个小时没人管"
REST = "我现在就帮您查。请您到窗口来。"
EVERY = {line for kind in _kinds().values() for line in kind.everywhere()}


SETTINGS = TurnSettings(scenario="government", openers=True)
SORRY = decide(Observation(text=WAITED, language="zh", scenario="government"))
PREPARED = tuple(
    Sentence(text=line, index=0, language="zh", delivery=SORRY.arc.open)
    for line in _kinds()["complaint"].lines["government"]["zh"]
)


def a_stage(stage, texts, replies=(REST,), **more):
    return stage(texts=texts, replies=replies, decide=decide, settings=SETTINGS, **more)


async def one_turn(scene):
    await scene.utter()
    await scene.until(e.TurnEnded)


async def all_turns(scene, count):
    for number in range(1, count + 1):
        await scene.utter()
        await scene.until(e.TurnEnded, number)


def openers_of(played) -> list[str]:
    return [event.text for event in played.all(e.OpenerChosen)]


def test_an_upset_customer_hears_the_opener_and_then_the_model(stage):
    played = a_stage(stage, [WAITED]).play(one_turn)
    (opener,) = openers_of(played)
    sentences = [event.text for event in played.all(e.SentenceReady)]
    assert opener in EVERY
    assert sentences[0] == opener
    assert "".join(sentences[1:]) == REST
    assert played.all(e.SentenceReady)[0].style is Style.APOLOGETIC
    assert played.all(e.TurnEnded)[0].heard == opener + REST


def test_the_model_is_told_what_was_said_and_the_history_holds_all_of_it(stage):
    played = a_stage(stage, [WAITED]).play(one_turn)
    (opener,) = openers_of(played)
    asked = played.crew.model.asked[0][-1].text
    assert asked.startswith(f"{WAITED}\n（已说：{opener}）\n（语气：")
    assert played.history == [("user", asked), ("assistant", opener + REST)]


def test_in_english_a_blank_stands_between_the_opener_and_the_rest(stage):
    played = a_stage(
        stage, ["I have waited two hours and nobody helped me"], ("I will look it up now. Please wait.",)
    ).play(one_turn)
    (opener,) = openers_of(played)
    assert f"\n(Already said: {opener})\n(Tone: " in played.crew.model.asked[0][-1].text
    assert played.all(e.TurnEnded)[0].heard == f"{opener} I will look it up now. Please wait."


def test_the_opener_sounds_before_the_model_has_written_a_word(stage):
    played = a_stage(stage, [WAITED], token_seconds=0.7).play(one_turn)
    began, first_delta = played.all(e.PlaybackStarted)[0].at, played.all(e.ReplyDelta)[0].at
    assert began - played.all(e.DeliveryChosen)[0].at < 0.05
    assert first_delta > began + 0.5
    (times,) = fold(played.events)
    assert times.opener == openers_of(played)[0]
    assert times.ttft == pytest.approx(0.7, abs=2 * HEAD_START)
    assert sum(seconds for _, seconds in times.waterfall()) == pytest.approx(times.ttfa, abs=1e-9)
    assert all(seconds >= 0 for _, seconds in times.waterfall())


def heard_after(opener: str, seconds: float) -> int:
    """Characters: the fake voice speaks ten a second at rate 1, and 40 ms of one must sound."""
    return sum(at * 0.1 / SORRY.arc.open.rate + MINIMUM_SOUND <= seconds for at in range(len(opener)))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.0, 1.2), st.sampled_from((None, (), PREPARED)))
def test_a_barge_in_during_the_opener_keeps_what_was_heard_to_the_character(stage, seconds, prepared):
    """Whether the voice makes the opener now or has made it long ago."""

    async def script(scene):
        if scene.crew.openers is not None:
            await scene.crew.openers.prepare(scene.clock, lambda: False)
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(seconds)
        await scene.utter(0.6)
        await scene.until(e.TurnEnded, 2)

    played = a_stage(stage, [WAITED, "那个"], openers=prepared).play(script)
    (opener,) = openers_of(played)
    ended = played.all(e.TurnEnded)[0]
    assert ended.outcome == "interrupted"
    assert opener.startswith(ended.heard)
    assert abs(len(ended.heard) - heard_after(opener, seconds)) <= 1
    assert ended.reply.startswith(opener)
    history = [text for role, text in played.history if role == "assistant"]
    assert history[: bool(ended.heard)] == [ended.heard] * bool(ended.heard)


def test_no_opener_is_said_twice_in_a_visit_and_one_apology_is_enough(stage):
    texts = [WAITED, "你们到底管不管", "太差了我要投诉", "我很担心", "我很担心我的手术", "真的很担心"]
    played = a_stage(stage, texts).play(lambda scene: all_turns(scene, len(texts)))
    said = openers_of(played)
    assert len(said) >= 2
    assert len(said) == len(set(said))
    assert sum("对不起" in line or "抱歉" in line for line in said) == 1


def test_the_next_customer_may_hear_the_same_words(stage):
    async def script(scene):
        await one_turn(scene)
        scene.session.obey(c.Reset())
        await scene.utter()
        await scene.until(e.TurnEnded, 2)

    first, second = openers_of(a_stage(stage, [WAITED, WAITED]).play(script))
    assert first == second


def test_an_opener_that_nobody_heard_is_none(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.OpenerChosen)
        scene.onset()
        await scene.until(e.TurnEnded)

    played = a_stage(stage, [WAITED], voice_seconds=1.0).play(script)
    assert played.outcomes() == ["interrupted"]
    memory = played.session.dialogue.memory
    assert (memory.openers, memory.apologised) == ((), False)


@pytest.mark.parametrize(
    ("text", "kind"), [("几点开门", "answer"), ("几点开门", "none"), ("转人工", "none"), ("你好", "none")]
)
def test_a_plain_question_the_operators_words_and_stock_sentences_have_no_opener(stage, text, kind):
    match = Match(
        entry="hours", question="几点开门", answer="九点开门。", score=0.95, language="zh", fixed=True
    )
    advice = Advice(kind=kind, matches=(match,) if kind == "answer" else ())
    played = a_stage(stage, [text], consult=lambda *_: advice).play(one_turn)
    assert openers_of(played) == []
    assert not any("已说" in message.text for asked in played.crew.model.asked for message in asked)


def test_openers_can_be_switched_off(stage):
    played = stage(texts=[WAITED], replies=(REST,), decide=decide).play(one_turn)
    assert openers_of(played) == []
    assert played.all(e.TurnEnded)[0].heard == REST


def test_a_model_that_repeats_the_opener_is_not_heard_repeating_it(stage):
    opener = openers_of(a_stage(stage, [WAITED]).play(one_turn))[0]
    played = a_stage(stage, [WAITED], (opener + REST,)).play(one_turn)
    assert played.all(e.TurnEnded)[0].heard == opener + REST


@pytest.mark.parametrize("model", [FakeModel([""]), FakeModel([REST], fail_at=0)])
def test_a_model_with_nothing_to_add_is_apologised_for_after_the_opener(stage, model):
    played = a_stage(stage, [WAITED], model=model).play(one_turn)
    (opener,) = openers_of(played)
    assert played.outcomes() == ["failed"]
    assert played.all(e.TurnEnded)[0].heard.startswith(opener)
    assert len(played.all(e.SentenceReady)) > 1


def test_after_an_apologetic_opener_the_model_s_own_apology_is_left_out(stage):
    replies = ("I am sorry for the trouble. I will ask a member of staff.",)
    played = a_stage(stage, ["I have waited two hours and nobody helped me"], replies).play(one_turn)
    (opener,) = openers_of(played)
    assert played.all(e.TurnEnded)[0].heard == f"{opener} I will ask a member of staff."


def test_a_model_that_only_apologises_again_leaves_the_opener_as_the_reply(stage):
    played = a_stage(stage, [WAITED], ("实在抱歉。",)).play(one_turn)
    assert played.outcomes() == ["answered"]
    assert played.all(e.TurnEnded)[0].heard == openers_of(played)[0]


def test_words_that_break_the_tone_are_taken_out_of_speech_and_history(stage):
    reply = "很高兴为您服务，我现在就查！请您放心，如果不行，恭喜您。"
    played = stage(texts=[WAITED], replies=(reply,), decide=decide).play(one_turn)
    found = played.all(e.WordsConflicted)
    assert [(event.words, event.mended) for event in found] == [("很高兴", True), ("恭喜", False)]
    assert played.all(e.TurnEnded)[0].heard == "我现在就查。请您放心，如果不行，恭喜您。"
    assert played.history[-1] == ("assistant", "我现在就查。请您放心，如果不行，恭喜您。")


def test_who_is_well_is_answered_in_the_models_own_words(stage):
    reply = "很高兴见到您！我们这里有咖啡。"
    played = stage(texts=["今天天气真好"], replies=(reply,), decide=decide).play(one_turn)
    assert played.all(e.DeliveryChosen)[0].state is State.SMALLTALK
    assert played.all(e.TurnEnded)[0].heard == reply
    assert not played.all(e.WordsConflicted)


def test_a_prepared_opener_sounds_though_the_voice_has_failed_since(stage):
    async def script(scene):
        await scene.crew.openers.prepare(scene.clock, lambda: False)
        scene.crew.voice.close()
        await one_turn(scene)

    played = a_stage(stage, [WAITED], openers=PREPARED, token_seconds=0.5).play(script)
    assert played.outcomes() == ["failed"]
    assert played.all(e.TurnFailed)[0].stage == "speak"
    assert played.all(e.TurnEnded)[0].heard
