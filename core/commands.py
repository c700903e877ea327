"""What may be asked of a running session, in the imperative. They cross the wire like events."""

from __future__ import annotations

from dataclasses import dataclass

from core.emotion import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Stop listening; a reply under way goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmute:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """Silence the reply under way, as a barge-in would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak these words as the agent, without thinking."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Take these words as if the customer had spoken them."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Forget the dialogue and the mood: the next customer stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseStyle:
    """Sound like this from the next sentence on, whatever the policy decides; None: as it decides."""

    style: Style | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseVoice:
    """Speak with another voice from the next reply on."""

    voice: str
    """Its name, as the synthesiser knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """The operator answers instead of the model: what is heard is written down and nothing is thought up.

    A reply under way is silenced; each `Say` is spoken until `HandBack`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """The agent answers by itself again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTalking:
    """Take everything until `StopTalking` as one utterance, whatever voice detection thinks of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTalking:
    """The utterance that `StartTalking` began is complete; without one, nothing happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadPolicy:
    """Read the site's policy file again; `PolicyChanged` tells whether it is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSession:
    """Write what is known of the session to a file; `SessionSaved` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchScenario:
    """Use the policy of another kind of site from the next turn on."""

    scenario: str


Command = (
    Mute
    | Unmute
    | Interrupt
    | Say
    | Ask
    | Reset
    | Quit
    | ChooseStyle
    | ChooseVoice
    | TakeOver
    | HandBack
    | StartTalking
    | StopTalking
    | ReloadPolicy
    | SaveSession
    | SwitchScenario
)
