"""A conversation with somebody who is here: sound card and keyboard, in real time.

In: settings, where commands come from. Out: events. Typed words work without a microphone, and answers
are still written where there is no loudspeaker.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TextIO, get_args

from audio.ports import AudioSink, AudioSource, Deliver, Finished
from audio.recorded import WavSink
from core import commands as c
from core import events as e
from core.clock import LoopClock, patient_loop
from pipeline.assembly import Engines
from pipeline.bus import Bus, Listener
from pipeline.config import Config
from pipeline.gauging import Gauging
from pipeline.recording_folder import new_file
from pipeline.scene import Direct, Directed
from pipeline.staging import stage
from pipeline.taps import taps_for
from pipeline.typed_commands import LOOK, TypedCommands
from pipeline.typed_lines import typed_lines
from pipeline.watchers import Watchers

SILENT_RATE = 22_050
"""Hz pulled where no loudspeaker is: the replies still take their time."""

Read = Callable[[str], c.Command | None]
"""A line of input to a command; None for a line that is none."""


class Nobody:
    """A source that hears nothing: the conversation is typed."""

    name = "keyboard"
    overruns = 0

    def start(self, deliver: Deliver, finished: Finished) -> None:
        del deliver, finished

    def stop(self) -> None:
        pass


def converse(
    config: Config,
    engines: Engines,
    *listeners: Listener,
    microphone: bool,
    loudspeaker: bool,
    lines: TextIO | None,
    read: Read,
    waits: tuple[type, ...] = get_args(c.Command),
    gauges: bool = False,
) -> None:
    """Talk until `Quit`, the end of `lines`, or a lost device.

    Args:
        microphone: listen; otherwise only typed words are heard.
        loudspeaker: sound; otherwise replies pass silently in their own time.
        lines: where commands are typed; None for nowhere.
        read: what a typed line means.
        waits: commands that, unless they come from a terminal, wait for the answer under way.
        gauges: tell the listeners measurements too; whoever attaches to `session.socket` has them anyway.

    Raises:
        DeviceError: a device is missing, busy, or was lost.
        OutputError: it is to be recorded and cannot be.
    """
    record = new_file(config.recording, os.environ)
    with asyncio.Runner(loop_factory=None if record is None else patient_loop) as runner:
        live = _Live(config, engines, listeners, lines, read, record, waits=waits, gauges=gauges)
        runner.run(live.converse(microphone=microphone, loudspeaker=loudspeaker))


class _Live:
    """One conversation: what `converse` was given, and who takes part."""

    def __init__(
        self,
        config: Config,
        engines: Engines,
        listeners: tuple[Listener, ...],
        lines: TextIO | None,
        read: Read,
        record: Path | None,
        *,
        waits: tuple[type, ...],
        gauges: bool,
    ) -> None:
        self._config = config
        self._engines = engines
        self._lines = lines
        self._read = read
        self._waits = waits
        self._record = record
        self._measured = listeners if gauges else ()
        self._bus = Bus(*listeners)

    async def converse(self, *, microphone: bool, loudspeaker: bool) -> None:
        self._clock = LoopClock()
        sink = _loudspeaker(self._config) if loudspeaker else WavSink(SILENT_RATE, self._clock)
        source: AudioSource = _microphone(self._config) if microphone else Nobody()
        path = self._config.session.socket
        if path is None:
            direct = None if self._lines is None else self._typed
            await self._talk(source, sink, self._measured, direct)
            return
        watchers = Watchers(self._clock)
        self._bus.listen(watchers.note)
        direct = self._attended if self._lines is None else self._typed

        async def directed(session: Directed) -> None:
            watchers.direct(session)
            await direct(session)

        await watchers.beside(
            path.expanduser(), lambda: self._talk(source, sink, (*self._measured, watchers.note), directed)
        )

    async def _talk(
        self, source: AudioSource, sink: AudioSink, measured: tuple[Listener, ...], direct: Direct | None
    ) -> None:
        gauging = Gauging(self._clock, Bus(*measured).say) if measured else None
        if gauging is not None:
            source, sink = gauging.source(source), gauging.sink(sink)
        with taps_for(
            self._record,
            self._config,
            self._engines,
            source=source,
            sink=sink,
            clock=self._clock,
            bus=self._bus,
        ) as taps:
            await stage(
                self._config,
                self._engines,
                source=source,
                sink=sink,
                clock=self._clock,
                bus=self._bus,
                taps=taps,
                direct=direct,
                gauge=None if gauging is None else gauging.run,
            )

    async def _typed(self, session: Directed) -> None:
        """Obey what is typed, until `Quit` or the end of it, and let the last answer be heard."""
        assert self._lines is not None
        commands = TypedCommands(session, waits=() if self._lines.isatty() else self._waits)
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read_into(commands))
            await commands.obey_in_turn(self._clock)
            reading.cancel()
        while session.busy:
            await self._clock.sleep(LOOK)

    async def _read_into(self, commands: TypedCommands) -> None:
        assert self._lines is not None
        async with aclosing(typed_lines(self._lines.fileno())) as typed:
            async for line in typed:
                command = self._read(line)
                if command is not None:
                    commands.take(command)
        commands.close()

    async def _attended(self, session: Directed) -> None:
        """Nobody types: go on until somebody who watches ends it, or the microphone is lost."""
        lost = asyncio.get_running_loop().create_future()

        def note(event: e.Event) -> None:
            if isinstance(event, e.DeviceLost) and not lost.done():
                lost.set_result(None)

        self._bus.listen(note)
        await lost
        while session.busy:
            await self._clock.sleep(LOOK)


def _microphone(config: Config) -> AudioSource:
    from audio.soundcard import MicrophoneSource

    return MicrophoneSource(config.audio.input_device)


def _loudspeaker(config: Config) -> AudioSink:
    from audio.soundcard import SpeakerSink

    return SpeakerSink(config.audio.output_device)
