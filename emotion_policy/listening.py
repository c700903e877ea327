"""What the words themselves say: cues found, scoped, guarded and weighed. Pure.

A cue is a pattern with a state; a negation in its clause cancels it and nothing else; a guard is a frame in
which words about a state are a topic. After "but" a cue counts more, before it less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from emotion_policy.decision import Evidence, Flag
from emotion_policy.lexicon import Cue, Lexicon, Script
from emotion_policy.sounds import WEIGHT, misspelt

AFTER_BUT, BEFORE_BUT = 1.3, 0.7
_CLAUSE = re.compile(r"[,.!?;:、…]|但是?|可是|不过|然而|\bbut\b|\bhowever\b")
_REACH = 24


@dataclass(slots=True)
class Heard:
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    flags: set[Flag] = field(default_factory=set[Flag])
    marks: set[str] = field(default_factory=set[str])
    cancelled: list[str] = field(default_factory=list[str])
    """Cues found and not counted, each with the reason."""
    guards: list[str] = field(default_factory=list[str])
    """Frames that were found."""


def listen(text: str, words: Lexicon, own: Sequence[Cue] = ()) -> Heard:
    """Find what counts in a normalised text.

    Args:
        text: from `normalise`.
        words: the shipped lexicon.
        own: the operator's cues, after the shipped ones.
    """
    heard = _found(text, words, own)
    _guard(heard, text, words)
    heard.evidence = _placed(heard.evidence, text, words)
    return heard


def _found(text: str, words: Lexicon, own: Sequence[Cue]) -> Heard:
    heard, left, scripts = Heard(), text, _scripts(text)
    named: set[str] = set()
    for cue in (*words.of(scripts), *(cue for cue in own if cue.script in scripts)):
        match = cue.find.search(left)
        if match is None or cue.name in named:
            continue
        counted = 0
        while match is not None and counted < cue.counts:
            reason = _refusal(cue, match, text, words)
            if reason:
                heard.cancelled.append(f"{cue.name}: {reason}")
            else:
                counted += 1
                named.add(cue.name)
                _note(heard, cue, match)
            if cue.figurative:
                left = left[: match.start()] + "·" * len(match.group()) + left[match.end() :]
            match = cue.find.search(left, match.end()) if match.group() else None
    heard.evidence += (
        Evidence(cue=f"sounds like {one.term}", state=one.state, weight=WEIGHT, start=one.start, end=one.end)
        for one in misspelt(text)
    )
    return heard


def _scripts(text: str) -> frozenset[Script]:
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


def _note(heard: Heard, cue: Cue, match: re.Match[str]) -> None:
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


def _guard(heard: Heard, text: str, words: Lexicon) -> None:
    for guard in words.guards:
        if not guard.find.search(text) or (guard.unless is not None and guard.unless.search(text)):
            continue
        heard.guards.append(guard.name)
        refused = [one for one in heard.evidence if one.state in guard.cancels]
        heard.cancelled += [f"{one.cue}: {guard.name}" for one in refused]
        heard.evidence = [one for one in heard.evidence if one.state not in guard.cancels]


def _placed(evidence: Sequence[Evidence], text: str, words: Lexicon) -> list[Evidence]:
    turn = words.turn.search(text)
    if turn is None:
        return list(evidence)
    return [
        replace(one, weight=round(one.weight * (BEFORE_BUT if one.end <= turn.start() else AFTER_BUT), 4))
        for one in evidence
    ]
