"""What a site may want otherwise of the operator's screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.text import Language
from tui.themes import DARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything has a default."""

    language: Language = "en"
    theme: str = DARK.name
    keys: Mapping[str, str] | None = None
    """Action (`tui.keys`) to keys."""
    scenarios: tuple[str, ...] = ()
    """Names to choose from; others may be typed."""
