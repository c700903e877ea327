"""A scene: a device is lost, input is lost, somebody quits; everything opened is closed."""

import asyncio
import threading

import pytest

from asr.fake import FakeRecognizer
from audio.fake import FakeSink, FakeSource
from audio.playout import Playout
from core import commands as c
from core import events as e
from core.audio import SILENT_FRAME
from core.clock import LoopClock, SkippingLoop
from core.errors import DeviceError
from llm.fake import FakeModel
from llm.knowledge import Knowledge
from pipeline import assembly
from pipeline.assembly import Engines
from pipeline.bus import Bus
from pipeline.config import Config
from pipeline.scene import perform
from pipeline.taps import Untapped
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation


def act(script, *, directed: bool = True, replies=("好的，请您稍等一下，我来看看。",)):
    """Run `script(session, source, sink, clock)` beside a session with fake devices; return what happened."""
    events, source, sink = [], FakeSource(), FakeSink()
    engines = Engines(
        recognizer=FakeRecognizer(),
        model=FakeModel(replies),
        voice=FakeSynthesizer(),
        knowledge=Knowledge([]),
        demo=True,
    )

    async def main():
        clock = LoopClock()
        playout = Playout(sink.rate)

        async def direct(session):
            await script(session, source, sink, clock)

        async with asyncio.TaskGroup() as group:
            if not directed:
                group.create_task(script(None, source, sink, clock))
            await perform(
                crew=assembly.build_crew(engines, clock, playout, lane=Untapped(clock).lane),
                playout=playout,
                source=source,
                sink=sink,
                listen=lambda _: None,
                clock=clock,
                bus=Bus(events.append),
                settings=assembly.turn_settings(Config()),
                started=engines.started(clock),
                direct=direct if directed else None,
            )

    try:
        with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=False)) as runner:
            runner.run(main())
    finally:
        engines.close()
        assert not source.running
        assert not sink.running
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("lane-")]
    return events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_a_scene_begins_and_ends_with_its_session():
    async def nothing(session, source, sink, clock):
        await clock.sleep(2.5)

    events = act(nothing)
    assert isinstance(events[0], e.SessionStarted)
    assert events[0].demo
    assert events[-1] == e.SessionEnded(at=events[-1].at, reason="finished")
    assert not of(events, e.Gauge), "what is recorded holds no measurements"


def test_a_lost_microphone_ends_a_spoken_session_with_its_error():
    async def unplug(session, source, sink, clock):
        await clock.sleep(1.0)
        source.end(DeviceError("the microphone is gone", code="lost", hint="plug it in"))

    with pytest.raises(BaseExceptionGroup) as failed:
        act(unplug, directed=False)
    (error,) = failed.value.exceptions
    assert (error.code, error.hint) == ("device.lost", "plug it in")


def test_the_end_of_a_recording_ends_the_session_quietly():
    async def end(session, source, sink, clock):
        await clock.sleep(1.0)
        source.frame(SILENT_FRAME)
        source.end()

    events = act(end, directed=False)
    assert events[-1].reason == "finished"


def test_a_lost_loudspeaker_is_said_and_answers_are_still_written():
    async def unplug(session, source, sink, clock):
        await clock.sleep(0.5)
        sink.lose(DeviceError("the loudspeaker is gone", code="lost", hint="plug it in"))
        session.obey(c.Ask(text="你好"))
        await clock.sleep(0.1)
        while session.busy:
            await clock.sleep(0.1)

    events = act(unplug)
    assert of(events, e.DeviceLost)[0].code == "device.lost"
    assert of(events, e.TurnEnded)[0].outcome == "answered"


def test_input_that_nobody_took_in_time_is_reported_once():
    async def overrun(session, source, sink, clock):
        source.overruns = 3
        await clock.sleep(3.5)

    events = act(overrun)
    assert [(event.where, event.frames) for event in of(events, e.Overrun)] == [("fake microphone", 3)]


def test_quit_from_the_wire_ends_the_scene():
    async def quit_it(session, source, sink, clock):
        session.obey(c.Quit())
        await clock.sleep(60)

    assert act(quit_it)[-1].at < 5
