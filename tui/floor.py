"""Whose turn is it? A pure fold of the events that pass the word between customer and agent."""

from __future__ import annotations

from core import events as e
from tui.view import Phase


class Floor:
    """Feed it every event in order; `phase` answers."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._started = self._ended = False
        self._muted = self._lost = False
        self._hearing: int | None = None
        self._asked = 0
        """The newest turn that waits for an answer; 0 if none does."""
        self._speaking: int | None = None
        self._paused: int | None = None

    @property
    def phase(self) -> Phase:
        if self._ended or not self._started:
            return Phase.ENDED if self._ended else Phase.STARTING
        for phase, is_so in (
            (Phase.HEARING, self._hearing is not None),
            (Phase.PAUSED, self._paused is not None),
            (Phase.SPEAKING, self._speaking is not None),
            (Phase.THINKING, self._asked > 0),
            (Phase.LOST, self._lost),
            (Phase.MUTED, self._muted),
        ):
            if is_so:
                return phase
        return Phase.LISTENING

    def feed(self, event: e.Event) -> None:
        match event:
            case e.SessionStarted():
                self._forget()
                self._started = True
            case e.SessionEnded():
                self._ended = True
            case e.MicrophoneMuted(muted=muted):
                self._muted = muted
                self._hearing = None if muted else self._hearing
            case e.DeviceLost():
                self._lost, self._hearing = True, None
            case _:
                self._customer(event)
                self._agent(event)

    def _customer(self, event: e.Event) -> None:
        match event:
            case e.SpeechStarted(turn=turn):
                self._hearing = turn
            case e.SpeechEnded(turn=turn) | e.ReplyBegan(turn=turn):
                self._wait(turn)
            case e.TranscriptChanged(turn=turn, final=True):
                self._wait(turn)
            case _:
                pass

    def _agent(self, event: e.Event) -> None:
        match event:
            case e.PlaybackStarted(turn=turn):
                self._speaking = turn
            case e.ReplyPaused(turn=turn):
                self._paused = turn
            case e.ReplyResumed() | e.BargeIn():
                self._paused = None
            case e.TurnEnded(turn=turn):
                self._over(turn)
            case _:
                pass

    def _wait(self, turn: int) -> None:
        if self._hearing == turn:
            self._hearing = None
        self._asked = max(self._asked, turn)

    def _over(self, turn: int) -> None:
        """A turn has ended; one that was asked before it and dropped will never be answered."""
        self._paused = None
        if self._speaking is not None and self._speaking <= turn:
            self._speaking = None
        if self._asked <= turn:
            self._asked = 0
        if self._hearing is not None and self._hearing < turn:
            self._hearing = None
