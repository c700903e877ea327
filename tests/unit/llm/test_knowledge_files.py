"""The operator's files: three formats in, the same entries out, every mistake named with its line."""

from pathlib import Path

import pytest

from core.errors import InputError, OutputError
from llm.knowledge_entry import Entry
from llm.knowledge_files import append_entry, files_of, read_files
from llm.knowledge_formats import read_text

pytestmark = pytest.mark.unit

_MARKDOWN = """# Our desk
language: zh

Written by the desk.

## 几点关门？
- 几点下班
- 营业到几点

下午五点关门。
周末休息。

## where is the lift
fixed: true

Next to the stairs.
"""
_TOML = """
[[entry]]
id = "hours"
topic = "hall"
fixed = true
[entry.zh]
questions = ["几点关门"]
answer = "五点。"
[entry.en]
questions = ["when do you close"]
answer = "At five."

[[entry]]
question = "where is the lift"
answer = "Left."
"""
_CSV = 'question,answer,language,fixed\n几点关门,"五点，周末休息。",zh,是\nwhere is the lift,Left.,,\n\n'


def _read(text: str, kind: str) -> list[Entry | str]:
    return list(read_text(text, kind=kind, name=f"k{kind}"))


def test_markdown_gives_questions_wordings_and_answers() -> None:
    hours, lift = _read(_MARKDOWN.replace("language: zh\n", ""), ".md")
    assert isinstance(hours, Entry)
    assert isinstance(lift, Entry)
    assert hours.questions == ("几点关门？", "几点下班", "营业到几点")
    assert hours.answer == "下午五点关门。 周末休息。"
    assert (hours.language, hours.fixed, hours.source) == ("zh", False, "k.md:5")
    assert (lift.language, lift.fixed, lift.answer) == ("en", True, "Next to the stairs.")


def test_markdown_may_state_its_language() -> None:
    assert all(isinstance(entry, Entry) and entry.language == "zh" for entry in _read(_MARKDOWN, ".md"))


def test_toml_gives_an_entry_for_each_language() -> None:
    zh, en, lift = _read(_TOML, ".toml")
    assert isinstance(zh, Entry)
    assert isinstance(en, Entry)
    assert isinstance(lift, Entry)
    assert (zh.id, en.id, zh.language, en.language) == ("hours", "hours", "zh", "en")
    assert (zh.topic, zh.fixed, zh.source) == ("hall", True, "k.toml:2")
    assert (lift.questions, lift.language, lift.source) == (("where is the lift",), "en", "k.toml:13")


def test_csv_gives_an_entry_for_each_row() -> None:
    hours, lift = _read(_CSV, ".csv")
    assert isinstance(hours, Entry)
    assert isinstance(lift, Entry)
    assert (hours.answer, hours.fixed, hours.source) == ("五点，周末休息。", True, "k.csv:2")
    assert (lift.language, lift.fixed) == ("en", False)


@pytest.mark.parametrize(
    ("kind", "text", "line", "words"),
    [
        (".md", "# nothing here", 1, "no questions"),
        (".md", "## a question\n\n## another\nanswer", 1, "no answer"),
        (".md", "fixed: perhaps\n## q\na", 1, "fixed must be"),
        (".md", "language: fr\n## q\na", 2, "neither zh nor en"),
        (".toml", "[[entry]]\nquestion = \n", 2, "not valid TOML"),
        (".toml", "title = 'x'\n", 1, "unknown key"),
        (".toml", "[[entry]]\nanswer = 'x'\n", 1, "without a question"),
        (".toml", "\n[[entry]]\nquestion = 'x'\n", 2, "no answer"),
        (".toml", "[[entry]]\nquestion = 'x'\nanswer = 'y'\nanswr = 'z'\n", 1, "unknown key 'answr'"),
        (".toml", "[[entry]]\nfixed = 'no'\nquestion = 'x'\nanswer = 'y'\n", 1, "fixed must be"),
        (".toml", "[[entry]]\nzh = 'x'\n", 1, "zh must be a table"),
        (".toml", "note = 'a\u2028b'\n[[entry]]\nquestion = 'x'\n", 2, "no answer"),
        (".csv", "frage,antwort\n", 1, "first line must name"),
        (".csv", "question,answer,colour\nq,a,red\n", 1, "unknown column"),
        (".csv", "question,answer\nwhere,left, then right\n", 2, "more fields"),
        (".csv", "question,answer\nwhere\n", 2, "no answer"),
        (".csv", "question,answer,fixed\nwhere,left,perhaps\n", 2, "fixed must be"),
    ],
)
def test_each_mistake_is_named_with_its_line(kind: str, text: str, line: int, words: str) -> None:
    mistakes = [found for found in _read(text, kind) if isinstance(found, str)]
    assert len(mistakes) >= 1
    assert any(mistake.startswith(f"k{kind}:{line}: ") and words in mistake for mistake in mistakes)


def test_all_mistakes_of_a_directory_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("## q\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("x\n", encoding="utf-8")
    (tmp_path / "c.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "good.md").write_text("## where\nhere\n", encoding="utf-8")
    with pytest.raises(InputError, match="3 mistakes") as caught:
        read_files(files_of(tmp_path))
    assert all(name in caught.value.message for name in ("a.md:1:", "b.csv:1:", "c.toml:1:"))
    assert caught.value.hint


def test_the_directorys_own_readme_and_other_files_are_left_out(tmp_path: Path) -> None:
    for name in ("README.md", "notes.txt", "sub/b.md", "a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [file.name for file in files_of(tmp_path)] == ["a.csv", "b.md"]


@pytest.mark.parametrize("name", ["missing", "notes.txt"])
def test_a_path_that_cannot_be_knowledge_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError):
        files_of(tmp_path / name)


def test_an_entry_that_was_added_is_read_again(tmp_path: Path) -> None:
    entry = Entry(id="", language="en", questions=('say "hi"', "a\\b"), answer="Hello.\nYou!", fixed=True)
    for _ in range(2):
        file = append_entry(tmp_path, entry)
    first, second = read_files([file])
    assert first.questions == second.questions == entry.questions
    assert (first.answer, first.fixed, first.language) == ("Hello. You!", True, "en")


def test_an_entry_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        append_entry(tmp_path / "no", Entry(id="", language="en", questions=("q",), answer="a"))


def test_the_demo_knowledge_is_whole() -> None:
    entries = read_files(files_of(Path(__file__).parents[3] / "models" / "demo" / "knowledge"))
    assert {entry.language for entry in entries} == {"zh", "en"}
    assert len(entries) >= 90
