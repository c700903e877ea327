"""What a session lets be measured: the links that there are at the moment, and no others."""

from __future__ import annotations

import pytest

from core import commands as c
from core import events as e
from tests.conversation.operating import LONG, idle, speaking

pytestmark = pytest.mark.conversation


def names(scene) -> list[str]:
    return [link.name for link in scene.session.links]


def test_sentences_wait_only_while_a_reply_is_made(stage):
    seen = []

    async def script(scene):
        await idle(scene)
        seen.append(names(scene))
        await speaking(scene)
        seen.append(names(scene))
        await scene.until(e.TurnEnded)
        await scene.pause(0.1)
        seen.append(names(scene))

    stage(texts=["在吗"], replies=(LONG,)).play(script)
    assert seen == [["asked"], ["asked", "sentences"], ["asked"]]


def test_what_is_asked_while_a_turn_ends_waits_in_a_link(stage):
    async def script(scene):
        await speaking(scene)
        for text in ("一", "二"):
            scene.session.obey(c.Ask(text=text))
        (asked, *_) = scene.session.links
        assert asked.depth == 2
        await scene.until(e.TurnEnded, 3)
        assert asked.depth == 0

    stage(texts=["在吗"], replies=(LONG,)).play(script)
