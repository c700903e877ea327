"""Tokenizer and front end on a toy vocabulary, and the recorded facts beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ModelDamaged, ModelMissing
from tts.indextts2.parity.golden import Golden
from tts.indextts2.parity.text import judged
from tts.indextts2.text_front import TextFront
from tts.indextts2.text_tokens import SentencePieces, Token, cjk_split

pytestmark = pytest.mark.unit
pytest.importorskip("sentencepiece")

RECORDED = Path(__file__).resolve().parents[3] / "data" / "indextts2"
TOY = SentencePieces(RECORDED / "text" / "tiny_bpe.model")
FRONT = TextFront(TOY)


class Words:
    """A vocabulary of another kind: every character is a piece."""

    def encode(self, text: str) -> list[Token]:
        return [Token(c, ord(c), i) for i, c in enumerate(text, 1)]


def _golden(root: Path) -> Golden:
    root.mkdir(exist_ok=True)
    (root / "manifest.json").write_text('{"tensors": {}}', encoding="utf-8")
    (root / "text").mkdir()
    for file in (RECORDED / "text").iterdir():
        (root / "text" / file.name).write_bytes(file.read_bytes())
    return Golden(root)


def test_every_recorded_fact_of_the_text_front_end_is_met(tmp_path: Path) -> None:
    rows = list(judged(_golden(tmp_path)))
    assert len(rows) >= 10
    assert [row for row in rows if not (row.passed or row.informative)] == []


def test_a_recorded_fact_that_is_not_met_is_named(tmp_path: Path) -> None:
    golden = _golden(tmp_path)
    facts = golden.json("text/text.json")
    facts["cases"][0]["ids"][2] += 1
    facts["cases"][1]["segments"]["24"][0].pop()
    (tmp_path / "text" / "text.json").write_text(json.dumps(facts), encoding="utf-8")
    failed = {row.name: row.note for row in judged(golden) if not (row.passed or row.informative)}
    assert set(failed) == {"text/ids", "text/segments/24"}
    assert failed["text/ids"].startswith("1 of")


@given(st.text(max_size=50), st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_the_front_end_fail_and_its_ids_are_the_vocabularys(written: str, limit: int) -> None:
    for segment in FRONT.segments(written, limit=limit):
        assert 1 <= len(segment.ids) <= limit
        assert len(segment.ids) == len(segment.pieces) == len(segment.reached)
        assert all(0 <= number < TOY.size for number in segment.ids)
        assert list(segment.reached) == sorted(segment.reached)


def test_segments_say_how_far_into_the_text_they_reach() -> None:
    text = "我有2个苹果，今天气温是-3℃。"
    assert [segment.characters for segment in FRONT.segments(text, limit=8)] == [7, 15, len(text)]
    assert FRONT.segments(text, limit=8)[0].reached == (1, 2, 4, 4, 5, 6, 7)


def test_nothing_to_say_gives_no_segment() -> None:
    assert FRONT.segments("") == []
    assert FRONT.segments(" \n ") == []


def test_another_tokenizer_fits_the_same_front_end() -> None:
    found = TextFront(Words()).segments("有2人。", limit=3)
    assert [segment.pieces for segment in found] == [("有", "两", "人"), (".",)]
    assert [segment.characters for segment in found] == [3, 4]


def test_a_character_without_a_piece_is_replaced_counted_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    toy = SentencePieces(RECORDED / "text" / "tiny_bpe.model")
    assert [token.piece for token in toy.encode("é好")] == [token.piece for token in toy.encode("e好")]
    toy.encode("龘é")
    toy.encode("龘")
    assert dict(toy.unknown) == {"É": 2, "龘": 2}
    assert caplog.text.count("no piece for '龘'") == 1


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_pieces_know_their_place_whatever_the_text(text: str) -> None:
    tokens = TOY.encode(text)
    ends = [token.end for token in tokens]
    assert ends == sorted(ends)
    assert all(0 < end <= len(text) for end in ends)


@given(st.text(alphabet="今天气温是,.你好 AB'-", max_size=40))
def test_known_text_has_the_same_pieces_by_either_way(text: str) -> None:
    assert [token.piece for token in TOY.encode(text)] == TOY.pieces(text)


def test_hanzi_stand_alone_and_letters_are_capitals() -> None:
    assert cjk_split("你好world再见") == "你 好 WORLD 再 见"
    assert cjk_split("日本語のテスト", upper=False) == "日 本 語 の テ ス ト"


def test_a_vocabulary_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"bpe\.model") as missing:
        SentencePieces(tmp_path / "bpe.model")
    assert "Copy" in missing.value.hint
    for content in (b"", b"version https://git-lfs.github.com/spec/v1", b"\x00" * 3000):
        (tmp_path / "bpe.model").write_bytes(content)
        with pytest.raises(ModelDamaged, match=r"bpe\.model"):
            SentencePieces(tmp_path / "bpe.model")
