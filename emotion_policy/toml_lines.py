"""On which line of a TOML document each key and each element stands: what `tomllib` does not tell.

Reads a text that `tomllib` has accepted; of any other the answer is undefined. Values are stepped over.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[str | int, ...]
"""Keys and list indices from the root to a value."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_SCALAR = re.compile(
    r'''"""(?:\\.|[^\\])*?""""{0,2}'''
    r"""|'''.*?''''{0,2}"""
    r'''|"(?:\\.|[^"\\])*"'''
    r"""|'[^']*'"""
    r"""|[^,\]}\n#]+""",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Place, int]:
    """Line, counted from 1, of every table, key and list element."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


def line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """The line of a place, or of the nearest table around it that the document has; 1 if there is none."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 1


@dataclass(slots=True)
class _Scanner:
    text: str
    lines: dict[Place, int] = field(default_factory=dict[Place, int])
    at: int = 0
    tables: dict[Place, int] = field(default_factory=dict[Place, int])
    """Arrays of tables with the index of their last table."""
    breaks: list[int] = field(default_factory=list[int])
    """Positions of all line breaks."""

    def __post_init__(self) -> None:
        self.breaks = [found.start() for found in re.finditer("\n", self.text)]

    def document(self) -> None:
        table: Place = ()
        while self._skip():
            if self.text.startswith("[[", self.at):
                table = self._header(2, array=True)
            elif self.text[self.at] == "[":
                table = self._header(1, array=False)
            else:
                self._pair(table)

    def _skip(self) -> bool:
        """Step over blanks and comments; False at the end."""
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.text)

    def _header(self, brackets: int, *, array: bool) -> Place:
        line = self._line()
        self.at += brackets
        place: Place = ()
        keys = self._keys()
        for key in keys[:-1]:
            place = self._inside((*place, key))
            self.lines.setdefault(place, line)
        place = (*place, keys[-1])
        self.lines.setdefault(place, line)
        if array:
            self.tables[place] = self.tables.get(place, -1) + 1
            place = self._inside(place)
            self.lines[place] = line
        else:
            place = self._inside(place)
        self.at += brackets
        return place

    def _inside(self, place: Place) -> Place:
        """An array of tables stands for its last table."""
        return (*place, self.tables[place]) if place in self.tables else place

    def _pair(self, table: Place) -> None:
        line = self._line()
        place = table
        for key in self._keys():
            place = (*place, key)
            self.lines.setdefault(place, line)
        self.at += 1
        self._value(place)

    def _keys(self) -> list[str]:
        """A dotted key; leaves `at` behind it."""
        keys: list[str] = []
        more = True
        while more and (found := _KEY.match(self.text, self.at)):
            self.at = found.end()
            keys.append(_plain(found.group(1)))
            more = bool(found.group(2))
        return keys

    def _value(self, place: Place) -> None:
        self._skip()
        if self.text[self.at] == "[":
            self._elements(place)
        elif self.text[self.at] == "{":
            self._inline(place)
        elif found := _SCALAR.match(self.text, self.at):
            self.at = found.end()

    def _elements(self, place: Place) -> None:
        self.at += 1
        index = 0
        while self._skip() and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.lines[(*place, index)] = self._line()
            self._value((*place, index))
            index += 1
        self.at += 1

    def _inline(self, place: Place) -> None:
        self.at += 1
        while self._skip() and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(place)
        self.at += 1

    def _line(self) -> int:
        return bisect_right(self.breaks, self.at - 1) + 1


def _plain(key: str) -> str:
    """A key without its quotes."""
    return tomllib.loads(f"key = {key}")["key"] if key[0] in "\"'" else key
