"""The spoken form: readings, and the map back to what stands on the screen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Language
from tts.numerals import digits_zh, ordinal_en, pairs_en, quantity_en, quantity_zh, year_en
from tts.spoken import spoken_form

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "eval"

READINGS = [
    ("zh", "请拨打13812345678。", "请拨打幺三八，幺二三四，五六七八。"),
    ("zh", "您在1203房间。", "您在幺二零三房间。"),
    ("zh", "房间号1203。", "房间号幺二零三。"),
    ("zh", "订单号90214475已发货。", "订单号九零二幺四四七五已发货。"),
    ("zh", "一共￥1,280.50元。", "一共一千二百八十点五零元。"),
    ("zh", "完成了35%。", "完成了百分之三十五。"),
    ("zh", "8:30开门，9:05叫号。", "八点三十开门，九点零五叫号。"),
    ("zh", "2026-11-21到期。", "二零二六年十一月二十一日到期。"),
    ("zh", "9-17点营业。", "九到十七点营业。"),
    ("zh", "有2个人在第2窗口。", "有两个人在第二窗口。"),
    ("zh", "室温-3℃。", "室温零下三摄氏度。"),
    ("zh", "一会儿见。", "一会儿见。"),
    ("en", "Dr. Lee is in Room 1203.", "Doctor Lee is in Room twelve oh three."),
    ("en", "It costs $12.99.", "It costs twelve dollars and ninety nine cents."),
    ("en", "Call 555-0121.", "Call five five five, zero one two one."),
    ("en", "Open at 8:30.", "Open at eight thirty."),
]


@pytest.mark.parametrize(("language", "written", "spoken"), READINGS, ids=[row[1] for row in READINGS])
def test_signs_and_digits_are_read_as_a_clerk_reads_them(
    language: Language, written: str, spoken: str
) -> None:
    assert spoken_form(written, language).text == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("0", "零"), ("10", "十"), ("110", "一百一十"), ("1003", "一千零三"), ("10020", "一万零二十"),
     ("406,070", "四十万六千零七十"), ("100000000", "一亿"), ("100000001", "一亿零一"),
     ("10010000", "一千零一万"), ("1.50", "一点五零"), ("20231105", "二千零二十三万一千一百零五")],
)  # fmt: skip
def test_quantities_in_mandarin(text: str, spoken: str) -> None:
    assert quantity_zh(text) == spoken


def test_quantities_in_english() -> None:
    assert quantity_en("1,280.5") == "one thousand two hundred eighty point five"
    assert quantity_en("2000000") == "two million"
    assert [ordinal_en(n) for n in ("1", "12", "20", "33")] == [
        "first",
        "twelfth",
        "twentieth",
        "thirty third",
    ]
    assert [year_en(y) for y in ("1904", "1900", "2005", "2026")] == [
        "nineteen oh four", "nineteen hundred", "two thousand five", "twenty twenty six",
    ]  # fmt: skip
    assert pairs_en("007") == "zero zero seven"
    assert spoken_form("In the 1990s.", "en").text == "In the nineteen nineties."


@given(st.integers(0, 10**16 - 1))
def test_a_mandarin_quantity_has_no_digit_no_double_zero_and_no_final_zero(number: int) -> None:
    said = quantity_zh(str(number))
    assert "零零" not in said
    assert number == 0 or not said.endswith("零")
    assert not any(c.isascii() for c in said)


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1))
def test_different_numbers_sound_different(one: int, other: int) -> None:
    assert (quantity_zh(str(one)) == quantity_zh(str(other))) == (one == other)
    assert (quantity_en(str(one)) == quantity_en(str(other))) == (one == other)


PARTS = (
    "尾号6217", "￥1,280.50元", "8:30", "2026-11-21", "9-17点", "138****0000", "138 0013 8000", "35%",
    "-3℃", "您好", "，", "。", "第2", "2个", "**", "<warm>", "[pause]", "（", "）", "😊", "\n", "- ", "1. ",
    "G1024次", "Dr. ", "$12.99", "a@b.cn", "www.a.cn", "3:1", "1/5", "V2.0.1", "#", "*", "（周日）",
    "Room 12", " ", "x", "【", "】", "①", "²", "٣", "１",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(PARTS), max_size=15).map("".join) | st.text(max_size=40),
    st.sampled_from(["zh", "en"]),
)
def test_the_map_rises_covers_every_spoken_character_and_stays_within_the_text(
    written: str, language: Language
) -> None:
    form = spoken_form(written, language)
    assert len(form.reached) == len(form.text)
    assert list(form.reached) == sorted(form.reached)
    assert all(0 < r <= len(written) for r in form.reached)


@given(st.text(alphabet="您好请到窗口办理，。！？：；“”abc ,", max_size=40), st.sampled_from(["zh", "en"]))
def test_text_with_nothing_to_rewrite_comes_back_unchanged(written: str, language: Language) -> None:
    form = spoken_form(written, language)
    assert form.text == written
    assert form.reached == tuple(range(1, len(written) + 1))


def test_digits_said_one_by_one_keep_their_own_places() -> None:
    form = spoken_form("尾号6217的卡", "zh")
    assert form.text == "尾号六二幺七的卡"
    assert form.reached == (1, 2, 3, 4, 5, 6, 7, 8)


def test_a_quantity_is_reached_as_a_whole() -> None:
    form = spoken_form("共120元", "zh")
    assert form.text == "共一百二十元"
    assert form.reached == (1, 4, 4, 4, 4, 5)


def test_digits_in_mandarin_take_the_one_they_are_told() -> None:
    assert digits_zh("110", "幺") == "幺幺零"
    assert digits_zh("110") == "一一零"


@pytest.mark.skipif(
    not (SHARED / "score_spoken.py").exists(), reason=f"the shared development set is not in {SHARED}"
)
def test_the_shared_development_set_is_kept_at_its_floor(tmp_path: Path) -> None:
    predictions = tmp_path / "predictions.jsonl"
    with predictions.open("w", encoding="utf-8") as out:
        for line in (SHARED / "spoken_dev.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            said = spoken_form(row["written"], "en" if row["lang"] == "en" else "zh").text
            out.write(json.dumps({"id": row["id"], "spoken": said}, ensure_ascii=False) + "\n")
    scorer = str(SHARED / "score_spoken.py")
    run = subprocess.run(
        [sys.executable, scorer, str(predictions), "--gate", "floor", "--errors", "5"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
