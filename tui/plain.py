"""Events as sentences: what `--plain`, `run` and `demo` print, and what a screen reader reads.

In: events, in order. Out: lines. `waterfalls` adds each turn's timing, `color` ANSI colours. Knows no
terminal: the caller writes the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core import events as e
from core.text import Language
from core.timeline import Timeline, TurnTimes
from tui.decision import headline, reasons
from tui.words import words

DEMO_BANNER = "demo models; `tingshuo models` tells how to bring real ones"
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class PlainView:
    """Feed it events; print the lines it gives back.

    Args:
        waterfalls: tell each turn's timing.
        color: with ANSI colours.
        language: of states, styles and reasons.
    """

    def __init__(self, *, waterfalls: bool = False, color: bool = False, language: Language = "en") -> None:
        self._waterfalls = waterfalls
        self._color = color
        self._timeline = Timeline()
        self._words = words(language)
        self._heard: dict[int, str] = {}

    def feed(self, event: e.Event) -> Iterator[str]:
        """The lines an event is worth; most are worth none."""
        self._timeline.feed(event)
        match event:
            case e.SessionStarted():
                yield from self._started(event)
            case e.TranscriptChanged(final=True, text=text) if text:
                yield from self._customer(event)
            case e.DeliveryChosen():
                why = reasons(event, self._heard.get(event.turn, ""), self._words)
                yield f"          {headline(event, self._words)}" + self._paint("dim", f"  ({why})")
            case e.OpinionHeard(agrees=False):
                state, style = self._words.state(event.state), self._words.style(event.style)
                yield f"          the model hears {state}, {event.probability:.0%} sure" + self._paint(
                    "dim", f"  (the voice goes on {style})"
                )
            case e.SentenceReady():
                yield f"{self._paint('green', self._stamp(event))} Agent: {event.text}"
            case e.TurnEnded():
                yield from self._ended(event)
            case _:
                yield from self._incident(event)

    def _customer(self, event: e.TranscriptChanged) -> Iterator[str]:
        """What was said; if it only confirmed what was said before, that."""
        confirmed = event.turn in self._heard
        self._heard[event.turn] = event.text
        who = "That is:" if confirmed else "Customer:"
        yield f"{self._paint('cyan', self._stamp(event))} {who} {self._paint('bold', event.text)}"

    def _incident(self, event: e.Event) -> Iterator[str]:
        match event:
            case e.TurnFailed():
                yield self._line(event, "red", f"Problem [{event.code}]: {event.message}")
                if event.hint:
                    yield f"          Hint: {event.hint}"
            case e.PolicyChanged():
                yield from self._policy(event)
            case _:
                found = _INCIDENTS.get(type(event))
                if found is not None:
                    color, sentence = found
                    yield self._line(event, color, sentence(event))

    def _policy(self, event: e.PolicyChanged) -> Iterator[str]:
        if not event.error:
            yield self._line(event, "dim", f"The edited emotion policy is in force ({event.policy[:15]}).")
            return
        yield self._line(event, "red", f"The edited emotion policy is not used; {event.policy[:15]} stays:")
        for mistake in event.error.splitlines():
            yield f"          {mistake}"

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
        self._heard.pop(event.turn, None)
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


def _recording(event: e.Recording) -> str:
    return f"Recording to {event.file}." if event.on else "No longer recording."


def _style(event: e.StyleForced) -> str:
    return "The policy chooses the style again." if event.style is None else f"Style: {event.style}."


def _refused(event: e.CommandRefused) -> str:
    hint = f". {event.hint}" if event.hint else ""
    return f"{event.command} refused [{event.code}]: {event.message}{hint}"


_INCIDENTS: dict[type, tuple[str, Callable[[Any], str]]] = {
    e.BargeIn: ("yellow", _interrupted),
    e.StaffCalled: ("yellow", lambda _: "A member of staff is wanted."),
    e.DeviceLost: ("red", lambda event: f"Lost {event.device}: {event.message}. {event.hint}"),
    e.Overrun: ("red", lambda event: f"{event.where} fell behind: {event.frames} frames of sound were lost"),
    e.MicrophoneMuted: ("dim", lambda event: f"Microphone {'muted' if event.muted else 'on'}."),
    e.VisitReset: ("dim", lambda _: "New customer."),
    e.CommandRefused: ("red", _refused),
    e.StyleForced: ("dim", _style),
    e.VoiceChanged: ("dim", lambda event: f"Voice: {event.voice}."),
    e.ControlChanged: (
        "yellow",
        lambda event: "A person answers now." if event.operator else "The agent answers again.",
    ),
    e.ScenarioChanged: ("dim", lambda event: f"Scenario: {event.scenario}."),
    e.Recording: ("dim", _recording),
    e.SessionSaved: ("dim", lambda event: f"Saved to {event.file}."),
}


def waterfall_line(times: TurnTimes) -> str:
    """One line: milliseconds from the end of speech to the first sound, stage by stage; empty if unknown."""
    if times.ttfa is None:
        return ""
    stages = " · ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in times.waterfall())
    return f"first sound after {times.ttfa * 1000:.0f} ms = {stages}"
