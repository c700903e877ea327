"""One scenario for one implementation in a fresh process, with our own stubs; the last line is its JSON.

    python -m bench.worker {bare,ours} SCENARIO '{"turns": 20}'

The clock starts just before the decisive frame is handed over (the tenth quiet one, the third loud one), so
that the path through the detector counts. `added` = first sound at the loudspeaker - decisive frame -
what the stub model's schedule takes; `overhead` is the same less what the stub model really took.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.stubs import LOUD_FRAME, REPLY_WORDS, SILENT_FRAME, START_FRAMES, STOP_FRAMES, Kit, now
from core.audio import FRAME_SECONDS
from core.timeline import percentile

MODULES = {"bare": "bench.bare", "ours": "bench.peers_adapter"}
PATIENCE = 6.0
"""Seconds after which a turn counts as missed."""
Options = dict[str, Any]
Report = dict[str, Any]


class Pace:
    """Ticks of 20 ms on an absolute schedule."""

    def __init__(self) -> None:
        self._due = now()

    async def tick(self) -> None:
        self._due = max(self._due + FRAME_SECONDS, now() - FRAME_SECONDS)
        await asyncio.sleep(max(0.0, self._due - now()))


async def opened(module: Any, kit: Kit) -> Any:
    """A session through which a frame has gone."""
    session = module.Session(kit)
    await session.start()
    deadline = now() + PATIENCE
    while not kit.probe.vad_frames:
        if now() > deadline:
            raise RuntimeError("the session looked at no frame")
        await session.push(SILENT_FRAME)
        await asyncio.sleep(0.001)
    return session


async def say(session: Any, pace: Pace, frame: bytes, count: int) -> None:
    for _ in range(count):
        await session.push(frame)
        await pace.tick()


async def heard(session: Any, kit: Kit, pace: Pace, frames: int) -> bool:
    """Stream silence until so many frames have come out of the loudspeaker, but not for ever."""
    deadline = now() + PATIENCE
    while kit.probe.frames_out < frames:
        if now() > deadline:
            return False
        await say(session, pace, SILENT_FRAME, 1)
    return True


async def ask(session: Any, kit: Kit, pace: Pace) -> float:
    """One utterance; returns when its decisive frame was handed over."""
    await say(session, pace, LOUD_FRAME, STOP_FRAMES)
    await say(session, pace, SILENT_FRAME, STOP_FRAMES - 1)
    kit.probe.marks.clear()
    decided = now()
    await session.push(SILENT_FRAME)
    return decided


async def start(module: Any, options: Options) -> Report:
    del options
    begun = now()
    session = await opened(module, Kit())
    report = {"start_ms": (now() - begun) * 1e3, "rss_ready_mb": resident()}
    await session.stop()
    return report


async def latency(module: Any, options: Options) -> Report:
    kit = Kit(per_token=options.get("token_ms", 0) / 1e3)
    session, pace, warmup = await opened(module, kit), Pace(), options.get("warmup", 3)
    added, overhead, missed = [], [], 0
    for number in range(options.get("turns", 20) + warmup):
        before = kit.probe.frames_out
        decided = await ask(session, kit, pace)
        await pace.tick()
        spoken = await heard(session, kit, pace, before + REPLY_WORDS)
        marks = kit.probe.marks
        if number >= warmup and spoken:
            whole = marks["sink"] - decided
            added.append((whole - kit.llm.first_sentence_due) * 1e3)
            overhead.append((whole - (marks["sentence1"] - marks["llm"])) * 1e3)
        missed += not spoken
        await say(session, pace, SILENT_FRAME, 4)
    await session.stop()
    return {"raw_added_ms": added, "raw_overhead_ms": overhead, "missed": missed}


async def bargein(module: Any, options: Options) -> Report:
    kit = Kit(per_token=0.002, frames_a_word=5, paced=True)
    card = asyncio.get_running_loop().create_task(kit.speaker.play())
    session, pace, dice = await opened(module, kit), Pace(), random.Random(7)
    cleared, missed = [], 0
    for _ in range(options.get("turns", 20)):
        before = kit.probe.frames_out
        await ask(session, kit, pace)
        await pace.tick()
        if not await heard(session, kit, pace, before + 10):
            missed += 1
            continue
        await asyncio.sleep(dice.random() * FRAME_SECONDS)
        pace, kit.probe.cleared = Pace(), 0.0
        await say(session, pace, LOUD_FRAME, START_FRAMES - 1)
        decided = now()
        await say(session, pace, LOUD_FRAME, 1)
        if kit.probe.cleared:
            cleared.append((kit.probe.cleared - decided) * 1e3)
        missed += not kit.probe.cleared
        await say(session, pace, SILENT_FRAME, STOP_FRAMES + 3)
        await say(session, pace, LOUD_FRAME, START_FRAMES + 1)
        await say(session, pace, SILENT_FRAME, STOP_FRAMES + 3)
    await session.stop()
    card.cancel()
    return {"raw_clear_ms": cleared, "missed": missed}


async def flood(module: Any, options: Options) -> Report:
    kit, count, at_once = Kit(), options.get("frames", 20_000), 500
    session = await opened(module, kit)
    await asyncio.sleep(0.1)
    expected, cpu = kit.probe.vad_frames, time.process_time()
    for _ in range(count // at_once):
        for _ in range(at_once):
            await session.push(SILENT_FRAME)
        expected += at_once
        while kit.probe.vad_frames < expected:  # noqa: ASYNC110 - an event would be part of what is measured
            await asyncio.sleep(0.001)
    report = {"cpu_us_per_frame": (time.process_time() - cpu) / count * 1e6, "frames": count}
    await session.stop()
    return report


async def idle(module: Any, options: Options) -> Report:
    count, lags = options.get("sessions", 1), []
    sessions = [await opened(module, Kit()) for _ in range(count)]
    gc.collect()
    end, cpu, begun = now() + options.get("secs", 3), time.process_time(), now()

    async def feed(session: Any, number: int) -> None:
        await asyncio.sleep(FRAME_SECONDS * number / count)
        pace = Pace()
        while now() < end:
            await say(session, pace, SILENT_FRAME, 1)

    async def lag() -> None:
        while now() < end:
            due = now() + 0.005
            await asyncio.sleep(0.005)
            lags.append((now() - due) * 1e3)

    async with asyncio.TaskGroup() as group:
        group.create_task(lag())
        for number, session in enumerate(sessions):
            group.create_task(feed(session, number))
    share = (time.process_time() - cpu) / (now() - begun)
    for session in sessions:
        await session.stop()
    tail = {"p50": percentile(lags, 0.5), "p99": percentile(lags, 0.99)}
    return {"cpu_share_of_core": share, "lag": tail, "sessions": count}


async def soak(module: Any, options: Options) -> Report:
    """Turns back to back, an utterance lasting as long as its frames take to hand over."""
    kit, turns, settled, missed = Kit(), options.get("turns", 2000), 100, 0
    session, first = await opened(module, kit), resident()
    for number in range(turns):
        before, deadline = kit.probe.frames_out, now() + PATIENCE
        for frame, count in ((LOUD_FRAME, START_FRAMES + 2), (SILENT_FRAME, STOP_FRAMES)):
            for _ in range(count):
                await session.push(frame)
            await asyncio.sleep(0.002)
        while kit.probe.frames_out - before < REPLY_WORDS and now() < deadline:  # noqa: ASYNC110 - as in flood
            await asyncio.sleep(0.0005)
        missed += kit.probe.frames_out - before < REPLY_WORDS
        if number + 1 == settled:
            gc.collect()
            first = resident()
    gc.collect()
    growth = (resident() - first) * 1024 / max(1, turns - settled)
    await session.stop()
    return {"growth_kb_per_turn": growth, "missed": missed, "turns": turns}


def resident() -> float:
    """MB of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


SCENARIOS: dict[str, Callable[[Any, Options], Coroutine[Any, Any, Report]]] = {
    "start": start,
    "latency": latency,
    "bargein": bargein,
    "flood": flood,
    "idle": idle,
    "soak": soak,
}


def main() -> None:
    name, scenario, *options = sys.argv[1:]
    begun = now()
    module = importlib.import_module(MODULES[name])
    version = module.load()
    imported = (now() - begun) * 1e3
    report = asyncio.run(SCENARIOS[scenario](module, json.loads(options[0]) if options else {}))
    report |= {
        "adapter": name,
        "version": version,
        "import_ms": imported,
        "load": os.getloadavg()[0],
    }
    print("@@" + json.dumps(report), flush=True)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
