"""A sentence's part in a reply: it opens, carries the matter, or closes. Pure.

What must be understood to the letter (figures, amounts, doses, times, telephone numbers, people's names) is
said in the body's voice wherever it stands: nobody should have to take a dose from a sad voice.
"""

from __future__ import annotations

import re
from typing import Literal

Role = Literal["open", "body", "close"]

_COUNT = "二两三四五六七八九十百千万亿"
_ANY = f"零〇一{_COUNT}"
_UNIT = (
    "元|块|毛|角|万|亿|片|粒|颗|丸|滴|支|瓶|袋|包|盒|勺|针|毫升|毫克|微克|克|公斤|千克|斤|升|度|年|个月|月|周|星期|天|日|号|"
    "个?小时|个?钟头|分钟|刻钟|秒|层|楼|米|公里|厘米|岁|折|倍|张|份|页|路|站|排|座|床|室|栋|单元|比|期|人"
)
_IDIOM = re.compile(
    "三番五次|三番两次|一五一十|七上八下|四面八方|五颜六色|三心二意|乱七八糟|三三两两|九牛一毛|一来二去|接二连三|十分(?!钟)|千万(?![元块人])|"
    "三言两语|两全其美|一清二楚|四通八达|百分百|第一时间|半天|一张一弛"
)
"""Numerals that count nothing."""
_ZH = re.compile(
    rf"第?[{_COUNT}][{_ANY}点]*(?:{_UNIT}|次|遍|个|位|件|种|条|项|步|点|分|岁)"
    rf"|一(?:{_UNIT})|每[^，。,.]{{0,3}}一次|[{_ANY}]点(?:钟|半|一刻|三刻|[{_ANY}])|半(?:{_UNIT})"
    rf"|[零〇一二三四五六七八九幺]{{3,}}|百分之|[{_ANY}]分之|(?:星期|礼拜|周)[一二三四五六日天]|第[{_ANY}]"
    r"|(?:上午|下午|早上|晚上|中午|凌晨)一点"
)
_NUMBER_EN = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    "(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|dozen|twice|noon|midnight|"
    "half (?:an?|past)|quarter (?:past|to)|percent|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)
_EN = re.compile(
    rf"\b(?:{_NUMBER_EN}|(?:ground|first|second|third|fourth|fifth) floor"
    r"|(?:one|an?) (?:hour|tablet|pill|capsule|drop|(?:tea|table)?spoon(?:ful)?|milligram|millilit(?:re|er))"
    r"|one (?:minute|day|week|month|year|yuan|dollar|euro|pound|metre|meter|kilo\w*|o['’]clock|time a day)"
    r"|once (?:a|every|per) \w+)s?\b"
)
"""Of text in small letters: without regard to case it takes five times as long."""
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
    "廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_NAME_ZH = re.compile(
    rf"(?!任何|(?<=任)何)[{_SURNAMES}][\u4e00-\u9fff]?(?:先生|女士|小姐|太太|医生|大夫|医师|老师|主任|护士|经理|师傅|教授|院长|阿姨|同学)"
)
_NAME_EN = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Doctor|Prof|Professor|Nurse)\.? [A-Z]")


def exact(text: str) -> bool:
    """Whether a sentence holds figures or names, in digits or in words, Chinese or English."""
    if any(character.isdigit() for character in text):
        return True
    if _EN.search(text.lower()) or _NAME_EN.search(text):
        return True
    if text.isascii():
        return False
    counted = _IDIOM.sub("，", text)
    return bool(_ZH.search(counted) or _NAME_ZH.search(counted))


def role(text: str, index: int, *, last: bool = False) -> Role:
    """Tell a sentence's part.

    Args:
        text: the sentence.
        index: 0-based place in the reply.
        last: it is known to be the last; a reply's only sentence opens.
    """
    if exact(text):
        return "body"
    if index == 0:
        return "open"
    return "close" if last else "body"
