"""Where a piece of a streamed reply may end: marks found, look-alikes told apart.

Fed one character at a time; leaves `Boundary`s in `ready`, in rising order, each as soon as the
characters read allow it. `。，；` count at once; every other mark waits for the character that decides
(`3.` may become `3.5`, `？` may become `？！`). Marks inside a quotation or bracket wait until it closes
(then they were inside and do not count) or grows long (then they do). Pure; knows nothing of pieces.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

LONGEST_PAIR_HANZI = 20
LONGEST_PAIR_WORDS = 12
"""A quotation or bracket up to this size is never cut: a breath group of about five seconds."""
LONGEST_TAG = 40

_OPENING, _CLOSING = "“‘（(【《〈「『[{", "”’）)】》〉」』]}"
_PAIRS = dict(zip(_OPENING, _CLOSING, strict=True))
_CLOSERS = frozenset(_PAIRS.values()) | {'"'}
_AT_ONCE = frozenset("，。；")
_WAITING = frozenset("！？…—、：,.!?;:")
_MARKS = _AT_ONCE | _WAITING
_SPECIAL = _MARKS | _CLOSERS | frozenset(_PAIRS) | {"\n", "<"}
_JOINERS = frozenset(".'’:,/@_%+&-")
"""Characters that do not end a Latin word when letters or digits go on after them."""

_NEVER_LAST = "dr mr mrs ms prof mt e.g i.e vs approx fig cf tel ext"
_BEFORE_NUMBERS = "no nos jan feb mar apr jun jul aug sep sept oct nov dec apt rm p pp vol ch"
_MAYBE_LAST = """
    etc inc ltd co corp jr sr st ave rd blvd dept min mins hr hrs sec lb lbs oz ft est bldg fl max
    mon tue tues wed thu thur thurs fri sat sun
"""
_TITLES = frozenset(_NEVER_LAST.split())
"""Abbreviations that never end a sentence."""
_OTHERS = frozenset((_BEFORE_NUMBERS + _MAYBE_LAST).split())
"""Abbreviations that end one unless a number or a small letter follows; `No. I cannot` is an answer."""
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_MONTH_DAY = re.compile(_MONTHS + r" \d{1,2}(?:st|nd|rd|th)?$", re.IGNORECASE)
_DOTTED = re.compile(r"(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}")
_TOKEN = re.compile(r"(?P<before>\S*)(?P<gap>\s*)(?<![A-Za-z0-9.])(?P<token>[A-Za-z][A-Za-z.]*|\d+)$")
_PLAIN_WORD = re.compile(r"[a-z]{3,}")
_STAGE_DIRECTION = re.compile(r"\[[a-z_ ]+")


class Kind(Enum):
    """How much of an end a boundary is."""

    SENTENCE = auto()
    ELLIPSIS = auto()
    """Ends a sentence, but is no good first stop."""
    CLAUSE = auto()
    SOFT = auto()
    """`、：——`: only where nothing better comes."""


class Boundary(NamedTuple):
    """A place where a piece may end, with all that was counted before it."""

    at: int
    """Characters of the reply before it."""
    kind: Kind
    hanzi: int
    words: int
    """Runs of Latin letters and digits."""
    units: int
    """Length in about Chinese syllables: a Hanzi 1, a word 2, in words with digits each digit 1."""


class _Open(NamedTuple):
    closer: str
    at: int
    hanzi: int
    words: int
    units: int
    column: int
    link: bool


class _Pending(NamedTuple):
    mark: str
    at: int
    run: int
    """Marks in a row up to here."""
    before: str
    """The character before the run."""
    hanzi: int
    words: int
    units: int


_KINDS = {
    "。": Kind.SENTENCE, "；": Kind.SENTENCE, "！": Kind.SENTENCE, "？": Kind.SENTENCE, "!": Kind.SENTENCE,
    "?": Kind.SENTENCE, ";": Kind.SENTENCE, ".": Kind.SENTENCE, "\n": Kind.SENTENCE, "…": Kind.ELLIPSIS,
    "，": Kind.CLAUSE, ",": Kind.CLAUSE, "、": Kind.SOFT, "：": Kind.SOFT, ":": Kind.SOFT, "—": Kind.SOFT,
}  # fmt: skip


def is_hanzi(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character in "々〇"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


class BoundaryScanner:
    """Reads a reply once, character by character."""

    def __init__(self) -> None:
        self.ready: list[Boundary] = []
        self.at = 0
        self.hanzi = 0
        self.words = 0
        self.units = 0
        self._line: list[str] = []
        self._word = False
        self._letters = False
        self._pending: _Pending | None = None
        self._waits_after_space = False
        self._stack: list[_Open] = []
        self._outgrown = ""
        self._held: list[Boundary] = []
        self._tag = 0
        self._list_number = 9999

    def step(self, c: str) -> None:
        """Read the next character."""
        if self._pending is not None:
            self._settle(c)
        self.at += 1
        self._line.append(c)
        if self._tag:
            self._in_tag(c)
        elif "\u3400" <= c <= "\u9fff":
            self.hanzi += 1
            self.units += 1
            self._word = self._letters = False
        else:
            self._other(c)
        if self._stack:
            self._let_long_pairs_go()

    def finish(self) -> None:
        """No more will come: what waited is decided."""
        if self._pending is not None:
            self._settle("\n")
        self._stack.clear()
        self._release()

    def _other(self, c: str) -> None:
        if c in _SPECIAL:
            self._special(c)
        if c.isalnum() or c in "々〇":
            self._count(c)
        elif not (self._word and c in _JOINERS):
            self._word = self._letters = False

    def _count(self, c: str) -> None:
        if not c.isascii():
            hanzi = is_hanzi(c)
            self.hanzi += hanzi
            self.units += hanzi
            self._word = self._letters = False
            return
        if not self._word:
            self._word = True
            self.words += 1
        if c.isdigit():
            self.units += 1
        elif not self._letters:
            self._letters = True
            self.units += 2

    def _special(self, c: str) -> None:
        if c == "\n":
            self._stack.clear()
            self._offer(Boundary(self.at, Kind.SENTENCE, self.hanzi, self.words, self.units))
            self._line.clear()
        elif c in _MARKS:
            self._mark(c)
        elif c == "<":
            self._tag = self.at
        elif c in _CLOSERS and self._closes(c):
            return
        elif c in _PAIRS:
            self._open(c, _PAIRS[c])
        elif c == '"' and not self._before().isdigit():
            self._open(c, c)

    def _before(self) -> str:
        return self._line[-2] if len(self._line) > 1 else ""

    def _in_tag(self, c: str) -> None:
        """Nothing counts between `<` and `>`; what turns out to be no tag is read as text again."""
        size = self.at - self._tag
        if c == ">":
            self._tag = 0
        elif c == "\n" or size > LONGEST_TAG or is_hanzi(c) or (size == 1 and not (c.isalpha() or c in "/|")):
            self._tag = 0
            self._other(c)
            if is_hanzi(c):
                self._count(c)

    def pause(self) -> None:
        """The stream has paused here. A mark after a plain word is settled: hardly anything goes on after it.

        Tokenizers keep `.com` and `3.5` out of the way: a token that ends with a full stop behind three
        lower-case letters ends a sentence. Abbreviations and anything inside a quotation go on waiting.
        """
        pending = self._pending
        if (
            pending is None
            or pending.at != self.at
            or pending.run > 1
            or self._stack
            or pending.mark not in ".!?"
        ):
            return
        word = "".join(self._line[-24:-1]).rpartition(" ")[2]
        if _PLAIN_WORD.fullmatch(word) and word not in _TITLES | _OTHERS:
            self._pending = None
            self._offer(
                Boundary(pending.at, _KINDS[pending.mark], pending.hanzi, pending.words, pending.units)
            )

    # -- pairs -----------------------------------------------------------------------------

    def _open(self, c: str, closer: str) -> None:
        link = c == "(" and self._before() == "]"
        self._stack.append(_Open(closer, self.at, self.hanzi, self.words, self.units, len(self._line), link))

    def _closes(self, c: str) -> bool:
        """Close the innermost pair that `c` ends; False where `c` ends none."""
        for depth in range(len(self._stack) - 1, -1, -1):
            if self._stack[depth].closer == c:
                opened = self._stack[depth]
                del self._stack[depth:]
                self._held = [b for b in self._held if b.at <= opened.at]
                if opened.link or (
                    c == "]" and _STAGE_DIRECTION.fullmatch("".join(self._line[opened.column - 1 : -1]))
                ):
                    self.hanzi, self.words, self.units = opened.hanzi, opened.words, opened.units
                self._release()
                return True
        if c in self._outgrown:
            self._outgrown = self._outgrown.replace(c, "", 1)
            return True
        return False

    def _let_long_pairs_go(self) -> None:
        first = self._stack[0]
        if self.hanzi - first.hanzi > LONGEST_PAIR_HANZI or self.words - first.words > LONGEST_PAIR_WORDS:
            self._outgrown += first.closer
            del self._stack[0]
            self._release()

    def _release(self) -> None:
        """Hand on the held boundaries that no open pair can still swallow."""
        if self._held:
            limit = self._stack[0].at if self._stack else self.at
            self.ready += [b for b in self._held if b.at <= limit]
            self._held = [b for b in self._held if b.at > limit]

    def _offer(self, boundary: Boundary) -> None:
        self._held.append(boundary)
        self._release()

    # -- marks -----------------------------------------------------------------------------

    def _mark(self, c: str) -> None:
        run, before = 1, self._before()
        if self._pending is not None:
            run, before = self._pending.run + 1, self._pending.before
        pending = _Pending(c, self.at, run, before, self.hanzi, self.words, self.units)
        self._waits_after_space = False
        if c in _AT_ONCE and not self._stack:
            self._pending = None
            self._offer(Boundary(self.at, _KINDS[c], self.hanzi, self.words, self.units))
        else:
            self._pending = pending

    def _settle(self, c: str) -> None:
        """Let the next character decide over the waiting mark."""
        pending = self._pending
        if pending is None:
            return
        adjacent = pending.at == self.at
        if adjacent and c in _MARKS:
            return
        if adjacent and c in _CLOSERS and any(o.closer == c for o in self._stack):
            self._pending = pending._replace(at=self.at + 1)
            return
        verdict = self._verdict(pending, c)
        if verdict is None:
            self._waits_after_space = True
            return
        self._pending = None
        self._waits_after_space = False
        if verdict:
            kind = Kind.ELLIPSIS if pending.mark == "." and pending.run > 1 else _KINDS[pending.mark]
            self._offer(Boundary(pending.at, kind, pending.hanzi, pending.words, pending.units))

    def _verdict(self, pending: _Pending, c: str) -> bool | None:
        """Is the waiting mark a boundary? None: read on. A line's end settles everything."""
        match pending.mark:
            case "！" | "？" | "…" | "，" | "。" | "；":
                return True
            case "—":
                return pending.run > 1
            case "、" | "：":
                return not (pending.before.isdigit() and (c.isdigit() or self._numbers_a_line()))
            case ":":
                return c.isspace() or is_hanzi(c)
            case ".":
                return self._full_stop(pending, c)
            case ",":
                return self._comma(pending, c)
            case _:
                return not (_is_latin(c) or c in "=&/")

    def _comma(self, pending: _Pending, c: str) -> bool | None:
        if self._waits_after_space:
            return c == "\n" or not c.isdigit()
        if c == " " and pending.before.isdigit() and _MONTH_DAY.search("".join(self._line[-20:-1])):
            return None
        return is_hanzi(pending.before) or not _is_latin(c)

    def _numbers_a_line(self) -> bool:
        """Is the number before the mark the number of a list's line?"""
        return "".join(self._line[:-1]).strip(" \t-*#>").isdigit()

    def _full_stop(self, pending: _Pending, c: str) -> bool | None:
        if c == "\n" or pending.run > 1:
            return True
        if (_is_latin(c) or c in "-–/_@") and not self._waits_after_space:
            return False
        if self._waits_after_space and c.isspace():
            return None
        stop = pending.at - self.at - 1  # the line holds what came after the mark too
        found = _TOKEN.search("".join(self._line[max(0, len(self._line) + stop - 30) : stop or None]))
        if found is None:
            return True
        return self._stop_after(found, c)

    def _stop_after(self, found: re.Match[str], c: str) -> bool | None:
        token, name = found["token"], found["token"].lower()
        if token.isdigit():
            return not self._is_list_number(found, c)
        if name in _TITLES or (name == "st" and not found["before"][:1].isupper()):
            return False
        if name in _OTHERS or len(name) == 1 or _DOTTED.fullmatch(name):
            return self._abbreviation_ends(name, c)
        return True

    def _abbreviation_ends(self, name: str, c: str) -> bool | None:
        if c.isspace():
            return None
        if name == "no":
            return not c.isdigit()
        return not (c.isdigit() or c.islower())

    def _is_list_number(self, found: re.Match[str], c: str) -> bool:
        """`1. passport 2. photo`: at a line's start, after a colon, before Hanzi, or the next in turn."""
        before, number = found["before"], int(found["token"][:4])
        starts = not before or before[-1] in "：；。，" or (bool(found["gap"]) and before[-1] in ":;-*#>")
        listed = starts or is_hanzi(c) or is_hanzi(before[-1]) or number == self._list_number + 1
        if listed:
            self._list_number = number
        return listed
