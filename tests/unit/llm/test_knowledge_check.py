"""The proof-reader: each kind of flaw is found, a clean base is not nagged."""

from pathlib import Path

import pytest

from llm.knowledge import Knowledge
from llm.knowledge_check import check
from llm.knowledge_entry import Entry

pytestmark = pytest.mark.unit


def _kinds(*entries: Entry) -> list[str]:
    return [finding.kind for finding in check(Knowledge(entries))]


def _zh(name: str, *questions: str, answer: str = "在一楼。") -> Entry:
    return Entry(id=name, language="zh", questions=questions, answer=answer, source=f"{name}.md:1")


def test_a_clean_base_has_no_findings() -> None:
    assert _kinds(_zh("a", "护照在哪里办"), _zh("b", "洗手间怎么走", answer="直走。")) == []


def test_the_same_question_with_the_same_answer_is_a_duplicate() -> None:
    assert _kinds(_zh("a", "护照在哪里办"), _zh("b", "请问护照在哪里办？")) == ["duplicate"]


def test_the_same_question_with_another_answer_is_a_conflict() -> None:
    findings = check(Knowledge([_zh("a", "护照在哪里办"), _zh("b", "护照在哪里办", answer="在二楼。")]))
    assert findings[0].kind == "conflict"
    assert (findings[0].source, "a.md:1" in findings[0].text) == ("b.md:1", True)


def test_questions_that_hardly_differ_but_are_answered_otherwise_are_near() -> None:
    where, mine = (
        Entry(id=name, language="en", questions=(question,), answer=f"{name}.", source=name)
        for name, question in (("a", "where is the blood test"), ("b", "where is my blood test"))
    )
    assert _kinds(where, mine) == ["near"]


def test_a_missing_translation_is_named_only_where_two_languages_are_used() -> None:
    english = Entry(id="a", language="en", questions=("where is the lift",), answer="Left.")
    assert _kinds(_zh("a", "电梯在哪里"), english) == []
    assert _kinds(_zh("a", "电梯在哪里"), english, _zh("b", "护照怎么办")) == ["untranslated"]


def test_answers_that_nobody_can_listen_to_are_named() -> None:
    assert _kinds(_zh("a", "电梯在哪里", answer="往左走，" * 30)) == ["long"]
    assert _kinds(_zh("a", "电梯在哪里", answer="见 https://example.org")) == ["markup"]


def test_questions_without_a_word_or_in_another_script_are_named() -> None:
    assert _kinds(_zh("a", "电梯在哪里", "请问")) == ["unsearchable"]
    assert _kinds(_zh("a", "电梯在哪里", "where is the lift")) == ["script"]


def test_the_demo_base_has_no_conflicts() -> None:
    hall = Knowledge.load(Path(__file__).parents[3] / "models" / "demo" / "knowledge")
    assert {finding.kind for finding in check(hall)} <= {"near"}
