"""The conversation as entries: what was understood, what was meant, and what of it was heard. A pure fold.

One entry for each utterance, each reply and each remark between them; the newest `KEPT` are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core import events as e
from tui.view import Entry, Tone

KEPT = 100


class Talk:
    """Feed it every event in order."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._remarks = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries.values())

    def feed(self, event: e.Event) -> None:
        match event:
            case e.SpeechStarted(turn=turn):
                self._keep(Entry(key=f"{turn}.customer", turn=turn, who="customer", text="", partial=True))
            case e.TranscriptChanged():
                self._understood(event)
            case e.ReplyBegan(turn=turn):
                self._keep(self._reply(turn))
            case e.OpenerChosen(turn=turn, text=text) | e.ReplyDelta(turn=turn, text=text):
                self._grow(turn, text)
            case e.SentenceReady(turn=turn, style=style):
                self._keep(replace(self._reply(turn), style=style))
            case e.BargeIn(turn=turn, heard=heard) if f"{turn}.agent" in self._entries:
                self._keep(replace(self._reply(turn), heard=heard))
            case e.TurnEnded():
                self._ended(event)
            case _:
                self._remark(event)

    def _understood(self, event: e.TranscriptChanged) -> None:
        key = f"{event.turn}.customer"
        self._keep(
            Entry(key=key, turn=event.turn, who="customer", text=event.text, partial=not event.final),
        )

    def _reply(self, turn: int) -> Entry:
        """That of a turn; where no customer spoke before it, the words are an operator's."""
        key = f"{turn}.agent"
        who = "agent" if f"{turn}.customer" in self._entries else "operator"
        return self._entries.get(key) or Entry(key=key, turn=turn, who=who, text="", partial=True)

    def _grow(self, turn: int, text: str) -> None:
        reply = self._reply(turn)
        apart = " " if reply.text[-1:].isascii() and reply.text[-1:] in ".!?" and text[:1].isalnum() else ""
        self._keep(replace(reply, text=f"{reply.text}{apart}{text}".lstrip()))

    def _ended(self, event: e.TurnEnded) -> None:
        """Now it is known what the reply was; noise and replies without a word leave nothing behind."""
        heard = self._entries.get(f"{event.turn}.customer")
        if heard is not None and not heard.text:
            del self._entries[heard.key]
        elif heard is not None:
            self._keep(replace(heard, partial=False))
        if event.reply:
            cut = event.heard if event.heard != event.reply.rstrip() else None
            self._keep(replace(self._reply(event.turn), text=event.reply, heard=cut, partial=False))
        else:
            self._entries.pop(f"{event.turn}.agent", None)

    def _remark(self, event: e.Event) -> None:
        found = _REMARKS.get(type(event))
        if found is None:
            return
        tone, tell = found
        word, details = tell(event)
        self._remarks += 1
        self._keep(
            Entry(key=f"remark.{self._remarks}", turn=0, who="remark", text=word, details=details, tone=tone)
        )

    def _keep(self, entry: Entry) -> None:
        self._entries[entry.key] = entry
        while len(self._entries) > KEPT:
            del self._entries[next(iter(self._entries))]


_REMARKS: dict[type, tuple[Tone, Callable[[Any], tuple[str, str]]]] = {
    e.VisitReset: ("quiet", lambda _: ("new_customer", "")),
    e.StaffCalled: ("warning", lambda event: ("staff_wanted", event.because)),
    e.TurnFailed: ("error", lambda event: ("turn_failed", f"{event.code}: {event.message}")),
    e.DeviceLost: ("error", lambda event: ("device_lost", f"{event.device}: {event.message}")),
    e.ControlChanged: ("info", lambda event: ("operator_on" if event.operator else "operator_off", "")),
}
