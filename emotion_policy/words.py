"""Words and tone agree: each sentence of a reply is checked before it is spoken. Pure.

To a customer in distress: nothing bright, no laughter or sighs, no exclamation marks, no emoji. To anybody:
the agent never claims to feel and never tells people what they feel. What can be taken out without harm is: a
mark, a short clause. What cannot stays and is reported, and the voice must not underline it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.emotion import State
from core.text import Language
from emotion_policy.persistence import NEGATIVE
from emotion_policy.word_rules import refused, rules

MOST_HANZI, MOST_WORDS = 10, 8
"""Length of a clause up to which it holds a courtesy and no matter."""
_INSTEAD: dict[Language, tuple[str, ...]] = {
    "zh": ("我明白了。", "明白。", "好。"),
    "en": ("I hear you.", "I see.", "OK."),
}
"""Said where nothing else would be left; the longest that is no longer than what it stands for."""

_WORD = re.compile(r"[^\W_]")
_HANZI = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_NUMBER = re.compile(r"\d")
_CLAUSE = re.compile(
    r"(?:(?<![\w.])(?:Mr|Mrs|Ms|Dr|Prof|St|No)\.|(?<=\d)[,.:](?=\d)|[^，,；;：:。.!！?？…—\n])*"
    r"(?:[，,；;：:。.!！?？…—\n]+[\"”’')）」』]*\s*|$)"
)
"""A clause with the marks that end it; a point in a figure or a title ends nothing."""
_MARKS_AFTER = re.compile(r"[，,；;：:。.!！?？…—\s\"”’')）」』]*$")
_LEADING_MARKS = re.compile(r"^[\s，,；;：:。.!！~～…、—-]+(?=\S)")
_DOUBLED = re.compile(r"[，,；;：:]\s*(?=[，,；;：:。.!！?？])(?!\s*\.\d)")
_BLANKS = re.compile(r"(?<=\s)\s+|\s+(?=[，,；;。!！?？]|\.(?!\d))")
_CONJUNCTION = re.compile(
    r"^(?:但是?|不过|可是|所以|因此|而且|并且|那么)[，,]?|^(?:and|but|so|then)\b,?\s*", re.IGNORECASE
)
_CONDITION = re.compile(
    r"如果|要是|假如|只要|除非|因为|虽然|当|\b(?:if|when|once|unless|because|although|while)\b", re.IGNORECASE
)
"""What does not stand without the clause behind it."""
_EXCLAMATION = re.compile(r"[?？!！‼⁉﹗]*[!！‼⁉﹗][?？!！‼⁉﹗]*")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f\u200d\u20e3\U000e0020-\U000e007f]+"
    r"|(?<!\S)[:;=]-?[()DPp](?!\w)|\^_?\^|[T][_]T|QAQ"
)
_BRACKETED = re.compile(
    r"[\[(（【<*]\s*(?:laugh|chuckl|giggl|sigh|gasp|sob|cr(?:y|ies)|笑|大笑|轻笑|微笑|苦笑|叹|哭|哽咽|抽泣|倒吸)"
    r"[^\])）】>*]{0,12}[\])）】>*]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A sentence as it may be spoken."""

    text: str
    found: tuple[str, ...] = ()
    """Words that broke the tone, as they stood there."""
    conflict: str = ""
    """The first of them that is still there; empty if all were taken out."""


def check(
    text: str,
    state: State,
    language: Language,
    banned: Sequence[str] = (),
    *,
    apologised: bool = False,
    more: bool = False,
) -> Checked:
    """Take out of a sentence what does not go with the customer's state, and report what cannot be.

    The result is never longer, keeps every figure, and is itself clean of claims; a clean sentence comes back
    as it is. It is never without words if there were any, unless more follows.

    Args:
        text: one sentence of a reply.
        state: what the reply answers: grief as long as it is latched.
        language: of the reply.
        banned: words that break the style, from the policy.
        apologised: for this grievance; another apology is one too many.
        more: the text is a clause whose sentence goes on: nothing of it needs to be left.
    """
    pattern = refused(state, tuple(banned), apologised)
    found: list[str] = []
    conflict, before = "", None
    while text != before:
        before = text
        text, conflict = _step(text, state, pattern, found, more=more)
        text = _sayable(text, before, "" if more else language)
    return Checked(text=text, found=tuple(dict.fromkeys(found)), conflict=conflict)


def apologises(text: str) -> bool:
    """Whether a sentence holds an apology."""
    return rules().apology.search(text) is not None


def _step(
    text: str, state: State, banned: re.Pattern[str] | None, found: list[str], *, more: bool
) -> tuple[str, str]:
    """One thing taken out, or the text as it is and what is left in it that should not be."""
    calmed = _without_sounds(text, found) if state in NEGATIVE else text
    if calmed != text:
        return calmed, ""
    claim = rules().claim(text)
    if claim is not None:
        found.append(claim.group())
        return _without_claim(text, claim), ""
    word = banned.search(text) if banned else None
    if word is not None:
        found.append(word.group())
        dropped = _without_clause(text, word.start(), more=more)
        if dropped != text:
            return dropped, ""
    return _level(text) if state in NEGATIVE else text, word.group() if word else ""


def _without_sounds(text: str, found: list[str]) -> str:
    sounds = [match.group() for pattern in (_BRACKETED, rules().sounds) for match in pattern.finditer(text)]
    found += sounds
    plain = _BRACKETED.sub("", _EMOJI.sub("", text))
    plain = rules().sounds.sub("", plain)
    return text if plain == text else _tidy(plain, text)


def _without_claim(text: str, claim: re.Match[str]) -> str:
    """Drop the clauses that claim, or only the claim's own words where they hold the matter too."""
    clauses = _clauses(text)
    start = max(start for start, _ in clauses if start <= claim.start())
    end = min(end for _, end in clauses if claim.end() <= end)
    return _joined(text, start, end) if _small(text[start:end]) else _joined(text, *claim.span())


def _without_clause(text: str, at: int, *, more: bool) -> str:
    """Drop the clause at a place, if it leads or ends the sentence, holds no matter, and is not all."""
    clauses = _clauses(text)
    number = next(index for index, (_, end) in enumerate(clauses) if at < end)
    start, end = clauses[number]
    leads = all(_courteous(text[slice(*clause)]) for clause in clauses[:number])
    ends = not _WORD.search(text[end:]) and not _CONDITION.search(text[:start])
    left = _joined(text, start, end)
    spared = more or _WORD.search(left)
    return left if (leads or ends) and _small(text[start:end]) and spared else text


def _joined(text: str, start: int, end: int) -> str:
    """The text without a part of it."""
    before, after = text[:start], text[end:]
    if not _WORD.search(after):
        ending = _MARKS_AFTER.search(text)
        kept = _MARKS_AFTER.sub("", before)
        return kept + (ending.group().strip() if ending and kept else "")
    if not _WORD.search(before):
        after = _LEADING_MARKS.sub("", after)
        shorter = _CONJUNCTION.sub("", after)
        after = shorter if _WORD.search(shorter) else after
    return _tidy(before + after, text)


def _tidy(text: str, original: str) -> str:
    """Mend blanks, doubled marks and the first letter after something was taken out."""
    text = _DOUBLED.sub("", text)
    text = _LEADING_MARKS.sub("", _BLANKS.sub("", text)).strip()
    capital = original.lstrip()[:1].isupper() and text[:1].isascii()
    return text[:1].upper() + text[1:] if capital else text


def _sayable(text: str, original: str, language: Language | Literal[""]) -> str:
    """The text, or a short sign of having heard where no word is left; nothing without a language."""
    if _WORD.search(text) or not _WORD.search(original):
        return text
    if not language:
        return ""
    return next((one for one in _INSTEAD[language] if len(one) <= len(original)), _INSTEAD["zh"][-1])


def _level(text: str) -> str:
    """Exclamation marks become full stops; with a question mark among them, a question mark."""

    def stop(match: re.Match[str]) -> str:
        marks, before = match.group(), match.string[: match.start()]
        if "?" in marks or "？" in marks:
            return "？" if "？" in marks else "?"
        if before.endswith(("。", ".", "…")):
            return ""
        return "。" if set(marks) & set("！﹗") or _HANZI.search(before[-1:]) else "."

    return _EXCLAMATION.sub(stop, text)


def _clauses(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _CLAUSE.finditer(text) if match.end() > match.start()]


def _small(clause: str) -> bool:
    """Too short for anything a customer needs, and without a figure."""
    words = len(_LATIN.findall(clause))
    return len(_HANZI.findall(clause)) <= MOST_HANZI and words <= MOST_WORDS and not _NUMBER.search(clause)


def _courteous(clause: str) -> bool:
    return rules().courtesy.fullmatch(_MARKS_AFTER.sub("", clause).strip()) is not None
