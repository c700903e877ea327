"""What an operator may set about tone."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emotion_policy.decision import Scenario


class EmotionConfig(BaseModel):
    """How the agent chooses its tone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: Scenario = Field(
        "government",
        description="Kind of site: retail, medical, government, education or smart-home. "
        "Decides which style answers a state.",
    )
    policy: Path | None = Field(
        None,
        description="The site's policy file: what it says goes before the packaged defaults of the scenario "
        "that it names; empty: those defaults. Edits are taken over between turns; `tingshuo emotion check` "
        "finds mistakes. A relative path is looked for in the working folder, then beside the program.",
    )
    prosody: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Measure how loud, high and fast a customer speaks, against that customer's own first "
        "turns; it makes what the words say stronger, or breaks a tie between two states. auto: as the "
        "site's policy says, which is on except in education. off: never. Where it is on, customers are to "
        "be told. Nothing measured is stored.",
    )
    second_opinion: bool = Field(
        False,
        description="Let the language model say, by a letter before each reply, how it takes the customer. "
        "Where it takes them more seriously than their words did, the voice becomes more careful, never "
        "brighter. Costs one step of the model a reply. Needs a model that follows instructions: from the "
        "demo model the letters are noise.",
    )

    openers: bool = Field(
        True,
        description="Say a first sentence at once to an upset customer (an apology, a boundary, what to do "
        "in an emergency), rendered beforehand, while the model writes the rest and is told what was said.",
    )

    def hears_voices(self, *, policy: bool) -> bool:
        """Whether how a customer sounds may be measured. Args: policy: what the site's policy says."""
        return policy if self.prosody == "auto" else self.prosody == "on"
