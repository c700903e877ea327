"""What an operator asks for, whatever the session is doing: obeyed or refused, told once, and never its end."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from core import commands as c
from core import events as e
from core.emotion import Opinion, State, Style
from emotion_policy.memory import Memory
from emotion_policy.policy import packaged
from emotion_policy.policy_keeper import Keeper
from llm.fake import FakeModel
from pipeline.dialogue import UNASKED
from tests.conversation.operating import (
    LONG,
    idle,
    listening,
    paused,
    ruling,
    speaking,
    thinking,
    told,
)
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation


MOMENTS = (idle, listening, thinking, speaking, paused)
COMMANDS = (
    c.Mute(),
    c.Unmute(),
    c.Interrupt(),
    c.Say(text="We close soon."),
    c.Ask(text="几点开门"),
    c.Reset(),
    c.ChooseStyle(style=Style.GENTLE),
    c.ChooseStyle(style=None),
    c.ChooseVoice(voice="anna"),
    c.ChooseVoice(voice="nobody"),
    c.TakeOver(),
    c.HandBack(),
    c.StartTalking(),
    c.StopTalking(),
    c.ReloadPolicy(),
    c.SaveSession(),
    c.SwitchScenario(scenario="medical"),
    c.SwitchScenario(scenario="moon"),
    c.Quit(),
)


def test_every_command_is_tried():
    assert {type(command) for command in COMMANDS} == set(get_args(c.Command))


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_each_command_is_answered_once_and_the_session_goes_on(stage, command, moment):
    async def script(scene):
        await moment(scene)
        scene.session.obey(command)
        await scene.pause(0.2)
        scene.session.obey(c.StopTalking())
        scene.session.obey(c.HandBack())
        await scene.pause(30.0)
        assert not scene.session.busy
        if not isinstance(command, c.Quit):
            scene.session.obey(c.Ask(text="还在吗"))
            await scene.pause(30.0)

    played = stage(
        texts=["在吗"] * 9,
        replies=(LONG,),
        voice=FakeSynthesizer(voices=["anna"]),
        site=Keeper(None),
        save=lambda: "talk.session.tar",
    ).play(script)
    name = type(command).__name__
    answers = [event for event in played.events if getattr(event, "command", "") == name]
    expected = {"StopTalking": 2, "HandBack": 2, "Ask": 2}.get(name, 1)
    assert len(answers) == expected
    if name != "Quit":
        assert played.outcomes()[-1] == "answered"
        assert played.all(e.TranscriptChanged)[-1].text == "还在吗"


def test_what_a_command_held_is_told_with_it(stage):
    async def script(scene):
        scene.session.obey(c.ChooseStyle(style=Style.SOOTHING))
        scene.session.obey(c.ChooseVoice(voice="nobody"))
        await scene.pause(0.1)

    played = stage().play(script)
    (taken,), (refused,) = played.all(e.CommandTaken), played.all(e.CommandRefused)
    assert json.loads(taken.fields) == {"style": "soothing"}
    assert (refused.command, refused.code) == ("ChooseVoice", "model-missing.voice")
    assert refused.message
    assert refused.hint


def test_a_visit_that_ends_by_itself_was_nobody_s_command(stage):
    async def script(scene):
        scene.session.obey(c.Ask(text="在吗"))
        await scene.until(e.TurnEnded)
        for _ in range(12):
            await scene.pause(1.0)
            scene.session.look_around(10.0)

    played = stage().play(script)
    assert played.all(e.VisitReset)
    assert told(played) == [("Ask", "")]


def test_once_it_is_ending_it_takes_nothing_new(stage):
    async def script(scene):
        scene.session.obey(c.Ask(text="在吗"))
        scene.session.finish()
        for command in (c.Ask(text="喂"), c.Say(text="喂"), c.StartTalking(), c.ReloadPolicy(), c.Mute()):
            scene.session.obey(command)
        await scene.until(e.TurnEnded)

    played = stage().play(script)
    assert told(played)[1:] == [
        *((name, "input.ending") for name in ("Ask", "Say", "StartTalking", "ReloadPolicy")),
        ("Mute", ""),
    ]
    assert played.outcomes() == ["answered"]


class TestStyle:
    def test_it_is_the_reply_s_from_its_next_sentence_on(self, stage):
        async def script(scene):
            await scene.utter()
            await scene.until(e.SentenceReady)
            scene.session.obey(c.ChooseStyle(style=Style.GENTLE))
            await scene.until(e.TurnEnded)
            await scene.utter()
            await scene.until(e.TurnEnded, 2)
            scene.session.obey(c.ChooseStyle(style=None))
            await scene.utter()
            await scene.until(e.TurnEnded, 3)

        played = stage(texts=["在吗"] * 3, replies=(LONG,)).play(script)
        said = {n: [x.style for x in played.all(e.SentenceReady) if x.turn == n] for n in (1, 2, 3)}
        assert said[1][0] == "warm"
        assert set(said[1][2:]) == {"gentle"}
        assert set(said[2]) == {"gentle"}
        assert "gentle" not in said[3]
        assert [x.arc for x in played.all(e.DeliveryChosen)][1:] == [
            ("gentle",) * 3,
            ("warm", "professional", "soothing"),
        ]
        assert [event.style for event in played.all(e.StyleForced)] == ["gentle", None]

    def test_the_policy_s_veto_softens_it_and_tells_so(self, stage):
        async def script(scene):
            scene.session.obey(c.ChooseStyle(style=Style.CHEERFUL))
            for count in (1, 2):
                await scene.utter()
                await scene.until(e.TurnEnded, count)

        played = stage(texts=["几点开门", "我要投诉，等了两个小时根本没人管"], decide=ruling).play(script)
        first, second = played.all(e.DeliveryChosen)
        assert (first.style, first.arc) == ("cheerful", ("cheerful",) * 3)
        assert (second.style, second.arc) == ("soothing", ("soothing",) * 3)
        assert "cheerful: chosen by the operator, forbidden for complaint" in second.vetoes
        assert "cheerful" not in {x.style for x in played.all(e.SentenceReady) if x.turn == second.turn}

    def test_the_model_is_told_the_chosen_style_s_line(self, stage):
        async def script(scene):
            for style in (None, Style.ENCOURAGING):
                scene.session.obey(c.ChooseStyle(style=style))
                scene.session.obey(c.Ask(text="今天天气真好"))
                await scene.until(e.TurnEnded, 1 if style is None else 2)

        model = FakeModel(("是啊。",))
        stage(decide=ruling, model=model).play(script)
        line = packaged("government").styles[Style.ENCOURAGING].steer["zh"]
        assert line not in model.asked[0][-1].text
        assert line in model.asked[1][-1].text

    def test_the_visit_s_memory_stays_the_policy_s(self, stage):
        async def script(scene):
            scene.session.obey(c.ChooseStyle(style=Style.NEUTRAL))
            scene.session.obey(c.Ask(text="我要投诉，等了两个小时根本没人管"))
            await scene.until(e.TurnEnded)

        played = stage(decide=ruling).play(script)
        assert played.all(e.DeliveryChosen)[0].style == "neutral"
        assert played.session.dialogue.memory.styles == ("apologetic",)

    def test_announcements_have_it_too_and_heed_the_customer_before_them(self, stage):
        async def script(scene):
            scene.session.obey(c.Say(text="We close soon."))
            await scene.until(e.TurnEnded)
            scene.session.obey(c.ChooseStyle(style=Style.CHEERFUL))
            scene.session.obey(c.Say(text="We close soon."))
            await scene.until(e.TurnEnded, 2)
            scene.session.dialogue.memory = Memory(states=(State.GRIEF,))
            scene.session.obey(c.Say(text="We close soon."))
            await scene.until(e.TurnEnded, 3)

        played = stage().play(script)
        assert [x.style for x in played.all(e.SentenceReady)] == ["neutral", "cheerful", "gentle"]

    def test_the_model_s_opinion_lifts_no_choice_and_no_veto(self, stage):
        async def script(scene):
            scene.session.obey(c.ChooseStyle(style=Style.PROFESSIONAL))
            scene.session.obey(c.Ask(text="今天天气真好"))
            await scene.until(e.TurnEnded)

        opinion = Opinion(probabilities=tuple(float(state is State.GRIEF) for state in State))
        played = stage(decide=ruling, model=FakeModel((LONG,), opinion=opinion)).play(script)
        assert played.all(e.OpinionHeard)[0].style == "professional"


class TestControl:
    def test_what_is_heard_is_told_and_nothing_is_thought_up(self, stage):
        async def script(scene):
            scene.session.obey(c.TakeOver())
            await scene.utter()
            await scene.until(e.TurnEnded)
            scene.session.obey(c.Say(text="我是值班经理，我来帮您。"))
            await scene.until(e.TurnEnded, 2)
            scene.session.obey(c.HandBack())
            await scene.utter()
            await scene.until(e.TurnEnded, 3)

        model = FakeModel(("不客气。",))
        played = stage(texts=["我要找经理", "谢谢"], model=model).play(script)
        assert [event.operator for event in played.all(e.ControlChanged)] == [True, False]
        assert played.outcomes() == ["silenced", "answered", "answered"]
        assert played.all(e.TranscriptChanged)[0].text == "我要找经理"
        assert played.all(e.DeliveryChosen)[0].turn == 1
        assert [event.turn for event in played.all(e.ReplyBegan)] == [2, 3]
        (asked,) = model.asked
        assert [message.text for message in asked[1:3]] == ["我要找经理", "我是值班经理，我来帮您。"]

    def test_a_reply_under_way_is_silenced(self, stage):
        async def script(scene):
            await speaking(scene)
            scene.session.obey(c.TakeOver())
            await scene.until(e.TurnEnded)
            await scene.utter()
            await scene.until(e.TurnEnded, 2)

        played = stage(texts=["在吗", "喂"], replies=(LONG,)).play(script)
        assert played.outcomes() == ["interrupted", "silenced"]
        assert played.all(e.BargeIn)

    def test_an_utterance_that_is_only_being_heard_is_still_written_down(self, stage):
        async def script(scene):
            await scene.utter()
            await scene.pause(0.02)
            assert not scene.session.dialogue.begun
            scene.session.obey(c.TakeOver())
            await scene.until(e.TurnEnded)

        played = stage(texts=["我要找经理"], asr_seconds=0.5).play(script)
        assert played.all(e.TranscriptChanged)[-1].text == "我要找经理"
        assert played.outcomes() == ["silenced"]
        assert not played.all(e.BargeIn)

    def test_what_the_operator_says_stays_with_what_was_said_before(self, stage):
        async def script(scene):
            scene.session.obey(c.TakeOver())
            scene.session.obey(c.Say(text="您好。"))
            await scene.until(e.TurnEnded)
            scene.session.obey(c.Say(text="请讲。"))
            await scene.until(e.TurnEnded, 2)
            for count, words in ((3, "我的包裹"), (4, "丢了")):
                scene.session.obey(c.Ask(text=words))
                await scene.until(e.TurnEnded, count)
            scene.session.obey(c.Say(text="我去查。"))
            await scene.until(e.TurnEnded, 5)

        played = stage().play(script)
        assert played.history == [
            ("user", UNASKED),
            ("assistant", "您好。 请讲。"),
            ("user", "我的包裹 丢了"),
            ("assistant", "我去查。"),
        ]
        assert played.session.dialogue.last_reply == "我去查。"

    def test_of_words_that_are_cut_off_the_heard_ones_are_kept(self, stage):
        async def script(scene):
            scene.session.obey(c.Say(text=LONG))
            await scene.until(e.PlaybackStarted)
            await scene.pause(1.0)
            scene.session.obey(c.Interrupt())
            await scene.until(e.TurnEnded)

        played = stage().play(script)
        heard = played.all(e.TurnEnded)[0].heard
        assert 0 < len(heard) < len(LONG)
        assert played.history == [("user", UNASKED), ("assistant", heard)]

    def test_the_next_customer_finds_the_operator_still_there(self, stage):
        async def script(scene):
            scene.session.obey(c.TakeOver())
            scene.session.obey(c.Reset())
            scene.session.obey(c.Ask(text="有人吗"))
            await scene.until(e.TurnEnded)

        assert stage().play(script).outcomes() == ["silenced"]
