"""The policy at work in a session: edits of its file come in between turns, quiet hours by the wall clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from core import events as e
from core.clock import Clock, minute_of_day
from emotion_policy.config import EmotionConfig
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.policy import Policy
from emotion_policy.policy_keeper import Look


class PolicyKeeper(Protocol):
    """The policy in force; `emotion_policy.policy_keeper.Keeper` is the real one."""

    @property
    def current(self) -> Policy: ...

    def look(self, *, anew: bool = False) -> Look | None:
        """Take an edit over, if there is one; None: nothing to tell. See `pipeline.crew.Site.look`."""
        ...

    def switch(self, scenario: Scenario) -> None:
        """See `pipeline.crew.Site.switch`."""
        ...


def deciding(
    keeper: PolicyKeeper,
    emotion: EmotionConfig,
    clock: Clock,
    tell: Callable[[e.Event], None],
    *,
    minute: Callable[[], int] = minute_of_day,
) -> Callable[[Observation], Decision]:
    """`decide` under the policy in force, for one session.

    Args:
        keeper: looked at before each turn; on the loop, as the turn itself.
        emotion: settings that go before the policy's.
        clock: of the session.
        tell: hears of each edit, used or not.
        minute: of the day, for quiet hours.
    """

    def decided(observation: Observation) -> Decision:
        look = keeper.look()
        if look is not None:
            tell(e.PolicyChanged(at=clock.now(), policy=look.policy, error=look.error))
        policy = keeper.current
        voices = emotion.hears_voices(policy=policy.prosody)
        if voices != policy.prosody:
            policy = replace(policy, prosody=voices)
        return decide(replace(observation, quiet=policy.quiet(minute())), policy)

    return decided
