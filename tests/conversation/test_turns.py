"""A turn's straight path and its endings."""

import pytest

from core import commands as c
from core import events as e
from core.emotion import State, Style
from core.text import Transcript
from core.timeline import fold
from emotion_policy.decision import Arc, Decision, Flag
from llm import answers
from llm.answers import Moment
from llm.fake import FakeModel
from llm.knowledge_entry import Advice, Match
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation


def entry(answer="服务大厅九点开门。", score=0.95):
    return Match(entry="hours", question="几点开门", answer=answer, score=score, language="zh", fixed=True)


def inquiry(observation) -> Decision:
    return Decision(
        state=State.INQUIRY, probability=0.9, runner_up=State.REQUEST, intensity=0.2, style=Style.PROFESSIONAL,
        arc=Arc(),
        memory=observation.memory, steering="清楚",
    )  # fmt: skip


async def one_turn(scene):
    await scene.utter()
    await scene.until(e.TurnEnded)


def test_a_question_is_heard_answered_and_remembered(stage):
    played = stage(texts=["今天天气真好"]).play(one_turn)
    assert played.outcomes() == ["answered"]
    assert "".join(event.text for event in played.all(e.ReplyDelta)) == "好的，我来帮您看一下。请稍等。"
    assert played.history[0][0] == "user"
    assert played.history[0][1].startswith("今天天气真好")
    assert played.history[1] == ("assistant", "好的，我来帮您看一下。请稍等。")
    order = [type(event).__name__ for event in played.events]
    for earlier, later in zip(
        ["SpeechStarted", "SpeechEnded", "TranscriptChanged", "DeliveryChosen", "KnowledgeConsulted", "ReplyBegan", "ReplyDelta",
         "SentenceReady", "AudioReady", "PlaybackStarted", "PlaybackEnded"],
        ["SpeechEnded", "TranscriptChanged", "DeliveryChosen", "KnowledgeConsulted", "ReplyBegan", "ReplyDelta", "SentenceReady",
         "AudioReady", "PlaybackStarted", "PlaybackEnded", "TurnEnded"], strict=True,
    ):  # fmt: skip
        assert order.index(earlier) < order.index(later)


def test_sound_begins_before_the_reply_is_complete(stage):
    long = "好的，我来帮您看一下。" + "请您先到一号窗口取号，然后等叫号。" * 4
    played = stage(texts=["在吗"], replies=(long,)).play(one_turn)
    began = played.all(e.PlaybackStarted)[0].at
    assert began < played.all(e.ReplyDelta)[-1].at


def test_the_waterfall_of_a_turn_sums_to_its_time_to_first_audio(stage):
    played = stage(texts=["在吗"]).play(one_turn)
    (times,) = fold(played.events)
    assert sum(seconds for _, seconds in times.waterfall()) == pytest.approx(times.ttfa, abs=1e-9)
    assert times.ttfa > 0.05


def test_the_first_sentence_opens_and_the_others_follow_in_body_style(stage):
    reply = "好的，我来帮您看一下。请您先到一号窗口取号。然后在大厅里等叫号。"
    played = stage(texts=["在吗"], replies=(reply,)).play(one_turn)
    styles = [event.style for event in played.all(e.SentenceReady)]
    assert styles == [Style.WARM, Style.PROFESSIONAL, Style.PROFESSIONAL]


def test_a_sentence_known_to_be_the_last_closes(stage):
    played = stage(texts=["在吗"], replies=("好的，我来帮您看一下。请稍等",)).play(one_turn)
    assert [event.style for event in played.all(e.SentenceReady)] == [Style.WARM, Style.SOOTHING]


def test_noise_ends_the_turn_without_a_word(stage):
    played = stage(texts=[""]).play(one_turn)
    assert played.outcomes() == ["nothing-heard"]
    assert played.history == []
    assert not played.all(e.ReplyBegan)


def test_a_confident_match_is_answered_word_for_word_without_the_model(stage):
    played = stage(
        texts=["几点开门"], decide=inquiry, consult=lambda *_: Advice(kind="answer", matches=(entry(),))
    ).play(one_turn)
    assert played.all(e.TurnEnded)[0].heard == "服务大厅九点开门。"
    assert played.all(e.ReplyBegan)[0].source == "knowledge"
    assert played.crew.model.asked == []


def test_a_middling_match_grounds_the_model(stage):
    played = stage(
        texts=["开门"], decide=inquiry, consult=lambda *_: Advice(kind="ground", matches=(entry(score=0.5),))
    ).play(one_turn)
    asked = played.crew.model.asked[0][-1].text
    assert "服务大厅九点开门。" in asked
    assert "清楚" in asked
    assert played.all(e.ReplyBegan)[0].source == "model"


def test_a_question_nobody_knows_gets_an_honest_answer(stage):
    played = stage(texts=["火星上有水吗"], decide=inquiry).play(one_turn)
    assert played.all(e.TurnEnded)[0].heard == answers.sentence_for(
        Moment.UNKNOWN, "zh", heard="火星上有水吗"
    )
    assert played.crew.model.asked == []


def test_an_upset_customer_is_never_answered_by_rote(stage):
    def complaint(observation):
        from dataclasses import replace

        return replace(inquiry(observation), state=State.COMPLAINT, style=Style.SOOTHING)

    played = stage(
        texts=["等了一小时"], decide=complaint, consult=lambda *_: Advice(kind="answer", matches=(entry(),))
    ).play(one_turn)
    assert played.all(e.ReplyBegan)[0].source == "model"


def test_asking_for_a_person_calls_staff(stage):
    def wants_human(observation):
        from dataclasses import replace

        return replace(inquiry(observation), flags=frozenset({Flag.WANTS_HUMAN}))

    played = stage(texts=["转人工"], decide=wants_human).play(one_turn)
    assert played.all(e.StaffCalled)[0].because == "转人工"
    assert played.all(e.TurnEnded)[0].heard == answers.CALLING_STAFF["zh"]


def test_stop_is_answered_with_silence_and_again_with_the_last_reply(stage):
    async def script(scene):
        for count in (1, 2, 3):
            await scene.utter()
            await scene.until(e.TurnEnded, count)

    played = stage(texts=["在吗", "停", "再说一遍"]).play(script)
    assert played.outcomes() == ["answered", "silenced", "answered"]
    assert played.all(e.TurnEnded)[2].heard == "好的，我来帮您看一下。请稍等。"


def test_an_unsure_recogniser_makes_the_agent_ask_and_yes_takes_it(stage):
    from asr.fake import FakeRecognizer

    class Unsure(FakeRecognizer):
        def transcribe(self, speech):
            for transcript in super().transcribe(speech):
                yield Transcript(
                    text=transcript.text, final=True, language="zh", confirm=transcript.text == "几点开门"
                )

    async def script(scene):
        for count in (1, 2):
            await scene.utter()
            await scene.until(e.TurnEnded, count)

    seen = []

    def consult(text, _language):
        seen.append(text)
        return Advice(kind="answer", matches=(entry(),))

    played = stage(recognizer=Unsure(["几点开门", "对"]), decide=inquiry, consult=consult).play(script)
    first, second = played.all(e.TurnEnded)
    assert first.heard == answers.did_you_mean("几点开门", "zh")
    assert second.heard == "服务大厅九点开门。"
    assert seen == ["几点开门", "几点开门"]


def test_no_to_did_you_mean_asks_to_say_it_again(stage):
    from asr.fake import FakeRecognizer

    class Unsure(FakeRecognizer):
        def transcribe(self, speech):
            for transcript in super().transcribe(speech):
                yield Transcript(
                    text=transcript.text, final=True, language="zh", confirm=transcript.text == "几点开门"
                )

    async def script(scene):
        for count in (1, 2):
            await scene.utter()
            await scene.until(e.TurnEnded, count)

    played = stage(recognizer=Unsure(["几点开门", "不是"]), decide=inquiry).play(script)
    assert played.all(e.TurnEnded)[1].heard == answers.sentence_for(Moment.AGAIN, "zh", turn=1, heard="不是")


def test_typed_words_and_announcements_are_turns_too(stage):
    async def script(scene):
        scene.session.obey(c.Ask(text="在吗"))
        await scene.until(e.TurnEnded, 1)
        scene.session.obey(c.Say(text="Closing in ten minutes."))
        await scene.until(e.TurnEnded, 2)

    played = stage().play(script)
    assert played.outcomes() == ["answered", "answered"]
    assert played.all(e.TurnEnded)[1].heard == "Closing in ten minutes."
    assert len(played.history) == 2


def test_a_reset_forgets_the_visit(stage):
    async def script(scene):
        await one_turn(scene)
        scene.session.obey(c.Reset())

    played = stage(texts=["在吗"]).play(script)
    assert played.history == []
    assert played.all(e.VisitReset)


def test_a_muted_microphone_hears_nothing_until_unmuted(stage):
    async def script(scene):
        scene.session.obey(c.Mute())
        await scene.utter()
        scene._heard.clear()
        scene.session.obey(c.Unmute())
        await scene.utter()
        await scene.until(e.TurnEnded)

    played = stage(texts=["在吗"]).play(script)
    assert [event.muted for event in played.all(e.MicrophoneMuted)] == [True, False]
    assert len(played.all(e.SpeechStarted)) == 1


def test_quit_silences_the_reply_and_ends_the_session(stage):
    async def script(scene):
        await scene.utter()
        await scene.until(e.PlaybackStarted)
        scene.session.obey(c.Quit())

    played = stage(texts=["在吗"]).play(script)
    assert played.outcomes() == ["interrupted"]


def test_a_later_turn_sends_the_earlier_messages_unchanged(stage):
    async def script(scene):
        for count in (1, 2):
            await scene.utter()
            await scene.until(e.TurnEnded, count)

    model = FakeModel(("好的。", "再见。"))
    stage(texts=["在吗", "那好"], model=model).play(script)
    first, second = model.asked
    assert second[: len(first)] == first
    assert second[len(first)].text == "好的。"


def test_a_slow_loudspeaker_holds_back_the_voice(stage):
    long = "".join(f"第{n}句话说给您听一听。" for n in "一二三四五六七八九十")
    voice = FakeSynthesizer()
    played = stage(texts=["在吗"], replies=(long,), token_seconds=0.0, voice=voice).play(one_turn)
    ready = [event.at for event in played.all(e.AudioReady)]
    assert ready[-1] > 5.0, "the last sentence is not synthesised seconds before it is needed"


def test_a_visit_ends_when_nobody_speaks_and_not_before(stage):
    async def script(scene):
        await one_turn(scene)
        for _ in range(29):
            await scene.pause(1.0)
            scene.session.look_around(30.0)
        assert scene.session.dialogue.history
        for _ in range(3):
            await scene.pause(1.0)
            scene.session.look_around(30.0)
        assert not scene.session.dialogue.history
        await scene.pause(100.0)
        scene.session.look_around(30.0)

    assert len(stage(texts=["在吗"]).play(script).all(e.VisitReset)) == 1
