"""A session: the microphone's frames on one side, turn after turn on the other.

In: frames (`hear`) and commands (`obey`), both on the loop's thread. Out: events on the bus, sound at
the loudspeaker. It decides whose turn it is and nothing else: the listener finds utterances, a `Turn`
answers one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from core import commands as c
from core import events as e
from core.audio import FRAME_SECONDS, AudioFrame, Heard, Lull, Onset, Resumption, Suspicion, Utterance
from core.clock import Clock
from core.text import Transcript, script_of
from pipeline.asked import Announcement, Asked, TurnSettings
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.dialogue import Dialogue
from pipeline.link import Link
from pipeline.recognition import Recognition
from pipeline.turn import Turn

LONGEST_JOIN = 20.0
"""Seconds of speech, at most, that utterances nobody has answered yet are joined to."""
DRIFT = 0.25
"""Seconds the sample-counted time may differ from the clock before it is anchored anew (lost frames)."""
ANCHOR_EVERY = 50
"""Frames between two looks at that difference: one second."""
WAITING_UTTERANCES = 4

Hear = Callable[[AudioFrame], Heard | None]


class Session:
    """One microphone, one loudspeaker, any number of turns.

    Args:
        listen: called for each frame; answers when somebody has begun, paused or finished speaking.
        barge_in: let a customer interrupt a reply; otherwise frames are ignored while one is under way.
    """

    def __init__(
        self,
        *,
        crew: Crew,
        listen: Hear,
        clock: Clock,
        bus: Bus,
        settings: TurnSettings,
        barge_in: bool = True,
    ) -> None:
        self._crew = crew
        self._listen = listen
        self._clock = clock
        self._bus = bus
        self._settings = settings
        self._barge_in = barge_in
        self._dialogue = Dialogue()
        self._asked: Link[tuple[int, Asked]] = Link("asked", WAITING_UTTERANCES, "drop_oldest")
        self._turn: Turn | None = None
        self._number = 0
        self._frames = 0
        self._anchor = 0.0
        self._muted = False
        self._unheard: Utterance | None = None
        self._active = 0.0
        self._current: Utterance | None = None
        self._ahead: Recognition | None = None
        self._over = False

    @property
    def busy(self) -> bool:
        """True while a turn is under way or waits."""
        return self._turn is not None or self._asked.depth > 0

    @property
    def dialogue(self) -> Dialogue:
        return self._dialogue

    def look_around(self, visit_timeout: float) -> None:
        """End the visit when nobody has spoken for so many seconds: the next customer inherits nothing."""
        now = self._clock.now()
        if self.busy or not self._dialogue.begun:
            self._active = now
        elif now - self._active >= visit_timeout:
            self.obey(c.Reset())

    async def run(self) -> None:
        """Answer turn after turn until `Quit` or `finish`."""
        try:
            while not self._over:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._answer_next())
        finally:
            self._let_go()

    def finish(self) -> None:
        """No more will be asked: `run` returns after the turns that already were."""
        self._asked.close()

    def hear(self, pcm: bytes) -> None:
        """Take one frame of `core.audio.FRAME_BYTES`. Costs a silent frame next to nothing."""
        self._frames += 1
        if self._frames % ANCHOR_EVERY == 1:
            self._check_anchor()
        if self._muted or (not self._barge_in and self._turn is not None):
            return
        heard = self._listen(AudioFrame(pcm, self._anchor + self._frames * FRAME_SECONDS))
        if heard is not None:
            self._notice(heard)

    def obey(self, command: c.Command) -> None:
        """Do what a screen, a script or an operator asks."""
        match command:
            case c.Mute():
                self._set_muted(muted=True)
            case c.Unmute():
                self._set_muted(muted=False)
            case c.Interrupt():
                self._interrupt()
            case c.Say(text=text):
                self._interrupt()
                self._ask(Announcement(text=text, language=script_of(text)))
            case c.Ask(text=text):
                self._interrupt()
                self._ask(Transcript(text=text, final=True, language=script_of(text)))
            case c.Reset():
                self._interrupt()
                self._dialogue = Dialogue()
                self._unheard = None
                self._let_go()
                self._crew.forget()
                self._bus.say(e.VisitReset(at=self._clock.now()))
            case c.Quit():
                self._interrupt()
                self.finish()
            case _:
                assert_never(command)

    def _notice(self, heard: Heard) -> None:
        match heard:
            case Suspicion():
                if self._turn is not None:
                    self._turn.pause(heard.patience)
            case Onset():
                self._active = self._clock.now()
                self._interrupt()
                self._number += 1
                self._bus.say(
                    e.SpeechStarted(at=self._clock.now(), turn=self._number, voiced_from=heard.started)
                )
            case Lull():
                self._recognise_ahead(heard.utterance)
            case Resumption():
                self._let_go()
            case Utterance():
                self._active = self._clock.now()
                self._bus.say(
                    e.SpeechEnded(
                        at=self._clock.now(),
                        turn=self._number,
                        voiced_until=heard.ended,
                        seconds=heard.seconds,
                    )
                )
                self._asked.offer((self._number, self._joined(heard)))
                self._unheard = None

    async def _answer_next(self) -> None:
        """Stand by for what is asked next and answer it: a turn finds its task there and loses no time."""
        async for number, asked in self._asked:
            await self._answer(number, asked)
            return
        self._over = True

    async def _answer(self, number: int, asked: Asked) -> None:
        turn = Turn(
            number,
            crew=self._crew,
            dialogue=self._dialogue,
            clock=self._clock,
            bus=self._bus,
            settings=self._settings,
        )
        self._turn = turn
        self._current = asked if isinstance(asked, Utterance) else None
        try:
            await turn.run(asked, self._begun_ahead(asked))
        finally:
            self._turn = self._current = None
            self._active = self._clock.now()

    def _recognise_ahead(self, utterance: Utterance) -> None:
        """The customer may have finished: begin now what a turn would begin at the endpoint."""
        self._let_go()
        if not self._asked.closed:
            self._ahead = Recognition(self._joined(utterance), self._crew, self._settings)

    def _begun_ahead(self, asked: Asked) -> Recognition | None:
        """The recognition begun ahead, if it hears the very sound that is asked. Not kept."""
        ahead = self._ahead
        if ahead is None or not isinstance(asked, Utterance) or not ahead.hears(asked):
            return None
        self._ahead = None
        return ahead

    def _let_go(self) -> None:
        """Of what was begun ahead: the customer went on speaking, or nobody will ask."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _interrupt(self) -> None:
        """Stop the turn under way. One that nobody has heard anything of may yet be continued."""
        turn = self._turn
        if turn is None:
            return
        if not turn.sounding and self._current is not None:
            self._unheard = self._current
        turn.interrupt()

    def _joined(self, utterance: Utterance) -> Utterance:
        """The utterance, behind the one before it if no reply to that one was heard: they belong together."""
        before = self._unheard
        if before is None or before.seconds + utterance.seconds > LONGEST_JOIN:
            return utterance
        return replace(utterance, pcm=before.pcm + utterance.pcm, started=before.started)

    def _ask(self, asked: Asked) -> None:
        self._unheard = None
        self._number += 1
        self._asked.offer((self._number, asked))

    def _set_muted(self, *, muted: bool) -> None:
        self._muted = muted
        self._bus.say(e.MicrophoneMuted(at=self._clock.now(), muted=muted))

    def _check_anchor(self) -> None:
        counted = self._anchor + self._frames * FRAME_SECONDS
        now = self._clock.now()
        if abs(now - counted) > DRIFT or self._frames == 1:
            self._anchor = now - self._frames * FRAME_SECONDS
