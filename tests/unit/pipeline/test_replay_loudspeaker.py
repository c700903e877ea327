"""The loudspeaker of a replay: what was waited for takes as long as it took, and what was not recorded no time."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from audio.playout import Playout
from core.audio import Waveform
from core.clock import SkippingLoop
from pipeline.journal import Entry
from pipeline.replay_agenda import Agenda
from pipeline.replay_engines import ReplayLoudspeaker

pytestmark = pytest.mark.unit

RATE = 8_000
SOUND = Waveform(np.ones(80, np.float32), RATE)


def played(*entries: Entry, cut: bool = False) -> float | None:
    """Play the first sound of a reply; the session's time at which that was done, or None: never."""

    async def main() -> float | None:
        agenda = Agenda(Entry(number=0, at=0.0, kind="begin"), cut=cut)
        loudspeaker = ReplayLoudspeaker(agenda, Playout(RATE), entries)
        loudspeaker.begin(lambda: None)
        playing = asyncio.ensure_future(loudspeaker.play(SOUND))
        await asyncio.sleep(0)
        agenda.start()
        await agenda.over
        await asyncio.sleep(0)
        if playing.cancel():
            return None
        return agenda.at

    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def did(kind: str) -> Entry:
    return Entry(number=1, at=0.25, kind=kind, fields={"reply": 1, "nth": 0, "since": 0.0})


def test_what_was_waited_for_is_done_when_it_was_done():
    assert played(did("did")) == 0.25


def test_what_nobody_waited_for_any_longer_is_never_done():
    assert played(did("dropped")) is None


def test_what_was_not_recorded_is_done_at_once():
    assert played() == 0.0


def test_what_comes_after_the_cut_has_not_come_yet():
    assert played(cut=True) is None
