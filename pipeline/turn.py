"""A turn: from a customer's utterance to the last sample of the reply.

In: an utterance (or typed words). Out: sound at the loudspeaker, events, one entry in the dialogue. Runs on
the loop; engines run on their lanes. Everything between the stages is born here and dies here, so nothing
stale survives a barge-in. An engine's failure ends the turn and no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from core import events as e
from core.audio import Utterance, Waveform
from core.clock import Clock
from core.emotion import Opinion
from core.errors import EngineError, LlmError
from core.text import Language, Message, Sentence, Spoken, Transcript
from emotion_policy.decision import Decision
from emotion_policy.prosody import Prosody
from llm import answers, prompt
from llm.answers import Moment
from llm.echo import EchoFilter
from pipeline.asked import Announcement, Asked, TurnSettings
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.dialogue import Dialogue
from pipeline.failure import failed, first_error
from pipeline.heard import HeardText
from pipeline.judgement import Judgement
from pipeline.lane import Given, Steps
from pipeline.link import Link
from pipeline.plan import Plan, plan, settle
from pipeline.recognition import Recognition
from pipeline.stage import pump
from tts.sentences import SentenceCutter

SENTENCES_AHEAD = 1
"""Sentences cut and waiting for the voice, besides the one in the cutter's hand; the model pauses beyond."""
DELTAS_AHEAD = 64
WAVEFORMS_AHEAD = 4


class Turn:
    """Run once, in a task of its own. `interrupt` may be called at any time, on the loop."""

    def __init__(
        self, number: int, *, crew: Crew, dialogue: Dialogue, clock: Clock, bus: Bus, settings: TurnSettings
    ) -> None:
        self.number = number
        self._crew = crew
        self._dialogue = dialogue
        self._clock = clock
        self._bus = bus
        self._settings = settings
        self._work: asyncio.Task[Any] | None = None
        self._outcome: e.Outcome | None = None
        self._interrupted = False
        self._paused = False
        self._link: Link[Sentence] | None = None
        self._heard = HeardText()
        self._user: Message | None = None
        self._words = ""
        self._language: Language = dialogue.language
        self._judgement = Judgement(
            number, crew=crew, dialogue=dialogue, clock=clock, bus=bus, settings=settings
        )
        self._prosody: Prosody | None = None
        from pipeline.phrasing import Phrasing  # here and below: what only a turn needs loads with the first

        self._phrasing = Phrasing(crew.banned)
        self._said = ""
        self._echo = EchoFilter("")

    @property
    def heard(self) -> str:
        """The part of the reply that has been heard, from the loudspeaker's sample counter."""
        return self._heard.after(self._crew.loudspeaker.reply_played) if self._heard.seconds else ""

    @property
    def sounding(self) -> bool:
        """True once the customer has heard anything of the reply."""
        return self._heard.seconds > 0 and self._crew.loudspeaker.reply_played > 0

    @property
    def answering(self) -> bool:
        """True from the moment at which it is settled what the reply comes from."""
        return self._link is not None

    @property
    def links(self) -> tuple[Link[Sentence], ...]:
        """Those there are now, to be measured."""
        return () if self._link is None else (self._link,)

    async def run(self, asked: Asked, ahead: Recognition | None = None) -> None:
        """Walk the turn to its end, with the recognition of its utterance if one has begun `ahead`.

        Raises nothing but cancellation, which ends the task, and bugs.
        """
        self._work = asyncio.current_task()
        try:
            await self._walk(asked, ahead)
        except* EngineError as failures:
            self._crew.loudspeaker.flush()
            self._fail(first_error(failures))
        finally:
            self._close()

    def pause(self, seconds: float) -> None:
        """Somebody may be speaking over the reply: silence for so long, unless `interrupt` comes first."""
        if self._paused or self._interrupted or not self.sounding:
            return
        self._crew.loudspeaker.pause(seconds, self._resumed)
        self._paused = True
        self._bus.say(e.ReplyPaused(at=self._clock.now(), turn=self.number))

    def _resumed(self) -> None:
        if self._paused:
            self._paused = False
            self._bus.say(e.ReplyResumed(at=self._clock.now(), turn=self.number))

    def interrupt(self) -> None:
        """Silence first, stop later: clear the loudspeaker, note what was heard, cancel the work."""
        if self._work is None or self._interrupted:
            return
        self._crew.loudspeaker.flush()
        self._interrupted, self._paused = True, False
        self._outcome = self._outcome or "interrupted"
        self._bus.say(e.BargeIn(at=self._clock.now(), turn=self.number, heard=self.heard))
        self._work.cancel()

    async def _walk(self, asked: Asked, ahead: Recognition | None) -> None:
        if isinstance(asked, Announcement):
            self._language = asked.language
            await self._answer(Plan(source="stock", user=Message("user", ""), text=asked.text))
            return
        if isinstance(asked, Utterance) and asked.abandoned:
            self._outcome = "nothing-heard"
            return
        transcript = await self._transcribe(asked, ahead)
        if not transcript.text:
            self._outcome = "nothing-heard"
            return
        meant = settle(transcript, self._dialogue)
        if meant is not transcript:
            self._announce(meant)
        if self._settings.wishes.control:
            self._write_down(meant)
            return
        chosen = self._choose(meant)
        if chosen.text == "":
            self._outcome = "silenced"
            return
        await self._answer(chosen)

    async def _transcribe(self, asked: Utterance | Transcript, ahead: Recognition | None) -> Transcript:
        if isinstance(asked, Transcript):
            self._announce(asked)
            return asked
        if ahead is not None:
            with suppress(EngineError):  # what failed before there was a turn is tried again
                return await self._recognised(ahead)
        return await self._recognised(Recognition(asked, self._crew, self._settings))

    async def _recognised(self, recognition: Recognition) -> Transcript:
        transcript = Transcript(text="", final=True, language=self._language)
        try:
            async for transcript in recognition.steps:
                self._announce(transcript)
                if transcript.final:
                    break
        finally:
            recognition.close()
        self._prosody = recognition.prosody(transcript)
        return transcript

    def _announce(self, transcript: Transcript) -> None:
        self._bus.say(
            e.TranscriptChanged(
                at=self._clock.now(),
                turn=self.number,
                text=transcript.text,
                final=transcript.final,
                language=transcript.language,
                logprob=transcript.logprob,
                no_speech=transcript.no_speech,
            )
        )

    def _write_down(self, transcript: Transcript) -> None:
        """The operator will answer: how the customer is matters, what to say is not thought up."""
        self._judge(transcript)
        self._dialogue.unconfirmed = None
        self._words = self._dialogue.words(transcript.text)
        self._user = prompt.user_message(self._words, language=transcript.language)
        self._outcome = "silenced"

    def _judge(self, transcript: Transcript) -> Decision:
        self._language = self._dialogue.language = transcript.language
        return self._judgement.judge(transcript, self._prosody)

    def _choose(self, transcript: Transcript) -> Plan:
        """Policy, then knowledge, then the plan: pure parts, inline on the loop."""
        dialogue, now = self._dialogue, self._clock.now
        decision = self._judge(transcript)
        advice = self._crew.consult(transcript.text, transcript.language)
        best = advice.matches[0] if advice.matches else None
        self._bus.say(
            e.KnowledgeConsulted(
                at=now(),
                turn=self.number,
                use=advice.kind,
                entry=best.entry if best else "",
                score=best.score if best else 0.0,
            )
        )
        chosen = plan(
            transcript,
            decision,
            advice,
            dialogue,
            model_knows=self._settings.model_knows,
            opener=self._opener(decision, transcript),
        )
        self._said, self._echo = chosen.said, EchoFilter(chosen.said)
        dialogue.unconfirmed = transcript if transcript.confirm else None
        self._words, self._user = dialogue.words(transcript.text), chosen.user
        if chosen.unknown:
            failures = dialogue.memory.agent_failures + 1
            dialogue.memory = replace(dialogue.memory, agent_failures=failures)
        if chosen.call_staff:
            self._bus.say(e.StaffCalled(at=now(), turn=self.number, because=transcript.text))
        return chosen

    def _opener(self, decision: Decision, transcript: Transcript) -> str:
        if not self._settings.openers:
            return ""
        from emotion_policy import openers

        return openers.choose(
            decision,
            self._judgement.before,
            scenario=self._settings.scenario,
            language=transcript.language,
            text=transcript.text,
        )

    async def _answer(self, chosen: Plan) -> None:
        self._link = Link("sentences", SENTENCES_AHEAD)
        self._crew.loudspeaker.begin(self._first_sample_played)
        self._bus.say(e.ReplyBegan(at=self._clock.now(), turn=self.number, source=chosen.source))
        sentences = self._link
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(self._cut, self._deltas(chosen), sentences, self._clock.sleep))
            group.create_task(self._speak(sentences))
        await self._crew.loudspeaker.finish()
        await self._crew.loudspeaker.drained()
        played = self._crew.loudspeaker.reply_played
        self._bus.say(e.PlaybackEnded(at=self._clock.now(), turn=self.number, seconds=played))
        self._outcome = self._outcome or "answered"

    def _deltas(self, chosen: Plan) -> Steps[Opinion | str]:
        if chosen.text is not None:
            return Given(chosen.text)
        messages = prompt.build(self._settings.system_prompt, self._dialogue.history, chosen.user)
        return self._crew.thinking.walk(partial(self._crew.model.reply, messages), ahead=DELTAS_AHEAD)

    async def _cut(self, deltas: AsyncIterable[Opinion | str]) -> AsyncGenerator[Sentence, None]:
        """The opener, then deltas to sentences. A model that fails or says nothing is apologised for."""
        cutter = SentenceCutter()
        for sentence in self._opening():
            yield sentence
        try:
            async for delta in deltas:
                text = self._taken(delta)
                for sentence in self._sentences(*cutter.feed(text), *cutter.pause()) if text else ():
                    yield sentence
            rest = self._written(self._echo.finish())
            for sentence in self._sentences(*cutter.feed(rest), *cutter.finish(), last=True):
                yield sentence
            if not (self._phrasing.count and self._phrasing.given):
                raise LlmError(
                    "the model gave no answer",
                    code="empty",
                    hint="ask again; try another model if it goes on",
                )
        except EngineError as error:
            self._fail(error)
            apology = answers.sentence_for(Moment.FAILED, self._language, turn=self.number)
            for sentence in self._sentences(self._written(apology)):
                yield sentence

    def _opening(self) -> Iterable[Sentence]:
        if not self._said:
            return ()
        self._bus.say(e.OpenerChosen(at=self._clock.now(), turn=self.number, text=self._said))
        self._heard.grow(self._said if self._language == "zh" else f"{self._said} ")
        return self._sentences(self._said, opener=True)

    def _taken(self, delta: Opinion | str) -> str:
        """What a delta adds to the reply: nothing, if it is an opinion or says the opener again."""
        if isinstance(delta, Opinion):
            self._judgement.consider(delta, self._phrasing.last)
            return ""
        return self._written(self._echo.feed(delta))

    def _written(self, text: str) -> str:
        if text:
            self._heard.grow(text)
            self._bus.say(e.ReplyDelta(at=self._clock.now(), turn=self.number, text=text))
        return text

    def _sentences(
        self, *pieces: str, last: bool = False, opener: bool = False
    ) -> Generator[Sentence, None, None]:
        """Pieces of the reply as they may be said, and how; one whose words do not suit may vanish."""
        for text in pieces:
            decision = self._judgement.decision
            manner = self._judgement.manner(self._language) if decision is None else None
            phrased = self._phrasing.say(
                text, decision, self._language, last=last, opener=opener, manner=manner
            )
            if phrased.checked.text != text:
                self._heard.amend(text, phrased.checked.text)
            for event in phrased.events(at=self._clock.now(), turn=self.number):
                self._bus.say(event)
            if phrased.sentence is not None:
                yield phrased.sentence

    async def _speak(self, sentences: Link[Sentence]) -> None:
        async for sentence in sentences:
            self._heard.sentence(sentence.text)
            await self._voice(sentence)
            self._heard.sentence_done()

    async def _voice(self, sentence: Sentence) -> None:
        voice, first, steps = self._crew.voice, True, self._sounding(sentence)
        try:
            async for piece in steps:
                if self._interrupted:  # cancelled, and woken by the flush before the cancel arrived
                    return
                if isinstance(piece, Spoken):
                    self._heard.spoken(piece.at_samples / voice.rate, piece.characters)
                    continue
                if first:
                    first = False
                    self._bus.say(e.AudioReady(at=self._clock.now(), turn=self.number, index=sentence.index))
                self._heard.sound(piece.seconds)
                await self._crew.loudspeaker.play(piece)
        finally:
            steps.close()

    def _sounding(self, sentence: Sentence) -> Steps[Waveform | Spoken]:
        """A sentence becoming sound; an opener may have become it already."""
        cache = self._crew.openers
        if cache is not None and self._said and sentence.index == 0:
            return cache.steps(sentence)
        voice = self._crew.voice
        return self._crew.speaking.walk(partial(voice.synthesize, sentence), ahead=WAVEFORMS_AHEAD)

    def _first_sample_played(self) -> None:
        self._bus.say(e.PlaybackStarted(at=self._clock.now(), turn=self.number))

    def _fail(self, error: EngineError) -> None:
        self._outcome = "failed"
        self._bus.say(failed(error, at=self._clock.now(), turn=self.number))

    def _close(self) -> None:
        """The dialogue learns what was heard, and everybody that the turn is over."""
        self._paused = False
        outcome = self._outcome or "interrupted"
        heard = self.heard
        self._dialogue.last_reply = self._heard.reply or self._dialogue.last_reply
        if self._user is None:
            self._dialogue.interject(heard)
        else:
            self._dialogue.close_turn(self._user, self._words, heard)
            self._dialogue.memory = self._judgement.remembered(self._said, heard)
        self._bus.say(
            e.TurnEnded(
                at=self._clock.now(), turn=self.number, outcome=outcome, reply=self._heard.reply, heard=heard
            )
        )
