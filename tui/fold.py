"""Events to the picture of a session: `feed` takes one, `state` gives the picture of now. Pure.

Every number of a turn is `core.timeline`'s. However a stream is cut into batches, the pictures are the
same; of gauges the newest counts, in whatever order they come.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterator
from types import MappingProxyType
from typing import Literal, TypeVar

from core import events as e
from core import gauges as g
from core.timeline import Timeline, TurnTimes, percentile
from tui.floor import Floor
from tui.notices import notice_of
from tui.talk import Talk
from tui.view import DecisionView, EngineView, Notice, Percentiles, TurnView, ViewState

TURNS = 50
"""That percentiles are taken of."""
LOG = 300
LEVELS = 24
_STAGES: tuple[tuple[Literal["hear", "think", "speak"], str, str], ...] = (
    ("hear", "recognizer", "asr"),
    ("think", "model", "llm"),
    ("speak", "voice", "tts"),
)
_MEASURES = ("endpoint", "asr", "think", "voice")
_E = TypeVar("_E")


class Fold:
    """One session, or several one after the other."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._now = 0.0
        self._timeline = Timeline()
        self._floor, self._talk = Floor(), Talk()
        self._last: dict[type, e.Event] = {}
        """The newest event of each kind."""
        self._gauges: dict[str, tuple[float, float]] = {}
        self._levels: dict[str, list[tuple[float, float]]] = {g.MICROPHONE_LEVEL: [], g.SPEAKER_LEVEL: []}
        self._failures: dict[str, list[e.TurnFailed]] = {stage: [] for stage, _, _ in _STAGES}
        self._answered = 0
        """The newest turn that went well."""
        self._talking = False
        self._overrun = 0
        self._notice: Notice | None = None
        self._log: deque[e.Event] = deque(maxlen=LOG)
        self._logged = 0
        self._latency: tuple[Percentiles, ...] | None = None

    def feed(self, event: e.Event) -> None:
        """Take the next event."""
        if isinstance(event, e.SessionStarted):
            self._forget()
        self._now = max(self._now, event.at)
        if isinstance(event, e.Gauge):
            self._measure(event)
            return
        self._last[type(event)] = event
        self._log.append(event)
        self._logged += 1
        self._floor.feed(event)
        self._talk.feed(event)
        self._notice = notice_of(event) or self._notice
        self._time(event)
        self._count(event)

    def _time(self, event: e.Event) -> None:
        self._timeline.feed(event)
        if isinstance(event, e.PlaybackStarted | e.TurnEnded):
            self._latency = None
        turns = self._timeline.turns
        while len(turns) > 2 * TURNS:
            del turns[min(turns)]

    def _count(self, event: e.Event) -> None:
        match event:
            case e.TurnFailed():
                self._failures[event.stage].append(event)
            case e.TurnEnded(outcome="answered", turn=turn):
                self._answered = turn
            case e.Overrun():
                self._overrun += event.frames
            case e.CommandTaken(command="StartTalking" | "StopTalking" as command):
                self._talking = command == "StartTalking"
            case e.VisitReset():
                self._last.pop(e.StaffCalled, None)
            case _:
                pass

    def _measure(self, event: e.Gauge) -> None:
        known = self._gauges.get(event.name)
        measured = (event.at, event.value)
        self._gauges[event.name] = measured if known is None else max(known, measured)
        if event.name in self._levels:
            insort(self._levels[event.name], measured)
            del self._levels[event.name][:-LEVELS]

    def state(self) -> ViewState:
        """The picture of now."""
        muted, control = self._of(e.MicrophoneMuted), self._of(e.ControlChanged)
        recording, style = self._of(e.Recording), self._of(e.StyleForced)
        voice, scenario = self._of(e.VoiceChanged), self._of(e.ScenarioChanged)
        started = self._of(e.SessionStarted)
        voices = () if started is None else started.voices
        if self._latency is None:
            self._latency = tuple(self._percentiles())
        return ViewState(
            now=self._now,
            phase=self._floor.phase,
            started=started,
            muted=muted is not None and muted.muted,
            operator=control is not None and control.operator,
            talking=self._talking,
            lost=self._of(e.DeviceLost),
            staff=self._of(e.StaffCalled),
            recording=recording if recording is not None and recording.on else None,
            style=None if style is None else style.style,
            voice=voice.voice if voice is not None else started.voice if started is not None else "",
            voices=voices,
            speaks=voice.chosen if voice is not None else "".join(voices[:1]),
            scenario="" if scenario is None else scenario.scenario,
            entries=self._talk.entries,
            turn=self._newest_turn(),
            decision=self._decision(),
            latency=self._latency,
            engines=tuple(self._engines(started)),
            gauges=MappingProxyType({name: self._gauges[name][1] for name in sorted(self._gauges)}),
            levels=MappingProxyType(
                {name: tuple(value for _, value in kept) for name, kept in self._levels.items()}
            ),
            overrun=self._overrun,
            notice=self._notice,
            log=tuple(self._log),
            logged=self._logged,
        )

    def _of(self, kind: type[_E]) -> _E | None:
        found = self._last.get(kind)
        return found if isinstance(found, kind) else None

    def _newest_turn(self) -> TurnView | None:
        """The newest with a time to show, or the newest that failed."""
        for number in sorted(self._timeline.turns, reverse=True):
            times = self._timeline.turns[number]
            if times.waterfall() or times.failure is not None:
                return TurnView(
                    turn=number,
                    waterfall=times.waterfall(),
                    ttfa=times.ttfa,
                    outcome=times.outcome,
                    source=times.source,
                    pauses=times.pauses,
                    failure=times.failure,
                )
        return None

    def _decision(self) -> DecisionView | None:
        chosen, opinion = self._of(e.DeliveryChosen), self._of(e.OpinionHeard)
        if chosen is None:
            return None
        times = self._timeline.turns.get(chosen.turn)
        return DecisionView(
            chosen=chosen,
            text="" if times is None else times.heard_text,
            opinion=opinion if opinion is not None and opinion.turn == chosen.turn else None,
        )

    def _percentiles(self) -> Iterator[Percentiles]:
        turns = [times for _, times in sorted(self._timeline.turns.items()) if _sounded(times)][-TURNS:]
        falls = [dict(times.waterfall()) for times in turns]
        measures = {name: [fall[name] for fall in falls if name in fall] for name in _MEASURES}
        measures["ttfa"] = [times.ttfa for times in turns if times.ttfa is not None]
        for name, values in measures.items():
            p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
            if p50 is not None and p95 is not None:
                yield Percentiles(name=name, p50=p50, p95=p95, count=len(values))

    def _engines(self, started: e.SessionStarted | None) -> Iterator[EngineView]:
        for stage, field, lane in _STAGES:
            failed = self._failures[stage]
            busy = self._gauges.get(g.lane_busy(lane))
            yield EngineView(
                stage=stage,
                name="" if started is None else str(getattr(started, field)),
                busy=None if busy is None else busy[1],
                failures=len(failed),
                last=failed[-1].code if failed and failed[-1].turn > self._answered else "",
            )


def _sounded(times: TurnTimes) -> bool:
    """The customer heard an answer, so the turn says how fast the agent is."""
    return times.ttfa is not None
