"""Rows and earlier turns are read whole or refused with every mistake; a history is decided turn by turn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.emotion import State, Style
from core.errors import InputError
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.policy import packaged
from emotion_policy.rows import MOST_TOLD, Said, read_history, read_rows
from emotion_policy.visit import Visit, after, decide_row, decided

pytestmark = pytest.mark.unit

ROW = {
    "id": "a1",
    "lang": "zh",
    "scenario": "retail",
    "text": "那几点关门",
    "history": [{"role": "user", "text": "我爸爸上个月去世了"}, {"role": "assistant", "text": "请节哀。"}],
    "user_state": "inquiry",
    "user_state_alt": ["request"],
    "preferred_styles": ["gentle"],
    "acceptable_styles": ["gentle", "soothing"],
    "forbidden_styles": ["cheerful"],
    "tags": ["context"],
}


@pytest.fixture
def write(tmp_path: Path):
    def write(*rows: object) -> Path:
        path = tmp_path / "rows.jsonl"
        lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


def refused(path: Path, *, judged: bool = True) -> str:
    with pytest.raises(InputError) as error:
        read_rows(path, judged=judged)
    assert error.value.hint
    return error.value.message


def test_a_row_is_read_with_all_that_it_says(write) -> None:
    (row,) = read_rows(write(ROW, ""), judged=True)
    assert (row.id, row.language, row.scenario) == ("a1", "zh", "retail")
    assert row.history[1] == Said(role="assistant", text="请节哀。")
    assert row.gold is not None
    assert row.gold.state is State.INQUIRY
    assert row.gold.alternatives == {State.REQUEST}
    assert row.gold.forbidden == {Style.CHEERFUL}


def test_id_and_text_are_enough_where_nothing_is_judged(write) -> None:
    (row,) = read_rows(write({"id": "x", "text": "where is it"}), judged=False)
    assert (row.language, row.scenario, row.gold) == ("en", "government", None)
    path = write({"id": "x", "text": "where is it", "scenario": "retail"})
    assert refused(path) == f"{path}:1: user_state is missing"


def test_mixed_speech_is_of_the_language_that_most_of_it_is_in(write) -> None:
    (row,) = read_rows(write({**ROW, "lang": "mixed", "text": "帮我check一下"}), judged=True)
    assert row.language == "zh"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{oops", "not JSON"),
        ("[1]", "not an object"),
        ({**ROW, "id": " "}, "id must be a text"),
        ({**ROW, "text": 7}, "text must be a text"),
        ({key: value for key, value in ROW.items() if key != "text"}, "text is missing"),
        ({**ROW, "scenario": "retial"}, "scenario: 'retial' is unknown; did you mean retail?"),
        ({**ROW, "scenario": None}, "scenario: 'None' is unknown; known: retail"),
        ({**ROW, "user_state": "grieve"}, "user_state: 'grieve' is unknown; did you mean grief?"),
        ({**ROW, "forbidden_styles": ["cheerfull"]}, "did you mean cheerful?"),
        ({**ROW, "forbidden_styles": "cheerful"}, "forbidden_styles must be a list"),
        ({**ROW, "history": ["你好"]}, "an earlier turn is"),
        ({**ROW, "history": [{"role": "agent", "text": "x"}]}, "role: 'agent' is unknown"),
        ({**ROW, "lang": "fr"}, "lang: 'fr' is unknown"),
        ("[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(write, row: object, told: str) -> None:
    path = write({**ROW, "id": "a0"}, row)
    message = refused(path)
    assert message.startswith(f"{path}:2: ")
    assert told in message


def test_all_mistakes_are_told_at_once_unless_there_are_too_many(write) -> None:
    message = refused(write(*["{"] * (MOST_TOLD + 5)))
    assert message.count("not JSON") == MOST_TOLD
    assert message.endswith("and 5 more")


def test_two_rows_with_one_id_are_refused(write) -> None:
    assert "the id 'a1' is there twice" in refused(write(ROW, ROW))


def test_an_empty_file_and_one_that_cannot_be_read_are_told(write, tmp_path: Path) -> None:
    assert "holds nothing" in refused(write("", "  "))
    for path in (tmp_path / "nowhere.jsonl", tmp_path):
        assert str(path) in refused(path)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe{}")
    assert "UTF-8" in refused(tmp_path / "latin.jsonl")


def test_a_history_is_turns_one_a_line(write) -> None:
    assert read_history(write(*ROW["history"])) == tuple(Said(**said) for said in ROW["history"])
    with pytest.raises(InputError, match=r":2: role is missing"):
        read_history(write(ROW["history"][0], {"text": "x"}))


def test_what_the_customer_said_is_decided_on_and_what_the_agent_said_was_asked() -> None:
    policy = packaged("retail")
    turns = [
        Said(role="user", text="我的卡被吞了"),
        Said(role="assistant", text="您的证件带了吗？"),
        Said(role="user", text="带了"),
    ]
    visit = after(turns, policy)
    first = decide(Observation(text="我的卡被吞了", language="zh", scenario="retail"), policy)
    second = decide(
        Observation(
            text="带了", language="zh", scenario="retail", asked="您的证件带了吗？", memory=first.memory
        ),
        policy,
    )
    assert visit == Visit(memory=second.memory, asked="您的证件带了吗？")
    assert after([], policy) == Visit()


def test_a_row_is_decided_after_its_history(write) -> None:
    (row,) = read_rows(write(ROW), judged=True)
    assert decide_row(row).style is Style.GENTLE
    assert decide_row(row).memory.grief
    assert decide_row(row, packaged("medical")).policy == packaged("medical").hash
    assert not decided(row.text, Visit(), packaged("retail")).memory.grief
