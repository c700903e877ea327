"""The cutter: our own rows, the rules every cut keeps, and the shared development set where it is present."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.boundaries import BoundaryScanner
from tts.sentences import HOPELESS_UNITS, LONGEST_UNITS, SentenceCutter, split

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
SCORER = ROOT.parent / "shared" / "eval" / "score_chunks.py"
GOLDEN = [
    json.loads(line)
    for line in (ROOT / "tests/data/sentences_golden.jsonl").read_text(encoding="utf-8").splitlines()
]

PARTS = (
    "您好", "请到", "窗口", "办理", "。", "，", "！", "？", "；", "、", "：", "“", "”", "（", "）", "……",
    "——", "\n", " ", "3", "10:30", "1,280.50", "138 0013 8000", "www.a.cn", "Dr.", "p.m.", "etc.", "No.",
    "wait", "You", ".", ",", "!", "?", ";", '"', "'", "(", ")", "[pause]", "<warm>", "<", ">", "**", "- ",
    "1. ", "😊", "…", "—", "Nov 3", "A032",
)  # fmt: skip
REPLIES = st.lists(st.sampled_from(PARTS), max_size=40).map("".join) | st.text(max_size=60)


def _bare(text: str) -> str:
    return "".join(text.split())


def _cut(text: str, sizes: list[int]) -> list[str]:
    tokens, at = [], 0
    for size in sizes:
        tokens.append(text[at : at + size])
        at += size
    return [*tokens, text[at:]]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["text"][:16])
def test_replies_are_cut_as_a_reader_would(row: dict[str, object]) -> None:
    assert list(split(iter(str(row["text"])))) == row["pieces"]


@given(REPLIES, st.lists(st.integers(0, 7), max_size=30))
def test_however_the_stream_is_cut_the_sentences_are_the_same(text: str, sizes: list[int]) -> None:
    assert list(split(_cut(text, sizes))) == list(split([text]))


@given(REPLIES)
def test_the_pieces_are_the_text_but_for_white_space_and_a_tail_that_says_nothing(text: str) -> None:
    pieces = list(split(text))
    said, whole = _bare("".join(pieces)), _bare(text)
    assert whole.startswith(said)
    assert not any(c.isalnum() for c in _outside_marks(whole[len(said) :]))
    assert all(piece == piece.strip() and piece for piece in pieces)


def _outside_marks(tail: str) -> str:
    """A tail may be a stage direction or a tag; their letters are not speech."""
    for closing, opening in (("]", "["), (">", "<")):
        while opening in tail and closing in tail[tail.index(opening) :]:
            start = tail.index(opening)
            tail = tail[:start] + tail[tail.index(closing, start) + 1 :]
    return tail


@given(REPLIES)
def test_pieces_come_out_as_soon_as_they_are_complete(text: str) -> None:
    cutter = SentenceCutter()
    early = [piece for c in text for piece in cutter.feed(c)]
    assert early + cutter.finish() == list(split([text]))


@given(st.text(alphabet="字词句，。", max_size=400))
def test_no_piece_of_mandarin_grows_beyond_its_limit_while_a_mark_is_in_reach(text: str) -> None:
    for piece in list(split([text]))[1:]:
        body = piece[:-1]
        assert len(piece) <= LONGEST_UNITS * 2 or not any(c in "，。" for c in body[6:LONGEST_UNITS])


def test_a_reply_without_any_mark_still_ends_somewhere() -> None:
    pieces = list(split(["请您耐心等待" * 100]))
    assert len(pieces) > 3
    assert max(map(len, pieces)) <= HOPELESS_UNITS + 1
    assert all(" " not in (p[0], p[-1]) for p in split(["please wait here " * 200]))


@pytest.mark.parametrize("text", ["", " ", "\n\n", "😊", "[pause]", "<warm></warm>", "**"])
def test_what_says_nothing_is_no_piece(text: str) -> None:
    assert list(split([text])) == []


def test_an_emoji_after_the_last_full_stop_is_no_piece() -> None:
    assert list(split(["好的，我马上为您办理。😊"])) == ["好的，我马上为您办理。"]


@pytest.mark.parametrize(
    ("text", "waits"),
    [("请您稍等。", 0), ("请您稍等，", 0), ("请您稍等！", 1), ("He left now. ", 0), ("Room 3 is 3.", 1)],
)
def test_the_first_piece_waits_no_longer_than_its_mark_needs(text: str, waits: int) -> None:
    cutter = SentenceCutter()
    assert bool([p for c in text for p in cutter.feed(c)]) == (waits == 0)
    if waits:
        assert cutter.feed(" 好")


def test_boundaries_come_in_rising_order_and_within_the_text() -> None:
    scanner = BoundaryScanner()
    text = "“甲，乙。”丙，丁（戊，己）庚。A. B! C?"
    for c in text:
        scanner.step(c)
    scanner.finish()
    places = [b.at for b in scanner.ready]
    assert places == sorted(set(places))
    assert 0 < places[0] <= places[-1] <= len(text)


@pytest.mark.skipif(not SCORER.exists(), reason=f"the shared development set is not at {SCORER}")
def test_the_shared_development_set_is_kept_at_its_floor() -> None:
    run = subprocess.run(
        [sys.executable, str(SCORER), "tts.sentences:split", "--gate", "floor", "--errors", "3"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
