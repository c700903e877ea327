"""Words to index: Chinese as single Hanzi and pairs of them, English as lightly stemmed words. Pure.

SQLite's own tokenisers either keep a run of Hanzi as one word or (trigram) miss two-character
questions; one- and two-character terms find both. The same terms serve index and query.
"""

from __future__ import annotations

import re
from collections.abc import Container

_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_FUNCTION_WORDS = """
的 了 吗 我 你 您 他 她 们 我们 你们 在 是 有 要 想 去 这 那 个 一 一个 两 也 都 就 和 跟 把 被 给 到
里 哪 哪里 怎 么 怎么 什 什么 多 少 几 可 以 可以 能 会 请 呢 吧 啊 不 没 还 再 又 很 真 太 好 得 地
着 过 上 下 办 么办 怎么办 这里 今 天 今天 现 现在 时 时候 候 地方 方 问 说 让 为 为什么 一下 了吗
a an the is are am be was were do does did doe i you he she it we they my your me us to of in on at for
from with by and or but there here this that these those some any can could will would should may have
has had get go what when where which who how much many long not no need want like please if very really
too so today now think feel day
"""
FUNCTION_TERMS = frozenset(_FUNCTION_WORDS.split())
"""Terms that say little about the topic: they count, but little."""
_WHOLE_WORDS = "parking building booking meeting wedding housing banking ceiling during evening morning"
_WHOLE = frozenset(_WHOLE_WORDS.split())
"""Words that are not a form of the shorter one: who asks for the park does not want the parking."""


def terms(text: str) -> tuple[str, ...]:
    """Cut normalised text into terms, in order, with repetitions."""
    found: list[str] = []
    for run in _RUNS.findall(text):
        if run[0] >= "\u3400":
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(stem(run))
    return tuple(found)


def without_seams(found: tuple[str, ...], known: Container[str]) -> tuple[str, ...]:
    """Drop pairs of Hanzi that only arise where two known words meet.

    In 停车多少钱 the pair 车多 is no word; were it kept, it would count as an unknown word against
    every entry. A pair nobody taught is a seam when the pairs before and after it are known.
    """
    pairs = [i for i, term in enumerate(found) if len(term) == 2 and term[0] >= "\u3400"]
    seams = {
        here
        for before, here, after in zip(pairs, pairs[1:], pairs[2:], strict=False)
        if found[here] not in known
        and found[before] in known
        and found[after] in known
        and found[before][1] == found[here][0]
        and found[here][1] == found[after][0]
    }
    return tuple(term for i, term in enumerate(found) if i not in seams)


def stem(word: str) -> str:
    """Take plural, past and -ing endings off an English word; crude on purpose, the same for both sides."""
    if len(word) <= 3 or not word.isalpha() or word in _WHOLE:
        return word
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending):
            return word.removesuffix(ending) + rest
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and any(vowel in base for vowel in "aeiouy"):
            return base[:-1] if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "ls" else base
    return word
