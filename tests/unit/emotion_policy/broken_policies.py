"""Policy files with a mistake made on purpose, and the line it stands in. The same seeds make the same files."""

from __future__ import annotations

import random
import re
import string
import tomllib
from collections.abc import Callable, Iterator
from typing import get_args

from core.emotion import State, Style
from emotion_policy.policy import Occasion
from emotion_policy.vetoes import FIRM, FORBIDDEN

EACH = 60
"""Files of each kind of mistake."""
SITES = (
    "retail",
    "medical",
    "government",
    "education",
    "smart-home",
)
KEY = re.compile(r"^(\w+)(?:\.\w+)? = ")
NUMBERS = {
    "threshold": ("0.04", "0.96", "-1", "7", "1e9"),
    "decay": ("-0.1", "1.1", "-7", "1e300"),
    "rate": ("0.79", "1.21", "0", "-1", "90", "0.0001"),
    "pause_ms": ("-1", "1001", "99999999999999999999"),
    "weight": ("0", "-1", "5.1", "1e18"),
    "volume": ("0.1", "1.01", "-1", "100"),
}
WRONG_TYPE = {
    "threshold": ('"0.4"', "true", "[0.4]", "{}", "1979-05-27"),
    "decay": ('"much"', "false", "[]"),
    "rate": ('"fast"', "true", "{ x = 1 }", "07:32:00"),
    "pause_ms": ('"280"', "2.5", "true", "[280]"),
    "vector": ('"warm"', "0.5", "[0.1, 0.2]", "true"),
    "style": ('"soothing"', "1", '["soothing"]'),
    "arc": ('"soothing"', "3", '{ open = "gentle" }', "[1, 2, 3]"),
    "escalate": ("2", '"soon"', "[2, 3]"),
    "any": ('"停车费"', "1", "{}", "[1]", "[]"),
    "unless": ('"怎么交"', "true", "[2]"),
    "examples": ('"停车费"', "[false]", "3"),
    "regex": ('"true"', "1", "[]"),
    "prosody": ('"yes"', "1", "0.0"),
    "second_opinion": ('"no"', "0", "[]"),
    "from": ("22", '"22"', '"25:00"', '"22:60"', "22:00:00", '"9:00"'),
    "to": ("7", '"seven"', '""', '"07:00:00"'),
    "id": ("1", '""', '"Two Words"', '"a..b"', '"ümlaut"', f'"{"a" * 61}"', "[]"),
    "state": ("1", '""', '"angry"', '["complaint"]', "true"),
    "schema": ("0", "2", "1.5", '"1"', "true", "[]"),
    "scenario": ('"moon"', '""', "1", '["retail"]', '"Retail"'),
}
NOT_FINITE = ("nan", "inf", "-inf", "+nan")
NESTED = ("(a+)+", "(?:好*)*x", "(a|b)+", "((a{2,})b){3,}", "(?:(?:x?y+)z){0,9}q", "(\\\\w+\\\\s?)+")
PATTERNS = ("(", "[", "a{2,1}", "*", "x*", "(?P<n>a)", "(?i)a", ".*a.*b.*c", "a" * 201, "\\\\1", "(?<=a+)b")
BROKEN = (
    "= 1",
    "key",
    "key =",
    "key = [1, 2",
    'key = "open',
    "[table",
    "[[table]",
    "key = 1 2",
    "a.b. = 1",
    "key = 01",
)

Broken = tuple[str | bytes, int | None]
"""A file, and the line that must be named if one is certain."""
Maker = Callable[[random.Random, list[str]], Broken | None]


def text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def key_of(line: str) -> str:
    found = KEY.match(line)
    return found[1] if found else ""


def with_line(lines: list[str], at: int, line: str) -> Broken:
    return text([*lines[:at], line, *lines[at + 1 :]]), at + 1


def pick(rng: random.Random, lines: list[str], wanted: Callable[[str], bool]) -> int:
    return rng.choice([at for at, line in enumerate(lines) if wanted(line)])


def misspelt(rng: random.Random, word: str, known: set[str]) -> str:
    """One slip of a finger away, and no other word that is known."""
    while True:
        at = rng.randrange(len(word))
        letter = rng.choice(string.ascii_lowercase)
        slip = rng.choice(
            (word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :])
        )
        if slip and slip not in known:
            return slip


def typo_in_a_key(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: bool(key_of(line)))
    key = key_of(lines[at])
    slip = misspelt(rng, key, {*NUMBERS, *WRONG_TYPE, "zh", "en", "banned", "steer", "counterexamples"})
    return with_line(lines, at, slip + lines[at].removeprefix(key))


def unknown_state(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: line.startswith("[states."))
    state = lines[at].removeprefix("[states.").removesuffix("]")
    return with_line(lines, at, f"[states.{misspelt(rng, state, {str(each) for each in State})}]")


def unknown_style_table(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: line.startswith("[styles."))
    style = lines[at].removeprefix("[styles.").removesuffix("]")
    return with_line(lines, at, f"[styles.{misspelt(rng, style, {str(each) for each in Style})}]")


def unknown_style(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) in {"style", "arc"})
    named = [style for style in Style if f'"{style}"' in lines[at]]
    style = rng.choice(named)
    slip = misspelt(rng, style, {str(each) for each in Style})
    return with_line(lines, at, lines[at].replace(f'"{style}"', f'"{slip}"', 1))


def unknown_occasion(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: line.startswith("[occasions."))
    return with_line(lines, at, f"[occasions.{misspelt(rng, 'person_offer', set(get_args(Occasion)))}]")


def number_out_of_range(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) in NUMBERS)
    key = key_of(lines[at])
    return with_line(lines, at, f"{key} = {rng.choice(NUMBERS[key])}")


def not_a_finite_number(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) in NUMBERS)
    return with_line(lines, at, f"{key_of(lines[at])} = {rng.choice(NOT_FINITE)}")


def wrong_type(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) in WRONG_TYPE)
    key = key_of(lines[at])
    return with_line(lines, at, f"{key} = {rng.choice(WRONG_TYPE[key])}")


def forbidden_style(rng: random.Random, lines: list[str]) -> Broken:
    state = rng.choice(list(State))
    styles = FORBIDDEN.get(state, frozenset()) | (
        {Style.CALM_FIRM} - ({Style.CALM_FIRM} if state in FIRM else set())
    )
    style = rng.choice(sorted(styles))
    how = rng.choice(
        ('style.default = "{}"', 'style.again = "{}"', 'style.child = "{}"', 'style."intensity>=0.8" = "{}"',
         'arc = ["{}", "gentle", "gentle"]', 'arc = ["gentle", {{ style = "{}" }}, "gentle"]', 'arc = ["gentle", "gentle", "{}"]')
    )  # fmt: skip
    kept = without_table(lines, f"[states.{state}]")
    return text([*kept, f"[states.{state}]", how.format(style)]), len(kept) + 2


def voice_of_anger(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "vector")
    emotion, amount = rng.choice(("angry", "afraid", "disgusted")), rng.choice(("0.01", "1", "-0.2", "0.5"))
    return with_line(lines, at, f"vector = {{ calm = 0.3, {emotion} = {amount} }}")


def vector_too_large(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "vector")
    calm = rng.randint(41, 100) / 100
    return with_line(lines, at, f"vector = {{ calm = {calm}, happy = 0.2, sad = 0.2 }}")


def amount_out_of_range(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "vector")
    amount = rng.choice(("-0.01", "1.01", "-5", "2", *NOT_FINITE))
    return with_line(lines, at, f"vector = {{ {rng.choice(('happy', 'calm', 'sad'))} = {amount} }}")


def steering_too_long(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: line.startswith(("steer.", "zh = ", "en = ")))
    key = lines[at].partition(" = ")[0]
    long = "长" * rng.randint(61, 90) if key.endswith("zh") else "word " * rng.randint(41, 60)
    return with_line(lines, at, f'{key} = "{long}"')


def steering_with_marks_of_the_prompt(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: line.startswith(("steer.", "zh = ", "en = ")))
    key = lines[at].partition(" = ")[0]
    wrong = rng.choice(("（语气：开心）", "a (b)", "a\\nb", "", "  ", "<expr>", "\\t"))
    return with_line(lines, at, f'{key} = "{wrong}"')


def incomplete_arc(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "arc")
    steps = ", ".join(['"gentle"'] * rng.choice((1, 2, 4, 5)))
    return text([*lines[:at], f"arc = [{steps}]", *lines[at + 1 :]]), None


def person_before_the_offer(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "escalate")
    offer = rng.randint(2, 9)
    wrong = rng.choice(
        (f"offer_after = {offer}, now_after = {offer - 1}", "offer_after = 0", "now_after = 10")
    )
    return with_line(lines, at, f"escalate = {{ {wrong} }}")


def grief_that_fades(rng: random.Random, lines: list[str]) -> Broken:
    return text([*lines, "[states.grief]", f"decay = {rng.randint(0, 99) / 100}"]), len(lines) + 2


def repeated_id(rng: random.Random, lines: list[str]) -> Broken:
    name = rng.choice([line for line in lines if key_of(line) == "id"])
    extra = ["[[rules]]", name, 'state = "thanks"', f'any = ["谢谢{rng.randint(100, 999)}"]']
    return text([*lines, *extra]), len(lines) + 2


def repeated_phrase(rng: random.Random, lines: list[str]) -> Broken:
    state = rng.choice(list(State))
    phrase = rng.choice(("停车费乱扣", "多收了停车费", "多收了停車費", "停车费乱扣。"))
    extra = ["[[rules]]", 'id = "site.again"', f'state = "{state}"', f'any = ["{phrase}"]']
    return text([*lines, *extra]), len(lines) + 4


def shadowed_phrase(rng: random.Random, lines: list[str]) -> Broken:
    phrase = rng.choice(("投诉电话", "投诉部门在哪", "急诊多少钱", "嗯", "。", "  "))
    state = "complaint" if "投诉" in phrase else "urgent"
    extra = ["[[rules]]", 'id = "site.shadow"', f'state = "{state}"', f'any = ["{phrase}"]']
    return text([*lines, *extra]), len(lines) + 4


def failing_example(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "examples")
    said = rng.choice(("今天天气不错", "停车费怎么交", "没有乱扣费", "thank you", "？"))
    return with_line(lines, at, f'examples = ["{said}"]')


def firing_counterexample(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: key_of(line) == "counterexamples")
    said = rng.choice(("停车费乱扣", "你们停车费乱扣了", "又多收了停车费！"))
    return with_line(lines, at, f'counterexamples = ["{said}"]')


def nested_quantifier(rng: random.Random, lines: list[str]) -> Broken:
    extra = [
        "[[rules]]",
        'id = "site.nested"',
        'state = "praise"',
        "regex = true",
        f'any = ["{rng.choice(NESTED)}"]',
    ]
    return text([*lines, *extra]), len(lines) + 5


def bad_pattern(rng: random.Random, lines: list[str]) -> Broken:
    key = rng.choice(("any", "unless"))
    extra = [
        "[[rules]]",
        'id = "site.pattern"',
        'state = "praise"',
        "regex = true",
        f'{key} = ["{rng.choice(PATTERNS)}"]',
    ]
    return text([*lines, *extra, *(['any = ["好的"]'] if key == "unless" else [])]), len(lines) + 5


def broken_toml(rng: random.Random, lines: list[str]) -> Broken:
    at = rng.randrange(3, len(lines))
    return text([*lines[:at], rng.choice(BROKEN), *lines[at:]]), None


def torn_off(rng: random.Random, lines: list[str]) -> Broken | None:
    whole = text(lines)
    cut = whole[: rng.randrange(40, len(whole) - 1)]
    try:
        tomllib.loads(cut)
    except tomllib.TOMLDecodeError:
        return cut, None
    return None


def mark_left_out(rng: random.Random, lines: list[str]) -> Broken | None:
    whole = text(lines)
    at = rng.choice([found.start() for found in re.finditer(r'["=\[\]{}]', whole)])
    try:
        tomllib.loads(whole[:at] + whole[at + 1 :])
    except tomllib.TOMLDecodeError:
        return whole[:at] + whole[at + 1 :], None
    return None


def key_given_twice(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: bool(key_of(line)))
    return text([*lines[: at + 1], lines[at], *lines[at + 1 :]]), at + 2


def table_given_twice(rng: random.Random, lines: list[str]) -> Broken:
    at = pick(rng, lines, lambda line: line.startswith("[s"))
    return text([*lines, lines[at]]), len(lines) + 1


def head_left_out(rng: random.Random, lines: list[str]) -> Broken:
    key = rng.choice(("schema", "scenario"))
    return text([line for line in lines if key_of(line) != key]), 1


def not_text(rng: random.Random, lines: list[str]) -> Broken:
    content = text(lines).encode()
    at = content.index(b"\n", rng.randrange(20, len(content) - 20)) + 1
    line = content.count(b"\n", 0, at) + 1
    return content[:at] + rng.choice(
        (b"\xff", b"\x80abc", b"# \0", b"\xc3\x28", b"# \xed\xa0\x80")
    ) + content[at:], line


def other_encoding(rng: random.Random, lines: list[str]) -> Broken:
    return text(lines).encode(rng.choice(("utf-16", "utf-32", "gb18030"))), None


def control_character(rng: random.Random, lines: list[str]) -> Broken:
    at = rng.randrange(len(lines))
    return text([*lines[:at], f"# {chr(rng.choice((1, 7, 8, 11, 27, 127)))}", *lines[at:]]), at + 1


def not_a_policy(rng: random.Random, lines: list[str]) -> Broken:
    del lines
    return rng.choice(
        ("", "# only a comment", "[session]\nbarge_in = true", "{}", '{"schema": 1}', "schema: 1")
    ), 1


def missing_part_of_a_rule(rng: random.Random, lines: list[str]) -> Broken:
    parts = ["[[rules]]", 'id = "site.part"', 'state = "praise"', 'any = ["好得很"]']
    del parts[rng.randint(1, 3)]
    return text([*lines, *parts]), len(lines) + 1


def two_mistakes(rng: random.Random, lines: list[str]) -> Broken | None:
    made = rng.choice((number_out_of_range, wrong_type, unknown_style))(rng, lines)
    return rng.choice((vector_too_large, failing_example, person_before_the_offer))(rng, made[0].splitlines())


MAKERS: tuple[Maker, ...] = (
    typo_in_a_key, unknown_state, unknown_style_table, unknown_style, unknown_occasion, number_out_of_range,
    not_a_finite_number, wrong_type, forbidden_style, voice_of_anger, vector_too_large, amount_out_of_range,
    steering_too_long, steering_with_marks_of_the_prompt, incomplete_arc, person_before_the_offer, grief_that_fades,
    repeated_id, repeated_phrase, shadowed_phrase, failing_example, firing_counterexample, nested_quantifier,
    bad_pattern, broken_toml, torn_off, mark_left_out, key_given_twice, table_given_twice, head_left_out, not_text,
    other_encoding, control_character, not_a_policy, missing_part_of_a_rule, two_mistakes,
)  # fmt: skip


def without_table(lines: list[str], header: str) -> list[str]:
    if header not in lines:
        return lines
    begins = lines.index(header)
    ends = next((at for at in range(begins + 1, len(lines)) if lines[at].startswith("[")), len(lines))
    return [*lines[:begins], *lines[ends:]]


def corpus(maker: Maker, site: str) -> Iterator[Broken]:
    """`EACH` broken files, none twice where chance allows it."""
    rng = random.Random(maker.__name__)
    made = 0
    while made < EACH:
        lines = site.replace('"medical"', f'"{rng.choice(SITES)}"').splitlines()
        broken = maker(rng, lines)
        if broken is not None:
            made += 1
            yield broken
