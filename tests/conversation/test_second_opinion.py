"""The model's second opinion in a conversation: more care from the next sentence on, or nothing."""

from dataclasses import replace

import pytest

from core import events as e
from core.emotion import Opinion, State, Style
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation
from emotion_policy.styles import delivery
from llm.fake import FakeModel
from llm.prompt import SYSTEM_PROMPT

pytestmark = pytest.mark.conversation

REPLY = "好的，我来帮您看一下。请您先到一号窗口取号。然后在大厅里等叫号。"


def vote(state: State, probability: float = 0.9) -> Opinion:
    rest = (1.0 - probability) / 12
    return Opinion(probabilities=tuple(probability if each is state else rest for each in State))


class LateModel(FakeModel):
    """Gives its opinion only after some deltas, as no real one does."""

    def __init__(self, opinion: Opinion, *, after: int) -> None:
        super().__init__((REPLY,))
        self._late, self._after = opinion, after

    def reply(self, messages):
        for number, delta in enumerate(super().reply(messages)):
            if number == self._after:
                yield self._late
            yield delta


def chat(observation: Observation) -> Decision:
    plain = delivery(Style.WARM)
    decision = decide(replace(observation, scenario="retail"))
    return replace(
        decision,
        state=State.SMALLTALK,
        style=Style.WARM,
        arc=replace(decision.arc, open=plain, body=plain, close=plain),
    )


async def one_turn(scene):
    await scene.utter()
    await scene.until(e.TurnEnded)


def styles(played) -> list[Style]:
    return [event.style for event in played.all(e.SentenceReady)]


def test_a_more_serious_vote_is_heard_in_the_voice_at_once(stage):
    played = stage(texts=["在吗"], decide=chat, model=FakeModel((REPLY,), opinion=vote(State.ANXIOUS))).play(
        one_turn
    )
    assert styles(played) == [Style.SOOTHING] * 3
    (heard,) = played.all(e.OpinionHeard)
    assert (heard.state, heard.agrees, heard.style) == (State.ANXIOUS, False, Style.SOOTHING)
    assert heard.probability == pytest.approx(0.9)
    assert heard.at <= played.all(e.ReplyDelta)[0].at
    assert played.outcomes() == ["answered"]


def test_a_vote_that_comes_after_a_sentence_changes_the_next_ones(stage):
    played = stage(texts=["在吗"], decide=chat, model=LateModel(vote(State.GRIEF), after=14)).play(one_turn)
    assert styles(played) == [Style.WARM, Style.GENTLE, Style.GENTLE]


@pytest.mark.parametrize("state", [State.SMALLTALK, State.PRAISE, State.GREETING, State.INQUIRY])
def test_a_brighter_or_an_equal_vote_changes_nothing(stage, state):
    def complaint(observation):
        return decide(replace(observation, text="我要投诉，你们太慢了", scenario="retail"))

    model = FakeModel((REPLY,), opinion=vote(state, 1.0))
    played = stage(texts=["我要投诉，你们太慢了"], decide=complaint, model=model).play(one_turn)
    plain = stage(texts=["我要投诉，你们太慢了"], decide=complaint, replies=(REPLY,)).play(one_turn)
    assert styles(played) == styles(plain)
    assert not played.all(e.OpinionHeard)[0].agrees


def test_an_agreeing_vote_is_recorded_as_such(stage):
    played = stage(
        texts=["在吗"], decide=chat, model=FakeModel((REPLY,), opinion=vote(State.SMALLTALK))
    ).play(one_turn)
    (heard,) = played.all(e.OpinionHeard)
    assert (heard.agrees, heard.style) == (True, Style.WARM)
    assert styles(played) == [Style.WARM] * 3


def test_a_model_that_is_not_asked_leaves_everything_as_it_is(stage):
    asked = stage(texts=["在吗"], decide=chat, model=FakeModel((REPLY,), opinion=vote(State.SMALLTALK))).play(
        one_turn
    )
    plain = stage(texts=["在吗"], decide=chat, replies=(REPLY,)).play(one_turn)
    assert not plain.all(e.OpinionHeard)
    assert plain.crew.model.asked == asked.crew.model.asked
    assert plain.crew.model.asked[0][0].text == SYSTEM_PROMPT
    deltas = [[event.text for event in played.all(e.ReplyDelta)] for played in (asked, plain)]
    assert deltas[0] == deltas[1]
    assert [event for event in asked.events if not isinstance(event, e.OpinionHeard)][:6] == plain.events[:6]


def test_the_next_turn_remembers_the_vote_and_stays_below_bright(stage):
    async def two_turns(scene):
        for number in (1, 2):
            await scene.utter()
            await scene.until(e.TurnEnded, number)

    def joke(observation):
        return decide(replace(observation, scenario="retail"))

    told, texts = "小明问老师，为什么我考零分？老师说，因为没有更低的。", ["讲个笑话", "再讲个笑话"]
    model = FakeModel((told,), opinion=vote(State.ANXIOUS))
    played = stage(texts=texts, decide=joke, model=model).play(two_turns)
    plain = stage(texts=texts, decide=joke, replies=(told,)).play(two_turns)
    chosen, usual = ([event.style for event in each.all(e.DeliveryChosen)] for each in (played, plain))
    assert chosen[0] == usual[0]
    assert chosen[1] != Style.CHEERFUL == usual[1]
    assert played.session.dialogue.memory.complaints == 0
    assert not played.session.dialogue.memory.grief


def test_an_opinion_without_a_word_after_it_is_a_model_that_said_nothing(stage):
    played = stage(texts=["在吗"], decide=chat, model=FakeModel(("",), opinion=vote(State.GRIEF))).play(
        one_turn
    )
    assert played.all(e.TurnFailed)[0].code == "llm.empty"
    assert played.all(e.SentenceReady)[0].style is Style.GENTLE


def test_no_tag_of_the_model_is_heard_shown_or_remembered(stage):
    model = FakeModel(
        ("E\n[sigh]好的，<gasp>我来帮您看一下。（语气：温和）请稍等[laughter]。",),
        opinion=vote(State.SMALLTALK),
    )
    played = stage(texts=["在吗"], decide=chat, model=model).play(one_turn)
    said = "好的，我来帮您看一下。请稍等。"
    assert "".join(event.text for event in played.all(e.ReplyDelta)) == said
    assert "".join(event.text for event in played.all(e.SentenceReady)) == said
    assert played.history[1] == ("assistant", said)
    assert played.all(e.TurnEnded)[0].reply == said
