"""Events as sentences: what `--plain`, `run` and `demo` print, and what a screen reader reads.

In: events, in order. Out: lines. `waterfalls` adds each turn's timing, `color` ANSI colours. Knows no
terminal: the caller writes the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core import events as e
from core.timeline import Timeline, TurnTimes

DEMO_BANNER = "demo models; `tingshuo models` tells how to bring real ones"
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class PlainView:
    """Feed it events; print the lines it gives back."""

    def __init__(self, *, waterfalls: bool = False, color: bool = False) -> None:
        self._waterfalls = waterfalls
        self._color = color
        self._timeline = Timeline()

    def feed(self, event: e.Event) -> Iterator[str]:
        """The lines an event is worth; most are worth none."""
        self._timeline.feed(event)
        match event:
            case e.SessionStarted():
                yield from self._started(event)
            case e.TranscriptChanged(final=True, text=text) if text:
                yield f"{self._paint('cyan', self._stamp(event))} Customer: {self._paint('bold', text)}"
            case e.DeliveryChosen():
                yield f"          {event.state} → {event.style}" + self._paint(
                    "dim", f"  ({event.because})" if event.because else ""
                )
            case e.SentenceReady():
                yield f"{self._paint('green', self._stamp(event))} Agent: {event.text}"
            case e.TurnEnded():
                yield from self._ended(event)
            case _:
                yield from self._incident(event)

    def _incident(self, event: e.Event) -> Iterator[str]:
        match event:
            case e.TurnFailed():
                yield self._line(event, "red", f"Problem [{event.code}]: {event.message}")
                if event.hint:
                    yield f"          Hint: {event.hint}"
            case _:
                found = _INCIDENTS.get(type(event))
                if found is not None:
                    color, sentence = found
                    yield self._line(event, color, sentence(event))

    def _line(self, event: e.Event, color: str, sentence: str) -> str:
        return self._paint(color, f"{self._stamp(event)} {sentence}")

    def _started(self, event: e.SessionStarted) -> Iterator[str]:
        yield f"Hearing:   {event.recognizer}"
        yield f"Thinking:  {event.model}"
        yield f"Voice:     {event.voice}"
        yield f"Knowledge: {event.knowledge} entries"
        if event.demo:
            yield self._paint("yellow", DEMO_BANNER)

    def _ended(self, event: e.TurnEnded) -> Iterator[str]:
        times = self._timeline.turns.pop(event.turn)
        if event.outcome == "nothing-heard":
            yield self._paint("dim", f"{self._stamp(event)} (noise: nothing was said)")
        if self._waterfalls:
            line = waterfall_line(times)
            if line:
                yield self._paint("dim", f"          {line}")

    def _stamp(self, event: e.Event) -> str:
        return f"{event.at:8.2f}s"

    def _paint(self, name: str, text: str) -> str:
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self._color and text else text


def _interrupted(event: e.BargeIn) -> str:
    return (
        f"Interrupted; heard so far: “{event.heard}”"
        if event.heard
        else "Interrupted before a word was heard"
    )


_INCIDENTS: dict[type, tuple[str, Callable[[Any], str]]] = {
    e.BargeIn: ("yellow", _interrupted),
    e.StaffCalled: ("yellow", lambda _: "A member of staff is wanted."),
    e.DeviceLost: ("red", lambda event: f"Lost {event.device}: {event.message}. {event.hint}"),
    e.Overrun: ("red", lambda event: f"{event.where} fell behind: {event.frames} frames of sound were lost"),
    e.MicrophoneMuted: ("dim", lambda event: f"Microphone {'muted' if event.muted else 'on'}."),
    e.VisitReset: ("dim", lambda _: "New customer."),
}


def waterfall_line(times: TurnTimes) -> str:
    """One line: milliseconds from the end of speech to the first sound, stage by stage; empty if unknown."""
    if times.ttfa is None:
        return ""
    stages = " · ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in times.waterfall())
    return f"first sound after {times.ttfa * 1000:.0f} ms = {stages}"
