"""A conversation with somebody who is here: sound card and keyboard, in real time.

In: settings, where commands come from. Out: events. Typed words work without a microphone, and answers
are still written where there is no loudspeaker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TextIO

from audio.playout import Playout
from audio.ports import AudioSink, AudioSource, Deliver, Finished
from audio.recorded import WavSink
from core import commands as c
from core.clock import LoopClock
from pipeline import assembly
from pipeline.assembly import Engines
from pipeline.bus import Bus, Listener
from pipeline.config import Config
from pipeline.scene import perform
from pipeline.session import Session
from pipeline.typed_lines import typed_lines

SILENT_RATE = 22_050
"""Hz pulled where no loudspeaker is: the replies still take their time."""
LOOK = 0.05
"""Seconds between two looks at whether a reply goes on: lines from a pipe wait for each other's answers."""

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
) -> None:
    """Talk until `Quit`, the end of `lines`, or a lost device.

    Args:
        microphone: listen; otherwise only typed words are heard.
        loudspeaker: sound; otherwise replies pass silently in their own time.
        lines: where commands are typed; None for nowhere.
        read: what a typed line means.

    Raises:
        DeviceError: a device is missing, busy, or was lost.
    """
    asyncio.run(_converse(config, engines, listeners, microphone, loudspeaker, lines, read))


async def _converse(
    config: Config,
    engines: Engines,
    listeners: tuple[Listener, ...],
    microphone: bool,
    loudspeaker: bool,
    lines: TextIO | None,
    read: Read,
) -> None:
    clock = LoopClock()
    sink = _loudspeaker(config) if loudspeaker else WavSink(SILENT_RATE, clock)
    source: AudioSource = _microphone(config) if microphone else Nobody()
    playout = Playout(sink.rate, config.audio.playout_capacity)

    async def direct(session: Session) -> None:
        assert lines is not None
        async with aclosing(typed_lines(lines.fileno())) as typed:
            async for line in typed:
                command = read(line)
                if command is not None:
                    session.obey(command)
                if isinstance(command, c.Quit):
                    return
                while isinstance(command, c.Ask) and session.busy and not lines.isatty():
                    await clock.sleep(LOOK)
        while session.busy:
            await clock.sleep(LOOK)

    bus = Bus(*listeners)
    await perform(
        crew=assembly.build_crew(engines, clock, playout, emotion=config.emotion, tell=bus.say),
        playout=playout,
        source=source,
        sink=sink,
        listen=assembly.build_listener(config),
        clock=clock,
        bus=bus,
        settings=assembly.turn_settings(config, engines.policy),
        started=engines.started(clock),
        barge_in=config.session.barge_in,
        visit_timeout=config.session.visit_timeout,
        direct=None if lines is None else direct,
    )


def _microphone(config: Config) -> AudioSource:
    from audio.soundcard import MicrophoneSource

    return MicrophoneSource(config.audio.input_device)


def _loudspeaker(config: Config) -> AudioSink:
    from audio.soundcard import SpeakerSink

    return SpeakerSink(config.audio.output_device)
