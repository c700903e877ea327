"""Conversations that were recorded come out the same, to the byte, whatever happened in them."""

from __future__ import annotations

import pytest

from core import commands as c
from core import events as e
from core.emotion import Opinion, State, Style
from core.errors import AsrError
from llm.fake import FakeModel
from pipeline.config import Config
from pipeline.replay import read_session
from tests.recorded_sessions import Cast, assert_replays, of, record
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation


@pytest.fixture
def file(tmp_path):
    return tmp_path / "talk.session.tar"


def test_a_customer_without_a_director(file):
    recorded = record(file, None)
    assert [event.outcome for event in of(recorded, e.TurnEnded)] == ["answered"]
    assert_replays(file, recorded)


def test_it_says_that_it_records_and_where(file):
    recorded = record(file, None)
    assert of(recorded, e.Recording) == [
        e.Recording(at=of(recorded, e.Recording)[0].at, on=True, until=0.0, file=str(file))
    ]


def test_a_barge_in(file):
    async def script(talk):
        await talk.customer()
        await talk.until(e.PlaybackStarted)
        await talk.clock.sleep(0.8)
        await talk.customer()
        await talk.until(e.TurnEnded, 2)

    recorded = record(file, script)
    (cut,) = of(recorded, e.BargeIn)
    assert cut.heard
    assert_replays(file, recorded)


@pytest.mark.parametrize("pause", [0.0, 0.003, 0.02, 0.11, 0.37, 0.74, 1.3])
def test_an_interruption_at_any_moment_of_a_turn(file, pause):
    async def script(talk):
        talk.session.obey(c.Ask(text="我等了两个小时还没人管"))
        await talk.clock.sleep(pause)
        talk.session.obey(c.Interrupt())
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.TurnEnded, 2)

    assert_replays(file, record(file, script))


def test_typed_turns_announcements_mute_and_the_next_customer(file):
    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.TurnEnded)
        talk.session.obey(c.Mute())
        await talk.customer()
        talk.session.obey(c.Unmute())
        talk.session.obey(c.Say(text="马上就好。"))
        await talk.until(e.TurnEnded, 2)
        talk.session.obey(c.Reset())
        await talk.customer()
        await talk.until(e.TurnEnded, 3)

    recorded = record(file, script)
    assert of(recorded, e.VisitReset)
    assert [event.muted for event in of(recorded, e.MicrophoneMuted)] == [True, False]
    assert_replays(file, recorded)


def test_what_a_muted_microphone_hears_is_not_kept(file):
    async def script(talk):
        talk.session.obey(c.Mute())
        await talk.until(e.MicrophoneMuted)
        await talk.customer()
        talk.session.obey(c.Unmute())
        await talk.until(e.MicrophoneMuted, 2)
        await talk.customer()
        await talk.until(e.TurnEnded)

    record(file, script)
    session = read_session(file)
    muted, unmuted = (event.at for event in of(session.events, e.MicrophoneMuted))
    heard = [(entry.at, any(entry.sound)) for entry in session.entries if entry.kind == "frame"]
    assert not any(loud for at, loud in heard if muted < at < unmuted)
    assert any(loud for at, loud in heard if at > unmuted)


def test_what_an_operator_does(file):
    async def script(talk):
        obey = talk.session.obey
        obey(c.ChooseStyle(style=Style.SOOTHING))
        obey(c.Ask(text="我等了两个小时"))
        await talk.until(e.PlaybackStarted)
        obey(c.SwitchScenario(scenario="medical"))
        obey(c.ChooseVoice(voice="anna"))
        obey(c.ReloadPolicy())
        obey(c.SwitchScenario(scenario="moon"))
        obey(c.TakeOver())
        await talk.until(e.ScenarioChanged)
        await talk.customer()
        await talk.until(e.TurnEnded, 2)
        obey(c.Say(text="我来帮您。"))
        await talk.until(e.TurnEnded, 3)
        obey(c.HandBack())
        obey(c.SaveSession())
        obey(c.StartTalking())
        await talk.clock.sleep(1.0)
        obey(c.StopTalking())
        await talk.until(e.TurnEnded, 4)

    recorded = record(file, script)
    assert of(recorded, e.SessionSaved)[0].file == str(file)
    assert {event.code for event in of(recorded, e.CommandRefused)} >= {
        "config.scenario",
        "config.no-policy-file",
    }
    assert_replays(file, recorded)


def test_the_voices_there_are_to_choose_from(file):
    async def script(talk):
        talk.session.obey(c.ChooseVoice(voice="anna"))
        await talk.until(e.VoiceChanged)

    recorded = record(file, script, Cast(voice=FakeSynthesizer(voices=["ben", "anna"])))
    assert of(recorded, e.SessionStarted)[0].voices == ("anna", "ben")
    assert of(recorded, e.VoiceChanged)[0].chosen == "anna"
    assert_replays(file, recorded)


def test_quit_in_mid_reply(file):
    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.PlaybackStarted)
        talk.session.obey(c.Quit())

    recorded = record(file, script)
    assert of(recorded, e.TurnEnded)[0].outcome == "interrupted"
    assert_replays(file, recorded)


@pytest.mark.parametrize(
    "cast",
    [
        Cast(texts=[AsrError("no memory", code="memory", hint="close something")] * 2),
        Cast(model=FakeModel(("好的，我来帮您看一下。",), fail_at=3)),
        Cast(model=FakeModel(("",))),
        Cast(voice=FakeSynthesizer(fail_on=(0,), fail_after=1)),
    ],
    ids=["hearing", "thinking", "nothing-said", "speaking"],
)
def test_an_engine_that_fails(file, cast):
    async def script(talk):
        await talk.customer()
        await talk.until(e.TurnEnded)
        talk.session.obey(c.Ask(text="我等了两个小时还没人管"))
        await talk.until(e.TurnEnded, 2)

    recorded = record(file, script, cast)
    assert of(recorded, e.TurnFailed)
    assert_replays(file, recorded)


def test_a_second_opinion(file):
    rest = (1 - 0.8125) / 12
    opinion = Opinion(probabilities=tuple(0.8125 if state is State.COMPLAINT else rest for state in State))

    async def script(talk):
        talk.session.obey(c.Ask(text="你们这个机器看不懂"))
        await talk.until(e.TurnEnded)

    recorded = record(file, script, Cast(model=FakeModel(("好的。请稍等。",), opinion=opinion)))
    assert of(recorded, e.OpinionHeard)
    assert_replays(file, recorded)


@pytest.mark.parametrize("interrupt", [False, True])
def test_a_reply_that_was_paused_on_a_suspicion(file, monkeypatch, interrupt):
    class Nervous:
        suspicious = False

        def voiced(self, pcm):
            return False

    gate = Nervous()
    monkeypatch.setattr("audio.vad.build_vad", lambda _: gate)

    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.PlaybackStarted)
        await talk.clock.sleep(0.5)
        gate.suspicious = True
        await talk.until(e.ReplyPaused)
        gate.suspicious = False
        if interrupt:
            talk.session.obey(c.Interrupt())
        await talk.until(e.TurnEnded)

    recorded = record(file, script)
    assert len(of(recorded, e.ReplyResumed)) == (not interrupt)
    assert_replays(file, recorded)


def test_a_lost_loudspeaker(file):
    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.PlaybackStarted)
        talk.sink.lose()
        await talk.until(e.TurnEnded)
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.TurnEnded, 2)

    recorded = record(file, script)
    assert of(recorded, e.DeviceLost)[0].code == "device.lost"
    assert_replays(file, recorded)


def test_a_lost_microphone_and_input_that_was_dropped(file):
    async def script(talk):
        talk.source.overruns = 7
        await talk.until(e.Overrun)
        talk.source.lose()
        await talk.until(e.DeviceLost)

    recorded = record(file, script)
    assert of(recorded, e.Overrun)[0].frames == 7
    assert_replays(file, recorded)


def test_openers_and_a_voice_that_counted(file):
    config = Config.model_validate(
        {"audio": {"silero": False}, "emotion": {"openers": True, "prosody": "on"}}
    )

    async def script(talk):
        await talk.clock.sleep(20.0)
        for number in (1, 2):
            await talk.customer()
            await talk.until(e.TurnEnded, number)

    recorded = record(file, script, Cast(texts=["我等了两个小时还没人管", "我要投诉"]), config=config)
    assert of(recorded, e.OpenerChosen)
    assert_replays(file, recorded)


def test_without_openers_nothing_is_said_before_somebody_asks(file):
    config = Config.model_validate({"audio": {"silero": False}, "emotion": {"openers": False}})
    cast = Cast()

    async def script(talk):
        await talk.clock.sleep(20.0)
        assert not cast.voice.said
        talk.session.obey(c.Ask(text="我等了两个小时还没人管"))
        await talk.until(e.TurnEnded)

    recorded = record(file, script, cast, config=config)
    assert not of(recorded, e.OpenerChosen)
    assert_replays(file, recorded)


def test_an_edited_policy(file, tmp_path):
    policy = tmp_path / "site.toml"
    text = 'schema = 1\nscenario = "retail"\n'
    policy.write_text(text)
    config = Config.model_validate({"audio": {"silero": False}, "emotion": {"policy": str(policy)}})

    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.TurnEnded)
        policy.write_text(text + '[quiet_hours]\nfrom = "00:00"\nto = "23:59"\nvolume = 0.5\n')
        talk.session.obey(c.Ask(text="我等了两个小时"))
        await talk.until(e.TurnEnded, 2)
        policy.write_text("schema = 2\n")
        talk.session.obey(c.Ask(text="谢谢"))
        await talk.until(e.TurnEnded, 3)

    recorded = record(file, script, config=config)
    assert [bool(event.error) for event in of(recorded, e.PolicyChanged)] == [False, True]
    policy.unlink()
    assert_replays(file, recorded)


@pytest.mark.parametrize("step", [0.0, 0.001, 0.05, 0.3])
def test_engines_of_any_speed_and_work_that_takes_time(file, step):
    async def script(talk):
        await talk.customer()
        await talk.until(e.TurnEnded)
        talk.session.obey(c.Ask(text="我等了两个小时还没人管"))
        await talk.until(e.TurnEnded, 2)

    assert_replays(file, record(file, script, Cast(step=step), frozen=False))


def test_a_session_that_is_recorded_says_the_same_as_one_that_is_not(file, tmp_path):
    """But for times: a stimulus waits for its turn."""

    async def script(talk):
        talk.session.obey(c.Ask(text="我等了两个小时还没人管"))
        await talk.until(e.TurnEnded)

    first = record(file, script)
    second = record(tmp_path / "talk2.session.tar", script)
    assert [line.replace("talk2", "talk") for line in second] == first
