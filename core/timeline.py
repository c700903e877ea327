"""When things happened in each turn: one pure fold from events to waterfalls.

Every latency on a screen, in a report or in a bench comes from here. Times are session seconds;
an unknown one is None. Definitions:

    EOU    endpoint decision - last voiced frame
    TTFT   first text of the reply - reply began (prompt sent)
    TTFA   first sample at the device - last voiced frame of the customer
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core import events as e


@dataclass(slots=True, kw_only=True)
class TurnTimes:
    """One turn as it unfolded. Grown by `Timeline`; read by everyone else."""

    turn: int
    voiced_from: float | None = None
    voiced_until: float | None = None
    onset: float | None = None
    endpoint: float | None = None
    transcript: float | None = None
    delivery: float | None = None
    began: float | None = None
    first_delta: float | None = None
    first_sentence: float | None = None
    opener: str = ""
    """The first sentence, if it was said before the model had written anything."""
    first_audio: float | None = None
    playback_started: float | None = None
    playback_ended: float | None = None
    paused: float | None = None
    """When the reply fell silent because somebody seemed to speak; None once it has gone on."""
    pauses: int = 0
    """How often it was paused for nothing."""
    barge_in: float | None = None
    ended: float | None = None
    played_seconds: float = 0.0
    heard_text: str = ""
    language: str = ""
    chosen: e.DeliveryChosen | None = None
    source: e.Source | None = None
    reply: str = ""
    spoken: str = ""
    outcome: e.Outcome | None = None
    failure: e.TurnFailed | None = None
    sentences: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    @property
    def eou(self) -> float | None:
        return _between(self.voiced_until, self.endpoint)

    @property
    def ttft(self) -> float | None:
        return _between(self.began, self.first_delta)

    @property
    def ttfa(self) -> float | None:
        return _between(self.voiced_until, self.playback_started)

    def waterfall(self) -> tuple[tuple[str, float], ...]:
        """(stage, seconds) in order from the last voiced frame to the first sample.

        Stages whose end is unknown are left out and their time falls to the next known one, so
        the seconds always sum to the last known moment - the first.
        """
        moments = (
            ("endpoint", self.endpoint),
            ("asr", self.transcript),
            ("policy", self.delivery),
            ("knowledge", self.began),
            ("think", None if self.opener else self.first_delta),
            ("sentence", self.first_sentence),
            ("voice", self.first_audio),
            ("device", self.playback_started),
        )
        last = self.voiced_until
        falls: list[tuple[str, float]] = []
        for name, at in moments:
            if at is None:
                continue
            if last is not None:
                falls.append((name, at - last))
            last = at
        return tuple(falls)


class Timeline:
    """Feed it every event in order; `turns` holds what is known so far."""

    def __init__(self) -> None:
        self.turns: dict[int, TurnTimes] = {}

    def feed(self, event: e.Event) -> None:  # noqa: C901 - one flat match over a closed union
        match event:
            case e.SpeechStarted():
                times = self._of(event.turn)
                times.onset, times.voiced_from = event.at, event.voiced_from
            case e.SpeechEnded():
                times = self._of(event.turn)
                times.endpoint, times.voiced_until = event.at, event.voiced_until
            case e.TranscriptChanged():
                times = self._of(event.turn)
                times.heard_text, times.language = event.text, event.language
                if event.final:
                    times.transcript = event.at
            case e.DeliveryChosen():
                times = self._of(event.turn)
                times.delivery, times.chosen = event.at, event
            case e.ReplyBegan():
                times = self._of(event.turn)
                times.began, times.source = event.at, event.source
            case e.OpenerChosen():
                self._of(event.turn).opener = event.text
            case e.ReplyDelta():
                times = self._of(event.turn)
                times.first_delta = _first(times.first_delta, event.at)
            case e.SentenceReady():
                times = self._of(event.turn)
                times.first_sentence = _first(times.first_sentence, event.at)
                times.sentences.append((event.at, event.text))
            case e.AudioReady():
                times = self._of(event.turn)
                times.first_audio = _first(times.first_audio, event.at)
            case e.PlaybackStarted():
                times = self._of(event.turn)
                times.playback_started = _first(times.playback_started, event.at)
            case e.PlaybackEnded():
                times = self._of(event.turn)
                times.playback_ended, times.played_seconds = event.at, event.seconds
            case e.ReplyPaused():
                self._of(event.turn).paused = event.at
            case e.ReplyResumed():
                times = self._of(event.turn)
                times.paused, times.pauses = None, times.pauses + 1
            case e.BargeIn():
                self._of(event.turn).barge_in = event.at
            case e.TurnFailed():
                self._of(event.turn).failure = event
            case e.TurnEnded():
                times = self._of(event.turn)
                times.ended, times.outcome = event.at, event.outcome
                times.reply, times.spoken = event.reply, event.heard
            case _:
                pass

    def _of(self, turn: int) -> TurnTimes:
        return self.turns.setdefault(turn, TurnTimes(turn=turn))


def fold(stream: Iterable[e.Event]) -> tuple[TurnTimes, ...]:
    """All turns of a recorded stream, in order."""
    timeline = Timeline()
    for event in stream:
        timeline.feed(event)
    return tuple(timeline.turns[number] for number in sorted(timeline.turns))


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest-rank percentile, `share` in [0, 1]; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def _first(known: float | None, at: float) -> float:
    return at if known is None else known


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start
