"""Fitting a dialogue into a window of tokens: the oldest turns go, system and question stay. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The dialogue that fits."""

    messages: tuple[Message, ...]
    dropped_turns: int
    tokens: tuple[int, ...]


def tidy(messages: Sequence[Message]) -> list[Message]:
    """Drop replies that nobody heard and greetings before the first question; join neighbours of one role.

    Many chat templates refuse two user messages in a row, or one of the agent's first.
    """
    tidied: list[Message] = []
    for message in messages:
        unasked = message.role == "assistant" and not any(before.role == "user" for before in tidied)
        if unasked or not message.text.strip():
            continue
        if tidied and tidied[-1].role == message.role:
            message = Message(message.role, f"{tidied.pop().text}\n{message.text}")
        tidied.append(message)
    return tidied


def fit(
    messages: Sequence[Message], *, tokenize: Callable[[Sequence[Message]], Sequence[int]], room: int
) -> Fitted | None:
    """Drop as few of the oldest turns as it takes; None when even the last user message alone does not fit.

    Args:
        messages: tidied, the system message (if any) first, a user message last.
        tokenize: the whole prompt as tokens, in the model's own chat template.
        room: most tokens the prompt may have.
    """
    system = tuple(message for message in messages[:1] if message.role == "system")
    starts = [i for i, message in enumerate(messages) if message.role == "user"]
    low, high = 0, len(starts) - 1
    fitted: Fitted | None = None
    while low <= high:
        dropped = (low + high) // 2 if fitted or low else 0
        kept = (*system, *messages[starts[dropped] :]) if dropped else tuple(messages)
        tokens = tuple(tokenize(kept))
        if len(tokens) <= room:
            fitted, high = Fitted(messages=kept, dropped_turns=dropped, tokens=tokens), dropped - 1
        else:
            low = dropped + 1
    return fitted


def common_prefix(cached: Sequence[int], wanted: Sequence[int]) -> int:
    """How many tokens two prompts share from the start."""
    for i, (have, want) in enumerate(zip(cached, wanted, strict=False)):
        if have != want:
            return i
    return min(len(cached), len(wanted))


def shifted(cached: Sequence[int], wanted: Sequence[int], *, evidence: int = 16) -> tuple[int, int]:
    """Find the stretch (start, end) of the cache that, taken out, lets what follows it be used again.

    When the oldest turns are dropped, the tokens after them are the same, only further back. llama.cpp
    can move cached tokens to new positions (its server does so under the name "cache reuse"), which
    saves evaluating the whole rest. Returns (0, 0) unless `evidence` tokens or more agree.
    """
    start = common_prefix(cached, wanted)
    if len(wanted) - start < evidence or len(cached) - start <= evidence:
        return 0, 0
    probe = list(wanted[start : start + evidence])
    for end in range(start + 1, len(cached) - evidence + 1):
        if cached[end] == probe[0] and list(cached[end : end + evidence]) == probe:
            return start, end
    return 0, 0
