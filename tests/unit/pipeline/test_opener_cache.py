"""First sentences that are sound before anybody needs them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from core.audio import Waveform
from core.clock import LoopClock, SkippingLoop
from core.emotion import Delivery, Style
from core.errors import TtsError
from core.text import Sentence, Spoken
from pipeline.lane import InlineLane
from pipeline.openers import OpenerCache
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.unit

SORRY = Sentence(text="对不起，添麻烦了。", index=0, language="zh", delivery=Delivery(style=Style.APOLOGETIC))
CALM = Sentence(text="一步一步来。", index=0, language="zh", delivery=Delivery(style=Style.SOOTHING))
STEP = 0.02


def run(main):
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def cache(voice: FakeSynthesizer, *expected: Sentence, **more: int) -> tuple[OpenerCache, LoopClock]:
    clock = LoopClock()
    return OpenerCache(voice, InlineLane("tts", clock, TtsError, step=STEP), expected, **more), clock


async def taken(steps) -> list[Waveform | Spoken]:
    return [piece async for piece in steps]


def same(first, second) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(a.samples, b.samples) if isinstance(a, Waveform) else a == b
        for a, b in zip(first, second, strict=True)
    )


def test_what_is_prepared_sounds_at_once_with_its_word_events():
    async def main():
        voice = FakeSynthesizer()
        openers, clock = cache(voice, SORRY, CALM)
        await openers.prepare(clock, lambda: False)
        assert openers.holds(SORRY)
        assert openers.holds(CALM)
        before = clock.now()
        sound = await taken(openers.steps(SORRY))
        assert clock.now() == before
        assert voice.said == [SORRY.text, CALM.text]
        assert same(sound, list(FakeSynthesizer().synthesize(SORRY)))
        assert any(isinstance(piece, Spoken) for piece in sound)

    run(main)


def test_what_is_not_there_yet_is_rendered_when_it_is_said_and_kept():
    async def main():
        voice = FakeSynthesizer()
        openers, _ = cache(voice)
        first = await taken(openers.steps(SORRY))
        second = await taken(openers.steps(SORRY))
        assert voice.said == [SORRY.text]
        assert same(first, second)

    run(main)


def test_the_reason_for_a_delivery_does_not_sound_but_its_style_does():
    async def main():
        openers, clock = cache(FakeSynthesizer(), SORRY)
        await openers.prepare(clock, lambda: False)
        assert openers.holds(replace(SORRY, delivery=replace(SORRY.delivery, because="complaint: 投诉")))
        assert not openers.holds(replace(SORRY, delivery=replace(SORRY.delivery, rate=0.9)))

    run(main)


def test_a_walk_that_is_let_go_of_leaves_nothing_behind():
    async def main():
        openers, _ = cache(FakeSynthesizer())
        steps = openers.steps(SORRY)
        await anext(steps)
        steps.close()
        assert not openers.holds(SORRY)
        assert openers.bytes == 0

    run(main)


def test_no_more_is_kept_than_there_is_room_for_and_the_oldest_goes_first():
    async def main():
        size = sum(
            piece.samples.nbytes
            for piece in FakeSynthesizer().synthesize(SORRY)
            if isinstance(piece, Waveform)
        )
        openers, _ = cache(FakeSynthesizer(), most_bytes=size)
        await taken(openers.steps(CALM))
        await taken(openers.steps(SORRY))
        assert openers.holds(SORRY)
        assert not openers.holds(CALM)
        assert openers.bytes == size

    run(main)


def test_preparing_stops_when_the_room_is_used_up():
    async def main():
        openers, clock = cache(voice := FakeSynthesizer(), SORRY, CALM, most_bytes=0)
        await openers.prepare(clock, lambda: False)
        assert voice.said == []

    run(main)


def test_a_customer_goes_first():
    async def main():
        openers, clock = cache(FakeSynthesizer(), SORRY, CALM)
        answering = {"now": False}
        async with asyncio.TaskGroup() as group:
            preparing = group.create_task(openers.prepare(clock, lambda: answering["now"]))
            await clock.sleep(3 * STEP)
            answering["now"] = True
            await clock.sleep(60.0)
            assert not preparing.done()
            assert not openers.holds(SORRY)
            answering["now"] = False
        assert openers.holds(SORRY)
        assert openers.holds(CALM)

    run(main)


def test_preparing_may_be_cancelled_at_any_time_and_lets_go_of_the_voice():
    async def main():
        for count in range(12):
            openers, clock = cache(FakeSynthesizer(), SORRY, CALM)
            async with asyncio.TaskGroup() as group:
                preparing = group.create_task(openers.prepare(clock, lambda: False))
                await clock.sleep(count * STEP)
                preparing.cancel()
            assert len(await taken(openers.steps(CALM))) > 2

    run(main)


def test_a_voice_that_fails_ends_the_preparing_and_nothing_else(caplog):
    async def main():
        openers, clock = cache(FakeSynthesizer(fail_on=(0,)), SORRY, CALM)
        await openers.prepare(clock, lambda: False)
        assert openers.bytes == 0

    run(main)
    assert "not rendered beforehand" in caplog.text


def test_what_was_begun_with_the_voice_before_is_not_kept_for_the_next_one():
    async def main():
        openers, _ = cache(FakeSynthesizer())
        steps = openers.steps(SORRY)
        first = await anext(steps)
        openers.forget()
        assert [first, *await taken(steps)]
        assert not openers.holds(SORRY)
        assert openers.bytes == 0

    run(main)
