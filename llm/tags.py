"""Tags: what a model writes about its answer and nobody may hear or read. Pure.

`<complaint>`, `<|…|>`, `[laughter]`, `(sighs)`, `*gasps*`, `（语气：…）`, `<tone>…</tone>`; `tags.toml` lists
words. They are removed to a fixpoint: `<com[sigh]plaint>` leaves nothing either. Decided character by
character, so the text is the same however it was cut; only what may still become a tag waits.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from core.emotion import State, Style

_PLAIN = str.maketrans("（）【】［］：＊", "()[][]:*")
_CLOSING = {"<": ">", "[": "]", "(": ")", "*": "*"}
_ANY_OPENING = re.compile(r"[<\[(*（【［＊]")
_LONGEST_TAG = 64
_LONGEST_NOTE = 240
"""Characters of a note that a model did not close before it went on to speak."""

_MARKUP = re.compile(
    r"\|[^<>]*|[a-z/_!][\w |/=:.,;'\"!?-]*|[a-z_][\w:-]* +[\w:-]+ *=[^<>]*", re.ASCII | re.IGNORECASE
)
"""In angle brackets. A blank first, as in `a < b`, is a comparison; Hanzi alone are a title."""
_SMALL = re.compile(r"/?[a-z][a-z _/-]*")
"""In square brackets. Capitals and figures are keys and windows: `[OK]`, `[3]`."""
_FILLING = str.maketrans("", "", " _-")


def _bare(text: str) -> str:
    return text.lower().translate(_FILLING)


with Path(__file__).with_name("tags.toml").open("rb") as _file:
    _WORDS: dict[str, list[str]] = tomllib.load(_file)
_NOTES = frozenset(f"{head}:" for head in _WORDS["notes"])
_ELEMENTS = frozenset(_WORDS["elements"])
_DIRECTIONS = frozenset(_bare(words) for words in _WORDS["directions"])
_NAMES = frozenset(_bare(name) for name in (*State, *Style)) | _DIRECTIONS
_BEGINNINGS = frozenset(word[:end] for word in (*_NOTES, *_NAMES) for end in range(len(word) + 1))


@dataclass(slots=True)
class _Opened:
    """A bracket that may begin a tag, with what has followed it."""

    bracket: str
    raw: str
    content: str = ""
    """Without the tags that were in it."""


@dataclass(slots=True)
class _Note:
    """A note on its way out: ended by its bracket or element, by the line, or by growing too long."""

    bracket: str
    end: str
    depth: int = 1
    text: str = ""

    def ended_by(self, plain: str) -> bool:
        self.text += plain
        if self.end == _CLOSING[self.bracket]:
            self.depth += (plain == self.bracket) - (plain == self.end)
            ended = self.depth == 0
        else:
            ended = self.text.endswith(self.end)
        return ended or len(self.text) >= _LONGEST_NOTE


class TagFilter:
    """Takes a reply's pieces as they come (`feed`), gives back what may be said; `finish` gives the rest."""

    def __init__(self) -> None:
        self._opened: list[_Opened] = []
        self._note: _Note | None = None
        self._joined = False
        self._last = " "

    def feed(self, text: str) -> str:
        idle = not (self._opened or self._note or self._joined)
        if idle and not _ANY_OPENING.search(text):
            self._last = text[-1:] or self._last
            return text
        return "".join([self._step(character) for character in text])

    def finish(self) -> str:
        """Give what waits, without a tag that the end has cut off."""
        opened, self._opened, self._note = self._opened, [], None
        cut = next((at for at, each in enumerate(opened) if each.content), len(opened))
        return "".join(each.raw for each in opened[:cut])

    def _step(self, character: str) -> str:
        plain = character.translate(_PLAIN)
        if self._note is not None:
            return self._in_note(self._note, character, plain)
        top = self._opened[-1] if self._opened else None
        if top is not None and plain == _CLOSING[top.bracket]:
            return self._close(top, character, plain)
        if plain in _CLOSING:
            self._opened.append(_Opened(plain, character))
            return ""
        if top is None:
            return self._say(character)
        return self._grow(top, character, plain)

    def _in_note(self, note: _Note, character: str, plain: str) -> str:
        if character == "\n":
            self._end_tag()
            return self._step(character)
        if note.ended_by(plain):
            self._end_tag()
        return ""

    def _close(self, top: _Opened, character: str, plain: str) -> str:
        if _is_tag(top):
            self._opened.pop()
            name = top.content.lower()
            if top.bracket == "<" and name in _ELEMENTS:
                self._note = _Note("<", f"</{name}>")
            else:
                self._end_tag()
            return ""
        if plain == "*":  # it closes nothing, so it may open
            self._opened.append(_Opened(plain, character))
            return ""
        return self._give_up() + self._say(character)

    def _grow(self, top: _Opened, character: str, plain: str) -> str:
        top.raw += character
        top.content += plain
        if top.bracket in "([" and _bare(top.content) in _NOTES:
            self._opened.pop()
            self._note = _Note(top.bracket, _CLOSING[top.bracket])
        elif not _may_become_tag(top):
            return self._give_up()
        return ""

    def _end_tag(self) -> None:
        self._note = None
        self._joined = not self._opened

    def _give_up(self) -> str:
        """The innermost is no tag, and what holds it cannot be one either."""
        said = "".join(each.raw for each in self._opened)
        self._opened.clear()
        return self._say(said)

    def _say(self, text: str) -> str:
        """Give text out; of the blanks on both sides of what was removed, only the first stay."""
        if self._joined and self._last.isspace() and text.isspace():
            return ""
        self._joined, self._last = False, text[-1]
        return text


def _is_tag(opened: _Opened) -> bool:
    content = opened.content
    if _bare(content) in _DIRECTIONS:
        return True
    if opened.bracket == "<":
        return _MARKUP.fullmatch(content) is not None
    return opened.bracket == "[" and (
        _bare(content) in _NAMES or (len(content) > 2 and _SMALL.fullmatch(content) is not None)
    )


def _may_become_tag(opened: _Opened) -> bool:
    content = opened.content
    if len(content) > _LONGEST_TAG:
        return False
    if opened.bracket == "<" and _MARKUP.fullmatch(content):
        return True
    if opened.bracket == "[" and _SMALL.fullmatch(content):
        return True
    if opened.bracket in "<*" and content.startswith(" "):
        return False
    return _bare(content) in _BEGINNINGS
