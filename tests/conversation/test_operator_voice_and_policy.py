"""What an operator chooses: another voice, push to talk, another policy, a saved session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core import commands as c
from core import events as e
from core.emotion import Delivery
from core.errors import ModelMissing, OutputError
from emotion_policy.policy_keeper import Keeper
from pipeline.asked import TurnSettings
from tests.conversation.conftest import chat
from tests.conversation.operating import (
    LONG,
    SITE,
    after,
    speaking,
    thinking,
    told,
)
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation


class TestVoice:
    def test_a_reply_under_way_keeps_its_voice(self, stage):
        voice = FakeSynthesizer(voices=["anna"])

        async def script(scene):
            await speaking(scene)
            scene.session.obey(c.ChooseVoice(voice="anna"))
            await scene.pause(0.5)
            assert voice.name == "fake"
            await scene.until(e.TurnEnded)
            await scene.until(e.VoiceChanged)

        played = stage(texts=["在吗"], replies=(LONG,), voice=voice).play(script)
        assert [(event.voice, event.chosen) for event in played.all(e.VoiceChanged)] == [
            ("fake anna", "anna")
        ]
        assert after(played, e.TurnEnded)[:2] == [e.VoiceChanged, e.CommandTaken]

    def test_it_changes_before_the_next_reply_however_soon_that_comes(self, stage):
        async def script(scene):
            await speaking(scene)
            scene.session.obey(c.ChooseVoice(voice="anna"))
            scene.session.obey(c.Ask(text="几点开门"))
            await scene.until(e.TurnEnded, 2)

        played = stage(texts=["在吗"], voice=FakeSynthesizer(voices=["anna"])).play(script)
        kinds = [type(event) for event in played.events]
        assert kinds.index(e.VoiceChanged) < len(kinds) - kinds[::-1].index(e.ReplyBegan) - 1

    def test_an_engine_with_one_voice_refuses(self, stage):
        class OneVoice:
            name, rate = "plain", 16_000

            def synthesize(self, sentence):
                yield from ()

        async def script(scene):
            scene.session.obey(c.ChooseVoice(voice="anna"))
            await scene.pause(0.1)

        played = stage(voice=OneVoice()).play(script)
        assert told(played) == [("ChooseVoice", "tts.one-voice")]

    def test_too_many_that_wait_are_refused_and_none_is_lost(self, stage):
        async def script(scene):
            await speaking(scene)
            for number in range(20):
                scene.session.obey(c.ChooseVoice(voice=f"voice {number}"))
            await scene.pause(30.0)

        voices = [f"voice {number}" for number in range(20)]
        played = stage(texts=["在吗"], voice=FakeSynthesizer(voices=voices)).play(script)
        assert len(played.all(e.VoiceChanged)) == 16
        assert [code for _, code in told(played)].count("input.busy") == 4

    def test_openers_of_the_voice_before_are_not_said(self, stage):
        async def script(scene):
            await scene.crew.openers.prepare(scene.clock, lambda: False)
            assert scene.crew.openers.bytes
            scene.session.obey(c.ChooseVoice(voice="anna"))
            await scene.until(e.VoiceChanged)
            assert not scene.crew.openers.bytes

        from core.text import Sentence

        line = Sentence(text="很抱歉让您久等了。", index=0, language="zh", delivery=Delivery())
        stage(openers=(line,), voice=FakeSynthesizer(voices=["anna"])).play(script)


class TestPushToTalk:
    def test_everything_in_between_is_one_utterance(self, stage):
        async def script(scene):
            scene.session.obey(c.StartTalking())
            await scene.pause(2.0)
            scene.session.obey(c.StopTalking())
            await scene.until(e.TurnEnded)

        played = stage(texts=["你好"]).play(script)
        assert [type(event) for event in played.events][:4] == [
            e.SpeechStarted,
            e.CommandTaken,
            e.SpeechEnded,
            e.CommandTaken,
        ]
        assert played.all(e.SpeechEnded)[0].seconds == pytest.approx(2.0)
        assert played.outcomes() == ["answered"]

    def test_it_takes_the_reply_s_word(self, stage):
        async def script(scene):
            await speaking(scene)
            scene.session.obey(c.StartTalking())
            await scene.pause(0.5)
            scene.session.obey(c.StopTalking())
            await scene.until(e.TurnEnded, 2)

        played = stage(texts=["在吗", "等一下"], replies=(LONG,)).play(script)
        assert played.outcomes() == ["interrupted", "answered"]

    def test_an_utterance_that_has_begun_already_goes_on(self, stage):
        async def script(scene):
            scene.onset()
            await scene.pause(0.5)
            scene.session.obey(c.StartTalking())
            scene.session.obey(c.StartTalking())
            await scene.pause(0.5)
            scene.session.obey(c.StopTalking())
            await scene.until(e.TurnEnded)

        played = stage(texts=["你好"]).play(script)
        assert len(played.all(e.SpeechStarted)) == len(played.all(e.SpeechEnded)) == 1

    def test_a_muted_microphone_hears_while_the_key_is_held(self, stage):
        async def script(scene):
            scene.session.obey(c.Mute())
            scene.session.obey(c.StartTalking())
            scene.tell(None)
            assert not scene._heard, "the frame has reached the listener"
            await scene.pause(0.5)
            scene.session.obey(c.StopTalking())
            scene.tell(None)
            assert scene._heard, "and this one has not"
            await scene.until(e.TurnEnded)

        assert stage(texts=["你好"]).play(script).outcomes() == ["answered"]

    def test_a_key_held_for_no_time_is_noise(self, stage):
        async def script(scene):
            scene.session.obey(c.StartTalking())
            scene.session.obey(c.StopTalking())
            await scene.until(e.TurnEnded)

        assert stage().play(script).outcomes() == ["nothing-heard"]

    def test_without_a_listener_it_is_refused(self, stage):
        async def script(scene):
            scene.session._talk = None
            scene.session.obey(c.StartTalking())
            scene.session.obey(c.StopTalking())

        assert told(stage().play(script)) == [("StartTalking", "device.no-microphone"), ("StopTalking", "")]


class TestPolicy:
    def test_a_file_is_read_again_between_two_turns(self, stage, tmp_path):
        file = tmp_path / "site.toml"
        file.write_text(SITE, encoding="utf-8")

        async def script(scene):
            await speaking(scene)
            scene.session.obey(c.ReloadPolicy())
            await scene.until(e.PolicyChanged)
            file.write_text("schema = 7\n", encoding="utf-8")
            scene.session.obey(c.ReloadPolicy())
            await scene.until(e.PolicyChanged, 2)

        played = stage(texts=["在吗"], site=Keeper(file)).play(script)
        good, bad = played.all(e.PolicyChanged)
        assert not good.error
        assert bad.error
        assert bad.policy == good.policy
        assert e.PolicyChanged in after(played, e.TurnEnded)
        assert told(played) == [("ReloadPolicy", "")] * 2

    @pytest.mark.parametrize(
        ("site", "code"), [(None, "config.fixed-policy"), (Keeper(None), "config.no-policy-file")]
    )
    def test_without_a_file_there_is_nothing_to_read(self, stage, site, code):
        async def script(scene):
            scene.session.obey(c.ReloadPolicy())
            await scene.pause(0.1)

        assert told(stage(site=site).play(script)) == [("ReloadPolicy", code)]

    def test_another_scenario_rules_from_the_next_turn_on(self, stage):
        seen, keeper = [], Keeper(None)

        def deciding(observation):
            seen.append((observation.scenario, keeper.current.scenario))
            return chat(observation)

        async def script(scene):
            await thinking(scene)
            scene.session.obey(c.SwitchScenario(scenario="medical"))
            await scene.pause(0.01)
            assert keeper.current.scenario == "government"
            await scene.until(e.TurnEnded)
            scene.session.obey(c.Ask(text="挂号"))
            await scene.until(e.TurnEnded, 2)

        played = stage(texts=["在吗"], decide=deciding, site=keeper).play(script)
        assert seen == [("government", "government"), ("medical", "medical")]
        assert [event.scenario for event in played.all(e.ScenarioChanged)] == ["medical"]

    def test_an_unknown_scenario_is_refused_at_once_with_those_there_are(self, stage):
        async def script(scene):
            await speaking(scene)
            scene.session.obey(c.SwitchScenario(scenario="moon"))
            assert isinstance(scene.events[-1], e.CommandRefused)
            assert "retail" in scene.events[-1].hint

        stage(texts=["在吗"], site=Keeper(None)).play(script)


class TestSaving:
    def test_a_recorded_session_names_its_file(self, stage):
        async def script(scene):
            scene.session.obey(c.SaveSession())

        played = stage(save=lambda: "talk.session.tar").play(script)
        assert [event.file for event in played.all(e.SessionSaved)] == ["talk.session.tar"]
        assert told(played) == [("SaveSession", "")]

    def test_without_a_recording_it_is_refused_with_what_to_do(self, stage):
        async def script(scene):
            scene.session.obey(c.SaveSession())

        (refused,) = stage().play(script).all(e.CommandRefused)
        assert refused.code == "output.not-recorded"
        assert "recording.on" in refused.hint

    def test_a_full_disk_ends_nothing(self, stage):
        def full() -> str:
            raise OutputError("cannot write", code="disk", hint="free some space")

        async def script(scene):
            scene.session.obey(c.SaveSession())
            scene.session.obey(c.Ask(text="在吗"))
            await scene.until(e.TurnEnded)

        played = stage(save=full).play(script)
        assert told(played) == [("SaveSession", "output.disk"), ("Ask", "")]
        assert played.outcomes() == ["answered"]


def test_a_voice_that_fails_to_change_leaves_the_one_before(stage):
    class Broken(FakeSynthesizer):
        def use(self, voice):
            yield None
            raise ModelMissing("the file is gone", code="voice", hint="make it again")

    async def script(scene):
        scene.session.obey(c.ChooseVoice(voice="anna"))
        scene.session.obey(c.Ask(text="在吗"))
        await scene.until(e.TurnEnded)

    played = stage(voice=Broken()).play(script)
    assert told(played)[-1] == ("ChooseVoice", "model-missing.voice")
    assert not played.all(e.VoiceChanged)
    assert played.outcomes() == ["answered"]


def test_a_session_s_wishes_are_no_other_session_s(stage):
    settings = TurnSettings(scenario="government")

    async def script(scene):
        scene.session.obey(c.TakeOver())

    stage(settings=settings).play(script)
    assert not settings.wishes.control
    assert replace(settings).wishes is settings.wishes
