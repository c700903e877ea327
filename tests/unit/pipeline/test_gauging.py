"""What is measured of a live session, how often, and that looking changes nothing."""

from __future__ import annotations

import asyncio
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from core import gauges as g
from core.audio import SILENT_FRAME
from core.clock import LoopClock, SkippingLoop
from core.errors import DeviceError
from pipeline.gauging import Gauging, memory, vram
from pipeline.lane import Load
from pipeline.link import Link

pytestmark = pytest.mark.unit

LOUD = (np.ones(320) * 8192).astype("<i2").tobytes()
FAINT = (np.ones(320) * 8).astype("<i2").tobytes()


class Source:
    name = "microphone"
    overruns = 3
    backlog = 50
    waiting = 2

    def start(self, deliver, finished):
        self.deliver, self.finished = deliver, finished

    def stop(self):
        self.deliver = None


class Sink:
    name = "loudspeaker"
    rate = 16_000

    def start(self, pull, lost):
        self.pull, self.lost = pull, lost

    def stop(self):
        self.pull = None


class Scene:
    """A session's surroundings on the virtual clock."""

    def __init__(self):
        self.clock = LoopClock()
        self.told = []
        self.gauging = Gauging(self.clock, self.told.append)
        self.source, self.sink = Source(), Sink()
        self.measured_source = self.gauging.source(self.source)
        self.measured_sink = self.gauging.sink(self.sink)
        asked = Link("asked", 4)
        asked.offer(1)
        self.session = SimpleNamespace(links=(asked,))
        lanes = [SimpleNamespace(name=name, load=Load()) for name in ("asr", "llm", "tts")]
        self.crew = SimpleNamespace(hearing=lanes[0], thinking=lanes[1], speaking=lanes[2])
        self.playout = SimpleNamespace(rate=16_000, waiting_samples=8_000, capacity=1.5)

    def names(self):
        return [gauge.name for gauge in self.told]

    def values(self, name):
        return [gauge.value for gauge in self.told if gauge.name == name]


def measured(seconds, act=None):
    """A scene after so many seconds. Args: act: an async function beside it."""

    async def main():
        scene = Scene()
        async with asyncio.TaskGroup() as group:
            task = group.create_task(scene.gauging.run(scene.session, scene.crew, scene.playout))
            if act is not None:
                group.create_task(act(scene))
            await scene.clock.sleep(seconds)
            task.cancel()
        return scene

    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def test_everything_but_the_levels_is_told_once_a_second():
    scene = measured(3.05)
    once = [name for name in scene.names() if name not in (g.MICROPHONE_LEVEL, g.SPEAKER_LEVEL)]
    assert {
        g.LOOP_LAG,
        g.LOOP_LAG_P99,
        g.MEMORY,
        g.PLAYOUT_DEPTH,
        g.PLAYOUT_CAPACITY,
        g.link_depth("asked"),
        g.link_capacity("asked"),
        g.link_depth("microphone"),
        g.link_capacity("microphone"),
    } <= set(once)
    assert {once.count(name) for name in set(once) if not name.startswith("lane.")} == {3}


def test_the_values_are_those_that_are_there():
    scene = measured(1.05)
    assert scene.values(g.link_depth("asked")) == [1.0]
    assert scene.values(g.link_capacity("asked")) == [4.0]
    assert scene.values(g.link_depth("microphone")) == [2.0]
    assert scene.values(g.link_capacity("microphone")) == [50.0]
    assert scene.values(g.PLAYOUT_DEPTH) == [0.5]
    assert scene.values(g.PLAYOUT_CAPACITY) == [1.5]
    assert scene.values(g.LOOP_LAG) == [0.0]


def test_levels_come_ten_times_a_second_while_there_is_sound_and_once_a_second_without():
    async def speak(scene):
        scene.measured_source.start(lambda _: None, lambda _: None)
        for frame in [FAINT] * 50 + [LOUD] * 50 + [FAINT] * 100:
            scene.source.deliver(frame)
            await scene.clock.sleep(0.02)

    levels = measured(4.05, speak).values(g.MICROPHONE_LEVEL)
    loud = [level for level in levels if level > -60]
    assert len(loud) in (10, 11)
    assert loud[-1] == pytest.approx(-12.0, abs=0.1)
    assert len(levels) - len(loud) in (3, 4), "one a second, and the one that ends the sound"


def test_without_a_microphone_its_level_is_not_told():
    assert g.MICROPHONE_LEVEL not in measured(2.05).names()


def test_what_is_played_is_measured_where_it_passes():
    async def play(scene):
        scene.measured_sink.start(lambda count: np.full(count, 0.5, np.float32), lambda _: None)
        for _ in range(100):
            assert len(scene.sink.pull(160)) == 160
            await scene.clock.sleep(0.01)

    assert measured(1.05, play).values(g.SPEAKER_LEVEL)[0] == pytest.approx(-6.0, abs=0.1)


def test_a_measured_device_is_still_the_device():
    async def use(scene):
        heard, errors = [], []
        scene.measured_source.start(heard.append, errors.append)
        scene.source.deliver(SILENT_FRAME)
        scene.source.finished(None)
        assert (heard, errors) == ([SILENT_FRAME], [None])
        assert (scene.measured_source.name, scene.measured_source.overruns) == ("microphone", 3)
        scene.measured_source.stop()
        assert scene.source.deliver is None
        scene.measured_sink.start(lambda count: np.zeros(count, np.float32), errors.append)
        gone = DeviceError("gone")
        scene.sink.lost(gone)
        assert errors[-1] is gone
        assert (scene.measured_sink.name, scene.measured_sink.rate) == ("loudspeaker", 16_000)
        scene.measured_sink.stop()
        assert scene.sink.pull is None

    measured(0.1, use)


def test_a_lane_is_as_busy_as_it_worked_since_the_last_look():
    async def work(scene):
        load = scene.crew.thinking.load
        load.fill(["a", "b"], 64)
        await scene.clock.sleep(1.5)
        load._seconds += 0.25
        await scene.clock.sleep(1.0)
        load._seconds += 99.0

    scene = measured(3.05, work)
    assert scene.values(g.lane_busy("llm")) == pytest.approx([0.25, 1.0])
    assert scene.values(g.lane_busy("asr")) == [0.0, 0.0]
    assert scene.values(g.link_depth("deltas")) == [2.0] * 3
    assert scene.values(g.link_capacity("deltas")) == [64.0] * 3
    assert g.link_depth("waveforms") not in scene.names(), "it has not been used yet"


def test_work_in_flight_counts():
    load = Load()
    load.rest()
    assert load.seconds == 0.0
    load.work()
    first = load.seconds
    assert load.seconds > first > 0.0
    load.rest()
    assert load.seconds == load.seconds > first


def test_where_the_system_does_not_tell_memory_is_not_told(tmp_path):
    (tmp_path / "statm").write_text("nonsense", encoding="ascii")
    assert not list(memory(tmp_path / "nothing"))
    assert not list(memory(tmp_path / "statm"))
    ((name, value),) = memory()
    assert name == g.MEMORY
    assert value > 1e6


def test_the_gpu_is_asked_only_if_an_engine_uses_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert not list(vram())
    assert "torch" not in sys.modules
    cuda = SimpleNamespace(is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert not list(vram())
    cuda.is_initialized, cuda.mem_get_info = (lambda: True), (lambda: (40, 100))
    assert list(vram()) == [(g.VRAM_USED, 60.0), (g.VRAM_TOTAL, 100.0)]
