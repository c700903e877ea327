"""A log replayed: each turn's decision made again from what the log says was heard. Pure.

In: the events of one log, in order, and the policies that decided then. Out: for each `DeliveryChosen` the
one that is made now; equal inputs under an equal policy give an equal event, byte for byte.

How a customer sounded is in no log. Where it counted (`DeliveryChosen.voice`), the words are decided on with
a voice that is as stirred as the logged intensity says; there must be one that gives the whole event.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from core import events as e
from core.emotion import Opinion, State, Style
from core.errors import InputError
from core.text import Language
from emotion_policy.arousal import FEATURES, LIMIT, STIRRED, STRENGTHENS
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.forced import forced
from emotion_policy.memory import Memory
from emotion_policy.opinion import revise
from emotion_policy.policy import FALLBACK, Policy, packaged
from emotion_policy.prosody import CLEANEST, Baseline, Prosody
from emotion_policy.record import chosen, confidence

PolicyOf = Callable[[str], Policy]
"""The policy of a hash; the most neutral one for none, which is what a decision without a policy logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """One decision, as it was logged and as it is made now."""

    logged: e.DeliveryChosen
    now: e.DeliveryChosen
    text: str
    """The transcript that was decided on."""


def finder(own: Sequence[Policy] = ()) -> PolicyOf:
    """Finds a policy among some of one's own and the packaged ones; raises InputError where there is none."""
    known = {policy.hash: policy for policy in own}

    def find(wanted: str) -> Policy:
        for scenario in get_args(Scenario) if wanted and wanted not in known else ():
            known.setdefault(packaged(scenario).hash, packaged(scenario))
        if wanted and wanted not in known:
            raise InputError(
                f"no policy here has the hash {wanted}",
                code="replay-policy",
                hint="give the file that was in force with --policy; packaged policies change with a release",
            )
        return known[wanted] if wanted else packaged(FALLBACK)

    return find


class Replay:
    """Feed it every event of a log in order.

    Args:
        policy_of: called with the hash of each decision.
    """

    def __init__(self, policy_of: PolicyOf) -> None:
        self._policy_of = policy_of
        self._visit = _Visit()
        self._style: Style | None = None
        """That an operator has chosen."""

    def feed(self, event: e.Event) -> Again | None:
        """What a decision was and is; None for any other event.

        Raises:
            InputError: a decision without a transcript before it, or of an unknown policy.
        """
        visit = self._visit
        match event:
            case e.SessionStarted() | e.VisitReset():
                self._visit = _Visit(heard=visit.heard)
            case e.StyleForced():
                self._style = event.style
            case e.TranscriptChanged(final=True):
                visit.heard = event
            case e.DeliveryChosen():
                return self._again(event)
            case e.SentenceReady():
                visit.begun = visit.begun or event.turn == visit.turn
            case e.OpinionHeard():
                self._consider(event)
            case e.TurnEnded():
                visit.ended(event)
            case _:
                pass
        return None

    def _again(self, logged: e.DeliveryChosen) -> Again:
        visit, heard = self._visit, self._visit.heard
        if heard is None or heard.turn != logged.turn:
            raise InputError(
                f"turn {logged.turn} was decided and has no final transcript",
                code="replay",
                hint="only a log with its TranscriptChanged events can be replayed",
            )
        policy = replace(self._policy_of(logged.policy), prosody=logged.voice)
        visit.before = replace(visit.memory, agent_failures=logged.failures)
        observation = Observation(
            text=heard.text,
            language=heard.language,
            confidence=confidence(heard.no_speech),
            scenario=policy.scenario,
            asked=visit.asked,
            memory=visit.before,
        )
        made = [
            (
                chosen(
                    self._styled(each, heard.language, policy),
                    heard.text,
                    at=logged.at,
                    turn=logged.turn,
                    failures=logged.failures,
                ),
                each,
            )
            for each in _candidates(observation, policy, logged)
        ]
        now, decision = next((pair for pair in made if pair[0] == logged), made[0])
        visit.decided(logged.turn, decision, policy)
        return Again(logged=logged, now=now, text=heard.text)

    def _styled(self, decision: Decision, language: Language, policy: Policy) -> Decision:
        return decision if self._style is None else forced(decision, self._style, language, policy)

    def _consider(self, event: e.OpinionHeard) -> None:
        visit = self._visit
        if visit.decision is None or visit.policy is None or event.turn != visit.turn:
            return
        spoken = visit.decision.arc.open if visit.begun else None
        revised = revise(replace(visit.decision, memory=visit.memory), _opinion(event), spoken, visit.policy)
        visit.decision, visit.memory = revised, revised.memory


@dataclass(slots=True, kw_only=True)
class _Visit:
    """What the session knew of a customer."""

    heard: e.TranscriptChanged | None = None
    memory: Memory = Memory()
    before: Memory = Memory()
    asked: str = ""
    turn: int = 0
    """Under way; 0 between turns."""
    begun: bool = False
    """A sentence of the reply is on its way to the voice."""
    decision: Decision | None = None
    policy: Policy | None = None

    def decided(self, turn: int, decision: Decision, policy: Policy) -> None:
        self.turn, self.begun, self.decision, self.policy = turn, False, decision, policy
        self.memory = replace(decision.memory, voice=Baseline())

    def ended(self, event: e.TurnEnded) -> None:
        """What the customer heard last is what the next turn answers; an apology unheard was none."""
        self.asked = event.heard or self.asked
        if event.turn != self.turn:
            return
        if not event.heard:
            self.memory = replace(self.memory, apologised=self.before.apologised)
        self.turn = 0


def _candidates(observation: Observation, policy: Policy, logged: e.DeliveryChosen) -> Iterator[Decision]:
    """The decision; with a voice that counted, one for each that could have: the likeliest first."""
    plain = decide(observation, policy)
    if not logged.voice:
        yield plain
        return
    for arousal in _arousals(plain.intensity, logged.intensity):
        yield decide(replace(observation, prosody=_stirred(arousal)), policy)


def _arousals(plain: float, logged: float) -> Iterator[float]:
    """Standard deviations that make one intensity another, also on either side of where a tie is broken."""
    solved = (logged / plain - 1) / STRENGTHENS if plain > 0 else STIRRED
    yield min(max(round(solved, 4), 0.0001), LIMIT)
    yield from (STIRRED, STIRRED - 0.0001, LIMIT)


def _stirred(arousal: float) -> Prosody:
    """A voice of such an arousal, of somebody nothing is known of."""

    def value(index: int) -> float:
        feature = FEATURES[index]
        return feature.middle + arousal * math.hypot(feature.within, feature.between)

    pitch = 100 * 2 ** (value(1) / 12)
    return Prosody(energy=value(0), f0=pitch, spread=0.0, voiced=1.0, rate=0.0, snr=CLEANEST)


def _opinion(event: e.OpinionHeard) -> Opinion:
    """A vote of which the likeliest state is known; the others share the rest."""
    rest = (1 - event.probability) / (len(State) - 1)
    return Opinion(
        probabilities=tuple(event.probability if state is event.state else rest for state in State)
    )
