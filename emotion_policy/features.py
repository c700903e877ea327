"""From what was heard to what the linear model reads: one place for training and for running. Pure."""

from __future__ import annotations

from core.emotion import State
from emotion_policy import ngrams
from emotion_policy.decision import Observation
from emotion_policy.linear import Features
from emotion_policy.listening import Heard
from emotion_policy.normalise import normalise
from emotion_policy.tokens import tokens

SHORT = 2
"""Words of a turn that its context may have to explain; a Hanzi counts half."""
MOST = 3.0
"""Sum of cue weights from which more of them say no more."""


def features(text: str, heard: Heard, observation: Observation) -> Features:
    """Read one utterance.

    Args:
        text: normalised.
        heard: what `listening.listen` found in it.
        observation: for what was said before, and where.
    """
    memory = observation.memory
    before = memory.words[-1] if memory.words else ""
    cut = tokens(text)
    return Features(
        words=ngrams.word_columns(cut),
        meanings=ngrams.meaning_columns(cut),
        context=ngrams.context_columns(tokens(normalise(observation.asked)), tokens(before)),
        named=_named(text, heard, observation),
    )


def _named(text: str, heard: Heard, observation: Observation) -> dict[str, float]:
    named = {f"site:{observation.scenario}": 1.0}
    for one in heard.evidence:
        name = f"sound:{one.state}" if one.cue.startswith("sounds like") else f"cue:{one.cue}"
        named[name] = one.weight
        state = f"state:{one.state}"
        named[state] = min(named.get(state, 0.0) + one.weight, MOST)
    if not heard.evidence:
        named["no cue"] = 1.0
    named |= {f"mark:{mark}": 1.0 for mark in heard.marks}
    named |= {f"flag:{flag}": 1.0 for flag in heard.flags}
    named |= {f"guard:{guard}": 1.0 for guard in heard.guards}
    named |= {f"cancelled:{reason.partition(':')[0]}": 1.0 for reason in heard.cancelled}
    return named | _dialogue(text, observation)


def _dialogue(text: str, observation: Observation) -> dict[str, float]:
    memory, named = observation.memory, dict[str, float]()
    short = is_short(text)
    if short:
        named["short"] = 1.0
    if memory.states:
        last: State = memory.states[-1]
        named[f"last:{last}"] = 1.0
        if short:
            named[f"short after:{last}"] = 1.0
    elif not observation.asked:
        named["first"] = 1.0
    return named


def is_short(text: str) -> bool:
    """A turn of one or two words."""
    return 0 < sum(1 if token[0].isascii() else 0.5 for token in tokens(text)) <= SHORT
