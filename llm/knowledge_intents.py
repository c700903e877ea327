"""What kind of thing a question asks for: a place, a time, a price … and which kinds an answer gives. Pure.

"how long is the queue" and "how do i queue" share every content word; only the kind tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ASKED = {
    "place": r"哪里|什么地方|几楼|几号窗口|几号线|怎么走|往哪|"
    r"\bwhere\b|\bwhich (?:floor|counter|window|line)\b",
    "time": r"几点|什么时候|周末|周[一二三四五六日天]|星期|"
    r"\bwhen\b|\bwhat time\b|\b(?:satur|sun|mon)day|\bweekend",
    "duration": r"多久|几天|多长时间|\bhow (?:long|soon|many days)\b",
    "cost": r"多少钱|收费|要钱|手续费|费用|免费|收钱|什么价|"
    r"\bhow much (?:is|are|does|do)\b|\bcost|\bprice|\bfees?\b|\bfree\b",
    "need": r"什么材料|带什么|需要什么|要什么|什么证件|\bwhat do (?:i|we) need\b|\bbring\b|\bdocuments?\b",
    "loss": r"丢|不见了|找不到|被偷|遗失|\blost\b|\bstolen\b|\bmissing\b|\bcannot find\b",
    "expiry": r"过期|\bexpired?\b",
    "wrong": r"错",
}
_GIVEN = {
    "place": r"楼|窗口|旁边|左边|右边|侧|路|线|门|层|机|"
    r"\bfloor|\bcounter|\bnext to|\bright\b|\bleft\b|\bline\b|\bdesk|\bside\b",
    "time": r"点|周|晚上|早上|下午|\bo'clock|\bfrom\b|\bday|\bmorning|\bnight|\bmonday|\bfriday",
    "duration": r"天|工作日|小时|分钟|当场|\bdays?\b|\bhours?\b|\bminutes?\b|\btoday\b",
    "cost": r"元|免费|角|费|利率|汇率|\byuan\b|\bfree\b|\bfee\b|\brate\b",
    "need": r"带|凭|证|材料|\bbring\b|\bwith your\b|\bneed\b|\bidentity card",
}
_ASKING = {kind: re.compile(pattern) for kind, pattern in _ASKED.items()}
_GIVING = {kind: re.compile(pattern) for kind, pattern in _GIVEN.items()}


def asked_for(question: str) -> frozenset[str]:
    """Give the kinds a normalised question asks for; often none."""
    return frozenset(kind for kind, pattern in _ASKING.items() if pattern.search(question))


def answered(questions: Iterable[str], answer: str) -> frozenset[str]:
    """Give the kinds an entry can answer, from what its wordings ask and what its answer says."""
    given = frozenset(kind for kind, pattern in _GIVING.items() if pattern.search(answer.casefold()))
    return given.union(*(asked_for(question) for question in questions))
