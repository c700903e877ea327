"""A conversation as one HTML page: what was said, how and how fast, turn by turn, with players.

In: events, and the loudness of both sides of conversation.wav. Out: HTML without scripts or outside
references; the players play the recording that lies beside it, or what the page itself holds. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from core import events as e
from core.text import Language
from core.timeline import Timeline, TurnTimes, percentile
from tui.decision import headline
from tui.panel import STYLE, marked, panel
from tui.words import Words, words

WIDTH = 1000.0
"""Units of the pictures' view box; they scale to the page."""
_ROWS = {"customer": 26.0, "stages": 84.0, "agent": 142.0}
_HALF = 22.0
_COLORS = {
    "endpoint": "#8b94a3",
    "asr": "#2f7dd1",
    "policy": "#b455c4",
    "knowledge": "#1d9a8a",
    "think": "#d98218",
    "sentence": "#c9a400",
    "voice": "#3c9d3c",
    "device": "#c74545",
}
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--dim:#687386;--card:#fff;--page:#f3f5f8;--line:#d9dee7;--who:#2f7dd1;--me:#3c9d3c}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--dim:#94a0b4;--card:#1b212b;--page:#11151b;--line:#333c4a}}
body{font:16px/1.55 system-ui,"Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--page);margin:0 auto;padding:1.5rem;max-width:62rem}
h1{font-size:1.5rem;margin:.2rem 0}section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;margin:1rem 0}
.dim{color:var(--dim)}.unheard{color:var(--dim);text-decoration:line-through}.tag{border:1px solid var(--line);border-radius:1rem;padding:.05rem .6rem;font-size:.85rem}
.fail{color:#c74545}svg{width:100%;height:auto;display:block;margin:.6rem 0}audio{width:100%;height:2.2rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line)}td.n{text-align:right;font-variant-numeric:tabular-nums}
svg text{font:13px system-ui,sans-serif;fill:var(--dim)}
"""


Clip = Callable[[float, float], str]
"""Between two session seconds, where a player finds the sound: an address without spaces or quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Peaks of one side of the recording, in [0, 1], `step` seconds apart, from session second 0."""

    peaks: Sequence[float]
    step: float

    def between(self, start: float, end: float) -> Sequence[tuple[float, float]]:
        """(second, peak) pairs."""
        first, last = max(0, int(start / self.step)), min(len(self.peaks), int(end / self.step) + 1)
        return [(index * self.step, self.peaks[index]) for index in range(first, last)]


def render(
    events: Iterable[e.Event],
    *,
    title: str,
    recording: str = "",
    clip: Clip | None = None,
    customer: Loudness,
    agent: Loudness,
    language: Language = "en",
) -> str:
    """The page.

    Args:
        events: of one session, in order.
        title: of the page.
        recording: name of the stereo recording beside the page; empty if there is none.
        clip: of each turn; by default its place in the recording.
        customer: loudness of its left side.
        agent: loudness of its right side.
        language: of states, styles and reasons.
    """
    timeline, started = Timeline(), None
    for event in events:
        timeline.feed(event)
        if isinstance(event, e.SessionStarted):
            started = event
    turns = [timeline.turns[number] for number in sorted(timeline.turns)]
    body = [_head(title, started, recording), _summary(turns)]
    clip = clip or (lambda start, end: f"{escape(recording)}#t={start:.2f},{end:.2f}")
    body += [_turn(times, clip, customer, agent, words(language)) for times in turns]
    return (
        f"<!doctype html><html lang='zh'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _head(title: str, started: e.SessionStarted | None, recording: str) -> str:
    engines = "" if started is None else f"{started.recognizer} · {started.model} · {started.voice}"
    note = "<p class='dim'>Demo models.</p>" if started is not None and started.demo else ""
    player = f"<audio controls preload='metadata' src='{escape(recording)}'></audio>" if recording else ""
    return f"<h1>{escape(title)}</h1><p class='dim'>{escape(engines)}</p>{note}{player}"


def _summary(turns: Sequence[TurnTimes]) -> str:
    rows: list[str] = []
    for name, values in (
        ("Endpoint decision after the last voiced frame", [t.eou for t in turns]),
        ("First text after the prompt", [t.ttft for t in turns]),
        ("First sound after the last voiced frame", [t.ttfa for t in turns]),
    ):
        known = [value for value in values if value is not None]
        cells = "".join(f"<td class='n'>{_ms(percentile(known, share))}</td>" for share in (0.5, 0.95))
        rows.append(f"<tr><td>{name}</td>{cells}<td class='n'>{len(known)}</td></tr>")
    return f"<section><table><tr><th></th><th>p50</th><th>p95</th><th>turns</th></tr>{''.join(rows)}</table></section>"


def _turn(times: TurnTimes, clip: Clip, customer: Loudness, agent: Loudness, names: Words) -> str:
    start, end = _span(times)
    said = (
        marked(times.heard_text, times.chosen, names)
        or "<span class='dim'>nothing was understood: noise</span>"
    )
    player = f"<audio controls preload='metadata' src='{clip(start, end)}'></audio>"
    return (
        f"<section id='turn-{times.turn}'><b>{times.turn}</b> {_tags(times, names)}"
        f"<p><b>Customer</b> {said}</p>{_decision(times, names)}{_reply(times)}{_failure(times)}"
        f"{_picture(times, start, end, customer, agent)}{player}</section>"
    )


def _tags(times: TurnTimes, names: Words) -> str:
    tags = [headline(times.chosen, names)] if times.chosen else []
    tags += [tag for tag in (times.source, times.outcome) if tag]
    return " ".join(f"<span class='tag'>{escape(tag)}</span>" for tag in tags)


def _decision(times: TurnTimes, names: Words) -> str:
    return "" if times.chosen is None else panel(times.heard_text, times.chosen, names)


def _reply(times: TurnTimes) -> str:
    if not times.reply:
        return ""
    unheard = times.reply[len(times.spoken) :]
    rest = f"<span class='unheard'>{escape(unheard)}</span>" if unheard.strip() else ""
    return f"<p><b>Agent</b> {escape(times.spoken)}{rest}</p>"


def _failure(times: TurnTimes) -> str:
    failed = times.failure
    return (
        ""
        if failed is None
        else f"<p class='fail'>{escape(failed.code)}: {escape(failed.message)} {escape(failed.hint)}</p>"
    )


def _span(times: TurnTimes) -> tuple[float, float]:
    known = [
        at
        for at in (
            times.voiced_from,
            times.onset,
            times.voiced_until,
            times.endpoint,
            times.playback_started,
            times.ended,
        )
        if at is not None
    ]
    return (max(0.0, min(known) - 0.2), max(known) + 0.2) if known else (0.0, 1.0)


def _picture(times: TurnTimes, start: float, end: float, customer: Loudness, agent: Loudness) -> str:
    scale = WIDTH / (end - start)

    def x(at: float) -> float:
        return (at - start) * scale

    parts = [
        _wave(customer, start, end, _ROWS["customer"], "var(--who)", scale),
        _wave(agent, start, end, _ROWS["agent"], "var(--me)", scale),
    ]
    at = times.voiced_until
    for name, seconds in times.waterfall():
        if at is not None:
            parts.append(_bar(x(at), seconds * scale, name, seconds))
            at += seconds
    for moment, label in ((times.onset, "speech"), (times.barge_in, "barge-in")):
        if moment is not None:
            color = "#c74545" if label == "barge-in" else "var(--line)"
            parts.append(
                f"<line x1='{x(moment):.1f}' x2='{x(moment):.1f}' y1='2' y2='166' stroke='{color}' stroke-dasharray='4 3'/>"
                f"<text x='{x(moment) + 4:.1f}' y='12'>{label}</text>"
            )
    parts += [
        f"<text x='{x(tick):.1f}' y='182'>{tick} s</text>" for tick in range(int(start) + 1, int(end) + 1)
    ]
    legend = " · ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in times.waterfall())
    total = (
        "" if times.ttfa is None else f"<p class='dim'>first sound after {_ms(times.ttfa)}: {legend} ms</p>"
    )
    return f"<svg viewBox='0 0 {WIDTH:.0f} 188' role='img' aria-label='timeline of turn {times.turn}'>{''.join(parts)}</svg>{total}"


def _wave(loudness: Loudness, start: float, end: float, middle: float, color: str, scale: float) -> str:
    points = loudness.between(start, end)
    upper = [f"{(at - start) * scale:.1f},{middle - peak * _HALF:.1f}" for at, peak in points]
    lower = [f"{(at - start) * scale:.1f},{middle + peak * _HALF:.1f}" for at, peak in reversed(points)]
    return f"<polygon points='{' '.join(upper + lower)}' fill='{color}' opacity='.75'/>" if points else ""


def _bar(left: float, width: float, name: str, seconds: float) -> str:
    label = f"<text x='{left + 3:.1f}' y='{_ROWS['stages'] - 14:.1f}'>{name}</text>" if width > 46 else ""
    return (
        f"<rect x='{left:.1f}' y='{_ROWS['stages'] - 9:.1f}' width='{max(width, 1.5):.1f}' height='18' fill='{_COLORS[name]}'>"
        f"<title>{name}: {seconds * 1000:.1f} ms</title></rect>{label}"
    )


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:.0f} ms"
