"""Barge-in at every stage, suspected or sure: silence first, history holds what was heard, the next turn is whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import events as e
from tts.sentences import split

pytestmark = pytest.mark.conversation

REPLY = "好的，我来帮您看一下。请您先到一号窗口取号，然后在大厅等叫号。办完以后记得拿好回执。"


async def interrupted_while_speaking(scene, seconds):
    await scene.utter()
    await scene.until(e.PlaybackStarted)
    await scene.pause(seconds)
    await scene.utter(0.6)
    await scene.until(e.TurnEnded, 2)


def test_the_loudspeaker_is_silent_the_moment_speech_starts(stage):
    played = stage(texts=["在吗", "那个"], replies=(REPLY,)).play(
        lambda scene: interrupted_while_speaking(scene, 1.0)
    )
    (barge_in,) = played.all(e.BargeIn)
    started = played.all(e.SpeechStarted)[1]
    assert played.loudspeaker.flushed_at[0] == barge_in.at == started.at
    assert played.events.index(barge_in) < played.events.index(started)
    assert played.outcomes() == ["interrupted", "answered"]


def characters_after(seconds: float) -> int:
    """Of REPLY: the fake voice speaks ten characters a second and pauses 0.2 s after each sentence."""
    count, at = 0, 0.0
    for sentence in split([REPLY]):
        for _ in sentence:
            at += 0.1
            count += at <= seconds + 0.05
        at += 0.2
    return count


@settings(max_examples=25)
@given(st.floats(0.0, 6.0))
def test_history_holds_only_what_was_heard(stage, seconds):
    played = stage(texts=["在吗", "那个"], replies=(REPLY,)).play(
        lambda scene: interrupted_while_speaking(scene, seconds)
    )
    ended = played.all(e.TurnEnded)[0]
    if ended.outcome == "answered":
        assert ended.heard == REPLY
        return
    assert REPLY.startswith(ended.heard)
    assert abs(len(ended.heard) - characters_after(seconds)) <= 1
    heard = [text for role, text in played.history if role == "assistant"]
    assert heard == ([ended.heard] if ended.heard else []) + [REPLY]


@pytest.mark.parametrize("at", [0.0, 0.04, 0.06, 0.1, 0.2])
def test_speech_before_the_first_sound_joins_the_utterance_it_continues(stage, at):
    from asr.fake import FakeRecognizer

    ears = FakeRecognizer(["我想问", "我想问几点开门"] if at > 0.05 else ["我想问几点开门"])

    async def script(scene):
        await scene.utter(1.0)
        await scene.pause(at)
        await scene.utter(1.0)
        await scene.until(e.TurnEnded, 2)

    played = stage(recognizer=ears, token_seconds=0.2).play(script)
    assert played.outcomes() == ["interrupted", "answered"]
    assert ears.heard[-1].seconds == pytest.approx(2.0)
    assert [role for role, _ in played.history] == ["user", "assistant"]


def test_a_reply_cut_before_anything_was_heard_leaves_the_question_open(stage):
    async def script(scene):
        scene.session.obey(c.Ask(text="几点开门"))
        await scene.pause(0.01)
        scene.session.obey(c.Ask(text="还有周末呢"))
        await scene.until(e.TurnEnded, 2)

    played = stage(token_seconds=0.5).play(script)
    assert played.outcomes() == ["interrupted", "answered"]
    assert played.history[0][1].startswith("几点开门 还有周末呢")


def test_an_operator_interrupts_like_a_customer(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(0.5)
        scene.session.obey(c.Interrupt())
        await scene.until(e.TurnEnded)
        scene.session.obey(c.Interrupt())

    played = stage(texts=["在吗"], replies=(REPLY,)).play(script)
    assert played.outcomes() == ["interrupted"]
    assert played.all(e.BargeIn)[0].heard


def test_without_barge_in_nothing_is_heard_while_the_agent_speaks(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        scene.onset()
        scene._heard.clear()
        await scene.until(e.TurnEnded)

    played = stage(texts=["在吗"], barge_in=False).play(script)
    assert played.outcomes() == ["answered"]
    assert not played.all(e.BargeIn)


def test_three_interruptions_in_a_row_leave_a_working_session(stage):
    async def script(scene):
        for count in (1, 2, 3):
            await scene.utter(0.5)
            await scene.until(e.PlaybackStarted, count)
            await scene.pause(0.3)
        await scene.utter(0.5)
        await scene.until(e.TurnEnded, 4)

    played = stage(texts=["一", "二", "三", "四"], replies=(REPLY,)).play(script)
    assert played.outcomes() == ["interrupted"] * 3 + ["answered"]


def paused_by_a_noise(seconds):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(seconds)
        scene.suspect(0.2)
        await scene.until(e.TurnEnded)

    return script


def test_a_suspected_interruption_is_silence_already_when_it_is_sure(stage):
    played_then = []

    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(1.0)
        scene.suspect()
        played_then.append(scene.loudspeaker.reply_played)
        await scene.pause(0.1)
        await scene.utter(0.6)
        played_then.append(scene.loudspeaker.reply_played)
        await scene.until(e.TurnEnded, 2)

    played = stage(texts=["在吗", "那个"], replies=(REPLY,)).play(script)
    (paused,), (barge_in,) = played.all(e.ReplyPaused), played.all(e.BargeIn)
    assert barge_in.at - paused.at == pytest.approx(0.1)
    assert played_then[0] == played_then[1]
    assert not played.all(e.ReplyResumed)
    assert played.outcomes() == ["interrupted", "answered"]
    assert abs(len(barge_in.heard) - characters_after(played_then[0])) <= 1
    assert played.history[1] == ("assistant", barge_in.heard)


@settings(max_examples=25)
@given(st.floats(0.0, 5.5))
def test_after_a_suspicion_that_comes_to_nothing_the_reply_goes_on_and_all_of_it_was_heard(stage, seconds):
    plain = stage(texts=["在吗"], replies=(REPLY,)).play(paused_by_a_noise(60.0))
    played = stage(texts=["在吗"], replies=(REPLY,)).play(paused_by_a_noise(seconds))
    assert played.outcomes() == ["answered"]
    assert played.history == plain.history
    (ended,) = played.all(e.PlaybackEnded)
    assert ended.seconds == pytest.approx(plain.all(e.PlaybackEnded)[0].seconds)
    for paused, resumed in zip(played.all(e.ReplyPaused), played.all(e.ReplyResumed), strict=True):
        assert resumed.at - paused.at == pytest.approx(0.2)
        assert ended.at - plain.all(e.PlaybackEnded)[0].at == pytest.approx(0.2, abs=0.03)


def test_speech_that_is_sure_only_after_the_pause_still_interrupts(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(1.0)
        scene.suspect(0.2)
        await scene.pause(0.3)
        await scene.utter(0.6)
        await scene.until(e.TurnEnded, 2)

    played = stage(texts=["在吗", "那个"], replies=(REPLY,)).play(script)
    assert played.outcomes() == ["interrupted", "answered"]
    (barge_in,) = played.all(e.BargeIn)
    assert len(played.all(e.ReplyResumed)) == 1
    assert abs(len(barge_in.heard) - characters_after(1.1)) <= 1


def test_a_suspicion_pauses_nothing_before_the_first_sound_nor_between_turns(stage):
    async def script(scene):
        scene.suspect()
        await scene.utter()
        await scene.until(e.ReplyBegan)
        scene.suspect()
        await scene.until(e.TurnEnded)
        scene.suspect()

    played = stage(texts=["在吗"], replies=("好的。",)).play(script)
    assert played.outcomes() == ["answered"]
    assert not played.all(e.ReplyPaused)


def test_a_suspicion_during_a_pause_neither_prolongs_nor_repeats_it(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(1.0)
        scene.suspect(0.2)
        await scene.pause(0.1)
        scene.suspect(0.5)
        await scene.until(e.TurnEnded)

    played = stage(texts=["在吗"], replies=(REPLY,)).play(script)
    (paused,), (resumed,) = played.all(e.ReplyPaused), played.all(e.ReplyResumed)
    assert resumed.at - paused.at == pytest.approx(0.2)


def test_an_operator_who_interrupts_a_paused_reply_ends_it(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(0.5)
        scene.suspect()
        scene.session.obey(c.Interrupt())
        scene.suspect()
        await scene.until(e.TurnEnded)
        await scene.pause(1.0)

    played = stage(texts=["在吗"], replies=(REPLY,)).play(script)
    assert played.outcomes() == ["interrupted"]
    assert len(played.all(e.ReplyPaused)) == 1
    assert not played.all(e.ReplyResumed)


def test_muting_does_not_leave_a_reply_paused(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        await scene.pause(0.5)
        scene.suspect()
        scene.session.obey(c.Mute())
        await scene.until(e.TurnEnded)

    played = stage(texts=["在吗"], replies=(REPLY,)).play(script)
    assert played.outcomes() == ["answered"]
