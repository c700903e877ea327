"""Reading what a text-to-emotion model wrote: an eight-vector out of JSON that may be broken. Pure.

The model itself (a fine-tuned language model of the release) never runs here: the emotion policy decides.
This keeps a recorded answer of it usable, and judged by the parity set.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, cast

from tts.emotion_vector import ORDER

MOST = 1.2
"""Largest amount of one emotion."""
KEYS = ("高兴", "愤怒", "悲伤", "恐惧", "反感", "低落", "惊讶", "自然")
"""The model's own names, in the order of `ORDER`."""
_MELANCHOLIC = ("低落", "melancholy", "melancholic", "depression", "depressed", "gloomy")
"""Words that make sadness melancholy: the model never answers with the latter by itself."""
_PAIR = re.compile(r"([一-鿿]+)[\"']?\s*[:：]\s*[\"']?(-?\d+(?:\.\d+)?)")


def read_emotion(text: str, answer: str) -> dict[str, float]:
    """Eight amounts in [0, 1.2] by name; calm alone if there is nothing else.

    Args:
        text: what was asked about; names of melancholy in it swap sad and melancholic.
        answer: what the model wrote after its thinking.
    """
    found = _parsed(answer)
    amounts = {name: _amount(found.get(key)) for name, key in zip(ORDER, KEYS, strict=True)}
    if not any(amounts.values()):
        amounts["calm"] = 1.0
    if any(word in text.lower() for word in _MELANCHOLIC):
        amounts["sad"], amounts["melancholic"] = amounts["melancholic"], amounts["sad"]
    return amounts


def _parsed(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except ValueError:
        return dict(_PAIR.findall(answer))
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _amount(value: Any) -> float:
    try:
        amount = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(amount, 0.0), MOST) if math.isfinite(amount) else 0.0
