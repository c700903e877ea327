"""What a question says once politeness, fillers and ways of writing are taken away. Pure."""

from __future__ import annotations

import re
import unicodedata

_FILLERS_ZH = re.compile(
    r"那个|这个嘛|嗯+|呃+|啊|呀|哦|哎|喂|您好|你好|请问一下|请问|麻烦您|麻烦你|麻烦问一下|麻烦|劳驾|"
    r"(?:我)?(?:想|要)?(?:请教|咨询|打听|了解|问问|问|知道)(?:一下|一声|下)|我想知道|"
    r"(?:能不能|可不可以|能|可以)?(?:帮我|给我)?(?:告诉我|说一下|讲一下|介绍一下)(?:一下)?|"
    r"不好意思|打扰一下|打扰了|谢谢(?:你|您)?(?:了)?|对不起"
)
_CLOSERS_ZH = re.compile(r"(?:吗|呢|吧|嘛|么|啦|的呢|的啊|来着)$")
_FILLERS_EN = re.compile(
    r"\b(?:um+|uh+|er|erm|well|so|hi|hello|hey|excuse me|sorry|please|thanks|thank you|"
    r"(?:could|can|would|will) you (?:please )?(?:tell|show) me|do you know|"
    r"i(?:'d| would)? (?:like|want|need) to know|"
    r"i was wondering|i wonder|can i ask|may i ask|let me ask|just|actually|maybe|kindly|now then)\b"
)
_TALK = re.compile(
    r"(?:请)?(?:你)?(?:再说一(?:遍|次|下)|等一下|稍等(?:一下)?|等等|别说了|停|没听(?:清|见|懂)(?:楚)?|"
    r"好的?|对|是的|行|可以|知道了|明白了)+|"
    r"(?:one|just a|wait a|wait one) (?:moment|second|minute)|hold on|wait|stop|say (?:that|it) again|"
    r"(?:i )?(?:did not|cannot|could not|do not) (?:hear|catch|understand)(?: you| that| it)?|"
    r"(?:ok|okay|yes|no|yeah|right|alright|i see|got it)(?: (?:ok|okay|yes|no|yeah|right|i see|then|got it))*"
)
"""Said to the agent, not to the knowledge base, though questions about waiting share the words."""
_USUAL = {
    "哪里": "哪儿",
    "怎么": "怎样 如何 咋",
    "什么": "啥 甚么",
    "什么时候": "几时 何时",
    "要": "要不要",
    "是": "是不是",
    "可以": "能不能 可不可以 能否",
    "有": "有没有",
}
"""The usual word for each of its variants."""
_SYNONYMS = tuple((variant, usual) for usual, variants in _USUAL.items() for variant in variants.split())
_WHERE = re.compile("在哪(?!里)")
_CONTRACTIONS = (
    ("can't", "cannot"),
    ("won't", "will not"),
    ("i'm", "i am"),
    ("n't", " not"),
    ("'s", " is"),
    ("'re", " are"),
    ("'ve", " have"),
    ("'ll", " will"),
)


def normalise(text: str) -> str:
    """Fold width, case and politeness away: "请问ＡＴＭ在哪儿呢？" becomes "atm在哪里"."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    stripped = _FILLERS_EN.sub(" ", text)
    stripped = _FILLERS_ZH.sub(" ", stripped)
    stripped = " ".join(stripped.split())
    stripped = _CLOSERS_ZH.sub("", stripped.rstrip("。？！?!.,，、；;：: ~～…"))
    for variant, usual in _SYNONYMS:
        stripped = stripped.replace(variant, usual)
    stripped = _WHERE.sub("在哪里", stripped)
    for short, full in _CONTRACTIONS:
        stripped = stripped.replace(short, full)
    stripped = stripped.replace("'", "").strip()
    return "" if _TALK.fullmatch(stripped) else stripped
