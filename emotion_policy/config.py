"""What an operator may set about tone."""

from __future__ import annotations

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
