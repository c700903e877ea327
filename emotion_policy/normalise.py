"""One written form for one spoken thing: what the cues are matched against.

NFKC, lower case, simplified characters, apostrophes in contractions, no fillers, no stuttering repeats. Pure.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("normalise.toml")

LONGEST = 300
"""Characters kept of a transcript, from both ends: nobody says more to a kiosk, and each cue reads it all."""

_MARKS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "，": ",", "。": ".", "！": "!", "？": "?", "；": ";"}
)
_APART = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_FILLERS = re.compile(r"嗯+|呃+(?!人|钱|秤|咗)|唔+[,.]|额(?=[,. ])|\b(?:um+|uh+|erm*|hmm+)\b[,.]?")
_STUTTER = re.compile(r"([^\d])\1{2,}")
_REPEATED = re.compile(r"((?![\u3400-\u9fff][不没])[\u3400-\u9fff]{2,4})[,.!]?(?:\1[,.!]?)+")
_SPACES = re.compile(r"\s+")
ENDS = " ,.;、…"
"""Characters taken off both ends."""

Instead = Callable[[re.Match[str]], str]


@cache
def _tables() -> tuple[dict[int, str], dict[str, str], re.Pattern[str], dict[str, str], re.Pattern[str]]:
    with _FILE.open("rb") as file:
        sheet = tomllib.load(file)
    script = str.maketrans({pair[0]: pair[1] for pair in sheet["script"]["pairs"].split()})
    heard, bare = sheet["homophones"], sheet["contractions"]
    return script, heard, _any_of(heard, ""), bare, _any_of(bare, r"\b")


def _any_of(words: dict[str, str], edge: str) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(edge + "(?:" + "|".join(map(re.escape, longest_first)) + ")" + edge)


def script_pairs() -> tuple[tuple[str, str], ...]:
    """Traditional and simplified character, the usual traditional one of several first."""
    with _FILE.open("rb") as file:
        pairs: str = tomllib.load(file)["script"]["pairs"]
    return tuple((pair[0], pair[1]) for pair in pairs.split())


def normalise(text: str) -> str:
    """Bring a transcript to the form that cues are written in; may be empty."""
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + " " + text[-LONGEST // 2 :]
    plain = characters(text)
    for pattern, instead in steps():
        plain = pattern.sub(instead, plain)
    return plain.strip(ENDS)


def characters(text: str) -> str:
    """The first part: each character as it is matched, whatever its width, case and script."""
    return unicodedata.normalize("NFKC", text).translate(_MARKS).lower().translate(_tables()[0])


@cache
def steps() -> tuple[tuple[re.Pattern[str], Instead], ...]:
    """The second part: what is looked for and what stands there instead, in order."""
    _, heard, heard_in, bare, bare_in = _tables()
    return (
        (heard_in, lambda found: heard[found.group()]),
        (bare_in, lambda found: bare[found.group()]),
        (_FILLERS, lambda _: ""),
        (_APART, lambda _: ""),
        (_STUTTER, lambda found: found[1] * 2),
        (_REPEATED, lambda found: found[1]),
        (_SPACES, lambda _: " "),
    )
