"""The echo: a reply that begins with what was said already. Pure.

The opener sounds before the model writes. Where a model says it again, although it was told, the repetition
is left out. Compared by letters and figures, so that marks and blanks do not hide an echo.
"""

from __future__ import annotations


class EchoFilter:
    """Feed it a reply's pieces; it gives back what has not been said yet, and `finish` what it held back.

    Args:
        said: the opener; empty for none: then everything passes.
    """

    def __init__(self, said: str) -> None:
        self._said = _letters(said)
        self._matched = 0
        self._held = ""
        self._behind = False

    def feed(self, text: str) -> str:
        if not self._said:
            return self._after(text)
        for at, character in enumerate(text):
            self._held += character
            if not character.isalnum():
                continue
            if character.casefold() != self._said[self._matched]:
                return self._release(text[at + 1 :])
            self._matched += 1
            if self._matched == len(self._said):
                self._said, self._held, self._behind = "", "", True
                return self._after(text[at + 1 :])
        return ""

    def finish(self) -> str:
        """Only a part of the opener came, and nothing else: it is the reply."""
        return self._release("")

    def _release(self, rest: str) -> str:
        held, self._held, self._said = self._held, "", ""
        return held + rest

    def _after(self, text: str) -> str:
        """Without the marks and blanks that ended an echo."""
        if self._behind:
            first = next((at for at, character in enumerate(text) if character.isalnum()), len(text))
            self._behind = first == len(text)
            return text[first:]
        return text


def _letters(text: str) -> str:
    return "".join(character.casefold() for character in text if character.isalnum())
