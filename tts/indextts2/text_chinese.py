"""How numbers and signs are read in Mandarin, for IndexTTS2. Pure data, mostly.

The model was trained on text that WeTextProcessing had normalised, so its habits are kept where a listener
loses nothing: 两 before 百 and 千 (一千两百零三), -3℃ as 负三摄氏度, kg as 千克, bare numbers of three, five,
six and eight digits or more said digit by digit, with 幺, unless the words around them count something.
"""

from __future__ import annotations

import re

from tts.indextts2.text_protected import PROTECTED, TERM, in_parts
from tts.indextts2.traced import rewritten, traced
from tts.numerals import digits_zh, quantity_zh
from tts.spoken_rules import Rule, rule

_N = r"\d{1,3}(?:,\d{3}){1,6}(?!\d)(?:\.\d{1,20})?|\d{1,20}(?:\.\d{1,20})?"
"""A number; bounded, so that no text takes long."""
_SIGN = r"(?:(?<![A-Za-z0-9])[-−+±])?"
_TO = r"\s?(?:[-~～—–]|到|至)\s?"
_SIGNS = {"-": "负", "−": "负", "+": "正", "±": "正负", "": ""}
_OPERATORS = {
    "+": "加", "-": "减", "−": "减", "×": "乘", "*": "乘", "÷": "除以", "=": "等于", "<": "小于",
    ">": "大于", "≥": "大于等于", "≤": "小于等于", ">=": "大于等于", "<=": "小于等于", "≈": "约等于",
    "≠": "不等于",
}  # fmt: skip
_UNITS = {
    "cm²": "平方厘米", "cm³": "立方厘米", "dm³": "立方分米", "mm²": "平方毫米", "km²": "平方千米",
    "m²": "平方米", "㎡": "平方米", "m³": "立方米", "cm": "厘米", "dm": "分米", "mm": "毫米",
    "km": "公里", "nm": "纳米", "μm": "微米", "m": "米", "kg": "千克", "mg": "毫克", "μg": "微克",
    "g": "克", "t": "吨", "lbs": "磅", "lb": "磅", "oz": "盎司", "ml": "毫升", "mL": "毫升", "L": "升",
    "ms": "毫秒", "ns": "纳秒", "μs": "微秒", "s": "秒", "min": "分钟", "h": "小时", "Hz": "赫兹",
    "hz": "赫兹", "kHz": "千赫兹", "MHz": "兆赫兹", "GHz": "吉赫兹", "kW": "千瓦", "kw": "千瓦",
    "kWh": "千瓦时", "kwh": "千瓦时", "mW": "毫瓦", "W": "瓦", "V": "伏", "v": "伏特", "mV": "毫伏",
    "kcal": "千卡", "dB": "分贝", "db": "分贝", "Pa": "帕斯卡", "kPa": "千帕", "MPa": "兆帕",
    "mmHg": "毫米汞柱", "mol": "摩尔", "mmol": "毫摩尔", "GB": "吉字节", "gb": "吉字节", "TB": "太字节",
    "tb": "太字节", "MB": "兆字节", "KB": "千字节", "Mbps": "兆比特每秒", "mbps": "兆比特每秒",
    "kbps": "千比特每秒", "ft": "英尺", "mi": "英里", "mph": "英里每小时", "rpm": "转每分", "ha": "公顷",
    "℃": "摄氏度", "°C": "摄氏度", "℉": "华氏度", "°F": "华氏度", "°": "度",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_MEASURE = (
    r"(?:[个位台张份件次间家名人本册只条把块片粒瓶袋盒包杯辆双套组排列枚笔种类项页倍层户届岁周天分秒元角毛亿万千百吨斤克米"
    r"升场首篇部座棵支匹头回遍趟颗滴碗盘串束对封艘架幅款节课集段句字声步站桌顿餐票口度号月日年半多余几来两尺寸里亩道面圈轮股楼级班季世章号]"
    r"|小时|分钟|公里|公斤|公顷|平方|立方|千米|厘米|毫米|毫升|千克|摄氏度|华氏度|世纪|年代|季度|单元|英里|英尺|美元|欧元)"
)
_COUNTABLE = rf"(?:[万亿千百]{{0,2}}{_MEASURE})"
_ORDINAL_UNITS = "月号日楼层级班季两"
"""After these a bare two is 二: months, floors, classes."""
_COUNTED_BEFORE = (
    r"(?:共|约|近|超过|达|达到|至少|至多|最多|不到|不足|高达|仅|等于|大于|小于|增至|降至|增加到"
    r"|减少到|大概是?|差不多是?|合计)\s?"
)
_COUNTED_AFTER = r"(?=\s?(?:左右|上下|以上|以下|以内|之间|[+×÷*=<>≥≤≈]|-\s?\d+\s?=))"
_CODE = (
    r"(?:尾号|单号|编号|证号|卡号|账号|帐号|学号|工号|会员号|密码|口令|验证码|动态码|取件码|取餐码|取票码|提货码|订单号?"
    r"|后四位|后六位)[是为：:\s]{0,2}"
)
_CURRENCY = {
    "$": "美元", "US$": "美元", "USD": "美元", "€": "欧元", "EUR": "欧元", "£": "英镑", "￡": "英镑",
    "GBP": "英镑", "¥": "元", "￥": "元", "CNY": "人民币", "RMB": "元", "HK$": "港元", "HKD": "港元",
    "JPY": "日元", "₩": "韩元", "KRW": "韩元", "₹": "印度卢比", "₽": "卢布", "฿": "泰铢", "A$": "澳元",
    "AUD": "澳元", "CHF": "瑞士法郎",
}  # fmt: skip
_MONEY = "|".join(re.escape(sign) for sign in sorted(_CURRENCY, key=len, reverse=True))


def quantity(text: str) -> str:
    """`-1,203.5` as 负一千两百零三点五: what is counted, with its sign."""
    sign = text[0] if text[0] in "-−+±" else ""
    said = quantity_zh(text.removeprefix(sign))
    return _SIGNS[sign] + re.sub(r"二(?=[百千])|(?<!十)二(?=[万亿])", "两", said)


def counted(text: str) -> str:
    """The same before a measure word: 两 for a bare two."""
    if text[0] == "0" and text.isdigit() and len(text) > 1:
        return digits(text)
    return quantity(text) if text.lstrip("-−+±") != "2" else quantity(text)[:-1] + "两"


def digits(text: str) -> str:
    """Digit by digit, as on the telephone; all that is no digit falls silent."""
    return digits_zh("".join(c for c in text if c in "0123456789"), "幺")


def _bare(m: re.Match[str]) -> str:
    number = m[0]
    plain = number.isdigit()
    size = len(number)
    if plain and (size in (3, 5, 6) or size >= 8 or (size > 1 and number[0] == "0")):
        return digits(number)
    return quantity(number)


def _date(m: re.Match[str]) -> str:
    day = f"{quantity_zh(m['d'])}日" if m["d"] else ""
    return f"{digits_zh(m['y'])}年{quantity_zh(m['m'])}月{day}"


def _clock(m: re.Match[str]) -> str:
    hour = "两" if int(m["h"]) == 2 else quantity_zh(m["h"])
    minute = "" if m["m"] == "00" else ("零" if m["m"][0] == "0" else "") + quantity_zh(m["m"]) + "分"
    second = quantity_zh(m["s"]) + "秒" if m["s"] and m["s"] != "00" else ""
    noon = "" if not m["n"] else ("上午" if m["n"].strip()[0] in "aA" else "下午")
    return f"{noon}{hour}点{minute}{second}{'到' if m['to'] else ''}"


def _percent(m: re.Match[str]) -> str:
    share = "百分之" if m["u"] == "%" else "千分之"
    low = _SIGNS[m["s"]] + share + quantity(m["a"])
    return low + (f"到{share}{quantity(m['b'])}" if m["b"] else "")


def _money(m: re.Match[str]) -> str:
    return counted(m["a"].removesuffix(".00")) + (m["w"] or "").strip() + _CURRENCY[m["c"]]


def _before(number: str, unit: str) -> str:
    """A number before a measure word: 两 for two, but 二 in 二月."""
    return quantity(number) if number == "2" and unit[:1] in _ORDINAL_UNITS else counted(number)


def _measured(m: re.Match[str]) -> str:
    unit = _UNITS.get(m["u"], m["u"])
    low = ""
    if m["a"]:
        to = m["t"].strip()
        low = _before(m["a"], unit) + _UNITS.get(m["v"] or "", m["v"] or "") + (to if to in "到至" else "到")
    return low + _before(m["b"], unit) + unit


def _rate(m: re.Match[str]) -> str:
    return f"每{_UNITS.get(m['v'], m['v'])}{counted(m['a'])}{_UNITS.get(m['u'], m['u'])}"


def _part(text: str) -> str:
    return rewritten(traced(text), CHINESE).text


_A, _B, _ANY_UNIT = (
    rf"(?P<a>{_SIGN}(?:{_N}))",
    rf"(?P<b>{_SIGN}(?:{_N}))",
    rf"(?:{_UNIT})(?![A-Za-z])|{_COUNTABLE}",
)

CHINESE: tuple[Rule, ...] = (
    *PROTECTED,
    rule(TERM, lambda m: in_parts(m[0], _part)),
    rule(r"(?<![A-Za-z0-9])([BOP])2([BCOP])(?![A-Za-z0-9])", lambda m: f"{m[1]} to {m[2]}"),
    # dates and times
    rule(r"(?<=\d)[-~](?=[12]\d{3}([-/.])\d{1,2}\1)", "到"),
    rule(
        r"(?<![\d.])(?P<y>[12]\d{3})(?P<k>[-/.])(?P<m>0?[1-9]|1[0-2])(?P=k)(?P<d>0?[1-9]|[12]\d|3[01])(?![\d.])",
        _date,
    ),
    rule(r"(?<![\d.])(?P<y>[12]\d{3})[-/](?P<m>0[1-9]|1[0-2])(?P<d>)(?![\d./-])", _date),
    rule(r"(?<!\d)(\d{4})[-~–—](\d{4})(?=年)", lambda m: f"{digits_zh(m[1])}到{digits_zh(m[2])}"),
    rule(r"(?<!\d)(?:1\d|2[01])\d\d(?=\s?年(?![前后来内多]))", lambda m: digits_zh(m[0])),
    rule(r"(?<!\d)(?:0\d|[5-9]\d)(?=年(?![代前后来内多]))", lambda m: digits_zh(m[0])),
    rule(r"(?<!\d)[0-9]0(?=后(?![天面来续]))", lambda m: digits_zh(m[0])),
    rule(
        r"(?<![\d:.])(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?(?![\d:])"
        r"(?P<n>\s?[AaPp]\.?[Mm]\b\.?)?(?P<to>\s?[-~–—]\s?(?=\d{1,2}:\d\d))?",
        _clock,
    ),
    # telephones, addresses of machines, versions, codes
    rule(r"\+86[- ]?(?=1\d)", "加八六,"),
    rule(
        r"(?<!\d)(1[3-9]\d) ?(\d{4}|\*{4}) ?(\d{4})(?!\d)",
        lambda m: digits(m[1]) + ("星星星星" if m[2][0] == "*" else digits(m[2])) + digits(m[3]),
    ),
    rule(r"(?<!\d)0\d{2,3}[- ]\d{3,4} ?\d{4}(?!\d)", lambda m: digits_zh(re.sub(r"\D", "", m[0]))),
    rule(r"(?<!\d)[48]00 \d{3,4} ?\d{3,4}(?!\d)", lambda m: digits(m[0])),
    rule(
        r"(?<![\dA-Za-z])\d+(?:-\d+){2,}(?!\d)",
        lambda m: digits_zh(m[0].replace("-", "")),
    ),
    rule(r"(?<![\d.])\d+(?:\.\d+){2,}", lambda m: digits_zh(m[0]).replace(".", "点")),
    rule(r"(?<!\d)\d{3,4}(?=[路室房]|号(?:病?房|会议室|教室|包间|包厢|窗口|线))", lambda m: digits(m[0])),
    rule(
        r"(?<![A-Za-z0-9])[A-Z]{1,2}(?P<x>\d{1,4})(?=次(?:列车|航班|高铁|动车)|航班)",
        lambda m: digits(m["x"]),
    ),
    rule(_CODE + r"(?P<x>\d{4,})(?!\d|\.\d)", lambda m: digits(m["x"])),
    rule(r"(?<=第)\d{1,8}(?!\d|\.\d)", lambda m: quantity(m[0])),
    # shares, money, parts, measures
    rule(rf"(?P<s>{_SIGN})(?P<a>{_N})(?:[%‰]?{_TO}(?P<b>{_N}))?\s?(?P<u>[%‰])", _percent),
    rule(rf"(?<![A-Za-z])(?P<c>{_MONEY})\s?(?P<a>{_N})(?P<w>\s?[百千万亿]{{1,2}})?元?", _money),
    rule(r"(\d{2,3})\s?/\s?(\d{2,3})\s?mmHg", lambda m: f"{quantity(m[1])},{quantity(m[2])}毫米汞柱"),
    rule(r"(?<![\d/.])(\d+)\s?/\s?(\d+)(?![\d/])", lambda m: f"{quantity(m[2])}分之{quantity(m[1])}"),
    rule(rf"{_A}\s?(?P<u>{_UNIT}|{_COUNTABLE})\s?/\s?(?P<v>(?:{_UNIT})(?![A-Za-z])|{_MEASURE})", _rate),
    rule(rf"(?:{_A}\s?(?P<v>{_ANY_UNIT})?(?P<t>{_TO}))?{_B}\s?(?P<u>{_ANY_UNIT})", _measured),
    rule(r"(?<![\d.])2(?=点)", "两"),
    # expressions
    rule(r"(?<=周.)-(?=周)", "到"),
    rule(
        r"(?<![\d:.])(\d+(?:\.\d+)?)\s?:\s?(\d+(?:\.\d+)?)(?![\d:])",
        lambda m: f"{quantity(m[1])}比{quantity(m[2])}",
    ),
    rule(r"(?<=\d)\s?[-−](?=\s?\d+\s?=)", "减"),
    rule(rf"(?<![\d.A-Za-z]){_A}{_TO}{_B}(?![\d-])", lambda m: f"{quantity(m['a'])}到{quantity(m['b'])}"),
    rule(
        r"(?<![\d.])(\d{1,20}(?:\.\d{1,20})?)\s?[xX*×]\s?(\d{1,20}(?:\.\d{1,20})?)(?!\d)",
        lambda m: f"{quantity(m[1])}乘{quantity(m[2])}",
    ),
    rule(
        r"(?:>=|<=|[<>])(?=\s?[\d-])|(?<![=<>])=(?!=)|[×÷≥≤≈≠]|(?<!\+)\+(?![+\d])|(?<=[A-Za-z0-9])\+(?=\d)",
        lambda m: _OPERATORS[m[0]],
    ),
    rule(rf"{_COUNTED_BEFORE}(?P<x>{_SIGN}(?:{_N}))", lambda m: quantity(m["x"])),
    rule(rf"{_SIGN}(?:{_N}){_COUNTED_AFTER}", lambda m: quantity(m[0])),
    rule(rf"{_SIGN}(?:{_N})", _bare),
    # what is left of a number whose sign or beginning an earlier rule has read
    rule(rf"(?:{_N}){_COUNTED_AFTER}", lambda m: quantity(m[0])),
    rule(_N, _bare),
    rule(r"\d{1,20}", _bare),
    rule(r"[⑩-⑳]", lambda m: quantity_zh(str(ord(m[0]) - 0x245F))),
    # signs
    rule(r"²", "平方"),
    rule(r"³", "立方"),
    rule(r"#(?=键)", "井号"),
    rule(r"\*(?=键)", "星号"),
    rule(r"&", "和"),
    rule(r"%", "百分号"),
    rule(r"‰", "千分号"),
    rule(r"(?<=[\u4e00-\u9fff])/(?=[\u4e00-\u9fff])", ","),
)
