"""Recognition: one utterance on its way to a transcript. Runs on the loop; the recogniser runs on its lane.

Begun at the endpoint, or ahead of it in a lull: then the lane works through the rest of the hangover, and
whoever takes the steps finds them made (docs/decisions/0007-the-recogniser-uses-the-hangover.md). Knows
nothing of turns. One that nobody takes must be closed too.
"""

from __future__ import annotations

from core.audio import Utterance
from core.text import Transcript
from emotion_policy.prosody import Prosody, measure, paced
from pipeline.asked import TurnSettings
from pipeline.crew import Crew
from pipeline.lane import Steps


class Recognition:
    """Begins at once."""

    def __init__(self, utterance: Utterance, crew: Crew, settings: TurnSettings) -> None:
        self._utterance = utterance
        recognizer = crew.recognizer
        self.steps: Steps[Transcript] = crew.hearing.walk(lambda: recognizer.transcribe(utterance.waveform))
        self._prosody = _measured(utterance) if settings.hears_voices() else None

    def hears(self, utterance: Utterance) -> bool:
        """Whether it is the very sound that is being recognised."""
        return self._utterance.pcm == utterance.pcm

    def prosody(self, transcript: Transcript) -> Prosody | None:
        """How the utterance sounded, its rate by the words of the transcript; None if that is not wanted."""
        if self._prosody is None:
            return None
        from emotion_policy.syllables import syllables

        return paced(self._prosody, syllables(transcript.text), self._utterance.seconds)

    def close(self) -> None:
        """Let the recogniser go. May be called at any time, and again."""
        self.steps.close()


def _measured(utterance: Utterance) -> Prosody:
    """2 ms, while the recogniser's thread is at work."""
    sound = utterance.waveform
    return measure(sound.samples, sound.rate)
