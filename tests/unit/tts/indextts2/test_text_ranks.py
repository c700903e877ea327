"""Text by ranks of byte pairs: the lowest rank first, nothing lost, and files that are none refused."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelDamaged, ModelMissing
from tts.indextts2.text_ranks import HANZI_MARK, SOUNDS_MARK, SPECIALS, RankedTokens

pytestmark = pytest.mark.unit

BYTES = [bytes((value,)) for value in (*range(33, 127), *range(33), *range(127, 256))]
MERGES = [b"he", b"ll", b"llo", b" h", b" he", "你".encode()[:2], "你".encode(), b"hell", b" hello"]


def _file(folder: Path, ranks: Sequence[bytes]) -> Path:
    lines = [f"{base64.b64encode(each).decode() or '='} {rank}" for rank, each in enumerate(ranks)]
    path = folder / "text.tiktoken"
    path.write_text("\n".join(lines), encoding="ascii")
    return path


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory) -> RankedTokens:
    return RankedTokens(_file(tmp_path_factory.mktemp("ranks"), [*BYTES, *MERGES, b""]))


@given(st.text(max_size=40))
def test_pieces_together_are_the_text_after_its_blank_and_places_reach_its_end(vocabulary, text):
    tokens = vocabulary.encode(text, "zh")
    encodable = text.encode("utf-8", "replace").decode()
    plain = encodable.replace(SOUNDS_MARK, "").replace(HANZI_MARK, "")
    assert "".join(token.piece for token in tokens) == f" {plain}"
    ends = [token.end for token in tokens]
    assert ends == sorted(ends)
    assert ends[-1] == len(text)
    assert all(0 <= token.id < vocabulary.size for token in tokens)


def test_the_lowest_rank_is_merged_first_though_a_longer_token_is_there(vocabulary):
    rank = {each: number for number, each in enumerate([*BYTES, *MERGES])}
    ids = [token.id for token in vocabulary.encode("xhello", "en")][1:]
    assert ids == [rank[b" "], rank[b"x"], rank[b"he"], rank[b"llo"]]  # "llo" before "hell"


def test_a_word_that_is_a_token_is_that_token(vocabulary):
    assert [token.id for token in vocabulary.encode("hello", "en")][1:] == [256 + MERGES.index(b" hello")]


def test_a_character_of_several_tokens_is_the_piece_of_its_last(vocabulary):
    tokens = vocabulary.encode("你好", "zh")
    assert [(token.piece, token.end) for token in tokens] == [
        ("", 0),
        (" ", 0),
        ("你", 1),
        ("", 2),
        ("", 2),
        ("好", 2),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it's 12 o'clock", [" it", "'s", " 12", " o", "'", "clock"]),
        ("a  b", [" a", " ", " b"]),
        ("a \n", [" a", " \n"]),
        ("¿qué?½", [" ¿", "qué", "?", "½"]),
        ("一二three３", [" 一二three", "３"]),
    ],
)
def test_text_is_cut_into_words_of_one_kind_each_with_the_blank_before_it(tmp_path, text, words):
    """As GPT-2 does it; a vocabulary that has exactly these words shows where they end."""
    known = [word.encode() for word in words if len(word.encode()) > 1]
    vocabulary = RankedTokens(_file(tmp_path, [*BYTES, *known]))
    assert [token.piece for token in vocabulary.encode(text, "en")][1:] == words


def test_special_tokens_are_numbered_behind_the_ranks(vocabulary):
    ranks = len(BYTES) + len(MERGES) + 1
    assert vocabulary.size == ranks + SPECIALS
    assert vocabulary.encode("", "en")[0].id == ranks + 2
    assert vocabulary.encode("", "zh")[0].id == ranks + 3
    marked = vocabulary.encode(f"{SOUNDS_MARK}A{SOUNDS_MARK}{HANZI_MARK}B{HANZI_MARK}", "zh")
    assert [token.id - ranks for token in marked if not token.piece] == [3, 122, 122, 123, 123]


def test_a_special_token_cannot_be_spelt(vocabulary):
    tokens = vocabulary.encode("<|endoftext|>", "en")[1:]
    assert all(token.id < vocabulary.size - SPECIALS for token in tokens)


def test_an_endless_word_is_cut_and_not_counted_for_ever(vocabulary):
    assert vocabulary.count("好" * 2000) == 6000


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "lacks single bytes"),
        (b"version https://git-lfs.github.com/spec/v1", "not base64"),
        (b"IQ== 0\nIg==", "not base64"),
        (b"IQ== 0\nIg== 2", "ranks are not 0, 1, 2"),
        (b"IQ== 0\nIg== 0", "ranks are not 0, 1, 2"),
        (b"\x00" * 3000, "not base64"),
    ],
)
def test_what_is_no_file_of_ranks_is_refused(tmp_path, content, fault):
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(ModelDamaged, match=fault) as caught:
        RankedTokens(tmp_path / "bad")
    assert caught.value.code == "model-damaged.indextts2-vocabulary"


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(ModelMissing, match=r"\.tiktoken"):
        RankedTokens(tmp_path / "a.tiktoken")


def test_lines_may_end_as_on_windows(tmp_path, vocabulary):
    path = _file(tmp_path, [*BYTES, *MERGES, b""])
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert RankedTokens(path).encode("hello 你", "zh") == vocabulary.encode("hello 你", "zh")
