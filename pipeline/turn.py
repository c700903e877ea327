"""A turn: from a customer's utterance to the last sample of the reply.

In: an utterance (or typed words). Out: sound at the loudspeaker, events, one entry in the dialogue. Runs on
the loop; engines run on their lanes. Everything between the stages is born here and dies here, so nothing
stale survives a barge-in. An engine's failure ends the turn and no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from core import events as e
from core.audio import Utterance
from core.clock import Clock
from core.emotion import Delivery
from core.errors import AsrError, EngineError, LlmError, TtsError
from core.text import Language, Message, Sentence, Spoken, Transcript
from emotion_policy.decision import Decision, Observation, Scenario
from llm import answers, prompt
from llm.answers import Moment
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.dialogue import Dialogue
from pipeline.heard import HeardText
from pipeline.lane import Given, Steps
from pipeline.link import Link
from pipeline.plan import Plan, plan, settle
from pipeline.stage import pump
from tts.sentences import SentenceCutter

SENTENCES_AHEAD = 1
"""Sentences cut and waiting for the voice, besides the one in the cutter's hand; the model pauses beyond."""
DELTAS_AHEAD = 64
WAVEFORMS_AHEAD = 4

Stage = Literal["hear", "think", "speak"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Words to be spoken as they are, with no customer before them."""

    text: str
    language: Language


Asked = Utterance | Transcript | Announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings:
    scenario: Scenario
    system_prompt: str = prompt.SYSTEM_PROMPT
    model_knows: bool = False


class Turn:
    """Run once. `interrupt` may be called at any time, on the loop."""

    def __init__(
        self, number: int, *, crew: Crew, dialogue: Dialogue, clock: Clock, bus: Bus, settings: TurnSettings
    ) -> None:
        self.number = number
        self._crew = crew
        self._dialogue = dialogue
        self._clock = clock
        self._bus = bus
        self._settings = settings
        self._work: asyncio.Task[None] | None = None
        self._outcome: e.Outcome | None = None
        self._interrupted = False
        self._heard = HeardText()
        self._user: Message | None = None
        self._words = ""
        self._language: Language = dialogue.language
        self._decision: Decision | None = None
        self._sentences = 0

    @property
    def heard(self) -> str:
        """The part of the reply that has been heard, from the loudspeaker's sample counter."""
        return self._heard.after(self._crew.loudspeaker.reply_played) if self._heard.seconds else ""

    @property
    def sounding(self) -> bool:
        """True once the customer has heard anything of the reply."""
        return self._heard.seconds > 0 and self._crew.loudspeaker.reply_played > 0

    async def run(self, asked: Asked) -> None:
        """Walk the turn to its end. Raises nothing but cancellation from outside and bugs."""
        try:
            async with asyncio.TaskGroup() as group:
                self._work = group.create_task(self._walk(asked), name=f"turn-{self.number}")
        except* EngineError as failures:
            self._crew.loudspeaker.flush()
            self._fail(_first_error(failures))
        finally:
            self._close()

    def interrupt(self) -> None:
        """Silence first, stop later: clear the loudspeaker, note what was heard, cancel the work."""
        if self._work is None or self._work.done() or self._interrupted:
            return
        self._crew.loudspeaker.flush()
        self._interrupted = True
        self._outcome = self._outcome or "interrupted"
        self._bus.say(e.BargeIn(at=self._clock.now(), turn=self.number, heard=self.heard))
        self._work.cancel()

    async def _walk(self, asked: Asked) -> None:
        if isinstance(asked, Announcement):
            self._language = asked.language
            await self._answer(Plan(source="stock", user=Message("user", ""), text=asked.text))
            return
        if isinstance(asked, Utterance) and asked.abandoned:
            self._outcome = "nothing-heard"
            return
        transcript = await self._transcribe(asked)
        if not transcript.text:
            self._outcome = "nothing-heard"
            return
        chosen = self._choose(settle(transcript, self._dialogue))
        if chosen.text == "":
            self._outcome = "silenced"
            return
        await self._answer(chosen)

    async def _transcribe(self, asked: Utterance | Transcript) -> Transcript:
        if isinstance(asked, Transcript):
            self._announce(asked)
            return asked
        transcript = Transcript(text="", final=True, language=self._language)
        recognizer = self._crew.recognizer
        steps = self._crew.hearing.walk(lambda: recognizer.transcribe(asked.waveform))
        try:
            async for transcript in steps:
                self._announce(transcript)
                if transcript.final:
                    break
        finally:
            steps.close()
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

    def _choose(self, transcript: Transcript) -> Plan:
        """Policy, then knowledge, then the plan: pure parts, inline on the loop."""
        dialogue, now = self._dialogue, self._clock.now
        self._language = dialogue.language = transcript.language
        decision = self._crew.decide(
            Observation(
                text=transcript.text,
                language=transcript.language,
                confidence=1.0 - transcript.no_speech,
                scenario=self._settings.scenario,
                memory=dialogue.memory,
            )
        )
        self._decision, dialogue.memory = decision, decision.memory
        self._bus.say(
            e.DeliveryChosen(
                at=now(),
                turn=self.number,
                state=decision.state,
                style=decision.style,
                probability=decision.probability,
                because=decision.because,
            )
        )
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
        chosen = plan(transcript, decision, advice, dialogue, model_knows=self._settings.model_knows)
        dialogue.unconfirmed = transcript if transcript.confirm else None
        self._words, self._user = dialogue.words(transcript.text), chosen.user
        if chosen.unknown:
            failures = dialogue.memory.agent_failures + 1
            dialogue.memory = replace(dialogue.memory, agent_failures=failures)
        if chosen.call_staff:
            self._bus.say(e.StaffCalled(at=now(), turn=self.number, because=transcript.text))
        return chosen

    async def _answer(self, chosen: Plan) -> None:
        self._crew.loudspeaker.begin(self._first_sample_played)
        self._bus.say(e.ReplyBegan(at=self._clock.now(), turn=self.number, source=chosen.source))
        sentences: Link[Sentence] = Link("sentences", SENTENCES_AHEAD)
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(self._cut, self._deltas(chosen), sentences))
            group.create_task(self._speak(sentences))
        await self._crew.loudspeaker.finish()
        await self._crew.loudspeaker.drained()
        played = self._crew.loudspeaker.reply_played
        self._bus.say(e.PlaybackEnded(at=self._clock.now(), turn=self.number, seconds=played))
        self._outcome = self._outcome or "answered"

    def _deltas(self, chosen: Plan) -> Steps[str]:
        if chosen.text is not None:
            return Given(chosen.text)
        messages = prompt.build(self._settings.system_prompt, self._dialogue.history, chosen.user)
        return self._crew.thinking.walk(partial(self._crew.model.reply, messages), ahead=DELTAS_AHEAD)

    async def _cut(self, deltas: AsyncIterable[str]) -> AsyncGenerator[Sentence, None]:
        """Deltas to sentences. A model that fails or says nothing is apologised for, aloud."""
        cutter = SentenceCutter()
        try:
            async for delta in deltas:
                if not delta:
                    continue
                self._write(delta)
                for text in (*cutter.feed(delta), *cutter.pause()):
                    yield self._sentence(text)
            for text in cutter.finish():
                yield self._sentence(text, last=True)
            if not self._sentences:
                raise LlmError(
                    "the model gave no answer",
                    code="empty",
                    hint="ask again; try another model if it goes on",
                )
        except EngineError as error:
            self._fail(error)
            apology = answers.sentence_for(Moment.FAILED, self._language, turn=self.number)
            self._write(apology)
            yield self._sentence(apology)

    def _write(self, delta: str) -> None:
        self._heard.grow(delta)
        self._bus.say(e.ReplyDelta(at=self._clock.now(), turn=self.number, text=delta))

    def _sentence(self, text: str, *, last: bool = False) -> Sentence:
        index = self._sentences
        self._sentences += 1
        delivery = Delivery()
        if self._decision is not None:
            arc = self._decision.arc
            delivery = arc.open if index == 0 else arc.close if last else arc.body
        sentence = Sentence(text=text, index=index, language=self._language, delivery=delivery)
        self._bus.say(
            e.SentenceReady(
                at=self._clock.now(), turn=self.number, index=index, text=text, style=delivery.style
            )
        )
        return sentence

    async def _speak(self, sentences: Link[Sentence]) -> None:
        async for sentence in sentences:
            self._heard.sentence(sentence.text)
            await self._voice(sentence)
            self._heard.sentence_done()

    async def _voice(self, sentence: Sentence) -> None:
        voice, first = self._crew.voice, True
        steps = self._crew.speaking.walk(partial(voice.synthesize, sentence), ahead=WAVEFORMS_AHEAD)
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

    def _first_sample_played(self) -> None:
        self._bus.say(e.PlaybackStarted(at=self._clock.now(), turn=self.number))

    def _fail(self, error: EngineError) -> None:
        self._outcome = "failed"
        self._bus.say(
            e.TurnFailed(
                at=self._clock.now(),
                turn=self.number,
                stage=_stage_of(error),
                code=error.code,
                message=error.message,
                hint=error.hint,
            )
        )

    def _close(self) -> None:
        """The dialogue learns what was heard, and everybody that the turn is over."""
        outcome = self._outcome or "interrupted"
        heard = self.heard
        if self._user is not None:
            self._dialogue.close_turn(self._user, self._words, heard)
            self._dialogue.last_reply = self._heard.reply or self._dialogue.last_reply
        self._bus.say(
            e.TurnEnded(
                at=self._clock.now(), turn=self.number, outcome=outcome, reply=self._heard.reply, heard=heard
            )
        )


def _stage_of(error: EngineError) -> Stage:
    match error:
        case AsrError():
            return "hear"
        case TtsError():
            return "speak"
        case _:
            return "think"


def _first_error(group: BaseExceptionGroup[EngineError]) -> EngineError:
    """The first engine error of a possibly nested group."""
    for error in group.exceptions:
        return _first_error(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("an exception group is never empty")
