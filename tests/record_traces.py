"""Records the traces of tests/data/traces anew: `python -m tests.record_traces [NAME ...]`.

Each is a session of the product's own pipeline with its demo weights, cut where the state begins that it is named
after. Engines take the time they take, waiting is skipped, as in `tingshuo demo`; of the gauges, those of the last
three seconds are kept. Afterwards the pictures of tests/tui differ: look at each, then bless them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from audio.recorded import WavSink
from core import commands as c
from core import events as e
from core import wire
from core.audio import Waveform
from core.clock import LoopClock, SkippingLoop
from core.emotion import Style
from core.errors import LlmError
from pipeline.assembly import Engines, build_engines
from pipeline.bus import Bus
from pipeline.config import Config
from pipeline.gauging import Gauging
from pipeline.live import Nobody
from pipeline.recorded import LEAD_IN, PAUSE, RATE
from pipeline.rehearsal import demo_lines
from pipeline.staging import stage
from pipeline.taps import taps_for
from tests.recorded_sessions import LosableSource

TRACES = Path(__file__).with_name("data") / "traces"
GAUGED = 3.0
"""Seconds at the end of a trace of which the gauges are kept."""
LOOK = 0.02
LINES = demo_lines()
QUESTION = "where is the toilet and 请问 how do I get a passport 护照 for my 孩子, thank you very much 谢谢"
ANNOUNCEMENT = (
    "尊敬的各位旅客请注意：由于天气原因，原定于今天下午三点四十五分开往上海虹桥的 G1234 次列车将晚点约九十分钟，预计五点一刻发车；"
    "请携带 ID card 或护照到二楼 B12 检票口等候，退票改签请到一号窗口，手机上也可以在 12306 App 里办理。"
    "We apologise for the delay: tickets can be refunded free of charge at counter 3 until 8 p.m. 给您带来不便，我们深表歉意。"
)


class Talk:
    """What a script has in its hands."""

    def __init__(
        self, session, source: LosableSource | None, clock: LoopClock, events: list[e.Event]
    ) -> None:
        self.obey = session.obey
        self.sleep = clock.sleep
        self.source = source
        self._session, self._events = session, events

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self._events)

    async def until(self, kind: type, count: int) -> None:
        while self.count(kind) < count:
            await self.sleep(LOOK)

    async def quiet(self) -> None:
        """Until nobody has spoken for a moment and nothing is being answered."""
        still = 0.0
        while still < PAUSE:
            await self.sleep(LOOK)
            heard = self.source is not None and self.source.speaking
            still = 0.0 if self._session.busy or heard else still + LOOK

    async def customers(self, count: int) -> None:
        """The demo's, one after the other, until the last has been answered."""
        await self.sleep(LEAD_IN)
        for number in range(count):
            await self.customer(number)
        await self.quiet()

    async def customer(self, number: int) -> None:
        """One of the demo's says a line: when the reply to the one before is over, or over it."""
        line = LINES[number % len(LINES)]
        if line.barge_in is None:
            await self.quiet()
        else:
            await self.until(e.PlaybackStarted, self.count(e.PlaybackStarted) + 1)
            await self.sleep(line.barge_in)
        if line.new_customer:
            self.obey(c.Reset())
        await self.says(line.waveform)

    async def says(self, words: Waveform) -> None:
        self.source.say(words)
        while self.source.speaking:
            await self.sleep(LOOK)


class Forgetful:
    """A language model whose second prompt is too long for it."""

    def __init__(self, model) -> None:
        self._model, self._asked = model, 0
        self.name = model.name
        self.warm_up, self.forget, self.close = model.warm_up, model.forget, model.close

    def reply(self, messages):
        self._asked += 1
        if self._asked == 2:
            raise LlmError(
                "the prompt holds 4212 tokens, the model takes 4096",
                code="context",
                hint="start a new visit, or use a model with a longer context",
            )
        yield from self._model.reply(messages)


async def demo(talk: Talk) -> None:
    await talk.customers(len(LINES))


async def sixty(talk: Talk) -> None:
    await talk.sleep(LEAD_IN)
    for number in count():
        if talk.count(e.TurnEnded) >= 60:
            return
        await talk.customer(number)


async def failing(talk: Talk) -> None:
    await talk.customers(3)


async def losing(talk: Talk) -> None:
    await talk.customers(2)
    talk.source.overruns = 12
    await talk.until(e.Overrun, 1)
    await talk.sleep(0.5)
    talk.source.lose()
    await talk.sleep(1.0)


async def operating(talk: Talk) -> None:
    await talk.customers(2)
    talk.obey(c.TakeOver())
    talk.obey(c.ChooseStyle(style=Style.SOOTHING))
    await talk.sleep(1.0)
    await talk.says(LINES[2].waveform)
    await talk.until(e.TurnEnded, 3)
    await talk.sleep(3.0)
    talk.obey(c.Say(text="我是值班经理。请别担心，我马上过来陪您，不用排队。"))
    await talk.until(e.TurnEnded, 4)


async def typing(talk: Talk) -> None:
    talk.obey(c.Ask(text=QUESTION))
    await talk.until(e.TurnEnded, 1)
    talk.obey(c.Say(text=ANNOUNCEMENT))
    await talk.until(e.TurnEnded, 2)


async def muting(talk: Talk) -> None:
    await talk.sleep(LEAD_IN)
    talk.obey(c.Ask(text="几点开门"))
    await talk.until(e.TurnEnded, 1)
    talk.obey(c.Mute())
    await talk.sleep(1.0)


async def waiting(talk: Talk) -> None:
    await talk.sleep(3.0)


@dataclass(frozen=True)
class Cut:
    """A trace: the session that it is cut from, and its end.

    Its end is `seconds` behind the event of a kind that comes as the `count`th.
    """

    script: Callable[[Talk], Awaitable[None]]
    kind: type
    count: int = 1
    seconds: float = 0.0


CUTS = {
    "listening": Cut(waiting, e.Recording, seconds=2.7),
    "hearing": Cut(demo, e.SpeechStarted, 2, 1.2),
    "thinking": Cut(demo, e.ReplyBegan, 2),
    "speaking": Cut(demo, e.PlaybackStarted, 2, 1.2),
    "complaint": Cut(demo, e.PlaybackStarted, 2, 5.5),
    "paused": Cut(demo, e.ReplyPaused),
    "interrupted": Cut(demo, e.BargeIn, 1, 0.5),
    "staff": Cut(demo, e.StaffCalled, 1, 0.7),
    "failed": Cut(failing, e.TurnEnded, 3, 0.4),
    "lost": Cut(losing, e.DeviceLost, 1, 0.4),
    "operator": Cut(operating, e.PlaybackStarted, 3, 2.0),
    "muted": Cut(muting, e.MicrophoneMuted, 1, 0.8),
    "long": Cut(typing, e.PlaybackStarted, 2, 22.5),
    "sixty": Cut(sixty, e.TurnEnded, 60),
}


def record(script: Callable[[Talk], Awaitable[None]], engines: Engines, config: Config) -> list[e.Event]:
    """Hold a session and tell everything, gauges too."""
    events: list[e.Event] = []
    model = Forgetful(engines.model) if script is failing else engines.model
    file = Path("talk.session.tar") if script is waiting else None

    async def main() -> None:
        clock, bus = LoopClock(), Bus(events.append)
        gauging = Gauging(clock, events.append)
        scripted = None if script is typing else LosableSource(clock, name="USB PnP Sound Device")
        source = gauging.source(Nobody() if scripted is None else scripted)
        sink = gauging.sink(WavSink(RATE, clock))

        async def direct(session) -> None:
            await script(Talk(session, scripted, clock, events))

        cast = replace(engines, model=model)
        with taps_for(file, config, cast, source=source, sink=sink, clock=clock, bus=bus) as taps:
            await stage(
                config, cast, source=source, sink=sink, clock=clock, bus=bus, taps=taps, direct=direct,
                gauge=gauging.run,
            )  # fmt: skip

    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=False)) as runner:
        runner.run(main())
    return events


def cut(events: list[e.Event], where: Cut) -> list[e.Event]:
    """The session until its cut, with the last gauges."""
    mark = [event for event in events if isinstance(event, where.kind)][where.count - 1]
    after = events.index(mark) + 1
    end = mark.at + where.seconds
    kept = [*events[:after], *(event for event in events[after:] if event.at < end)]
    return [event for event in kept if not isinstance(event, e.Gauge) or event.at > end - GAUGED]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.record_traces", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CUTS)}; all by default")
    chosen = parser.parse_args().names or list(CUTS)
    config = Config()
    engines = build_engines(config, prefer_demo=True)
    held: dict[Callable[[Talk], Awaitable[None]], list[e.Event]] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            for name in chosen:
                where = CUTS[name]
                events = held.get(where.script) or record(where.script, engines, config)
                held[where.script] = events
                lines = [wire.encode(event) for event in cut(events, where)]
                (TRACES / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
                sys.stdout.write(f"{name}: {len(lines)} events\n")
    finally:
        engines.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
