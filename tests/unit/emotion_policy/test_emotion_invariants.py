"""What holds for every text, site, visit, policy and opinion: the first seven invariants of the policy.

Policies come from two sources: `policies` are those that a site's file can state, `lawless` ones never saw a
check. Opinions are what a language model may think.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import astuple, fields, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import Delivery, Emotion, State, Style
from core.errors import ConfigError
from emotion_policy.decide import decide, prepare
from emotion_policy.decision import Decision, Observation
from emotion_policy.memory import Memory
from emotion_policy.opinion import revise
from emotion_policy.policy import Policy, packaged
from emotion_policy.policy_file import compile_text
from emotion_policy.record import line, record
from emotion_policy.styles import FURTHEST_MOVE, protection
from tests.unit.emotion_policy.strategies import (
    SAMPLES,
    lawless,
    memories,
    observations,
    opinions,
    parts,
    policies,
    scenarios,
    texts,
    vote,
)
from tts.emotion_vector import ORDER, emotion_vector

pytestmark = pytest.mark.unit
prepare()

ROOT = Path(__file__).resolve().parents[3]
CRITICAL = frozenset({State.COMPLAINT, State.GRIEF, State.URGENT})
CHEER = frozenset({Style.CHEERFUL, Style.ENCOURAGING})
GOVERNMENT = packaged("government")
any_policy = lawless() | policies()


def said_in(decision: Decision) -> set[Style]:
    return {decision.style, *(part.style for part in parts(decision))}


def bounded(deliveries: tuple[Delivery, ...]) -> None:
    """I2 and I3 of what is asked of a voice, and of the vector that IndexTTS2 is given for it."""
    for each in deliveries:
        amounts, vector = astuple(each.emotion), dict(zip(ORDER, emotion_vector(each.emotion), strict=True))
        assert each.emotion.angry == each.emotion.afraid == each.emotion.disgusted == 0
        assert vector["angry"] == vector["afraid"] == vector["disgusted"] == 0
        for shares in (amounts, tuple(vector.values())):
            assert all(math.isfinite(share) and 0 <= share <= 1 for share in shares)
            assert math.fsum(shares) <= 0.8 + 1e-9


class TestI1NothingBrightInDistress:
    @given(observations, st.none() | any_policy)
    def test_a_complaint_a_grief_or_an_emergency_is_never_cheered(self, observation, policy) -> None:
        """I1, whatever the policy says."""
        decision = decide(observation, policy)
        if decision.state in CRITICAL:
            assert not said_in(decision) & CHEER

    @given(observations, any_policy, opinions, st.booleans())
    def test_no_opinion_cheers_anybody_in_distress(self, observation, policy, opinion, begun: bool) -> None:
        """I1, whatever the language model's label says, before the reply has begun and after."""
        decision = decide(observation, policy)
        revised = revise(decision, opinion, decision.arc.open if begun else None, policy)
        if decision.state in CRITICAL:
            assert not said_in(revised) & CHEER

    @given(observations, lawless(), st.sampled_from(sorted(CRITICAL)), st.booleans())
    def test_where_an_opinion_of_distress_counts_the_rest_of_the_reply_is_not_bright(
        self, observation, policy, state: State, begun: bool
    ) -> None:
        """I1 for the state that the model saw and the words did not."""
        policy = replace(policy, second_opinion=True)
        decision = decide(observation, policy)
        revised = revise(decision, vote(state, 1.0), decision.arc.open if begun else None, policy)
        if tuple(State).index(state) < tuple(State).index(decision.state):
            left = parts(revised)[1:] if begun else parts(revised)
            assert not {part.style for part in left} & CHEER

    @given(
        st.sampled_from(sorted(CRITICAL)),
        st.sampled_from(sorted(CHEER)),
        st.sampled_from(
            (
                'style.default = "{}"',
                'style = {{ default = "gentle", child = "{}" }}',
                'style = {{ default = "gentle", again = "{}" }}',
                'style = {{ default = "gentle", "intensity>=0.8" = "{}" }}',
                'arc = ["gentle", "gentle", "{}"]',
                'arc = ["gentle", {{ style = "{}" }}, "gentle"]',
            )
        ),
        scenarios,
    )
    def test_a_file_that_asks_for_it_is_refused(
        self, state: State, style: Style, key: str, scenario: str
    ) -> None:
        """I1: no exception."""
        with pytest.raises(ConfigError, match=str(style)):
            compile_text(
                f'schema = 1\nscenario = "{scenario}"\n[states.{state}]\n{key.format(style)}\n', "a.toml"
            )


class TestI2AndI3TheVoice:
    @given(observations, st.none() | any_policy, opinions)
    def test_the_voice_is_never_angry_afraid_or_disgusted_and_never_overdriven(
        self, observation, policy, opinion
    ) -> None:
        """I2 and I3, in every sentence of a reply, also when it was revised."""
        decision = decide(observation, policy)
        bounded(parts(decision))
        bounded(parts(revise(decision, opinion, None, policy)))
        bounded(parts(revise(decision, opinion, decision.arc.open, policy)))

    @given(
        st.builds(
            Emotion,
            **dict.fromkeys((field.name for field in fields(Emotion)), st.floats(-1, 2) | st.floats()),
        )
    )
    def test_no_emotion_whatever_overdrives_the_engine(self, emotion: Emotion) -> None:
        """I2 and I3 at the engine's door, for what no policy would ask."""
        vector = dict(zip(ORDER, emotion_vector(emotion), strict=True))
        assert vector["angry"] == vector["afraid"] == vector["disgusted"] == 0
        assert all(math.isfinite(amount) and 0 <= amount <= 1 for amount in vector.values())
        assert math.fsum(vector.values()) <= 0.8 + 1e-9

    @given(observations, st.none() | any_policy)
    def test_rates_pauses_and_volumes_can_be_spoken(self, observation, policy) -> None:
        """What goes with I3: nothing that a voice cannot do."""
        for each in parts(decide(observation, policy)):
            assert 0.8 <= each.rate <= 1.2
            assert 0 <= each.pause <= 1
            assert 0 < each.volume <= 1

    @given(observations, st.none() | any_policy, opinions)
    def test_neighbouring_sentences_are_close_in_emotion(self, observation, policy, opinion) -> None:
        decision = decide(observation, policy)
        for one in (decision, revise(decision, opinion, decision.arc.open, policy)):
            for before, after in pairwise(astuple(part.emotion) for part in parts(one)):
                moved = math.fsum(abs(a - b) for a, b in zip(before, after, strict=True))
                assert moved <= FURTHEST_MOVE + 1e-9


@given(observations, st.none() | any_policy, opinions)
def test_abuse_is_never_met_with_warmth(observation, policy, opinion) -> None:
    """I4: abusive never yields warm or cheerful, whatever the policy or the model says."""
    decision = decide(observation, policy)
    if decision.state is State.ABUSIVE:
        bright = {Style.WARM, Style.CHEERFUL, Style.ENCOURAGING}
        assert not said_in(decision) & bright
        assert not said_in(revise(decision, opinion, None, policy)) & bright


class TestI5GriefStays:
    @given(st.lists(st.tuples(texts, opinions, st.booleans()), max_size=6), scenarios)
    def test_a_grief_outlives_every_later_turn_of_the_visit(self, later, scenario) -> None:
        """I5: by words and by opinions; nothing but the end of the visit ends it."""
        policy = packaged(scenario)
        decision = decide(Observation(text="我妈妈上周去世了", language="zh", scenario=scenario))
        for text, opinion, heard in later:
            decision = revise(decision, opinion, None, policy) if heard else decision
            assert decision.memory.grief
            decision = decide(
                Observation(text=text, language="zh", scenario=scenario, memory=decision.memory)
            )
            assert decision.memory.grief
            assert protection(decision.style) >= protection(Style.GENTLE) or decision.state is State.URGENT

    @given(observations, any_policy, opinions)
    def test_no_policy_and_no_opinion_unlatches_it(self, observation, policy, opinion) -> None:
        """I5 for a visit in any state of memory."""
        bereaved = replace(observation, memory=replace(observation.memory, grief=True))
        decision = decide(bereaved, policy)
        assert decision.memory.grief
        assert revise(decision, opinion, None, policy).memory.grief
        assert not said_in(decision) & CHEER

    @given(policies(), st.lists(texts, max_size=6))
    def test_the_latch_is_set_by_a_grief_and_by_nothing_else(self, policy, turns) -> None:
        """I5, under any policy that a file can state."""
        memory, grief = Memory(), False
        for text in turns:
            decision = decide(Observation(text=text, language="zh", memory=memory), policy)
            memory, grief = decision.memory, grief or decision.state is State.GRIEF
            assert memory.grief is grief


class TestI6TheNextCustomer:
    @given(st.lists(texts, max_size=5), scenarios)
    def test_the_next_customer_inherits_nothing(self, earlier, scenario) -> None:
        """I6: a reset is one call, `Memory()`; nothing else remembers."""
        question = Observation(text="几点开门？", language="zh", scenario=scenario)
        fresh, memory = decide(question), Memory()
        for text in earlier:
            memory = decide(Observation(text=text, language="zh", scenario=scenario, memory=memory)).memory
        assert decide(replace(question, memory=Memory())) == fresh
        assert fresh.style is packaged(scenario).states[State.INQUIRY].default

    @given(memories, scenarios)
    def test_words_that_say_nothing_after_a_reset_get_the_sites_default(self, memory, scenario) -> None:
        """I6 from any memory."""
        decide(Observation(text="", language="zh", scenario=scenario, memory=memory))
        after = decide(Observation(text="", language="zh", scenario=scenario, memory=Memory()))
        assert after.style is packaged(scenario).states[State.INQUIRY].default
        assert not after.held


class TestI7SameInputsSameRecord:
    @staticmethod
    def recorded(observation: Observation, policy: Policy | None = None) -> str:
        decision = decide(observation, policy)
        return line(record(decision, observation.text, turn=1, before=observation.memory))

    @given(observations, st.none() | any_policy)
    def test_the_same_observation_under_the_same_policy_is_the_same_record(self, observation, policy) -> None:
        """I7: byte for byte, with everything that was decided besides."""
        assert self.recorded(observation, policy) == self.recorded(observation, policy)
        once, again = (replace(decide(observation, policy), microseconds=0) for _ in range(2))
        assert repr(once) == repr(again)

    @given(observations)
    def test_a_policy_compiled_twice_is_the_same_policy(self, observation) -> None:
        """I7: an equal hash means an equal record."""
        text = 'schema = 1\nscenario = "retail"\n[states.thanks]\nstyle.default = "gentle"\n'
        one, other = compile_text(text, "a.toml"), compile_text(text, "b.toml")
        assert one.hash == other.hash != packaged("retail").hash
        assert self.recorded(observation, one) == self.recorded(observation, other)

    def test_every_process_makes_the_same_records(self) -> None:
        """I7 wherever it runs: sets of strings change their order from process to process, records do not."""
        here = [self.recorded(Observation(text=text, language="zh")) for text in SAMPLES]
        program = (
            "import json, sys; from emotion_policy.decide import decide; "
            "from emotion_policy.decision import Observation; from emotion_policy.record import line, record\n"
            "for text in json.load(sys.stdin):\n"
            "    one = Observation(text=text, language='zh')\n"
            "    print(ascii(line(record(decide(one), text, turn=1, before=one.memory))))\n"
        )
        for seed in ("1", "777"):
            environment = os.environ | {"PYTHONHASHSEED": seed}
            command = [sys.executable, "-c", program]
            done = subprocess.run(
                command,
                input=json.dumps(SAMPLES),
                cwd=ROOT,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            )
            assert done.stdout.splitlines() == [ascii(one) for one in here]
