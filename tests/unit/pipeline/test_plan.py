"""What a reply comes from: the operator's words, the model, or a stock sentence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State, Style
from core.text import Message, Transcript
from emotion_policy.decision import Arc, Decision
from llm.knowledge_entry import Advice, Match
from llm.prompt import customer_words
from pipeline.dialogue import Dialogue
from pipeline.plan import UPSET, plan, settle
from pipeline.spoken_commands import WORDINGS, SpokenCommand, spoken_command

pytestmark = pytest.mark.unit

MATCH = Match(entry="hours", question="几点开门", answer="九点开门。", score=0.9, language="zh", fixed=True)


def said(text: str, **more: object) -> Transcript:
    return replace(Transcript(text=text, final=True, language="zh"), **more)


def felt(state: State) -> Decision:
    return Decision(
        state=state,
        probability=1.0,
        runner_up=state,
        intensity=0.0,
        style=Style.WARM,
        arc=Arc(),
        steering="亲切",
    )


@given(st.sampled_from(list(State)), st.sampled_from(["answer", "ground", "none"]))
def test_a_curated_answer_is_spoken_unless_the_customer_is_upset(state, kind):
    advice = Advice(kind=kind, matches=() if kind == "none" else (MATCH,))
    chosen = plan(said("几点开门"), felt(state), advice, Dialogue())
    if kind == "answer" and state not in UPSET:
        assert (chosen.source, chosen.text) == ("knowledge", MATCH.answer)
    if state in UPSET:
        assert chosen.source == "model"
    if chosen.source == "model" and kind != "none":
        assert MATCH.answer in chosen.user.text
    assert customer_words(chosen.user) == "几点开门"


@given(st.sampled_from(list(State)), st.sampled_from(["answer", "ground", "none"]))
def test_only_the_model_is_told_of_an_opener(state, kind):
    advice = Advice(kind=kind, matches=() if kind == "none" else (MATCH,))
    chosen = plan(said("几点开门"), felt(state), advice, Dialogue(), opener="请您多保重。")
    assert (chosen.said == "请您多保重。") == (chosen.source == "model") == ("已说" in chosen.user.text)
    assert customer_words(chosen.user) == "几点开门"


def test_the_model_may_be_trusted_with_what_the_knowledge_base_does_not_know():
    nothing = Advice(kind="none")
    assert plan(said("火星"), felt(State.INQUIRY), nothing, Dialogue()).source == "stock"
    assert plan(said("火星"), felt(State.INQUIRY), nothing, Dialogue(), model_knows=True).source == "model"


def test_unanswered_words_go_before_the_new_ones():
    dialogue = Dialogue()
    dialogue.close_turn(Message("user", "我想问"), "我想问", "")
    chosen = plan(said("几点开门"), felt(State.SMALLTALK), Advice(kind="none"), dialogue)
    assert customer_words(chosen.user) == "我想问 几点开门"
    dialogue.close_turn(chosen.user, "我想问 几点开门", "九点。")
    assert dialogue.words("谢谢") == "谢谢"


def test_yes_settles_what_was_asked_and_anything_else_does_not():
    dialogue = Dialogue(unconfirmed=said("几点开门", confirm=True))
    assert settle(said("对"), dialogue) == said("几点开门")
    assert settle(said("几点关门"), dialogue) == said("几点关门")
    assert settle(said("对"), Dialogue()) == said("对")


@pytest.mark.parametrize(("command", "wordings"), list(WORDINGS.items()))
def test_every_wording_is_its_command_whatever_the_punctuation(command, wordings):
    for wording in wordings:
        assert spoken_command(wording) is command
        assert spoken_command(f"嗯，{wording.upper()}！") is command


@pytest.mark.parametrize("text", ["停车场在哪里", "再说一遍怎么办护照", "where does the bus stop", "", "。"])
def test_a_sentence_that_only_contains_a_command_is_none(text):
    assert spoken_command(text) is None


def test_stop_means_silence_and_repeat_means_the_last_reply():
    dialogue = Dialogue(last_reply="九点开门。")
    nothing = Advice(kind="none")
    assert plan(said("停"), felt(State.REQUEST), nothing, dialogue).text == ""
    assert plan(said("再说一遍"), felt(State.REQUEST), nothing, dialogue).text == "九点开门。"
    assert plan(said("再说一遍"), felt(State.REQUEST), nothing, Dialogue()).text
    assert set(SpokenCommand) == set(WORDINGS)


def test_an_emergency_calls_staff_and_is_answered_too():
    urgent = replace(felt(State.URGENT), escalation="now")
    chosen = plan(said("有人晕倒了"), urgent, Advice(kind="none"), Dialogue())
    assert chosen.call_staff
    assert chosen.source == "model"


def test_not_knowing_counts_as_the_agents_failure():
    assert plan(said("火星"), felt(State.INQUIRY), Advice(kind="none"), Dialogue()).unknown
    assert not plan(said("你好"), felt(State.GREETING), Advice(kind="none"), Dialogue()).unknown
