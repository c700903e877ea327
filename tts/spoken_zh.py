"""Spoken-form rules of Mandarin: numbers, names of things with digits in them, signs. Pure data, mostly."""

from __future__ import annotations

import re

from tts.numerals import digits_zh, quantity_zh
from tts.spoken_rules import Rule, rule

_N = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TO = r"\s*(?:[-~～—–至到]{1,2})\s*"
_CODE = (
    r"(?:尾号|单号|编号|号码|证号|卡号|账号|帐号|学号|工号|档案号|会员号|密码|口令|验证码|动态码|取件码|取餐码|取票码|提货码|授权码"
    r"|流水号|订单号?|后四位|后六位|code|ID)"
)
_UNITS = {
    "km/h": "公里每小时", "km²": "平方公里", "m²": "平方米", "㎡": "平方米", "m³": "立方米",
    "cm²": "平方厘米", "km": "公里", "cm": "厘米", "mm": "毫米", "m": "米", "mmHg": "毫米汞柱",
    "mmol/L": "毫摩尔每升", "mg/L": "毫克每升", "kg": "公斤", "mg": "毫克", "μg": "微克", "g": "克",
    "t": "吨", "ml": "毫升", "mL": "毫升", "L": "升", "Mbps": "兆", "kWh": "千瓦时", "kW": "千瓦",
    "kcal": "千卡", "Hz": "赫兹", "W": "瓦", "V": "伏", "℃": "摄氏度", "°C": "摄氏度", "°": "度",
    "h": "小时", "min": "分钟", "s": "秒",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_MEASURE = (
    r"(?:[个位台张份件次间家名人本册只条把块片粒瓶袋盒包杯辆双套组排列枚笔种类项页倍层户届岁周天年]"
    r"|[元角万亿半站步遍米秒]|小时|分钟|点(?!\d)|公里|公斤)"
)
_ORDINAL_AFTER = r"(?:楼|号|月|日|层|路|级|班|元|角|万|亿|岁|年|号线|单元|页|点\d)"
_CURRENCY = {"$": "美元", "US$": "美元", "HK$": "港元", "€": "欧元", "£": "英镑"}


def _yao(text: str) -> str:
    return digits_zh(text, "幺")


def _spelled(text: str) -> str:
    """A code: its letters stay, its digits one by one, its dashes are silent."""
    return _yao(re.sub(r"[-\s]", "", text))


def _number(text: str) -> str:
    return quantity_zh(text)


def _clock(hour: str, minute: str) -> str:
    past = "" if minute == "00" else (_yao_less(minute) if minute[0] == "0" else quantity_zh(minute))
    return f"{_hour(hour)}点{past}"


def _hour(hour: str) -> str:
    return "两" if int(hour) == 2 else quantity_zh(hour)


def _yao_less(text: str) -> str:
    return digits_zh(text)


def _date(m: re.Match[str]) -> str | None:
    year, month, day = m["y"], int(m["m"]), int(m["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digits_zh(year)}年{quantity_zh(str(month))}月{quantity_zh(str(day))}日"


def _signed(sign: str, number: str) -> str:
    return ("负" if sign else "") + quantity_zh(number)


def _degrees(m: re.Match[str]) -> str:
    low = ("零下" if m["s"] else "") + quantity_zh(m["a"])
    high = ""
    if m["b"]:
        high = "到" + ("零下" if m["t"] else ("零上" if m["s"] else "")) + quantity_zh(m["b"])
    return f"{low}{high}摄氏度"


def _percent(m: re.Match[str]) -> str:
    base = "百分之" if m["u"] in "%％" else "千分之"
    low = "百" if m["a"] == "100" else quantity_zh(m["a"])
    said = ("负" if m["s"] else "") + base + low
    return said + (f"到{base}{quantity_zh(m['b'])}" if m["b"] else "")


def _money(m: re.Match[str]) -> str:
    unit = "元" if m["c"] in "￥¥" else _CURRENCY[m["c"]]
    amount = m["a"].removesuffix(".00")
    return quantity_zh(amount) + (m["w"] or "") + unit


def _compared(m: re.Match[str]) -> str:
    return {
        "≥": "大于等于",
        "≤": "小于等于",
        ">": "大于",
        "<": "小于",
        "＞": "大于",
        "＜": "小于",
        "±": "正负",
        "≈": "约",
    }[m[0]]


def _web(m: re.Match[str]) -> str:
    named = {".": "点", "-": "杠", "_": "下划线", "/": "斜杠", "@": " at ", ":": "冒号"}
    text = re.sub(r"^https?://", "", m[0])
    return "".join(named.get(c, _yao(c) if c.isdigit() else c) for c in text if c not in "?&=#%")


def _letters_digits(m: re.Match[str]) -> str:
    number = m["n"]
    spelled = len(number) >= 3 or number.startswith("0")
    return m["l"] + (_yao(number) if spelled else quantity_zh(number))


def _bare(m: re.Match[str]) -> str:
    number = m[0]
    if (
        "." not in number
        and "," not in number
        and (len(number) >= 6 or (len(number) > 1 and number[0] == "0"))
    ):
        return _yao(number)
    return quantity_zh(number)


def _two(m: re.Match[str]) -> str:
    return "两"


MANDARIN: tuple[Rule, ...] = (
    rule(r"(?:https?://|www\.)[\w./?=&%#:-]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _web, re.ASCII),
    # telephones
    rule(r"(?<![\d.])\+?86[- ]?(?=1\d{10})", "加八六，"),
    rule(
        r"(?<!\d)(?P<a>1[3-9]\d)[- ]?(?P<b>\d{4}|\*{4}|[xX]{4})[- ]?(?P<c>\d{4})(?!\d)",
        lambda m: f"{_yao(m['a'])}，{_yao(m['b']) if m['b'].isdigit() else '星星星星'}，{_yao(m['c'])}",
    ),
    rule(
        r"(?<![\d-])\(?0\d{2,3}\)?[- ]\d{3,4}[- ]?\d{4}(?!\d)",
        lambda m: _yao(re.sub(r"\D+", "，", m[0]).strip("，")),
    ),
    rule(r"(?<![\d-])[48]00[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)", lambda m: _yao(re.sub(r"\D+", "，", m[0]))),
    rule(
        r"(?:打|拨|拨打|报警|热线|电话|专线|客服|分机)[^\d。！？\n]{0,4}(?P<x>\d{3,8})(?![\d年月元页户个]|\.\d)",
        lambda m: _yao(m["x"]),
    ),
    rule(r"(?<!\d)\d{17}[\dXx](?!\d)", lambda m: _yao(m[0])),
    # dates and times
    rule(r"(?<!\d)(?P<y>\d{4})(?P<k>[-/.])(?P<m>\d{1,2})(?P=k)(?P<d>\d{1,2})(?!\d)", _date),
    rule(r"(?<!\d)(?P<x>\d{4})(?=[年级届]|款)", lambda m: digits_zh(m["x"])),
    rule(r"(?<!\d)\d0(?=后)", lambda m: digits_zh(m[0])),
    rule(
        r"(?<![\d:])(?P<h>\d{1,2})[:：](?P<m>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?(?!\d)(?P<to>"
        + _TO
        + r"(?=\d{1,2}[:：]\d\d))?",
        lambda m: (
            (
                _clock(m["h"], m["m"])
                + ((("零" if m["m"] == "00" else "") + "分" + quantity_zh(m["s"]) + "秒") if m["s"] else "")
                + ("到" if m["to"] else "")
            )
            if int(m["h"]) <= 24
            else None
        ),
    ),
    # temperatures, shares, money
    rule(
        rf"(?<![\d.])(?P<s>[-−－])?(?P<a>{_N})(?:(?:℃|°C)?[~～至到-](?P<t>[-−－])?(?P<b>{_N}))?(?:℃|°C)",
        _degrees,
    ),
    rule(rf"(?<![\d.])(?P<s>[-−－](?=\d))?(?P<a>{_N})(?:[%％‰]?[-~～](?P<b>{_N}))?(?P<u>[%％‰])", _percent),
    rule(rf"(?P<c>US\$|HK\$|[￥¥$€£])\s*(?P<a>{_N})\s*(?P<w>[万亿]?)元?", _money),
    rule(rf"(?P<a>{_N})元/(?P<u>[\u3400-\u9fff])", lambda m: f"{quantity_zh(m['a'])}元每{m['u']}"),
    # blood pressure, ratios, fractions
    rule(r"(?P<a>\d+)/(?P<b>\d+)\s*mmHg", lambda m: f"{_number(m['a'])}比{_number(m['b'])}毫米汞柱"),
    rule(rf"(?P<a>{_N})次/分(?:钟)?", lambda m: f"每分钟{_number(m['a'])}次"),
    rule(r"(?<![\d/])1/2(?=[\u3400-\u9fff片粒])", "半"),
    rule(
        r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,3})(?![\d/])",
        lambda m: f"{_number(m['b'])}分之{_number(m['a'])}",
    ),
    rule(r"(?<![\d:])(?P<a>\d+)[:∶：](?P<b>\d+)(?![\d:])", lambda m: f"{_number(m['a'])}比{_number(m['b'])}"),
    # versions, codes, vehicles, rooms
    rule(
        r"(?<![A-Za-z])(?P<v>[Vv])?(?P<n>\d+(?:\.\d+){2,})",
        lambda m: (m["v"] or "").upper() + digits_zh(m["n"]).replace(".", "点"),
    ),
    rule(
        _CODE + r"[是为：:\s]{0,3}(?P<x>[A-Za-z0-9][A-Za-z0-9-]*\d[A-Za-z0-9]*|\d+)(?![位个])",
        lambda m: _spelled(m["x"]),
    ),
    rule(
        r"(?<=[\u3400-\u9fff])(?P<x>[A-Z]\d{5}|[A-Z][A-Z0-9]{4,5})(?![A-Za-z0-9])", lambda m: _spelled(m["x"])
    ),
    rule(r"(?<!\d)\d{3,}(?=[室房床]|号?病房|号房|包间|教室|包厢)", lambda m: _yao(m[0])),
    rule(r"(?:房间号?|病房|幢|栋|单元|座|楼)(?P<x>\d{3,})(?!\d)", lambda m: _yao(m["x"])),
    rule(r"(?<!\d)\d{3}(?=路)", lambda m: _yao(m[0])),
    rule(r"-(?P<n>\d)(?=[楼层])", lambda m: f"负{_number(m['n'])}"),
    rule(r"(?<![A-Za-z0-9])(?P<l>[A-Z]{1,3})-?(?P<n>\d+)(?![\d.A-Za-z])", _letters_digits),
    rule(r"(?<![A-Za-z0-9])[A-Za-z]+\d*(?:-\d+)+(?![\d.A-Za-z])", lambda m: _spelled(m[0])),
    rule(r"(?<!\d)\d+(?:-\d+){2,}(?!\d)", lambda m: _spelled(m[0])),
    # quantities with their unit
    rule(
        rf"(?<![\d.A-Za-z])(?P<s>[-−－](?=\d))?(?P<a>{_N})(?:{_TO}(?P<b>{_N}))?\s?(?P<u>{_UNIT})(?![A-Za-z/])",
        lambda m: _signed(m["s"] or "", m["a"]) + (f"到{_number(m['b'])}" if m["b"] else "") + _UNITS[m["u"]],
    ),
    rule(
        rf"(?<![\d.])(?P<a>{_N}){_TO}(?P<b>{_N})(?![\d-])", lambda m: f"{_number(m['a'])}到{_number(m['b'])}"
    ),
    rule(r"(?<=[\u3400-\u9fff])[-~～—](?=[\u3400-\u9fff])(?<=周.[-~～—]|月.[-~～—])", "到"),
    rule(r"(?<=第)2", "二"),
    rule(r"(?<![\d.])2(?=" + _ORDINAL_AFTER + ")", "二"),
    rule(r"(?<![\d.])2(?=" + _MEASURE + ")", _two),
    rule(r"[≥≤><＞＜±≈](?=\s?\d)", _compared),
    rule(r"[×xX*](?=\d)(?<=\d.)", "乘"),
    rule(r"#(?=键)", "井号"),
    rule(r"\*(?=键)", "星号"),
    rule(r"\+(?=\d)", "加"),
    rule(r"&", "和"),
    rule(r"@", " at "),
    rule(_N, _bare),
    rule(r"[%％]", "百分号"),
    rule(r"(?<=[\u3400-\u9fff])/(?=[\u3400-\u9fff])", "，"),
)
