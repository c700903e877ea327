"""Staging: a scene put together from settings and engines, with taps where somebody writes it down."""

from __future__ import annotations

from audio.playout import Playout
from audio.ports import AudioSink, AudioSource
from audio.recorded import WavSink
from core.clock import Clock
from pipeline import assembly
from pipeline.assembly import Engines
from pipeline.bus import Bus
from pipeline.config import Config
from pipeline.scene import Direct, Gauge, perform
from pipeline.taps import Abort, Taps


async def stage(
    config: Config,
    engines: Engines,
    *,
    source: AudioSource,
    sink: AudioSink,
    clock: Clock,
    bus: Bus,
    taps: Taps,
    direct: Direct | None = None,
    abort: Abort | None = None,
    gauge: Gauge | None = None,
) -> None:
    """Run a session between a source and a sink.

    Args:
        clock: of the source and the sink; the session has the taps'.
        direct: see `pipeline.scene.perform`.
        abort: see `pipeline.scene.perform`.
        gauge: see `pipeline.scene.perform`.

    Raises:
        DeviceError: a device was lost, and no director kept the session going.
    """
    playout = Playout(sink.rate, config.audio.playout_capacity)
    tapped = taps.engines(engines)
    listener = assembly.build_listener(config, tap=taps.gate)
    await perform(
        crew=assembly.build_crew(
            tapped,
            taps.clock,
            taps.loudspeaker(playout),
            emotion=config.emotion,
            tell=bus.say,
            lane=taps.lane,
            minute=taps.minute,
        ),
        playout=playout,
        source=taps.source(source),
        sink=taps.sink(sink),
        silence=taps.sink(WavSink(playout.rate, clock)),
        listen=listener.hear,
        talk=listener,
        clock=taps.clock,
        bus=bus,
        settings=assembly.turn_settings(config, tapped.policy),
        started=tapped.started(taps.clock),
        barge_in=config.session.barge_in,
        visit_timeout=config.session.visit_timeout,
        direct=taps.direct(direct),
        abort=taps.abort(abort),
        save=taps.save,
        gauge=gauge,
    )
