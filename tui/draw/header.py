"""The two lines on top: whose turn it is, what is unusual, how loud it is, how fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from core import events as e
from core import gauges as g
from core.emotion import Style
from tui.draw.ink import DIM, QUIETEST, fitted, ink, level, milliseconds, spread, whole
from tui.view import Phase, ViewState
from tui.words import Words

PHASES: dict[Phase, tuple[str, str]] = {
    Phase.STARTING: ("◌", "$foreground on $panel"),
    Phase.LISTENING: ("○", "$background on $success"),
    Phase.HEARING: ("●", "$background on $primary"),
    Phase.THINKING: ("◐", "$background on $warning"),
    Phase.SPEAKING: ("▶", "$background on $accent"),
    Phase.PAUSED: ("‖", "$background on $warning"),
    Phase.MUTED: ("⊘", "$background on $error"),
    Phase.LOST: ("✖", "$background on $error"),
    Phase.ENDED: ("■", "$foreground on $panel"),
}
"""Glyph and style."""
METER, SMALL_METER = 12, 6
"""Cells of a level, and where there is little room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the first line shows."""

    phase: Phase
    muted: bool
    operator: bool
    talking: bool
    lost: bool
    staff: bool
    recording: bool
    style: Style | None
    scenario: str
    turn: int | None
    ttfa: float | None
    lag: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What the second line shows."""

    microphone: tuple[float, ...]
    speaker: tuple[float, ...]
    muted: bool
    lost: bool
    started: e.SessionStarted | None
    voice: str


def state_of(state: ViewState) -> State:
    return State(
        phase=state.phase,
        muted=state.muted,
        operator=state.operator,
        talking=state.talking,
        lost=state.lost is not None,
        staff=state.staff is not None,
        recording=state.recording is not None,
        style=state.style,
        scenario=state.scenario,
        turn=None if state.turn is None else state.turn.turn,
        ttfa=None if state.turn is None else state.turn.ttfa,
        lag=_lag(state.gauges),
    )


def levels_of(state: ViewState) -> Levels:
    return Levels(
        microphone=state.levels.get(g.MICROPHONE_LEVEL, ()),
        speaker=state.levels.get(g.SPEAKER_LEVEL, ()),
        muted=state.muted,
        lost=state.lost is not None,
        started=state.started,
        voice=state.voice,
    )


def draw_state(state: State, words: Words, width: int) -> Content:
    """State, badges, and at the right the last turn in one number."""
    glyph, style = PHASES[state.phase]
    left = ink((f" {glyph} {words.phases[state.phase]} ", f"bold {style}"), *_badges(state, words))
    says = words.screen
    told = [] if state.turn is None else [(f"{says['turn_number'].format(turn=state.turn)}  ", DIM)]
    if state.ttfa is not None:
        told += [(f"{says['first_sound']} ", DIM), (milliseconds(state.ttfa), "bold"), "  "]
    if state.lag is not None and width >= 100:
        told += [(f"{says['loop']} ", DIM), whole(state.lag), " "]
    return spread(left, ink(*told), width)


def _badges(state: State, words: Words) -> Iterator[str | tuple[str, str]]:
    says = words.screen
    badges = (
        (state.staff, "▲ " + says["badge_staff"], "$warning"),
        (state.operator, "◆ " + says["badge_operator"], "$accent"),
        (state.lost and state.phase is not Phase.LOST, "✖ " + says["badge_lost"], "$error"),
        (state.muted and state.phase is not Phase.MUTED, "⊘ " + says["badge_muted"], "$error"),
        (state.talking, "● " + says["badge_talking"], "$primary"),
        (state.recording, "● " + says["badge_recording"], "$error"),
        (
            state.style is not None,
            says["badge_style"].format(style=words.style(state.style or "")),
            "$foreground",
        ),
        (bool(state.scenario), says["badge_scenario"].format(scenario=state.scenario), "$foreground"),
    )
    for shown, text, style in badges:
        if shown:
            yield "  "
            yield (text, f"bold {style}")


def draw_levels(levels: Levels, words: Words, width: int) -> Content:
    """Microphone, loudspeaker, engines."""
    says = words.screen
    style = "$error" if levels.muted or levels.lost else "$success"
    cells = METER if width >= 70 else SMALL_METER
    left = ink(
        *_meter(says["mic"], level(levels.microphone, cells), style, _loudness(levels.microphone, words)),
        "   ",
        *_meter(says["speaker"], level(levels.speaker, cells), "$accent", _loudness(levels.speaker, words)),
    )
    room = width - left.cell_length - 2
    told = next((each for each in engines(levels, words) if cell_len(each) <= room), "")
    return spread(left, ink((f"{told} ", DIM)), width)


def engines(levels: Levels, words: Words) -> tuple[str, ...]:
    """Names of the three, from the longest way to tell them to the shortest."""
    started = levels.started
    if started is None:
        return ()
    demo = f" · {words.screen['demo']}" if started.demo else ""
    names = [name.partition(" (")[0] for name in (started.recognizer, started.model, levels.voice)]
    short = [name.split(" ", 1)[0] for name in names]
    return (" · ".join(names) + demo, " · ".join(short) + demo, " · ".join(short), demo.removeprefix(" · "))


def _meter(name: str, skyline: str, style: str, loudness: str) -> Iterator[str | tuple[str, str]]:
    yield (f" {name} ", DIM)
    yield (skyline, style)
    yield f" {fitted(loudness, 6)}"


def _loudness(values: tuple[float, ...], words: Words) -> str:
    if not values:
        return words.screen["unmeasured"]
    return f"{values[-1]:.0f} dB".replace("-", "−") if values[-1] > QUIETEST else words.screen["silent"]


def _lag(gauges: Mapping[str, float]) -> float | None:
    return gauges.get(g.LOOP_LAG_P99, gauges.get(g.LOOP_LAG))
