"""Is this transcript something the customer said, or something the model made up? Pure.

Whisper fills silence and noise with what its training subtitles said at such places: credits, thanks
for watching, one phrase over and over. Thresholds are openai/whisper's own defaults (no-speech 0.6,
log-probability -1.0, compression 2.4); speed limits are about twice broadcast speech (5-6 Hanzi, or 13
Latin characters, a second).
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from asr.config import GuardConfig
from core.audio import Waveform

Reason = Literal["silence", "no-speech", "improbable", "repetition", "too-fast", "boilerplate", "no-words"]

_BOILERPLATE: Final = (
    "谢谢观看",
    "谢谢收看",
    "谢谢大家观看",
    "感谢观看",
    "感谢收看",
    "感谢您的观看",
    "多谢观看",
    "下期再见",
    "下集再见",
    "请不吝点赞",
    "点赞订阅",
    "订阅转发",
    "打赏支持明镜",
    "明镜与点点",
    "由amaraorg社区提供",
    "thanksforwatching",
    "thankyouforwatching",
    "thankyousomuchforwatching",
    "pleasesubscribe",
    "subscribetomychannel",
    "likeandsubscribe",
    "seeyouinthenextvideo",
    "amaraorg",
)
"""Said by subtitles, never by customers: enough anywhere in the text. Compared without spaces and marks."""
_CREDITS: Final = re.compile(
    r"^(?:(?:中文|英文|中英)?字幕(?:组|由|志愿者|制作|提供|by|$)"
    r"|(?:subtitles?|captions?|transcri(?:bed|ption)|translat(?:ed|ion))(?:made|provided|created)?by)"
)
_MARKS: Final = re.compile(r"[\W_]+")
_HANZI: Final = re.compile(r"[\u3400-\u9fff]")
_UNITS: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’][^\W_\u3400-\u9fff]+)?")
_LONGEST_PHRASE: Final = 12
_COMPRESSION_FLOOR_BYTES: Final = 60
"""zlib's ratio says nothing about shorter texts."""
_SHORTEST_SPEECH: Final = 0.3
"""Seconds: speed is judged as if the sound lasted at least so long, so that a clipped 「好」 passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the recogniser knows about one transcript."""

    text: str
    seconds: float
    """Length of the sound the text was read from."""
    logprob: float
    """Mean log-probability per token, ≤ 0."""
    no_speech: float
    """Probability in [0, 1]."""


def suspect(evidence: Evidence, config: GuardConfig) -> Reason | None:
    """Say why the transcript must be dropped, or None when it may be believed."""
    text = evidence.text
    if not _MARKS.sub("", text):
        return "no-words"
    if evidence.no_speech > config.no_speech and evidence.logprob < config.logprob:
        return "no-speech"
    if evidence.logprob < config.hopeless_logprob:
        return "improbable"
    if _is_boilerplate(text):
        return "boilerplate"
    if _repeats(text, config):
        return "repetition"
    return "too-fast" if _outruns(text, evidence.seconds, config) else None


def is_silent(speech: Waveform, level: float) -> bool:
    """Tell whether the loudest 0.1 s stays below `level` (dB full scale, mean power)."""
    if not len(speech.samples):
        return True
    samples = speech.samples.astype(np.float64)
    hop = min(len(samples), max(1, speech.rate // 10))
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop)
    return float((frames**2).mean(axis=1).max()) < 10 ** (level / 10)


def longest_run(text: str) -> int:
    """Count how often a word, a Hanzi or a phrase of up to 12 of them is said in a row, at most."""
    units = [unit.lower() for unit in _UNITS.findall(text)]
    longest = 1 if units else 0
    for size in range(1, min(_LONGEST_PHRASE, len(units) // 2) + 1):
        agreeing = 0
        for i in range(size, len(units)):
            agreeing = agreeing + 1 if units[i] == units[i - size] else 0
            longest = max(longest, 1 + agreeing // size)
    return longest


def _is_boilerplate(text: str) -> bool:
    bare = _MARKS.sub("", text).lower()
    return any(phrase in bare for phrase in _BOILERPLATE) or _CREDITS.match(bare) is not None


def _repeats(text: str, config: GuardConfig) -> bool:
    encoded = text.encode()
    squeezed = len(encoded) / len(zlib.compress(encoded))
    if len(encoded) >= _COMPRESSION_FLOOR_BYTES and squeezed > config.compression:
        return True
    return longest_run(_MARKS.sub(" ", _without_numbers(text))) >= config.repeats


def _without_numbers(text: str) -> str:
    """Telephone numbers repeat digits honestly: 八八八八, 1111."""
    return re.sub(r"[0-9零〇一二两三四五六七八九十幺]", " ", text)


def _outruns(text: str, seconds: float, config: GuardConfig) -> bool:
    hanzi = len(_HANZI.findall(text))
    latin = len(_MARKS.sub("", text)) - hanzi
    needed = hanzi / config.hanzi_per_second + latin / config.characters_per_second
    return needed > max(seconds, _SHORTEST_SPEECH)
