"""Listening: which words count, which a negation, a guard or a false friend refuses, and how much they count."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy.decision import Flag
from emotion_policy.lexicon import Cue, Guard, Lexicon, lexicon
from emotion_policy.listening import AFTER_BUT, BEFORE_BUT, Heard, listen
from emotion_policy.normalise import normalise
from emotion_policy.sounds import WEIGHT

pytestmark = pytest.mark.unit


def cue(name: str, find: str, state: State | None, **more: object) -> Cue:
    return Cue(name=name, find=re.compile(find), state=state, **more)


CUES = (
    cue("tired to death", "困死我了", State.SMALLTALK, figurative=True, weight=0.9),
    cue("fails", "坏了|broken", State.COMPLAINT),
    cue("worried", "担心|worried", State.ANXIOUS, weight=0.8),
    cue("likes it", "很好", State.PRAISE, unless=re.compile("好(?:几|多)")),
    cue("death", "死", State.GRIEF),
    cue("again", "又", State.COMPLAINT, weight=0.5, counts=3),
    cue("cannot", "不能用", State.CONFUSED, negatable=False),
    cue("a person", "找人", None, flag=Flag.WANTS_HUMAN, marks=frozenset({"elderly"})),
    cue("in English", "hello", State.GREETING, script="en"),
    cue("in Chinese", "几点", State.INQUIRY, script="zh"),
)
GUARDS = (
    Guard(
        name="worry as a topic",
        find=re.compile("讲座"),
        cancels=frozenset({State.ANXIOUS, State.GRIEF}),
        unless=re.compile("睡不着"),
    ),
)


@pytest.fixture(scope="module")
def small() -> Lexicon:
    """A few cues in the scope rules that ship."""
    return replace(lexicon(), cues=CUES, guards=GUARDS)


SMALL = replace(lexicon(), cues=CUES, guards=GUARDS)


def states(heard: Heard) -> list[State]:
    return [one.state for one in heard.evidence]


def test_a_cue_is_found_with_its_weight_and_its_place() -> None:
    (one,) = listen("我的表坏了", SMALL).evidence
    assert (one.cue, one.state, one.weight, one.start, one.end) == ("fails", State.COMPLAINT, 1.0, 3, 5)


def test_where_nothing_is_there_is_nothing_to_hear() -> None:
    assert listen("", SMALL) == listen("今天天气", SMALL) == Heard()


class TestNegation:
    @pytest.mark.parametrize("word", ["没有", "不是", "并没有", "没"])
    def test_a_negation_cancels_the_cue_of_its_clause(self, word: str) -> None:
        heard = listen(f"{word}坏了", SMALL)
        assert heard.evidence == []
        assert heard.cancelled == ["fails: negated"]

    @pytest.mark.parametrize(
        "said", ["it's not broken", "it is not really broken", "never broken", "it isn't broken"]
    )
    def test_an_english_negation_reaches_over_a_word_or_two(self, said: str) -> None:
        assert listen(said, SMALL).evidence == []

    def test_it_cancels_nothing_in_another_clause(self) -> None:
        assert states(listen("我不是担心,表坏了", SMALL)) == [State.COMPLAINT]
        assert states(listen("表坏了,我不是担心", SMALL)) == [State.COMPLAINT]
        assert states(listen("i'm not worried. it's broken", SMALL)) == [State.COMPLAINT]

    def test_it_cancels_nothing_behind_a_but(self) -> None:
        assert states(listen("我不是担心但是表坏了", SMALL)) == [State.COMPLAINT]
        assert states(listen("not worried but it is broken", SMALL)) == [State.COMPLAINT]

    def test_a_cue_that_is_denied_in_one_clause_counts_in_the_next(self) -> None:
        assert states(listen("不是表坏了,是门坏了", SMALL)) == [State.COMPLAINT]
        assert states(listen("not worried about me, worried about him", SMALL)) == [State.ANXIOUS]

    def test_a_word_that_only_holds_the_character_negates_nothing(self) -> None:
        for said in (
            "不好意思,表坏了",
            "不错,坏了",
            "没事坏了",
            "能不能看看坏了的表",
            "特别坏了",
            "分别坏了",
        ):
            assert states(listen(said, SMALL)) == [State.COMPLAINT], said

    def test_a_cue_that_is_itself_a_negation_cannot_be_negated(self) -> None:
        assert states(listen("还是不能用", SMALL)) == [State.CONFUSED]

    @given(
        st.lists(
            st.tuples(st.sampled_from([("坏了", State.COMPLAINT), ("担心", State.ANXIOUS)]), st.booleans()),
            min_size=1,
            max_size=2,
            unique_by=lambda pair: pair[0],
        ),
        st.sampled_from([",", "。", "!", "但是", "可是", ";"]),
    )
    def test_whatever_the_clauses_what_is_left_is_what_was_not_denied(self, clauses, between: str) -> None:
        text = between.join(f"我{'没有' * denied}{word}" for (word, _), denied in clauses)
        assert states(listen(text, SMALL)) == [
            state
            for state in (State.COMPLAINT, State.ANXIOUS)
            for ((_, of), denied) in clauses
            if of is state and not denied
        ]


class TestScope:
    def test_after_but_a_cue_counts_more_and_before_it_less(self) -> None:
        before, after = listen("坏了但是我担心", SMALL).evidence
        assert (before.weight, after.weight) == (BEFORE_BUT * 1.0, round(AFTER_BUT * 0.8, 4))

    def test_a_false_friend_anywhere_refuses_the_cue(self) -> None:
        heard = listen("很好,等了好几天", SMALL)
        assert heard.evidence == []
        assert heard.cancelled == ["likes it: false friend"]

    def test_an_idiom_hides_its_words_and_nothing_else(self) -> None:
        assert states(listen("困死我了", SMALL)) == [State.SMALLTALK]
        assert states(listen("困死我了,狗死了", SMALL)) == [State.SMALLTALK, State.GRIEF]

    def test_a_cue_counts_once_or_as_often_as_it_says(self) -> None:
        assert states(listen("坏了坏了坏了坏了", SMALL)) == [State.COMPLAINT]
        assert [one.weight for one in listen("又等又排又问又填", SMALL).evidence] == [0.5] * 3

    def test_a_flag_comes_with_its_cue_and_goes_with_it(self) -> None:
        heard = listen("我要找人", SMALL)
        assert (heard.flags, heard.marks, heard.evidence) == ({Flag.WANTS_HUMAN}, {"elderly"}, [])
        refused = listen("不是找人", SMALL)
        assert (refused.flags, refused.marks) == (set(), set())

    def test_a_text_is_searched_for_its_own_scripts(self) -> None:
        assert states(listen("hello几点", SMALL)) == [State.GREETING, State.INQUIRY]
        shouting = replace(SMALL, cues=(cue("in English", ".", State.GREETING, script="en"),))
        assert listen("你好", shouting).evidence == []


class TestGuards:
    def test_a_guard_refuses_the_states_it_is_for_and_no_other(self) -> None:
        heard = listen("担心的讲座坏了", SMALL)
        assert states(heard) == [State.COMPLAINT]
        assert heard.guards == ["worry as a topic"]
        assert heard.cancelled == ["worried: worry as a topic"]

    def test_a_guard_that_finds_nothing_to_refuse_is_told_all_the_same(self) -> None:
        assert listen("讲座几点", SMALL).guards == ["worry as a topic"]

    def test_a_guard_gives_way_to_harm_of_ones_own(self) -> None:
        heard = listen("听了讲座更担心,睡不着", SMALL)
        assert states(heard) == [State.ANXIOUS]
        assert heard.guards == []

    @given(
        st.lists(st.sampled_from(["担心", "坏了", "狗死了", "很好", "讲座", "睡不着", "又"]), max_size=6).map(
            ",".join
        )
    )
    @example("讲座,睡不着,担心")
    def test_a_guard_only_takes_away(self, text: str) -> None:
        without, heard = listen(text, replace(SMALL, guards=())), listen(text, SMALL)
        assert [one for one in without.evidence if one in heard.evidence] == heard.evidence
        gone = [one for one in without.evidence if one not in heard.evidence]
        assert {one.state for one in gone} <= {State.ANXIOUS, State.GRIEF}
        assert bool(gone) <= bool(heard.guards)


class TestTheOperatorsOwn:
    OWN = (cue("site.fee", "停车费", State.COMPLAINT, weight=1.5),)

    def test_the_operators_cues_come_after_the_shipped_ones(self) -> None:
        assert [one.cue for one in listen("停车费机器坏了", SMALL, self.OWN).evidence] == [
            "fails",
            "site.fee",
        ]

    def test_they_are_negated_guarded_and_weighed_alike(self) -> None:
        assert listen("不是停车费", SMALL, self.OWN).evidence == []
        assert listen("很担心但是停车费", SMALL, self.OWN).evidence[-1].weight == round(1.5 * AFTER_BUT, 4)


class TestTheShippedLexicon:
    @given(
        st.lists(
            st.sampled_from(
                [
                    "等了两个小时没人管",
                    "我爸去世了",
                    "不是投诉",
                    "但是",
                    "我很担心",
                    "就命",
                    "you are useless",
                    "not happy",
                    "转人工",
                    "哈哈",
                ]
            ),
            max_size=6,
        ).map(",".join)
        | st.text(max_size=80)
    )
    def test_every_evidence_points_into_the_text(self, said: str) -> None:
        text = normalise(said)
        for one in listen(text, lexicon()).evidence:
            assert 0 <= one.start < one.end <= len(text)
            assert 0 < one.weight <= 3

    def test_a_word_heard_by_its_sound_counts_half(self) -> None:
        heard = [
            one
            for one in listen("他被骗子转帐,快走,机器张账", lexicon()).evidence
            if "sounds like" in one.cue
        ]
        assert all(one.weight == WEIGHT for one in heard)

    @pytest.mark.parametrize("feeling", ["担心", "害怕", "紧张"])
    def test_to_be_especially_afraid_is_not_to_be_told_not_to_be(self, feeling: str) -> None:
        heard = listen(f"我特别{feeling}", lexicon())
        assert State.ANXIOUS in states(heard)
        assert heard.guards == []
        assert listen(f"别{feeling}", lexicon()).evidence == []

    @pytest.mark.parametrize(
        ("denied", "kept"),
        [
            ("我没有生气,可是等了两个小时没人管", State.COMPLAINT),
            ("我不是来投诉的,我爸上个月去世了", State.GRIEF),
            ("i'm not angry, but i have been waiting for two hours", State.COMPLAINT),
        ],
    )
    def test_denying_one_thing_leaves_the_other(self, denied: str, kept: State) -> None:
        heard = listen(denied, lexicon())
        assert heard.cancelled
        assert kept in states(heard)
