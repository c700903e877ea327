"""Is it fast, is anything filling up? Links, percentiles, engines and the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.content import Content

from core import gauges as g
from tui.draw.ink import DIM, bar, fitted, ink, lines, size, whole
from tui.view import EngineView, Percentiles, ViewState
from tui.words import Words

FULL = 0.8
"""Share of a capacity from which on something is called full."""
LOSES = ("microphone", "asked")
"""Links that drop what they have no room for; the others wait, and are often full when all is well."""
LATE = 0.02
"""Seconds of loop lag that can be heard: one frame."""
NAME, MEMORY = 11, 9
GB = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One thing that may fill up."""

    name: str
    depth: float
    capacity: float
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    fills: tuple[Fill, ...]
    overrun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    lag: float | None
    p99: bool
    """`lag` is a percentile and not the last look."""
    memory: float | None
    used: float | None
    total: float | None


def links_of(state: ViewState) -> Links:
    found = (*(_link(state.gauges, name) for name in g.LINKS), _playout(state.gauges))
    return Links(fills=tuple(fill for fill in found if fill is not None), overrun=state.overrun)


def _link(gauges: Mapping[str, float], name: str) -> Fill | None:
    depth, capacity = gauges.get(g.link_depth(name)), gauges.get(g.link_capacity(name))
    return None if depth is None or not capacity else Fill(name=name, depth=depth, capacity=capacity)


def _playout(gauges: Mapping[str, float]) -> Fill | None:
    depth, capacity = gauges.get(g.PLAYOUT_DEPTH), gauges.get(g.PLAYOUT_CAPACITY)
    if depth is None or not capacity:
        return None
    return Fill(name="playout", depth=depth, capacity=capacity, unit="s")


def draw_links(links: Links, words: Words, width: int) -> Content:
    """A bar for each; the fullest is what the others wait for."""
    says = words.screen
    drawn = [_fill(fill, words, width) for fill in links.fills]
    if links.overrun:
        drawn.append(ink((f"✖ {says['lost_frames'].format(count=links.overrun)}", "$error")))
    return lines(drawn or [ink((says["no_gauges"], DIM))])


def _fill(fill: Fill, words: Words, width: int) -> Content:
    share = fill.depth / fill.capacity
    amount = (
        f"{fill.depth:.1f}/{fill.capacity:.1f}{fill.unit}"
        if fill.unit
        else f"{fill.depth:.0f}/{fill.capacity:.0f}"
    )
    full = share >= FULL and fill.name in LOSES
    mark = f" ▲{words.screen['full']}" if full else ""
    room = max(2, width - NAME - len(amount) - 1 - len(mark))
    return ink(
        fitted(words.screen[fill.name], NAME),
        bar(share, room, "$warning" if full else "$success"),
        f" {amount}",
        (mark, "bold $warning"),
    )


def latency_of(state: ViewState) -> tuple[Percentiles, ...]:
    return state.latency


def draw_latency(measures: tuple[Percentiles, ...], words: Words, width: int) -> Content:
    """A row a measure; the last is the one that a customer feels."""
    del width
    if not measures:
        return ink((words.screen["no_latency"], DIM))
    head = ink((f"{fitted('ms', NAME + 1)}{'p50':>5}{'p95':>6}", DIM))
    rows = [
        ink(
            (
                f"{fitted(words.stages[each.name], NAME + 1)}{each.p50 * 1000:5.0f}{each.p95 * 1000:6.0f}",
                "bold" if each.name == "ttfa" else "",
            )
        )
        for each in measures
    ]
    count = max(each.count for each in measures)
    return lines([head, *rows, ink((words.screen["last_turns"].format(count=count), DIM))])


def engines_of(state: ViewState) -> tuple[EngineView, ...]:
    return state.engines


def draw_engines(engines: tuple[EngineView, ...], words: Words, width: int) -> Content:
    """Whether each works, and how hard."""
    return lines(_engine(each, words, width).truncate(width, ellipsis=True) for each in engines)


def _engine(engine: EngineView, words: Words, width: int) -> Content:
    says = words.screen
    stage = "think" if engine.stage == "think" else engine.stage
    name = fitted(words.stages[stage], 8)
    if engine.last:
        return ink(
            name, (f"✖ {engine.last}", "bold $error"), f" {says['failures'].format(count=engine.failures)}"
        )
    told = [(f" {says['failures'].format(count=engine.failures)}", DIM)] if engine.failures else []
    if engine.busy is None:
        return ink(name, (f"✔ {says['well']}", "$success"), *told)
    room = max(3, width - 8 - 2 - 5 - sum(len(text) for text, _ in told))
    return ink(name, ("✔ ", "$success"), bar(engine.busy, room, "$primary"), f"{engine.busy:5.0%}", *told)


def machine_of(state: ViewState) -> Machine:
    gauges = state.gauges
    return Machine(
        lag=gauges.get(g.LOOP_LAG_P99, gauges.get(g.LOOP_LAG)),
        p99=g.LOOP_LAG_P99 in gauges,
        memory=gauges.get(g.MEMORY),
        used=gauges.get(g.VRAM_USED),
        total=gauges.get(g.VRAM_TOTAL),
    )


def draw_machine(machine: Machine, words: Words, width: int) -> Content:
    """Loop lag, memory, the device's memory."""
    return lines(_machine(machine, words, width)) or ink((words.screen["no_gauges"], DIM))


def _machine(machine: Machine, words: Words, width: int) -> Iterator[Content]:
    says = words.screen
    if machine.lag is not None:
        late = machine.lag > LATE
        name = fitted(says["loop_p99" if machine.p99 else "loop"], MEMORY)
        yield ink(
            name,
            (whole(machine.lag), "bold $warning" if late else ""),
            (" ▲", "$warning") if late else "",
        )
    if machine.memory is not None:
        yield ink(fitted(says["memory"], MEMORY), size(machine.memory))
    if machine.used is not None and machine.total:
        amount = f" {machine.used / GB:.1f}/{machine.total / GB:.0f} GB"
        share = machine.used / machine.total
        room = max(2, width - MEMORY - len(amount))
        full = share >= FULL
        yield ink(fitted(says["vram"], MEMORY), bar(share, room, "$warning" if full else "$success"), amount)
