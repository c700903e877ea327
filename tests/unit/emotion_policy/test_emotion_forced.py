"""A style that the operator has chosen: softened where it is forbidden, and everything else stays the policy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State, Style
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.forced import forced, unasked
from emotion_policy.memory import Memory
from emotion_policy.policy import FALLBACK, packaged
from emotion_policy.vetoes import FORBIDDEN

pytestmark = pytest.mark.unit

TEXTS = (
    "几点开门",
    "我要投诉，等了两个小时根本没人管",
    "我爸爸去世了",
    "着火了快来人",
    "你们这帮废物",
    "谢谢",
)
styles, states = st.sampled_from(list(Style)), st.sampled_from(list(State))


@given(st.sampled_from(TEXTS), styles, st.booleans())
def test_no_choice_lifts_a_veto_and_the_rest_is_untouched(text, style, grief):
    decision = decide(Observation(text=text, language="zh", memory=Memory(grief=grief)))
    given_ = forced(decision, style, "zh", packaged("government"))
    said = {part.style for part in (given_.arc.open, given_.arc.body, given_.arc.close)}
    assert said == {given_.style}
    assert given_.style not in FORBIDDEN.get(decision.state, ())
    assert not grief or given_.style not in FORBIDDEN[State.GRIEF]
    assert (given_.style is style) == (given_.vetoes == decision.vetoes)
    assert (given_.memory, given_.state, given_.flags, given_.escalation) == (
        decision.memory,
        decision.state,
        decision.flags,
        decision.escalation,
    )
    assert "chosen by the operator" in given_.because


def test_the_model_is_told_the_style_s_line_unless_the_moment_has_its_own():
    policy = packaged(FALLBACK)
    plain = decide(Observation(text="几点开门", language="zh", scenario=FALLBACK))
    assert forced(plain, Style.WARM, "zh").steering == policy.styles[Style.WARM].steer["zh"]
    grief = decide(Observation(text="我爸爸去世了", language="zh", scenario=FALLBACK))
    assert forced(grief, Style.WARM, "zh").steering == grief.steering


def test_a_danger_that_was_spoken_of_is_not_laughed_at():
    decision = decide(Observation(text="几点开门", language="zh", memory=Memory(self_harm=True)))
    assert forced(decision, Style.CHEERFUL, "zh").style is Style.GENTLE
    scam = decide(Observation(text="有人让我把钱转到安全账户", language="zh"))
    assert "scam_in_progress" in scam.flags
    assert forced(scam, Style.CHEERFUL, "zh").style is Style.CALM_FIRM


@given(st.lists(states, max_size=3), styles)
def test_an_announcement_heeds_whom_it_meets(states, style):
    memory = Memory(states=tuple(states))
    given_ = forced(unasked(memory), style, "zh")
    assert not states or given_.style not in FORBIDDEN.get(states[-1], ())
    assert given_.memory is memory
