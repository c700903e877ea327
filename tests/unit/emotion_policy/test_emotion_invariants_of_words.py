"""The invariants from the eighth on: any text, any failure, any speed, any words, any site, any tag."""

from __future__ import annotations

import re
from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.emotion import State, Style
from emotion_policy import arousal, detect, openers, persistence, risk, steering, styles
from emotion_policy.decide import decide, prepare
from emotion_policy.decision import Decision, Observation
from emotion_policy.lexicon import lexicon
from emotion_policy.persistence import NEGATIVE
from emotion_policy.policy import packaged
from emotion_policy.prosody import Prosody
from emotion_policy.styles import delivery
from emotion_policy.words import check
from llm.filters import SpokenFilter
from llm.label import LETTERS
from tests.unit.emotion_policy.strategies import (
    SCENARIOS,
    lawless,
    memories,
    observations,
    parts,
    policies,
    scenarios,
)

pytestmark = pytest.mark.unit
prepare()

ROOT = Path(__file__).resolve().parents[3]
CRITICAL = frozenset({State.COMPLAINT, State.GRIEF, State.URGENT})
CHEER = frozenset({Style.CHEERFUL, Style.ENCOURAGING})
GOVERNMENT = packaged("government")
any_policy = lawless() | policies()


EMOJI = st.text(alphabet="🙂🎉😡👍🏽❤️🇨🇳\u200d☎", min_size=1, max_size=30)
STRANGE = st.text(alphabet="ёжשלוםمرحبا안녕ไทย√§\u0301\x00\ufeff", max_size=40)
LONG = st.builds(
    lambda piece: (piece * 10_000)[:10_000],
    st.sampled_from(("的", "a", "等了两个小时没人管。", "I am so worried ", "🙂", "!", " ")),
)


class TestI8AnyText:
    @given(EMOJI | STRANGE | st.just("") | st.text(alphabet=" \t\n，。！？…", max_size=20), scenarios)
    def test_words_that_say_nothing_get_the_sites_default(self, text: str, scenario) -> None:
        """I8: empty, unknown and emoji-only texts."""
        decision = decide(Observation(text=text, language="zh", scenario=scenario))
        assert decision.state is State.INQUIRY
        assert decision.style is packaged(scenario).states[State.INQUIRY].default
        assert "failed" not in decision.because

    @settings(max_examples=15)
    @given(LONG, scenarios, memories)
    def test_ten_thousand_characters_are_decided_like_any_other(self, text: str, scenario, memory) -> None:
        """I8 for a text that is far too long."""
        decision = decide(Observation(text=text, language="zh", scenario=scenario, memory=memory))
        assert "failed" not in decision.because
        assert decision.microseconds < 1_000_000

    @given(observations, st.none() | any_policy)
    def test_a_decision_is_always_whole(self, observation, policy) -> None:
        """I8 for everything else."""
        decision = decide(observation, policy)
        assert "failed" not in decision.because
        assert decision.steering
        assert 0 <= decision.probability <= 1
        assert 0 <= decision.intensity <= 1
        assert decision.runner_up is not decision.state
        assert decision.escalation in {"none", "offer", "now"}
        assert decision.policy.startswith("sha256:")


INSIDE = (
    (detect, "detect"), (arousal, "arousal"), (arousal, "sway"), (arousal, "learn"), (risk, "tempered"), (persistence, "wanted"),
    (persistence, "settle"), (persistence, "remember"), (persistence, "escalation"), (styles, "arc"), (steering, "steering"),
)  # fmt: skip
FAILURES = (KeyError("cue"), ValueError("x"), ZeroDivisionError(), RecursionError(), MemoryError(), OSError("gone"), UnicodeError("x"), AssertionError())  # fmt: skip


class TestI9ABrokenPolicyIsProfessional:
    @given(observations, st.sampled_from(INSIDE), st.sampled_from(FAILURES))
    def test_whatever_breaks_inside_the_agent_still_speaks(
        self, observation, place, failure: Exception
    ) -> None:
        """I9: professional, with the reason, and never an exception into the audio path."""

        def broken(*_given: object, **_named: object) -> None:
            raise failure

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(*place, broken)
            decision = decide(observation)
        assert {decision.style, *(part.style for part in parts(decision))} == {Style.PROFESSIONAL}
        assert type(failure).__name__ in decision.because
        assert decision.vetoes
        assert decision.memory == observation.memory

    @pytest.mark.parametrize("lacking", ["states", "styles", "thresholds", "occasions"])
    def test_a_policy_that_lacks_something_is_professional(self, lacking: str) -> None:
        """I9 for a policy that is not whole."""
        decision = decide(
            Observation(text="等了两个小时没人管", language="zh"), replace(GOVERNMENT, **{lacking: {}})
        )
        assert decision.style is Style.PROFESSIONAL or lacking == "occasions"

    @pytest.mark.parametrize(
        "nonsense",
        [
            {"text": None},
            {"text": 7},
            {"memory": None},
            {"prosody": "loud"},
            {"confidence": "high"},
            {"asked": None},
        ],
    )
    def test_an_observation_that_is_none_is_professional(self, nonsense: dict[str, object]) -> None:
        """I9 for what no caller should give."""
        decision = decide(replace(Observation(text="你好", language="zh", scenario="retail"), **nonsense))
        assert decision.style is Style.PROFESSIONAL
        assert "failed" in decision.because

    def test_a_failure_is_not_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """I9: the next turn is decided as if nothing had been."""
        whole = Observation(text="你好", language="zh")
        before = decide(whole)
        with monkeypatch.context() as patch:
            patch.setattr(detect, "detect", lambda *_: 1 / 0)
            assert "ZeroDivisionError" in decide(whole).because
        assert decide(whole) == before


@given(
    observations,
    st.floats(-45, -5), st.floats(80, 300), st.floats(2, 7), st.floats(0, 15), st.floats(1, 1.6), st.floats(1, 1.6),
)  # fmt: skip
def test_the_more_a_customer_is_stirred_the_less_the_agent_hurries(
    observation, energy: float, pitch: float, rate: float, louder: float, higher: float, faster: float
) -> None:
    """I10: user arousal up, agent rate not up."""

    def voiced(energy: float, pitch: float, rate: float) -> Decision:
        voice = Prosody(energy=energy, f0=pitch, spread=3.0, voiced=0.6, rate=rate, snr=40.0)
        return decide(replace(observation, prosody=voice))

    calm, stirred = voiced(energy, pitch, rate), voiced(energy + louder, pitch * higher, rate * faster)
    assert stirred.arousal >= calm.arousal
    if stirred.state is calm.state:
        for before, after in zip(parts(calm), parts(stirred), strict=True):
            assert after.rate <= before.rate


SOUNDS = (
    "哈哈",
    "呵呵呵",
    "嘻嘻",
    "唉",
    "呜呜",
    "haha",
    "hehe",
    "wow",
    "phew",
    "[laughter]",
    "(sighs)",
    "*gasps*",
    "（叹气）",
    "【笑】",
    "<laugh>",
    "😀",
    "😂",
)
MATTER = (
    "请到三号窗口",
    "您的退款明天到账",
    "take a seat",
    "your refund arrives on Monday",
    "，",
    "。",
    "！",
    ". ",
    "! ",
    " ",
)
LAUGHTER = re.compile(
    r"哈哈|呵呵|嘻嘻|呜呜|唉|\bhaha|\bhehe|\bwow\b|\bphew\b|laugh|sigh|gasp|叹气|笑|[\U0001f600-\U0001f64f]",
    re.IGNORECASE,
)


@given(
    st.lists(st.sampled_from(SOUNDS + MATTER), min_size=1, max_size=8),
    st.sampled_from(sorted(NEGATIVE)),
    st.sampled_from(("zh", "en")),
    st.lists(st.integers(0, 99), max_size=6),
)
def test_nobody_in_distress_hears_laughter_gasps_or_sighs(pieces, state: State, language, cuts) -> None:
    """I11: what a model wrote is filtered in the stream and checked before it is spoken."""
    spoken = SpokenFilter(labelled=False)
    written = " ".join(pieces)
    said = "".join([*(spoken.feed(piece) for piece in cut(written, cuts)), spoken.finish()])
    assert not LAUGHTER.search(check(said, state, language).text)


class TestI12NoFeelings:
    FELT_ZH, FELT_EN = (
        ("生气", "难过", "焦虑", "失望", "害怕", "着急"),
        ("angry", "upset", "sad", "anxious", "disappointed", "worried"),
    )
    CLAIMS = (
        *(frame.format(felt) for felt in FELT_ZH for frame in ("您听起来很{}", "看得出来您很{}", "我感觉您有点{}", "我也很{}")),
        *(frame.format(felt) for felt in FELT_EN for frame in ("You sound {}", "You seem {}", "I can tell you are {}", "I feel {} too")),
        "我能感受到您的心情", "I feel your pain", "I understand how you feel",
    )  # fmt: skip

    @given(
        st.sampled_from(CLAIMS),
        st.lists(
            st.sampled_from(
                ("请到三号窗口", "您的退款明天到账", "please take a seat", "your refund is on its way")
            ),
            max_size=2,
        ),
        st.booleans(),
        st.sampled_from(State),
        st.sampled_from(("zh", "en")),
    )
    def test_no_sentence_claims_to_feel_or_tells_people_what_they_feel(
        self, claim, matter, first, state, language
    ) -> None:
        """I12: in any state, wherever the claim stands."""
        mark = "，" if re.search("[\u4e00-\u9fff]", claim) else ", "
        text = mark.join([claim, *matter] if first else [*matter, claim]) + "。"
        assert claim.lower() not in check(text, state, language).text.lower()

    def test_no_opener_that_ships_does(self) -> None:
        """I12 for what is said without a model."""
        lines = {text for scenario in SCENARIOS for text, _, _ in openers.expected(packaged(scenario))}
        assert len(lines) > 50
        pattern = re.compile(rf"(?:我|您|你).{{0,6}}(?:{'|'.join(self.FELT_ZH)})|\b(?:I|you)\b.{{0,16}}\b(?:feel|sound|seem|{'|'.join(self.FELT_EN)})\b", re.IGNORECASE)  # fmt: skip
        assert {
            text for text in lines if pattern.search(text) and "别" not in text and "don't" not in text
        } == set()


@given(observations, st.text(max_size=12).filter(lambda name: name not in SCENARIOS))
@example(Observation(text="几点开门？", language="zh"), "moon base")
def test_an_unknown_site_is_taken_for_the_most_neutral_one(observation, name: str) -> None:
    """I13: unknown scenario, government row."""
    assert packaged(name) is GOVERNMENT
    unknown, known = (decide(replace(observation, scenario=each)) for each in (name, "government"))
    assert replace(unknown, microseconds=0) == replace(known, microseconds=0)


LABELS = (*(f"{letter}\n" for letter in LETTERS), "D：不满\n", "[E]\n", "State: anxious\n", "grief\n")
TAGS = (
    *(f"<{state}>" for state in State), *(f"[{style}]" for style in Style), "<tone>warm</tone>", "（语气：温和。）", "(Tone: calm)",
    "[laughter]", "<|SAD|>", "*sighs*", "<com[sigh]plaint>",
)  # fmt: skip
ANSWERS = ("请到三号窗口", "您好", "Please wait here", "好的", "。", ", ", " ")
LEFT = re.compile(r"[<\[](?:\|?\w*\|?|/?tone)[>\]]|语气[:：]|tone:|\*sighs", re.IGNORECASE)


def cut(text: str, places: list[int]) -> list[str]:
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(at)]


@given(
    st.sampled_from(LABELS),
    st.lists(st.sampled_from(TAGS + ANSWERS), max_size=8),
    st.lists(st.integers(0, 999), max_size=12),
)
def test_no_tag_reaches_the_speaker_or_the_screen(label: str, pieces: list[str], cuts: list[int]) -> None:
    """I14: neither the label nor a tag is left, wherever the stream is cut; what is no tag is all there."""
    spoken = SpokenFilter(labelled=True)
    said = "".join([*(spoken.feed(piece) for piece in cut(label + "".join(pieces), cuts)), spoken.finish()])
    meant = "".join(piece for piece in pieces if piece in ANSWERS)
    assert said.replace(" ", "") == meant.replace(" ", "")
    assert not LEFT.search(said)


@pytest.mark.parametrize("style", Style)
def test_every_style_has_a_voice_within_its_share_of_the_speaker(style: Style) -> None:
    total = sum(astuple(delivery(style).emotion))
    assert total == 0 if style is Style.NEUTRAL else 0.35 <= total <= 0.6 + 1e-9


def test_every_state_has_a_cue() -> None:
    assert {cue.state for cue in lexicon().cues} >= set(State)
