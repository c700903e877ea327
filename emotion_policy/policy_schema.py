"""What a policy file may hold: strict models of the merged tables; no key unknown, no number out of range.

What one table alone can tell is checked here; what needs the state's name, another rule or the lexicon is
checked by `policy_checks` and `policy_rules`. Lists stay lists: these models live only while a file is read.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Self, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.emotion import State, Style
from emotion_policy import patterns
from emotion_policy.decision import Scenario
from emotion_policy.policy import Occasion
from emotion_policy.vetoes import MOST_EMOTION

MOST_HANZI = 60
"""Characters of a Chinese steering line."""
MOST_TOKENS = 40
"""Words and marks of an English steering line."""
STRONG_KEY = "intensity>=0.8"

_TOKEN = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")
_NAME = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*")
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    if any(ord(character) < 32 or character in "（）()<>" for character in text):
        raise ValueError(
            "must be one line without round or angle brackets: the prompt puts its own around it"
        )
    return text


def _short_zh(text: str) -> str:
    if len(text) > MOST_HANZI:
        raise ValueError(f"is {len(text)} characters long; at most {MOST_HANZI}")
    return text


def _short_en(text: str) -> str:
    tokens = len(_TOKEN.findall(text))
    if tokens > MOST_TOKENS:
        raise ValueError(f"is {tokens} words and marks long; at most {MOST_TOKENS}")
    return text


def _silent(amount: float) -> float:
    if amount:
        raise ValueError("must stay 0: the agent's voice is never angry, afraid or disgusted")
    return amount


def _readable(version: int) -> int:
    if version != 1:
        raise ValueError(f"is {version}; this program reads schema 1")
    return version


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f'must be small letters, digits and dots, such as "site.parking_fee", not {name!r}')
    return name


def _hour(clock: str) -> str:
    if not _HOUR.fullmatch(clock):
        raise ValueError(f'must be a time of day, such as "22:30", not {clock!r}')
    return clock


def _spelt_out(step: object) -> object:
    """A step of an arc that is only a style's name."""
    return {"style": step} if isinstance(step, str) else step


StateName = Annotated[State, Field(strict=False)]
StyleName = Annotated[Style, Field(strict=False)]
Amount = Annotated[float, Field(ge=0.0, le=1.0)]
Silent = Annotated[float, AfterValidator(_silent)]
Rate = Annotated[float, Field(ge=0.8, le=1.2)]
Pause = Annotated[int, Field(ge=0, le=1000)]
Turns = Annotated[int, Field(ge=1, le=9)]
Word = Annotated[str, Field(max_length=20), AfterValidator(_said)]
Phrase = Annotated[str, Field(max_length=patterns.LONGEST), AfterValidator(_said)]
Said = Annotated[str, Field(max_length=300), AfterValidator(_said)]
Hour = Annotated[str, AfterValidator(_hour)]


class VectorTable(_Table):
    """A style's emotion, by name."""

    happy: Amount = 0.0
    angry: Silent = 0.0
    sad: Amount = 0.0
    afraid: Silent = 0.0
    disgusted: Silent = 0.0
    melancholic: Amount = 0.0
    surprised: Amount = 0.0
    calm: Amount = 0.0

    @model_validator(mode="after")
    def _leaves_the_speaker_a_share(self) -> Self:
        total = math.fsum(cast("float", getattr(self, name)) for name in type(self).model_fields)
        if total > MOST_EMOTION:
            raise ValueError(f"sums to {total:.4g}; at most {MOST_EMOTION}")
        return self


class SteerTable(_Table):
    """A line for the language model, in both languages."""

    zh: Annotated[str, AfterValidator(_one_line), AfterValidator(_short_zh)]
    en: Annotated[str, AfterValidator(_one_line), AfterValidator(_short_en)]


class BannedTable(_Table):
    """Words that break a tone."""

    zh: list[Word] = Field([], max_length=100)
    en: list[Word] = Field([], max_length=100)


class StyleTable(_Table):
    """One style in a voice and in words."""

    vector: VectorTable
    rate: Rate
    pause_ms: Pause
    steer: SteerTable
    banned: BannedTable = BannedTable.model_validate({})


class StepTable(_Table):
    """One part of a reply's arc."""

    style: StyleName
    rate: Rate | None = None
    pause_ms: Pause | None = None


class ChoiceTable(_Table):
    """Which style answers a state, and when another does."""

    default: StyleName
    strong: StyleName | None = Field(None, alias=STRONG_KEY)
    child: StyleName | None = None
    again: StyleName | None = None


class EscalateTable(_Table):
    """When a person is offered, and when one is fetched."""

    offer_after: Turns | None = None
    now_after: Turns | None = None

    @model_validator(mode="after")
    def _offers_first(self) -> Self:
        if self.offer_after and self.now_after and self.now_after < self.offer_after:
            raise ValueError(f"now_after {self.now_after} comes before offer_after {self.offer_after}")
        return self


class StateTable(_Table):
    """How one state is recognised, answered and remembered."""

    threshold: float = Field(ge=0.05, le=0.95)
    decay: Amount
    style: ChoiceTable
    arc: list[Annotated[StepTable, BeforeValidator(_spelt_out)]] = Field([], max_length=3)
    escalate: EscalateTable = EscalateTable.model_validate({})

    @model_validator(mode="after")
    def _has_a_whole_arc(self) -> Self:
        if len(self.arc) not in (0, 3):
            raise ValueError(f"arc has {len(self.arc)} styles; it needs three: first sentence, middle, last")
        return self


class RuleTable(_Table):
    """A cue of the site's own."""

    id: Annotated[str, Field(max_length=60), AfterValidator(_named)]
    state: StateName
    any: list[Phrase] = Field(min_length=1, max_length=30)
    unless: list[Phrase] = Field([], max_length=30)
    weight: float = Field(1.0, gt=0.0, le=5.0)
    regex: bool = False
    examples: list[Said] = Field([], max_length=30)
    counterexamples: list[Said] = Field([], max_length=30)


class QuietTable(_Table):
    """When the agent speaks softly, by the clock on the wall."""

    begins: Hour = Field(alias="from")
    ends: Hour = Field(alias="to")
    volume: float = Field(ge=0.2, le=1.0)

    @model_validator(mode="after")
    def _last_a_while(self) -> Self:
        if self.begins == self.ends:
            raise ValueError(f"from {self.begins} to {self.ends} is no time at all")
        return self


class PolicyTable(_Table):
    """A whole policy: a site's file over its scenario's over the base."""

    version: Annotated[int, AfterValidator(_readable)] = Field(alias="schema")
    scenario: Scenario
    prosody: bool
    second_opinion: bool
    states: dict[StateName, StateTable]
    styles: dict[StyleName, StyleTable]
    occasions: dict[Occasion, SteerTable]
    rules: list[RuleTable] = Field([], max_length=100)
    quiet_hours: QuietTable | None = None


def keys_at(place: tuple[str | int, ...]) -> list[str]:
    """The keys that the table at a place may have, as a file writes them; empty if no table belongs there."""
    kind: Any = PolicyTable
    for part in place:
        kind = _inside(kind, part)
        if kind is None:
            return []
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


_CHILDREN: dict[str, type[_Table]] = {
    "style": ChoiceTable,
    "escalate": EscalateTable,
    "vector": VectorTable,
    "steer": SteerTable,
    "banned": BannedTable,
    "quiet_hours": QuietTable,
}
_ENTRIES: dict[str, type[_Table]] = {
    "states": StateTable,
    "styles": StyleTable,
    "occasions": SteerTable,
    "rules": RuleTable,
    "arc": StepTable,
}


def _inside(kind: Any, part: str | int) -> Any:
    """What stands under a key of a table, or under any key of a table of tables."""
    if isinstance(kind, str):
        return _ENTRIES[kind]
    if part in _ENTRIES:
        return part
    return _CHILDREN.get(str(part))
