"""A scene: one session between a source and a sink, from its first frame to its last.

In: engines that are ready, a source of frames, a sink, somebody to direct it. Out: events on the bus.
Everything opened here is closed here, in the order sound flows, however the scene ends.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Protocol

from audio.playout import Playout
from audio.ports import AudioSink, AudioSource
from audio.recorded import WavSink
from core import events as e
from core.clock import Clock
from core.commands import Command, Quit
from core.errors import OutputError, VoiceError
from pipeline.asked import TurnSettings
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.desk import Save, not_recorded
from pipeline.session import Hear, PushToTalk, Session

LOOK = 1.0
"""Seconds between two looks at the visit and the source."""


class Directed(Protocol):
    """What a director may do with a session; `pipeline.session.Session` is the real one."""

    @property
    def busy(self) -> bool:
        """True while a turn is under way or waits."""
        ...

    def obey(self, command: Command) -> None: ...


Direct = Callable[[Directed], Awaitable[None]]
Gauge = Callable[[Session, Crew, Playout], Awaitable[None]]
"""Measures a session until it is cancelled."""


async def perform(
    *,
    crew: Crew,
    playout: Playout,
    source: AudioSource,
    sink: AudioSink,
    listen: Hear,
    clock: Clock,
    bus: Bus,
    settings: TurnSettings,
    started: e.SessionStarted,
    talk: PushToTalk | None = None,
    barge_in: bool = True,
    visit_timeout: float = math.inf,
    direct: Direct | None = None,
    silence: AudioSink | None = None,
    abort: asyncio.Future[OutputError] | None = None,
    save: Save = not_recorded,
    gauge: Gauge | None = None,
) -> None:
    """Run a session until its source ends, its director returns, or `Quit`.

    Args:
        talk: see `pipeline.session.Session`.
        visit_timeout: seconds without a word after which the next customer is assumed.
        direct: runs beside the session; when it returns, the session answers what was asked and ends.
            Without one the session ends when the source does.
        silence: takes a lost loudspeaker's place; by default it keeps the time of `clock`.
        abort: when it is done, the session is silenced and ends at once.
        save: see `pipeline.session.Session`.
        gauge: runs beside the session.

    Raises:
        DeviceError: the source or the sink was lost, and no director kept the session going.
    """
    loop = asyncio.get_running_loop()
    session = Session(
        crew=crew,
        listen=listen,
        talk=talk,
        clock=clock,
        bus=bus,
        settings=settings,
        barge_in=barge_in,
        save=save,
    )
    ended: asyncio.Future[VoiceError | None] = loop.create_future()

    def finished(error: VoiceError | None) -> None:
        if error is not None:
            bus.say(
                e.DeviceLost(
                    at=clock.now(),
                    device=source.name,
                    code=error.code,
                    message=error.message,
                    hint=error.hint,
                )
            )
        if not ended.done():
            ended.set_result(error)

    def silenced(error: VoiceError) -> None:
        """Go on without a loudspeaker: replies pass unheard in their own time, and are still written."""
        playout.flush()
        quiet.start(playout.pull, finished)
        finished(error)

    quiet = silence or WavSink(playout.rate, clock)
    reason = "stopped"
    try:
        with ExitStack() as opened:
            opened.callback(crew.close)
            bus.say(started)
            sink.start(playout.pull, silenced)
            opened.callback(sink.stop)
            opened.callback(quiet.stop)
            source.start(session.hear, finished)
            opened.callback(source.stop)
            async with asyncio.TaskGroup() as group:
                beside = [
                    group.create_task(_watch(session, clock, bus, source, visit_timeout)),
                    group.create_task(_direct(session, direct, ended)),
                    group.create_task(_prepare(crew, session, clock)),
                    group.create_task(_gauge(gauge, session, crew, playout)),
                    group.create_task(_abort(session, abort)),
                ]
                await session.run()
                for task in beside:
                    task.cancel()
        reason = "finished"
    finally:
        bus.say(e.SessionEnded(at=clock.now(), reason=reason))
    if direct is None and ended.done() and (error := ended.result()) is not None:
        raise error


async def _direct(session: Session, direct: Direct | None, ended: asyncio.Future[VoiceError | None]) -> None:
    if direct is None:
        await asyncio.shield(ended)
    else:
        await direct(session)
    session.finish()


async def _prepare(crew: Crew, session: Session, clock: Clock) -> None:
    """Render first sentences while nobody needs the voice."""
    if crew.openers is not None:
        await crew.openers.prepare(clock, lambda: session.busy)


async def _gauge(gauge: Gauge | None, session: Session, crew: Crew, playout: Playout) -> None:
    if gauge is not None:
        await gauge(session, crew, playout)


async def _abort(session: Session, abort: asyncio.Future[OutputError] | None) -> None:
    if abort is not None:
        await asyncio.shield(abort)
        session.obey(Quit())


async def _watch(session: Session, clock: Clock, bus: Bus, source: AudioSource, visit_timeout: float) -> None:
    """Once a second: is the customer still there, what input was lost?"""
    lost = 0
    while True:
        await clock.sleep(LOOK)
        session.look_around(visit_timeout)
        if source.overruns > lost:
            bus.say(e.Overrun(at=clock.now(), where=source.name, frames=source.overruns - lost))
            lost = source.overruns
