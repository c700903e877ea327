"""What engines gave in a recorded session, found again by what they were asked.

An output belongs to the walk that has the same place on the same lane, if it was asked the same; else to any
that was asked the same and is not taken yet. What a changed build asks and nobody recorded is an engine's
failure; only a voice is made up: silence, as long as a sentence takes. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from core.audio import Waveform
from core.errors import EngineError
from core.text import Sentence
from pipeline.journal import Entry, Output, value_of

PACE = 0.2
"""Seconds a character where the recording holds no sentence: of Chinese, 5 syllables a second."""


@dataclass(slots=True)
class Walk:
    """An engine at work on one input."""

    key: str | None = None
    """None: it was never known, because the walk was let go of first."""
    since: float = 0.0
    """Session seconds at which it was begun."""
    characters: int = 0
    """Of the sentence that was said, if it was one."""
    outputs: list[tuple[Entry, Output]] = field(default_factory=list[tuple[Entry, Output]])
    taken: bool = False


class Outputs:
    """For one replay: each output is given once.

    Args:
        cut: the recording ends before the session did: what it does not hold had not come yet.

    Raises:
        InputError: an entry says nothing.
    """

    def __init__(self, entries: Iterable[Entry], voice_rate: int, *, cut: bool = False) -> None:
        self._voice_rate = voice_rate
        self._cut = cut
        self._walks: defaultdict[str, dict[int, Walk]] = defaultdict(dict)
        self._begun: Counter[str] = Counter()
        self.made_up = 0
        """Walks that the recording does not hold."""
        for entry in entries:
            if entry.kind in ("walk", "took"):
                self._learn(entry)

    @property
    def unused(self) -> int:
        """Walks of the recording that the replay has not asked for."""
        return sum(not walk.taken for walks in self._walks.values() for walk in walks.values())

    def walk(self, lane: str, key: str | None, sentence: Sentence | None, failure: type[EngineError]) -> Walk:
        """The outputs of the lane's next walk.

        Args:
            key: of its input; None for a walk that nobody takes anything of.
            sentence: that is to be said.
            failure: what stands for an output that cannot be made up.
        """
        number = self._begun[lane]
        self._begun[lane] += 1
        if key is None:
            return Walk()
        found = self._find(lane, number, key)
        if found is not None:
            found.taken = True
            return found
        if self._cut:
            return Walk()
        self.made_up += 1
        return self._said(sentence) if sentence is not None else _unknown(failure)

    def _find(self, lane: str, number: int, key: str) -> Walk | None:
        walks = self._walks[lane]
        same = walks.get(number)
        if same is not None and not same.taken and same.key in (None, key):
            return same
        free = (walk for walk in walks.values() if not walk.taken and walk.key == key)
        return next(free, None)

    def _learn(self, entry: Entry) -> None:
        fields = entry.fields
        walk = self._walks[fields["lane"]].setdefault(int(fields["walk"]), Walk())
        if entry.kind == "walk":
            walk.key, walk.since = fields["key"], float(fields["since"])
            walk.characters = int(fields["characters"])
            return
        samples = None if isinstance(entry.sound, bytes) else entry.sound
        walk.outputs.append((entry, value_of(fields["value"], samples, self._voice_rate)))

    def _pace(self) -> float:
        """Seconds a character of the sentences that were said to their end."""
        said = [
            walk
            for walks in self._walks.values()
            for walk in walks.values()
            if walk.characters and walk.outputs and walk.outputs[-1][1] is None
        ]
        return sum(map(_seconds, said)) / sum(walk.characters for walk in said) if said else PACE

    def _said(self, sentence: Sentence) -> Walk:
        """Silence as long as the sentence would sound."""
        samples = np.zeros(round(self._pace() * len(sentence.text) * self._voice_rate), np.float32)
        return _at_once(Waveform(samples, self._voice_rate), None)


def _seconds(walk: Walk) -> float:
    return sum(value.seconds for _, value in walk.outputs if isinstance(value, Waveform))


def _unknown(failure: type[EngineError]) -> Walk:
    return _at_once(
        failure(
            "the recording does not hold an answer to this",
            code="replay",
            hint="this build asks the engine something else than the one that recorded the session",
        )
    )


def _at_once(*values: Output) -> Walk:
    return Walk(outputs=[(Entry(number=-1, at=0.0, kind="took"), value) for value in values])
