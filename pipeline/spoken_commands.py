"""What a customer may tell the agent itself to do: be quiet, or say it again. Pure.

Whole utterances only, fillers aside: "停" is a command, "停车场在哪里" is a question.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class SpokenCommand(StrEnum):
    STOP = "stop"
    REPEAT = "repeat"


WORDINGS: dict[SpokenCommand, tuple[str, ...]] = {
    SpokenCommand.STOP: (
        "停", "停一下", "停下", "别说了", "不要说了", "不用说了", "安静", "闭嘴", "好了好了",
        "stop", "stop it", "please stop", "stop talking", "be quiet", "quiet please",
    ),
    SpokenCommand.REPEAT: (
        "再说一遍", "再说一次", "请再说一遍", "麻烦再说一遍", "重复一遍", "没听清", "我没听清", "我没听清楚",
        "say that again", "please say that again", "say it again", "repeat that", "repeat that please",
        "can you repeat that", "i did not hear you", "pardon",
    ),
}  # fmt: skip

_FILLERS = ("嗯", "啊", "呃", "那个", "请", "吧", "um", "uh", "well", "please")
_BY_WORDING = {wording: command for command, wordings in WORDINGS.items() for wording in wordings}
_FILLER = "(?:" + "|".join(_FILLERS) + ")"
_COMMAND = re.compile(rf"(?:{_FILLER} ?)*?({'|'.join(map(re.escape, _BY_WORDING))})(?: ?{_FILLER})?")


def spoken_command(text: str) -> SpokenCommand | None:
    """The command an utterance is, if it is nothing else."""
    found = _COMMAND.fullmatch(_plain(text))
    return None if found is None else _BY_WORDING[found[1]]


def _plain(text: str) -> str:
    kept = (c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text).lower())
    return " ".join("".join(kept).split())
