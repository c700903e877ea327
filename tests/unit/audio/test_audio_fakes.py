"""The room as a whole, with fakes and recordings for devices: heard, answered, interrupted, written down."""

import asyncio

import numpy as np
import pytest

from audio.config import AudioConfig
from audio.endpointing import Endpointing
from audio.fake import LOUD_FRAME, FakeSink, FakeSource
from audio.listener import Listener
from audio.playout import Playout
from audio.ports import AudioSink, AudioSource
from audio.recorded import ScriptedSource, WavSink, WavSource
from audio.recorder import ConversationRecorder
from audio.vad import EnergyGate
from core.audio import FRAME_SECONDS, HEARING_RATE, AudioFrame, Onset, Utterance, Waveform, from_pcm
from core.clock import LoopClock, SkippingLoop
from core.errors import DeviceError

pytestmark = pytest.mark.unit


def run(main):
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def test_fakes_and_recordings_stand_behind_the_same_doors():
    async def main():
        clock = LoopClock()
        sources: list[AudioSource] = [
            FakeSource(),
            ScriptedSource(clock),
            WavSource(Waveform(np.zeros(1, np.float32), 8_000), clock),
        ]
        sinks: list[AudioSink] = [FakeSink(), WavSink(16_000, clock)]
        for device in (*sources, *sinks):
            assert device.name
            device.stop()

    run(main)


def test_a_fake_microphone_delivers_ends_and_is_lost_when_told():
    frames, ends = [], []
    source = FakeSource()
    source.frame(LOUD_FRAME)
    source.start(frames.append, ends.append)
    source.hear(True, False)
    source.end(DeviceError("gone", code="lost"))
    source.end()
    source.hear(True)
    assert [bool(frame.strip(b"\0")) for frame in frames] == [True, False]
    assert [error.code for error in ends] == ["device.lost"]


def test_a_fake_loudspeaker_keeps_what_it_played_and_can_be_lost():
    async def main():
        sink, playout, lost = FakeSink(1_000), Playout(1_000), []
        sink.start(playout.pull, lost.append)
        await playout.play(Waveform(np.full(150, 0.5, np.float32), 1_000))
        assert sink.sound(0.1).tolist() == [0.5] * 100
        sink.sound(0.1)
        assert np.count_nonzero(sink.played) == 150
        assert len(sink.played) == 200
        sink.lose(DeviceError("gone", code="lost"))
        sink.lose(DeviceError("gone", code="lost"))
        assert len(lost) == 1

    run(main)


def test_a_customer_interrupts_and_the_recording_shows_both_sides_in_time(tmp_path):
    async def main():
        clock, config, heard, frames = LoopClock(), AudioConfig(), [], 0
        ear = Listener(EnergyGate(), Endpointing(config), config)
        playout = Playout(HEARING_RATE)
        recorder = ConversationRecorder(tmp_path / "talk.wav", HEARING_RATE)
        source, sink = ScriptedSource(clock), WavSink(HEARING_RATE, clock)
        over = asyncio.Event()

        def hear(pcm: bytes) -> None:
            nonlocal frames
            frames += 1
            recorder.customer(pcm, (frames - 1) * FRAME_SECONDS)
            found = ear.hear(AudioFrame(pcm, frames * FRAME_SECONDS))
            heard.append(found) if found else None
            if isinstance(found, Onset):
                playout.flush()

        sink.on_block = lambda block: recorder.agent(block, clock.now())
        source.start(hear, lambda error: over.set())
        sink.start(playout.pull, lambda error: None)
        asyncio.get_running_loop().call_later(1.0, source.say, from_pcm(LOUD_FRAME * 20))
        asyncio.get_running_loop().call_later(3.0, source.finish)
        playout.begin()
        await playout.play(Waveform(np.full(5 * HEARING_RATE, 0.25, np.float32), HEARING_RATE))
        await over.wait()
        sink.stop()
        recorder.close()
        return heard, playout

    (onset, _, utterance), playout = run(main)
    assert isinstance(utterance, Utterance)
    assert onset.started == pytest.approx(1.0, abs=0.021)
    assert utterance.ended == pytest.approx(1.4, abs=0.021)
    assert playout.reply_played == pytest.approx(1.04, abs=0.021)
    content = np.frombuffer((tmp_path / "talk.wav").read_bytes()[44:], "<i2").reshape(-1, 2)
    customer, agent = (np.flatnonzero(side) / HEARING_RATE for side in content.T)
    assert (customer[0], customer[-1]) == (pytest.approx(1.0, abs=0.021), pytest.approx(1.4, abs=0.021))
    assert agent[0] == 0.0
    assert agent[-1] - customer[0] < 0.045
