"""One written form for one spoken thing: what the cues are matched against.

NFKC, lower case, simplified characters, apostrophes in contractions, no fillers, no stuttering repeats. Pure.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("normalise.toml")

LONGEST = 600
"""Characters kept of a transcript, from both ends: nobody says more to a kiosk, and each cue reads it all."""

_MARKS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "，": ",", "。": ".", "！": "!", "？": "?", "；": ";"}
)
_APART = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_FILLERS = re.compile(r"嗯+|呃+|唔+[,.]|额(?=[,. ])|\b(?:um+|uh+|erm*|hmm+)\b[,.]?")
_STUTTER = re.compile(r"(.)\1{2,}")
_REPEATED = re.compile(r"([\u3400-\u9fff]{2,4})[,.!]?(?:\1[,.!]?)+")
_SPACES = re.compile(r"\s+")
_ENDS = " ,.;、…"


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
    script, heard, heard_in, bare, bare_in = _tables()
    if len(text) > LONGEST:
        text = text[: LONGEST // 2] + " " + text[-LONGEST // 2 :]
    plain = unicodedata.normalize("NFKC", text).translate(_MARKS).lower().translate(script)
    plain = heard_in.sub(lambda found: heard[found.group()], plain)
    plain = bare_in.sub(lambda found: bare[found.group()], plain)
    plain = _APART.sub("", _FILLERS.sub("", plain))
    plain = _REPEATED.sub(r"\1", _STUTTER.sub(r"\1\1", plain))
    return _SPACES.sub(" ", plain).strip(_ENDS)
