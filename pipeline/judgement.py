"""The judgement of one turn: how the customer is, and how to sound. On the loop; told on the bus.

The policy decides, the language model may make it more careful, and a style that the operator has chosen is
laid over both, from the next sentence on and for as long as it is chosen.
"""

from __future__ import annotations

from dataclasses import replace

from core import events as e
from core.clock import Clock
from core.emotion import Delivery, Opinion
from core.text import Language, Transcript
from emotion_policy.decision import Decision, Observation
from emotion_policy.memory import Memory
from emotion_policy.prosody import Prosody
from pipeline.asked import TurnSettings
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.dialogue import Dialogue


class Judgement:
    """For one turn; there is none before `judge`."""

    def __init__(
        self, turn: int, *, crew: Crew, dialogue: Dialogue, clock: Clock, bus: Bus, settings: TurnSettings
    ) -> None:
        self._turn = turn
        self._crew = crew
        self._dialogue = dialogue
        self._clock = clock
        self._bus = bus
        self._settings = settings
        self._decision: Decision | None = None
        self.before = dialogue.memory
        """The visit's memory without this turn."""

    @property
    def decision(self) -> Decision | None:
        """As it is to sound now."""
        return None if self._decision is None else self._styled(self._decision)

    def judge(self, transcript: Transcript, prosody: Prosody | None) -> Decision:
        """What the policy decides on a final transcript."""
        from emotion_policy import record  # loads with the first turn

        dialogue = self._dialogue
        decision = self._decision = self._crew.decide(
            Observation(
                text=transcript.text,
                language=transcript.language,
                confidence=record.confidence(transcript.no_speech),
                scenario=self._settings.scenario,
                asked=dialogue.last_heard,
                memory=self.before,
                prosody=prosody,
            )
        )
        dialogue.memory = decision.memory
        styled = self._styled(decision)
        failures = self.before.agent_failures
        self._bus.say(
            record.chosen(styled, transcript.text, at=self._clock.now(), turn=self._turn, failures=failures)
        )
        return styled

    def consider(self, opinion: Opinion, last: Delivery | None) -> None:
        """The model's own view of the customer: the voice may take more care from the next sentence on.

        Args:
            last: how the sentence before is said; None before the first.
        """
        assert self._decision is not None, "the model is asked about what was judged"
        decided = replace(self._decision, memory=self._dialogue.memory)
        self._decision = self._crew.revise(decided, opinion, last)
        self._dialogue.memory = self._decision.memory
        self._bus.say(
            e.OpinionHeard(
                at=self._clock.now(),
                turn=self._turn,
                state=opinion.state,
                probability=opinion.probability,
                agrees=opinion.state is decided.state,
                style=self._styled(self._decision).style,
            )
        )

    def manner(self, language: Language) -> Delivery | None:
        """How to sound where nothing was judged; None: as the voice does by itself.

        Args:
            language: of what is said.
        """
        style = self._settings.wishes.style
        if style is None:
            return None
        from emotion_policy.forced import unasked

        return self._crew.force(unasked(self._dialogue.memory), style, language).arc.open

    def remembered(self, said: str, heard: str) -> Memory:
        """The visit's memory of what was said: an opener or an apology that nobody heard was none.

        Args:
            said: the opener, or nothing.
            heard: of the reply.
        """
        memory = self._dialogue.memory
        if not heard:
            return replace(memory, apologised=self.before.apologised)
        return replace(memory, openers=(*memory.openers, said)) if said else memory

    def _styled(self, decision: Decision) -> Decision:
        style = self._settings.wishes.style
        return decision if style is None else self._crew.force(decision, style, self._dialogue.language)
