"""A log replayed: what it needs, and what it does about voices that no log holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core.emotion import State
from core.errors import InputError
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.memory import Memory
from emotion_policy.policy import Policy, packaged
from emotion_policy.policy_file import compile_text
from emotion_policy.prosody import Prosody
from emotion_policy.record import chosen, confidence
from emotion_policy.replay import Again, Replay, finder

pytestmark = pytest.mark.unit

TEXTS = (
    "几点关门", "我等了两个小时", "根本没人管", "我好害怕", "万一出问题怎么办", "谢谢", "解决了，谢谢", "我爸爸去世了", "转人工",
    "嗯", "好吧", "you idiot", "this is ridiculous", "there is a fire", "看不懂",
)  # fmt: skip
voices = st.none() | st.builds(
    Prosody,
    energy=st.floats(-60, -5),
    f0=st.floats(80, 400),
    spread=st.just(2.0),
    voiced=st.just(0.6),
    rate=st.just(0.0) | st.floats(2, 12),
    snr=st.floats(5, 40),
)
turns = st.lists(
    st.tuples(
        st.sampled_from(TEXTS), voices, st.floats(0, 1), st.sampled_from(["", "好的。"]), st.booleans()
    ),
    min_size=1,
    max_size=5,
)


def log(turns: list[tuple[str, Prosody | None, float, str, bool]], policy: Policy) -> list[e.Event]:
    """What a session says of such turns: words, voice, no_speech, what was heard of the reply, a next customer."""
    memory, asked, told = Memory(), "", list[e.Event]()
    for number, (text, voice, no_speech, heard, leaves) in enumerate(turns, 1):
        no_speech = round(no_speech, 6)
        decision = decide(
            Observation(
                text=text,
                language="zh",
                confidence=confidence(no_speech),
                asked=asked,
                memory=memory,
                prosody=voice,
            ),
            policy,
        )
        told += (
            e.TranscriptChanged(
                at=1.0, turn=number, text=text, final=True, language="zh", logprob=0.0, no_speech=no_speech
            ),
            chosen(decision, text, at=1.0, turn=number, failures=memory.agent_failures),
            e.TurnEnded(at=2.0, turn=number, outcome="answered", reply="好的。", heard=heard),
        )
        apologised = decision.memory.apologised if heard else memory.apologised
        memory, asked = replace(decision.memory, apologised=apologised), heard or asked
        if leaves:
            told.append(e.VisitReset(at=3.0))
            memory, asked = Memory(), ""
    return told


def again(events: list[e.Event], *own: Policy) -> list[Again]:
    replay = Replay(finder(own))
    return [made for made in map(replay.feed, events) if made is not None]


@given(turns, st.sampled_from(["retail", "medical", "education"]))
def test_every_decision_comes_out_as_it_was(turns, scenario: str) -> None:
    made = again(log(turns, packaged(scenario)))
    assert len(made) == len(turns)
    for each in made:
        assert each.now == each.logged


def test_a_voice_that_could_not_have_done_it_is_found_out() -> None:
    text, complaint = "几点关门", log([("我等了两个小时", None, 0.0, "", False)], packaged("retail"))
    heard, decided, _ = complaint
    louder = replace(decided, intensity=0.9999, state=State.GRIEF, voice=True)
    (made,) = again([heard, louder])
    assert made.now != louder
    assert made.text != text


def test_a_decision_without_its_words_cannot_be_made_again() -> None:
    events = log([("几点关门", None, 0.0, "", False)], packaged("retail"))
    with pytest.raises(InputError, match="turn 1 was decided and has no final transcript"):
        again(events[1:])


def test_policies_are_found_by_their_hash() -> None:
    own = compile_text(
        'schema = 1\nscenario = "retail"\nstates.thanks.style.default = "cheerful"\n', "own.toml"
    )
    events = log([("谢谢", None, 0.0, "", False)], own)
    assert [made.now for made in again(events, own)] == [events[1]]
    with pytest.raises(InputError) as error:
        again(events)
    assert own.hash in error.value.message
    assert "--policy" in error.value.hint


def test_a_decision_that_failed_is_made_now_and_told() -> None:
    heard, decided, _ = log([("谢谢", None, 0.0, "", False)], packaged("government"))
    failed = replace(decided, policy="", because="policy failed: KeyError")
    (made,) = again([heard, failed])
    assert made.now.policy == packaged("government").hash


def test_a_turn_that_ends_after_the_customer_has_left_is_not_theirs_any_more() -> None:
    first = log([("我要投诉", None, 0.0, "好的。", False)], packaged("retail"))
    late = [*first[:2], e.VisitReset(at=3.0), first[2]]
    second = [replace(event, turn=2) for event in log([("嗯", None, 0.0, "", False)], packaged("retail"))]
    assert [made.now for made in again([*late, *second])] == [first[1], second[1]]
