"""Recordings as devices: in step with the clock, whole, and over when they say."""

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.recorded import ScriptedSource, WavSink, WavSource
from audio.recorder import ConversationRecorder
from audio.wavfile import read_wav
from core.audio import FRAME_BYTES, FRAME_SECONDS, HEARING_RATE, SILENT_FRAME, Waveform, from_pcm, to_pcm
from core.clock import LoopClock, SkippingLoop
from core.errors import OutputError

pytestmark = pytest.mark.unit


def run(main):
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def noise(seconds: float, rate: int = HEARING_RATE) -> Waveform:
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, round(seconds * rate))
    return Waveform(samples.astype(np.float32), rate)


async def heard_from(source, clock):
    """(time, frame) of everything, and the time of the end."""
    over, frames = asyncio.Event(), []
    source.start(lambda pcm: frames.append((clock.now(), pcm)), lambda error: over.set())
    await over.wait()
    return frames, clock.now()


@settings(max_examples=20)
@given(st.floats(0.01, 3.0), st.floats(0, 1.0))
def test_a_recording_comes_frame_by_frame_in_real_time_then_silence_then_its_end(seconds, tail):
    async def main():
        clock = LoopClock()
        sound = noise(seconds)
        frames, end = await heard_from(WavSource(sound, clock, tail=tail), clock)
        assert all(len(pcm) == FRAME_BYTES for _, pcm in frames)
        due = [(n + 1) * FRAME_SECONDS for n in range(len(frames))]
        assert [at for at, _ in frames] == pytest.approx(due, abs=1e-5)
        assert end == pytest.approx((len(frames) + 1) * FRAME_SECONDS, abs=1e-5)
        pcm = b"".join(pcm for _, pcm in frames)
        whole = to_pcm(sound)
        assert pcm.startswith(whole)
        assert pcm[len(whole) :].strip(b"\0") == b""
        silent = round(tail / FRAME_SECONDS)
        assert len(pcm) - len(whole) - silent * FRAME_BYTES in range(FRAME_BYTES)

    run(main)


def test_ten_minutes_do_not_drift():
    async def main():
        clock = LoopClock()
        silence = Waveform(np.zeros(HEARING_RATE, np.float32), HEARING_RATE)
        _, end = await heard_from(WavSource(silence, clock, tail=600.0), clock)
        assert end == pytest.approx(601.02, abs=1e-4)

    run(main)


def test_a_recording_of_another_rate_is_brought_to_ours():
    async def main():
        clock = LoopClock()
        tone = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32) * np.float32(0.5)
        frames, _ = await heard_from(WavSource(Waveform(tone, 44_100), clock, tail=0), clock)
        got = from_pcm(b"".join(pcm for _, pcm in frames)).samples
        assert len(got) == HEARING_RATE
        want = 0.5 * np.sin(2 * np.pi * 440 * np.arange(HEARING_RATE) / HEARING_RATE)
        assert np.max(np.abs(got - want)[400:-400]) < 1e-3

    run(main)


def test_a_stopped_source_is_silent_and_never_finishes():
    async def main():
        clock, frames = LoopClock(), []
        source = WavSource(noise(1.0), clock)

        def deliver(pcm):
            frames.append(pcm)
            if len(frames) == 3:
                source.stop()

        source.start(deliver, lambda error: pytest.fail("it was stopped"))
        await clock.sleep(5)
        assert len(frames) == 3

    run(main)


def test_a_scripted_customer_speaks_when_told_and_is_silent_between():
    async def main():
        clock = LoopClock()
        source = ScriptedSource(clock)
        asyncio.get_running_loop().call_later(0.5, source.say, noise(0.1))
        asyncio.get_running_loop().call_later(0.9, source.finish)
        frames, end = await heard_from(source, clock)
        loud = [n for n, (_, pcm) in enumerate(frames) if pcm != SILENT_FRAME]
        assert len(loud) == 5
        assert frames[loud[0]][0] == pytest.approx(0.52, abs=0.021)
        assert end == pytest.approx(0.9, abs=0.021)
        assert not source.speaking

    run(main)


def test_finishing_a_scripted_customer_lets_them_finish_their_words():
    async def main():
        clock = LoopClock()
        source = ScriptedSource(clock)
        source.say(noise(0.2))
        assert source.speaking
        source.finish()
        frames, _ = await heard_from(source, clock)
        assert len(frames) == 10

    run(main)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_000, 44_100, 48_000])
def test_a_recording_loudspeaker_asks_for_exactly_its_rate(rate):
    async def main():
        clock, blocks = LoopClock(), []
        sink = WavSink(rate, clock, blocks.append)
        sink.start(lambda count: np.zeros(count, np.float32), lambda error: None)
        await clock.sleep(9.99)
        sink.stop()
        await clock.sleep(1)
        assert sum(map(len, blocks)) == 10 * rate
        assert len(blocks) == 500

    run(main)


def test_a_loop_that_was_late_makes_up_for_it():
    async def main():
        clock, times = LoopClock(), []
        source = ScriptedSource(clock)

        def deliver(pcm):
            times.append(clock.now())
            if len(times) == 1:
                asyncio.get_running_loop().skip(0.1)

        source.start(deliver, lambda error: None)
        await clock.sleep(0.5)
        source.stop()
        assert len(times) == 25 or len(times) == 24
        assert sum(at == times[1] for at in times) == 5

    run(main)


def test_the_recorder_puts_each_side_where_it_was_said(tmp_path):
    path = tmp_path / "talk.wav"
    recorder = ConversationRecorder(path, HEARING_RATE)
    said = noise(0.4)
    pcm = to_pcm(said)
    for n in range(50):
        at = n * FRAME_SECONDS
        begin = (n - 10) * FRAME_BYTES
        recorder.customer(pcm[begin : begin + FRAME_BYTES] if 10 <= n < 30 else SILENT_FRAME, at + 0.004)
        if n >= 40:
            recorder.agent(np.full(320, 0.25, np.float32), at)
    recorder.close()
    content = np.frombuffer(path.read_bytes()[44:], "<i2").reshape(-1, 2)
    assert len(content) == HEARING_RATE
    assert content[3_200:9_600, 0].tobytes() == pcm
    assert not content[:3_200, 0].any()
    assert np.flatnonzero(content[:, 1]).tolist() == list(range(12_800, 16_000))


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=60),
    st.sampled_from([16_000, 24_000, 44_100]),
)
def test_both_sides_stay_in_time_whatever_is_lost(tmp_path_factory, script, rate):
    """A block marks its second: wherever it is in the file, it is there at its time."""
    path = tmp_path_factory.mktemp("talk") / "talk.wav"
    recorder, last = ConversationRecorder(path, rate), 0.0
    at = {True: 0.0, False: 0.0}
    block = np.full(round(rate * FRAME_SECONDS), 0.5, np.float32)
    for left, lost in script:
        at[left] += lost * 0.1
        if left:
            recorder.customer(SILENT_FRAME, at[left])
        else:
            recorder.agent(block, at[left])
        at[left] += FRAME_SECONDS
        last = max(last, at[left])
    recorder.close()
    recorder.close()
    frames = (path.stat().st_size - 44) // 4
    assert frames == pytest.approx(last * rate, abs=rate * 0.001 + 2)


def test_a_side_that_is_gone_becomes_silence_and_holds_nothing_back(tmp_path):
    path = tmp_path / "talk.wav"
    recorder = ConversationRecorder(path, 16_000)
    for n in range(500):
        recorder.customer(SILENT_FRAME, n * FRAME_SECONDS)
    assert read_wav(path).seconds >= 7.0
    recorder.agent(np.full(320, 0.5, np.float32), 9.98)
    recorder.close()
    content = np.frombuffer(path.read_bytes()[44:], "<i2").reshape(-1, 2)
    assert np.flatnonzero(content[:, 1]).tolist() == list(range(159_680, 160_000))


def test_the_recorder_says_when_the_disk_is_full(tmp_path):
    path = tmp_path / "talk.wav"
    path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="disk is full"):
        ConversationRecorder(path, 16_000)
