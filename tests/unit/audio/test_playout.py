"""Playout: offered = played + flushed + waiting, in order, whatever happens in between."""

import asyncio
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.playout import FADE, Playout
from core.audio import Waveform
from core.clock import SkippingLoop

pytestmark = pytest.mark.unit

RATE = 1_000
SLOW_RATE = 100
"""Hz at which a fade has no samples, so that all that is pulled is sound or silence."""
FAST_RATE = 8_000
"""Hz at which it has 24."""


def run(main):
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def ramp(start: int, count: int, rate: int = RATE) -> Waveform:
    """Samples that are their own numbers, from 1."""
    return Waveform(np.arange(start + 1, start + 1 + count, dtype=np.float32), rate)


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def balanced(playout: Playout) -> bool:
    out = playout.played_samples + playout.flushed_samples + playout.waiting_samples
    return playout.offered_samples == out


moves = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.integers(0, 700)),
        st.tuples(st.just("pull"), st.integers(0, 300)),
        st.tuples(st.just("pause"), st.integers(0, 200)),
        st.tuples(st.sampled_from(["flush", "begin", "finish"]), st.just(0)),
    ),
    max_size=40,
)


class Stage:
    """A playout, the one who plays to it, and all that was pulled from it."""

    def __init__(self, capacity: float, group: asyncio.TaskGroup) -> None:
        self.playout = Playout(SLOW_RATE, capacity)
        self.made = 0
        self.heard: list[np.ndarray] = []
        self._group = group
        self._player: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return self._player is None or self._player.done()

    async def move(self, name: str, count: int) -> None:
        match name:
            case "pull":
                self.heard.append(self.playout.pull(count))
            case "pause":
                self.playout.pause(count / SLOW_RATE)
            case "flush":
                self.playout.flush()
                assert self.playout.waiting_samples == 0
            case "play" if self.idle:
                self._player = self._group.create_task(self.playout.play(ramp(self.made, count, SLOW_RATE)))
                self.made += count
            case "begin" if self.idle:
                self.playout.begin()
            case "finish" if self.idle:
                await self.playout.finish()
        await settle()


@settings(max_examples=150)
@given(moves, st.floats(0.1, 5.0))
def test_offered_is_played_and_flushed_and_waiting_and_sound_keeps_its_order(moves, capacity):
    async def main():
        async with asyncio.TaskGroup() as group:
            stage = Stage(capacity, group)
            for name, count in moves:
                await stage.move(name, count)
                assert balanced(stage.playout)
                assert stage.playout.waiting_samples <= max(1, round(SLOW_RATE * capacity))
            while not stage.idle or stage.playout.waiting_samples:
                await stage.move("pull", 100)
        return stage

    stage = run(main)
    sound = [sample for block in stage.heard for sample in block.tolist() if sample]
    assert sound == sorted(set(sound))
    assert len(sound) == stage.playout.played_samples
    assert balanced(stage.playout)
    if not any(name == "flush" for name, _ in moves):
        assert len(sound) == stage.made


@settings(max_examples=40)
@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=6), st.sampled_from([16_000, 22_050, 24_000]))
def test_the_length_of_a_reply_survives_resampling_however_it_is_cut(pieces, rate):
    async def main():
        playout = Playout(48_000, 10.0)
        playout.begin()
        for count in pieces:
            await playout.play(Waveform(np.full(count, 0.1, np.float32), rate))
        await playout.finish()
        playout.pull(playout.waiting_samples)
        return playout.reply_played

    assert run(main) == pytest.approx(sum(pieces) / rate, abs=1.5 / 48_000)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=30), st.integers(0, 500))
def test_a_paused_reply_sounds_with_each_of_its_samples_once(steps, paused):
    async def main():
        playout, heard = Playout(FAST_RATE, 1.0), []
        playout.begin()
        await playout.play(Waveform(np.ones(3_000, np.float32), FAST_RATE))
        await playout.finish()
        for pause, count in steps:
            if pause:
                playout.pause(paused / FAST_RATE)
            heard.append(playout.pull(count))
            assert balanced(playout)
            assert np.count_nonzero(np.concatenate(heard)) == playout.played_samples
        while playout.waiting_samples:
            heard.append(playout.pull(100))
        assert playout.underruns == 0
        return np.concatenate(heard)

    sound = run(main)
    assert np.count_nonzero(sound) == 3_000
    assert sound.min() >= 0
    assert sound.max() <= 1
    assert np.abs(np.diff(sound[: np.flatnonzero(sound)[-1]])).max(initial=0) <= 1.01 / (FADE * FAST_RATE + 1)


def test_a_pause_lasts_as_long_as_was_said_with_a_ramp_on_either_side():
    async def main():
        playout, told = Playout(48_000), []
        playout.begin()
        await playout.play(Waveform(np.ones(48_000, np.float32), 48_000))
        playout.pull(480)
        playout.pause(0.1, lambda: told.append(playout.reply_played))
        block = playout.pull(9_600)
        ramp = round(FADE * 48_000)
        assert np.all(np.diff(block[:ramp]) < 0)
        assert not block[ramp:4_800].any()
        assert np.all(np.diff(block[4_800 : 4_800 + ramp]) > 0)
        assert np.all(block[4_800 + ramp :] == 1.0)
        assert playout.reply_played == pytest.approx((480 + ramp + 4_800) / 48_000)
        assert told == []
        await settle()
        assert len(told) == 1
        playout.pull(480)
        await settle()
        assert len(told) == 1

    run(main)


@pytest.mark.parametrize("end", ["flush", "begin"])
def test_a_pause_ends_unspoken_with_a_flush_and_with_a_new_reply(end):
    async def main():
        playout = Playout(48_000)
        playout.begin()
        await playout.play(Waveform(np.ones(4_800, np.float32), 48_000))
        playout.pull(480)
        playout.pause(0.2, lambda: pytest.fail("nothing went on"))
        playout.pull(960)
        played = playout.reply_played
        getattr(playout, end)()
        if end == "flush":
            assert not playout.pull(20_000).any()
            assert playout.reply_played == played
        await playout.play(Waveform(np.ones(4_800, np.float32), 48_000))
        assert np.all(playout.pull(480) == 1.0)
        playout.pull(20_000)
        await settle()

    run(main)


def test_a_flush_in_the_ramp_of_a_pause_is_no_step_up():
    async def main():
        playout = Playout(48_000)
        await playout.play(Waveform(np.ones(4_800, np.float32), 48_000))
        playout.pull(480)
        playout.pause(0.2)
        blocks = [playout.pull(40)]
        playout.flush()
        blocks.append(playout.pull(480))
        sound = np.concatenate(blocks)
        assert np.all(np.diff(sound) <= 0)
        assert sound[39] - sound[40] < 0.02

    run(main)


def test_a_second_pause_does_not_make_the_first_one_longer():
    async def main():
        playout, told = Playout(SLOW_RATE), []
        await playout.play(ramp(0, 100, SLOW_RATE))
        playout.pull(10)
        playout.pause(0.2, lambda: told.append("first"))
        playout.pull(10)
        playout.pause(0.5, lambda: told.append("second"))
        assert playout.pull(20).tolist() == [0.0] * 10 + list(range(11, 21))
        await settle()
        assert told == ["first"]

    run(main)


def test_a_paused_reply_is_not_drained():
    async def main():
        playout = Playout(SLOW_RATE)
        async with asyncio.TaskGroup() as group:
            playout.begin()
            await playout.play(ramp(0, 30, SLOW_RATE))
            playout.pull(10)
            playout.pause(0.2)
            waiting = group.create_task(playout.drained())
            playout.pull(20)
            await settle()
            assert not waiting.done()
            playout.pull(20)
            await settle()
            assert waiting.done()

    run(main)


def test_a_player_waits_for_room_and_is_woken_by_a_pull():
    async def main():
        playout = Playout(RATE, 0.5)
        async with asyncio.TaskGroup() as group:
            player = group.create_task(playout.play(ramp(0, 800)))
            await settle()
            assert not player.done()
            assert playout.waiting_samples == 500
            playout.pull(300)
            await settle()
            assert player.done()
        assert playout.offered_samples == 800

    run(main)


def test_flush_silences_within_three_milliseconds_and_frees_waiting_players():
    async def main():
        playout = Playout(48_000, 0.5)
        loud = Waveform(np.ones(48_000, np.float32), 48_000)
        async with asyncio.TaskGroup() as group:
            playout.begin()
            player = group.create_task(playout.play(loud))
            await settle()
            playout.pull(480)
            playout.flush()
            block = playout.pull(960)
            await settle()
            assert player.done()
        fade = round(FADE * 48_000)
        assert np.all(np.diff(block[:fade]) < 0)
        assert not block[fade:].any()
        assert playout.reply_played == pytest.approx(0.01)
        assert balanced(playout)

    run(main)


def test_flush_before_anything_sounded_gives_pure_silence():
    async def main():
        playout = Playout(RATE)
        playout.begin(on_first=lambda: pytest.fail("nothing was played"))
        await playout.play(ramp(0, 100))
        playout.flush()
        assert not playout.pull(200).any()
        await settle()
        assert playout.reply_played == 0

    run(main)


def test_flush_takes_what_is_still_in_the_resampler():
    async def main():
        playout = Playout(48_000)
        playout.begin()
        await playout.play(Waveform(np.ones(2_000, np.float32), 22_050))
        playout.flush()
        await playout.finish()
        assert playout.waiting_samples == 0

    run(main)


def test_drained_waits_for_the_last_sample_and_returns_after_a_flush():
    async def main():
        playout = Playout(RATE)
        for end in (lambda: playout.pull(100), playout.flush):
            async with asyncio.TaskGroup() as group:
                await playout.play(ramp(0, 100))
                waiting = group.create_task(playout.drained())
                await settle()
                playout.pull(50)
                await settle()
                assert not waiting.done()
                end()
                await settle()
                assert waiting.done()

    run(main)


def test_the_first_sample_of_each_reply_is_told_once_on_the_loop():
    async def main():
        playout, told = Playout(RATE), []
        await playout.play(ramp(0, 50))
        playout.begin(lambda: told.append(playout.reply_played))
        await playout.play(ramp(50, 50))
        playout.pull(50)  # the sound before the reply
        await settle()
        assert told == []
        playout.pull(20)
        assert told == []
        await settle()
        playout.pull(20)
        await settle()
        assert told == [pytest.approx(0.02)]

    run(main)


def test_running_dry_is_an_underrun_inside_a_reply_alone():
    async def main():
        playout = Playout(RATE)
        playout.pull(100)
        playout.begin()
        playout.pull(100)
        await playout.play(ramp(0, 150))
        playout.pull(100)
        playout.pull(100)
        playout.pull(100)
        assert playout.underruns == 1
        await playout.play(ramp(0, 150))
        await playout.finish()
        playout.pull(100)
        playout.pull(100)
        assert playout.underruns == 1

    run(main)


def test_a_thread_that_pulls_wakes_the_loop():
    async def main():
        playout, firsts, resumed, heard = Playout(48_000, 0.2), [], [], []
        stop = threading.Event()

        def device():
            while not stop.is_set():
                heard.append(playout.pull(480))

        thread = threading.Thread(target=device)
        thread.start()
        try:
            playout.begin(lambda: firsts.append(threading.get_ident()))
            for number in range(20):
                await playout.play(Waveform(np.full(4_800, 0.25, np.float32), 48_000))
                if number == 10:
                    playout.pause(0.05, lambda: resumed.append(threading.get_ident()))
            await playout.finish()
            await playout.drained()
        finally:
            stop.set()
            thread.join()
        assert firsts == resumed == [threading.get_ident()]
        assert np.count_nonzero(np.concatenate(heard)) == 96_000
        assert playout.reply_played == pytest.approx(2.0)

    asyncio.run(main())
