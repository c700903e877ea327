"""An engine's failure as the turn reports it. Pure."""

from __future__ import annotations

from typing import Literal

from core import events as e
from core.errors import AsrError, EngineError, TtsError

Stage = Literal["hear", "think", "speak"]


def failed(error: EngineError, *, at: float, turn: int) -> e.TurnFailed:
    """The event that tells whose failure it was, and what a person can do."""
    return e.TurnFailed(
        at=at, turn=turn, stage=_stage_of(error), code=error.code, message=error.message, hint=error.hint
    )


def first_error(group: BaseExceptionGroup[EngineError]) -> EngineError:
    """The first engine error of a possibly nested group."""
    error = group.exceptions[0]
    return first_error(error) if isinstance(error, BaseExceptionGroup) else error


def _stage_of(error: EngineError) -> Stage:
    match error:
        case AsrError():
            return "hear"
        case TtsError():
            return "speak"
        case _:
            return "think"
