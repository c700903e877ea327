"""A session: the microphone's frames on one side, turn after turn on the other.

In: frames (`hear`) and commands (`obey`), both on the loop's thread. Out: events on the bus, sound at
the loudspeaker. It decides whose turn it is and nothing else: the listener finds utterances, a `Turn`
answers one, the desk keeps what an operator has chosen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, assert_never

from core import commands as c
from core import events as e
from core.audio import FRAME_SECONDS, AudioFrame, Heard, Lull, Onset, Resumption, Suspicion, Utterance
from core.clock import Clock
from core.errors import DeviceError, InputError, VoiceError
from core.text import Transcript, script_of
from pipeline.asked import Announcement, Asked, TurnSettings
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.desk import Chosen, Desk, Save, not_recorded
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


class PushToTalk(Protocol):
    """The listener while somebody holds a key; `audio.listener.Listener` is the real one."""

    def hold(self) -> None:
        """All frames from now on are one utterance, behind what was being said already."""
        ...

    def release(self) -> Utterance:
        """That utterance is complete."""
        ...


class Session:
    """One microphone, one loudspeaker, any number of turns.

    Args:
        listen: called for each frame; answers when somebody has begun, paused or finished speaking.
        talk: whom `listen` belongs to, so that an utterance may begin and end by command.
        barge_in: let a customer interrupt a reply; otherwise frames are ignored while one is under way.
        save: what `SaveSession` does.
    """

    def __init__(
        self,
        *,
        crew: Crew,
        listen: Hear,
        clock: Clock,
        bus: Bus,
        settings: TurnSettings,
        talk: PushToTalk | None = None,
        barge_in: bool = True,
        save: Save = not_recorded,
    ) -> None:
        self._crew = crew
        self._listen = listen
        self._clock = clock
        self._bus = bus
        self._talk = talk
        self._barge_in = barge_in
        self._desk = Desk(crew=crew, clock=clock, bus=bus, settings=settings, save=save)
        self._dialogue = Dialogue()
        self._asked: Link[tuple[int, Asked] | None] = Link("asked", WAITING_UTTERANCES, "drop_oldest")
        """None: nobody asks, the desk has something to settle."""
        self._turn: Turn | None = None
        self._number = 0
        self._frames = 0
        self._anchor = 0.0
        self._muted = False
        self._speaking = False  # a customer, in mid-utterance
        self._talking = False  # a key is held
        self._unheard: Utterance | None = None
        self._active = 0.0
        self._current: Utterance | None = None
        self._ahead: Recognition | None = None
        self._over = False

    @property
    def busy(self) -> bool:
        """True while a turn is under way or waits, or a command does."""
        return self._turn is not None or self._asked.depth > 0 or self._desk.busy

    @property
    def dialogue(self) -> Dialogue:
        return self._dialogue

    @property
    def links(self) -> tuple[Link[Any], ...]:
        """Those there are now, to be measured."""
        return (self._asked, *(() if self._turn is None else self._turn.links))

    def look_around(self, visit_timeout: float) -> None:
        """End the visit when nobody has spoken for so many seconds: the next customer inherits nothing."""
        now = self._clock.now()
        if self.busy or not self._dialogue.begun:
            self._active = now
        elif now - self._active >= visit_timeout:
            self._reset()

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
        deaf = self._muted or (not self._barge_in and self._turn is not None)
        if deaf and not self._talking:
            return
        heard = self._listen(AudioFrame(pcm, self._anchor + self._frames * FRAME_SECONDS))
        if heard is not None:
            self._notice(heard)

    def obey(self, command: c.Command) -> None:
        """Do what a screen, a script or an operator asks; what becomes of it is told. Never raises."""
        try:
            in_force = self._do(command)
        except VoiceError as error:
            self._desk.refused(command, error)
        else:
            if in_force:
                self._desk.taken(command)

    def _do(self, command: c.Command) -> bool:
        """Obey; whether the command is in force already.

        Raises:
            VoiceError: it cannot be obeyed.
        """
        match command:
            case c.Mute() | c.Unmute():
                self._set_muted(muted=isinstance(command, c.Mute))
            case c.Interrupt() | c.Reset() | c.Quit():
                self._stop(command)
            case c.Say() | c.Ask():
                self._take_words(command)
            case c.TakeOver() | c.HandBack():
                self._hand_over(operator=isinstance(command, c.TakeOver))
            case c.StartTalking():
                self._start_talking()
            case c.StopTalking():
                self._stop_talking()
            case c.ChooseStyle() | c.ChooseVoice() | c.ReloadPolicy() | c.SaveSession() | c.SwitchScenario():
                return self._leave_to_desk(command)
            case _:
                assert_never(command)
        return True

    def _stop(self, command: c.Interrupt | c.Reset | c.Quit) -> None:
        match command:
            case c.Interrupt():
                self._interrupt()
            case c.Reset():
                self._reset()
            case c.Quit():
                self._interrupt()
                self.finish()
            case _:
                assert_never(command)

    def _reset(self) -> None:
        """The next customer stands there. What the operator has chosen holds for that one too."""
        self._interrupt()
        self._dialogue = Dialogue()
        self._unheard = None
        self._let_go()
        self._crew.forget()
        self._bus.say(e.VisitReset(at=self._clock.now()))

    def _take_words(self, command: c.Say | c.Ask) -> None:
        self._refuse_when_ending()
        language = script_of(command.text)
        self._interrupt()
        if isinstance(command, c.Say):
            self._ask(Announcement(text=command.text, language=language))
        else:
            self._ask(Transcript(text=command.text, final=True, language=language))

    def _hand_over(self, *, operator: bool) -> None:
        """A reply under way is silenced; what is only being heard will be written down."""
        if operator and self._turn is not None and self._turn.answering:
            self._interrupt()
            self._unheard = None
        self._desk.control(operator=operator)

    def _start_talking(self) -> None:
        if self._talk is None:
            raise DeviceError("nobody listens here", code="no-microphone", hint="type instead")
        self._refuse_when_ending()
        if self._talking:
            return
        self._let_go()
        if not self._speaking:
            self._begin_utterance(self._clock.now())
        self._talk.hold()
        self._talking = True

    def _stop_talking(self) -> None:
        if self._talk is not None and self._talking:
            self._notice(self._talk.release())

    def _leave_to_desk(self, command: Chosen) -> bool:
        self._refuse_when_ending()
        in_force = self._desk.take(command)
        if not in_force and self._turn is None and not self._asked.depth:
            self._asked.offer(None)
        return in_force

    def _refuse_when_ending(self) -> None:
        if self._asked.closed:
            raise InputError("the session is ending", code="ending", hint="start another one")

    def _notice(self, heard: Heard) -> None:
        match heard:
            case Suspicion():
                if self._turn is not None:
                    self._turn.pause(heard.patience)
            case Onset():
                self._begin_utterance(heard.started)
            case Lull():
                self._recognise_ahead(heard.utterance)
            case Resumption():
                self._let_go()
            case Utterance():
                self._speaking = self._talking = False
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
            case _:
                assert_never(heard)

    def _begin_utterance(self, voiced_from: float) -> None:
        self._active = self._clock.now()
        self._interrupt()
        self._number += 1
        self._speaking = True
        self._bus.say(e.SpeechStarted(at=self._clock.now(), turn=self._number, voiced_from=voiced_from))

    async def _answer_next(self) -> None:
        """Stand by for what is asked next and answer it: a turn finds its task there and loses no time."""
        await self._desk.settle()
        async for asked in self._asked:
            await self._desk.settle()
            if asked is not None:
                await self._answer(*asked)
            return
        self._over = True

    async def _answer(self, number: int, asked: Asked) -> None:
        turn = Turn(
            number,
            crew=self._crew,
            dialogue=self._dialogue,
            clock=self._clock,
            bus=self._bus,
            settings=self._desk.settings,
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
            self._ahead = Recognition(self._joined(utterance), self._crew, self._desk.settings)

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
