"""What Hypothesis makes up for the policy: what is said, where, after what, under which policy and opinion."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from hypothesis import strategies as st

from core.emotion import Delivery, Emotion, Opinion, State, Style
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.memory import Memory
from emotion_policy.policy import Policy, StateRules, Step, packaged
from emotion_policy.policy_file import compile_text
from emotion_policy.prosody import Prosody
from emotion_policy.vetoes import FIRM, FORBIDDEN

SAMPLES = (
    "你好", "谢谢你", "快来人啊，有人晕倒了", "我爸上个月去世了", "等了两个小时没人管", "我很担心", "看不懂", "你个废物",
    "服务真好", "几点开门", "帮我打印一下", "再见", "问题解决了，谢谢", "给我讲个笑话", "转人工", "我不想活了",
    "骗子让我转账", "you are useless", "my mother passed away", "thank you so much", "I am so worried", "what time is it",
    "there is a fire", "still waiting after two hours", "嗯", "", "🙂🙂", "不是投诉", "but", "please help me",
)  # fmt: skip
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)

texts = st.one_of(
    st.sampled_from(SAMPLES), st.text(max_size=60), st.lists(st.sampled_from(SAMPLES)).map("，".join)
)
scenarios = st.sampled_from(SCENARIOS)
voices = st.builds(
    Prosody,
    energy=st.floats(-45, 0),
    f0=st.floats(80, 400),
    spread=st.just(3.0),
    voiced=st.just(0.6),
    rate=st.floats(2, 9),
    snr=st.floats(0, 60),
)
memories = st.builds(
    Memory,
    states=st.lists(st.sampled_from(State), max_size=6).map(tuple),
    grief=st.booleans(),
    complaints=st.integers(0, 4),
    apologised=st.booleans(),
    negative_in_a_row=st.integers(0, 4),
    wanted_human=st.integers(0, 3),
    agent_failures=st.integers(0, 3),
    levels=st.one_of(
        st.just(()), st.lists(st.floats(0, 1), min_size=len(State), max_size=len(State)).map(tuple)
    ),
    words=st.lists(st.sampled_from(SAMPLES), max_size=3).map(tuple),
    repeated=st.integers(0, 4),
).flatmap(
    lambda memory: st.lists(
        st.sampled_from(Style), min_size=len(memory.states), max_size=len(memory.states)
    ).map(lambda styles: replace(memory, styles=tuple(styles)))
)
observations = st.builds(
    Observation,
    text=texts,
    language=st.sampled_from(("zh", "en")),
    confidence=st.floats(0, 1),
    scenario=scenarios,
    asked=st.sampled_from(("", "要不要请人来？", "Anything else?")),
    memory=memories,
    prosody=st.none() | voices,
    quiet=st.booleans(),
)


def vote(state: State, probability: float = 0.9) -> Opinion:
    rest = (1.0 - probability) / (len(State) - 1)
    return Opinion(probabilities=tuple(probability if each is state else rest for each in State))


opinions = st.builds(vote, st.sampled_from(State), st.floats(0.1, 1.0)) | st.lists(
    st.floats(0.001, 1.0), min_size=len(State), max_size=len(State)
).map(lambda weights: Opinion(probabilities=tuple(weight / sum(weights) for weight in weights)))

_steps = st.builds(
    Step,
    style=st.sampled_from(Style),
    rate=st.none() | st.floats(0.8, 1.2),
    pause=st.none() | st.floats(0.0, 1.0),
)
_answers = st.builds(
    StateRules,
    threshold=st.floats(0.0, 1.0),
    decay=st.floats(0.0, 1.0),
    default=st.sampled_from(Style),
    strong=st.none() | st.sampled_from(Style),
    child=st.none() | st.sampled_from(Style),
    again=st.none() | st.sampled_from(Style),
    arc=st.none() | st.tuples(_steps, _steps, _steps),
    offer_after=st.none() | st.integers(1, 9),
    now_after=st.none() | st.integers(1, 9),
)
_shares = st.lists(st.floats(0.0, 0.16), min_size=5, max_size=5)


def _emotion(shares: list[float]) -> Emotion:
    happy, sad, melancholic, surprised, calm = shares
    return Emotion(happy=happy, sad=sad, melancholic=melancholic, surprised=surprised, calm=calm)


@st.composite
def lawless(draw: st.DrawFn) -> Policy:
    """A policy that no file check has seen: any style for any state, in any place of any arc."""
    policy = packaged(draw(scenarios))
    states = dict(policy.states) | draw(st.dictionaries(st.sampled_from(State), _answers, max_size=6))
    styles = {
        name: replace(
            rules,
            emotion=_emotion(draw(_shares)) if draw(st.booleans()) else rules.emotion,
            rate=draw(st.sampled_from((0.8, rules.rate, 1.2))),
        )
        for name, rules in policy.styles.items()
    }
    thresholds = {state: rules.threshold for state, rules in states.items()}
    return replace(
        policy, states=states, styles=styles, thresholds=thresholds, second_opinion=draw(st.booleans())
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy that a file can state."""
    lines = ['schema = 1\nscenario = "retail"']
    for state in draw(st.sets(st.sampled_from(State), max_size=6)):
        may = sorted(
            style
            for style in Style
            if style not in FORBIDDEN.get(state, ()) and (style is not Style.CALM_FIRM or state in FIRM)
        )
        style = st.sampled_from(may).map(lambda style: f'"{style}"')
        lines += [
            f"[states.{state}]",
            f"decay = {1.0 if state is State.GRIEF else draw(st.integers(0, 10)) / 10}",
            f'style = {{ default = {draw(style)}, child = {draw(style)}, again = {draw(style)}, "intensity>=0.8" = {draw(style)} }}',
            f"arc = [{draw(style)}, {{ style = {draw(style)}, rate = {draw(st.sampled_from((0.8, 1.0, 1.2)))} }}, {draw(style)}]",
        ]
    for style in draw(st.sets(st.sampled_from(Style), max_size=3)):
        parts = draw(st.lists(st.integers(0, 20), min_size=4, max_size=4))
        happy, sad, surprised, calm = (part / 100 for part in parts)
        lines += [
            f"[styles.{style}]",
            f"vector = {{ happy = {happy}, sad = {sad}, surprised = {surprised}, calm = {calm} }}",
            f"rate = {draw(st.sampled_from((0.8, 0.95, 1.2)))}",
            f"pause_ms = {draw(st.sampled_from((0, 300, 1000)))}",
        ]
    return compile_text("\n".join(lines), "site.toml")


scripts = st.lists(
    st.tuples(
        st.sampled_from([str(state) for state in State]),
        st.sampled_from(("", "0.5", "0.99")),
        st.sampled_from(("", "strong", "unclear")),
        st.sampled_from(("", "child", "elderly", "resolved", "self_harm", "low_asr_confidence")),
    ).map(" ".join),
    min_size=1,
    max_size=9,
)
"""Turns that say what they are, for the scripted detection of `conftest`."""


def parts(decision: Decision) -> tuple[Delivery, Delivery, Delivery]:
    return decision.arc.open, decision.arc.body, decision.arc.close
