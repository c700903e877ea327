"""From words to a state: cues are found, scoped, guarded, summed; precedence chooses among what is left.

Pure. Context may strengthen what the words say and may speak for them when they are one or two; it never
invents a state for a whole sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from core.emotion import State
from emotion_policy.decision import Evidence, Flag, Observation
from emotion_policy.detection import Detection
from emotion_policy.lexicon import Cue, Lexicon, lexicon
from emotion_policy.memory import Memory
from emotion_policy.normalise import normalise

DEFAULT = State.INQUIRY
"""What a customer is taken for when nothing says otherwise: the state with the least assuming answer."""
TEMPERATURE = 0.4
"""Of the softmax over sums; chosen so that one full cue alone gives a clear margin."""
SHARE = 0.6
"""Part of the largest sum that a state needs to be chosen by precedence."""
SHARE_OF_CARE = 0.3
"""The same for states that must not be missed."""
SURE = 0.6
"""Recogniser confidence from which words count in full."""
SHORT = 6
"""Characters (or a third as many words) of a turn that context may decide."""

_PRECEDENCE = tuple(State)
_CARE = frozenset({State.URGENT, State.GRIEF, State.ABUSIVE, State.COMPLAINT})
_LINGERING = frozenset({State.COMPLAINT, State.ABUSIVE, State.ANXIOUS, State.CONFUSED, State.URGENT})
_CLAUSE = re.compile(r"[,.!?;:、…]|但是?|可是|不过|然而|\bbut\b|\bhowever\b")
_REACH = 24


@dataclass(slots=True)
class _Heard:
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    flags: set[Flag] = field(default_factory=set[Flag])
    marks: set[str] = field(default_factory=set[str])
    cancelled: list[str] = field(default_factory=list[str])


def detect(observation: Observation) -> Detection:
    """Tell the state from the words of one transcript and the visit's memory."""
    words = lexicon()
    text = normalise(observation.text)
    heard = _guarded(_listen(text, words), text, words)
    evidence = _weighed(heard.evidence, text, words, min(observation.confidence / SURE, 1.0))
    sums = _sums(evidence, observation.memory, text)
    state = _chosen(sums, words.thresholds)
    odds = {each: math.exp(total / TEMPERATURE) for each, total in sums.items()}
    runner_up = max((each for each in _PRECEDENCE if each is not state), key=lambda each: sums[each])
    mass = sum(odds.values())
    strength = sums[state] + 0.4 * len(words.stress.findall(text))
    return Detection(
        state=state,
        probability=round(odds[state] / mass, 4),
        runner_up=runner_up,
        margin=round((odds[state] - odds[runner_up]) / mass, 4),
        intensity=round(1 - math.exp(-max(strength, 0.0) / 2.5), 4),
        evidence=tuple(sorted(evidence, key=lambda one: (-one.weight, one.start, one.cue))),
        flags=frozenset(heard.flags),
        marks=frozenset(heard.marks),
        cancelled=tuple(heard.cancelled),
    )


def _listen(text: str, words: Lexicon) -> _Heard:
    heard, left, scripts = _Heard(), text, _scripts(text)
    named: set[str] = set()
    for cue in words.cues:
        if cue.script not in scripts or cue.name in named:
            continue
        for match in islice(cue.find.finditer(left), cue.counts):
            named.add(cue.name)
            reason = _refusal(cue, match, text, words)
            if reason:
                heard.cancelled.append(f"{cue.name}: {reason}")
            else:
                _note(heard, cue, match)
            if cue.figurative:
                left = left[: match.start()] + "·" * len(match.group()) + left[match.end() :]
    return heard


def _scripts(text: str) -> frozenset[str]:
    latin = any("a" <= character <= "z" for character in text)
    hanzi = any("\u3400" <= character <= "\u9fff" for character in text)
    if latin and hanzi:
        return frozenset({"zh", "en", "both"})
    return frozenset({"en", "both"}) if latin else frozenset({"zh", "both"})


def _refusal(cue: Cue, match: re.Match[str], text: str, words: Lexicon) -> str:
    if cue.unless is not None and cue.unless.search(text):
        return "false friend"
    if cue.negatable and words.negation.search(_clause_before(text, match.start())):
        return "negated"
    return ""


def _note(heard: _Heard, cue: Cue, match: re.Match[str]) -> None:
    if cue.state is not None:
        start, end = match.span()
        heard.evidence.append(
            Evidence(cue=cue.name, state=cue.state, weight=cue.weight, start=start, end=end)
        )
    if cue.flag is not None:
        heard.flags.add(cue.flag)
    heard.marks |= cue.marks


def _clause_before(text: str, position: int) -> str:
    before = text[max(position - _REACH, 0) : position]
    ends = [match.end() for match in _CLAUSE.finditer(before)]
    return before[ends[-1] :] if ends else before


def _guarded(heard: _Heard, text: str, words: Lexicon) -> _Heard:
    for guard in words.guards:
        if not guard.find.search(text) or (guard.unless is not None and guard.unless.search(text)):
            continue
        refused = [one for one in heard.evidence if one.state in guard.cancels]
        heard.cancelled += [f"{one.cue}: {guard.name}" for one in refused]
        heard.evidence = [one for one in heard.evidence if one.state not in guard.cancels]
    return heard


def _weighed(evidence: Sequence[Evidence], text: str, words: Lexicon, trust: float) -> list[Evidence]:
    """After "but" a cue counts more and before it less; a doubtful transcript counts less throughout."""
    turn = words.turn.search(text)

    def weight(one: Evidence) -> float:
        place = 1.0 if turn is None else 0.7 if one.end <= turn.start() else 1.3
        return round(one.weight * place * (0.4 + 0.6 * trust), 4)

    return [replace(one, weight=weight(one)) for one in evidence]


def _sums(evidence: Sequence[Evidence], memory: Memory, text: str) -> dict[State, float]:
    sums = dict.fromkeys(_PRECEDENCE, 0.0)
    for one in evidence:
        sums[one.state] += one.weight
    recent = set(memory.states[-2:])
    for state in recent & _LINGERING | recent & {State.GRIEF}:
        sums[state] *= 1.4
    if memory.states and not evidence and memory.states[-1] in _LINGERING and _is_short(text):
        sums[memory.states[-1]] = 1.0
    return {state: round(total, 4) for state, total in sums.items()}


def _is_short(text: str) -> bool:
    return 0 < len(text) <= SHORT or (0 < len(text.split()) <= SHORT // 3 and text.isascii())


def _chosen(sums: dict[State, float], thresholds: dict[State, float]) -> State:
    largest = max(sums.values())
    for state in _PRECEDENCE:
        share = SHARE_OF_CARE if state in _CARE else SHARE
        if sums[state] >= thresholds[state] and sums[state] >= share * largest:
            return _leave_taking(state, sums, thresholds)
    return DEFAULT


def _leave_taking(state: State, sums: dict[State, float], thresholds: dict[State, float]) -> State:
    """A goodbye wins over a plain thank-you."""
    leaving = sums[State.FAREWELL] >= thresholds[State.FAREWELL]
    return State.FAREWELL if state is State.THANKS and leaving else state
