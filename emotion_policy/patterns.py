"""Regular expressions that an operator may write: what keeps one from stalling the agent. Pure.

A backtracking engine may try every way to share a text among repetitions, so their bounds are multiplied: one
`+`, or a few `{0,8}`, are cheap; a repetition inside a repetition is refused whatever it costs.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field

LONGEST = 200
"""Characters of one pattern."""
UNBOUNDED = 600
"""What `*`, `+` and `{n,}` count as: the longest text there is."""
MOST_WAYS = 20_000

_TOKEN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!])|(?!\?))|\(\?|\)|\{\d*,?\d*\}[?+]?|[*+?][?+]?|.",
    re.DOTALL,
)
_BOUNDS = re.compile(r"\{(\d*)(,?)(\d*)\}")


def fault(pattern: str) -> str:
    """What is wrong with a pattern, in words; empty if nothing is."""
    if len(pattern) > LONGEST:
        return f"is {len(pattern)} characters long; at most {LONGEST}"
    try:
        with warnings.catch_warnings(action="error"):
            compiled = re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"is no regular expression: {error}"
    if compiled.search("") is not None:
        return "matches an empty text, so it would match everywhere"
    return _Walk().through(pattern)


@dataclass(slots=True)
class _Walk:
    """Over the tokens of a pattern that compiles."""

    repeats: list[bool] = field(default_factory=lambda: [False])
    """For each open group, the whole first: something in it repeats or branches."""
    closed: bool = False
    """The token before was the end of a group in which something repeats or branches."""
    ways: int = 1

    def through(self, pattern: str) -> str:
        for found in _TOKEN.finditer(pattern):
            wrong = self._token(found.group())
            if wrong:
                return wrong
        if self.ways > MOST_WAYS:
            return "repeats too often and could stall; bound the repetitions, for example .{0,8}"
        return ""

    def _token(self, token: str) -> str:
        closed, self.closed = self.closed, False
        if token == "(?":
            return "may only use the groups (…), (?:…), (?=…), (?!…), (?<=…) and (?<!…)"
        if token.startswith("("):
            self.repeats.append(False)
        elif token == ")":
            self.closed = self.repeats.pop()
            self.repeats[-1] |= self.closed
        elif token == "|":
            self.repeats[-1] = len(self.repeats) > 1
        elif times := _times(token):
            return self._repeated(times, closed=closed)
        return ""

    def _repeated(self, times: int, *, closed: bool) -> str:
        if times == 1:
            self.closed = closed
            return ""
        if closed:
            return "repeats a group in which something repeats or branches (nested quantifiers)"
        self.repeats[-1] = True
        self.ways *= times
        return ""


def _times(token: str) -> int:
    """How often a quantifier lets something happen at most; 0 for any other token."""
    if token[0] in "*+" and len(token) <= 2:
        return UNBOUNDED
    if token[0] == "?":
        return 1
    bounds = _BOUNDS.match(token)
    if bounds is None or bounds[0] == "{}":
        return 0
    most = bounds[3] if bounds[2] else bounds[1]
    return max(int(most), 1) if most else UNBOUNDED
