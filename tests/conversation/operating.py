"""What tests of the operator share: moments of a session, and what became of a command."""

from __future__ import annotations

from core import events as e
from emotion_policy.decide import decide
from emotion_policy.policy import packaged

LONG = "好的，我来帮您看一下。请您先坐一会儿。我马上就去问。问到了就告诉您。"
SITE = 'schema = 1\nscenario = "education"\n'


def ruling(observation):
    return decide(observation, packaged("government"))


async def idle(scene):
    await scene.pause(0.5)


async def listening(scene):
    scene.onset()
    await scene.pause(0.3)


async def thinking(scene):
    await scene.utter()
    await scene.until(e.ReplyBegan)


async def speaking(scene):
    await scene.utter()
    await scene.until(e.PlaybackStarted)
    await scene.pause(0.4)


async def paused(scene):
    await speaking(scene)
    scene.suspect(0.6)
    await scene.until(e.ReplyPaused)


def told(played) -> list[tuple[str, str]]:
    """What became of each command: its type, and the code of a refusal."""
    return [
        (event.command, getattr(event, "code", ""))
        for event in played.events
        if isinstance(event, e.CommandTaken | e.CommandRefused)
    ]


def after(played, kind: type) -> list:
    """Types of the events behind the first of a kind."""
    kinds = [type(event) for event in played.events]
    return kinds[kinds.index(kind) + 1 :]
