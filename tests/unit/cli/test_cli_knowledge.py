"""`tingshuo knowledge`, as an operator types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import main as command_line
from cli.table import columns, table
from core.errors import InputError

pytestmark = pytest.mark.unit

Tingshuo = Callable[..., int]

HALL = """\
[[entry]]
id = "hours"
[entry.zh]
questions = ["几点关门", "你们几点下班"]
answer = "我们下午五点关门。"
[entry.en]
questions = ["when do you close"]
answer = "We close at five."

[[entry]]
id = "toilet"
[entry.zh]
questions = ["厕所在哪里", "洗手间怎么走"]
answer = "洗手间在电梯旁边。"
[entry.en]
questions = ["where is the toilet"]
answer = "The toilet is next to the lift."
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "hall.toml").write_text(HALL, encoding="utf-8")
    return folder


@pytest.fixture
def knowledge(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tingshuo:
    """Runs the command with `directory` configured, in a working folder without a config.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINGSHUO_KNOWLEDGE__DIRECTORY", str(directory))
    monkeypatch.setattr(command_line, "COMMANDS", ("knowledge",))
    return lambda *words: command_line.main(["knowledge", *map(str, words)])


class TestSearch:
    def test_shows_score_entry_answer_and_that_it_would_be_spoken(
        self, knowledge: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert knowledge("search", "请问厕所在哪儿呢") == 0
        verdict, header, first, *_ = capsys.readouterr().out.splitlines()
        assert "[zh]" in verdict
        assert "word for word" in verdict
        assert header.split() == ["score", "use", "entry", "question", "answer"]
        assert first.split() == ["1.00", "answer", "toilet", "厕所在哪里", "洗手间在电梯旁边。"]

    def test_takes_the_language_it_is_told(
        self, knowledge: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        knowledge("search", "when do you close", "--language", "zh")
        out = capsys.readouterr().out
        assert out.startswith("[zh]")
        assert "1.00  answer" not in out

    def test_says_that_nothing_comes_close(
        self, knowledge: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert knowledge("search", "xylophone") == 0
        assert capsys.readouterr().out.splitlines() == [
            "[en] xylophone: the knowledge base keeps silent: nothing comes close enough"
        ]

    def test_shows_no_more_entries_than_asked(
        self, knowledge: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        knowledge("search", "where is the toilet when you close", "--limit", "1")
        assert len(capsys.readouterr().out.splitlines()) == 3

    @pytest.mark.parametrize("limit", ["0", "-1", "many"])
    def test_refuses_a_limit_below_one(self, knowledge: Tingshuo, limit: str) -> None:
        with pytest.raises(SystemExit, match="2"):
            knowledge("search", "x", f"--limit={limit}")

    def test_of_a_folder_that_is_not_there_is_an_input_error(
        self, knowledge: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert knowledge("search", "x", "--set", "knowledge.directory=/nowhere") == InputError.exit_code
        assert "/nowhere" in capsys.readouterr().err


class TestCheck:
    def test_of_a_clean_folder_counts_by_language(
        self, knowledge: Tingshuo, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert knowledge("check") == 0
        assert capsys.readouterr().out.splitlines() == [
            "zh: 2 entries, 4 wordings",
            "en: 2 entries, 2 wordings",
            f"{directory}: 0 mistakes, 0 pieces of advice",
        ]

    def test_lists_the_mistakes_of_all_files_with_their_lines(
        self, knowledge: Tingshuo, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "bad.csv").write_text("question,answer\n,x\nwho are you,\n", encoding="utf-8")
        (directory / "binary.md").write_bytes(b"\xff\xfe\xff")
        assert knowledge("check") == InputError.exit_code
        out = capsys.readouterr().out
        for where in ("bad.csv:2:", "bad.csv:3:", "binary.md:1:"):
            assert f"{directory}/{where}" in out
        assert "3 mistakes" in out
        assert "zh: 2 entries" in out

    def test_takes_a_contradiction_for_a_mistake_and_a_missing_translation_for_advice(
        self, knowledge: Tingshuo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "other.md"
        file.write_text("## 几点关门\n五点。\n\n## 几点关门\n六点。\n", encoding="utf-8")
        assert knowledge("check", file) == InputError.exit_code
        assert "other.md:4: conflict:" in capsys.readouterr().out
        file.write_text("## 几点关门\n五点。\n", encoding="utf-8")
        other = tmp_path / "english.md"
        other.write_text("## do you sell maps\nYes.\n", encoding="utf-8")
        (tmp_path / "both").mkdir()
        for each in (file, other):
            each.rename(tmp_path / "both" / each.name)
        assert knowledge("check", tmp_path / "both") == 0
        assert "other.md:1: advice, untranslated:" in capsys.readouterr().out


class TestAddingAnEntry:
    def test_appends_it_and_shows_that_a_search_finds_it(
        self, knowledge: Tingshuo, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = (
            "--question",
            "可以停车吗",
            "--question",
            "停车场在哪里",
            "--answer",
            '停车场在"地下一层"。',
            "--fixed",
        )
        assert knowledge("add", *words) == 0
        assert "1.00" in capsys.readouterr().out
        knowledge("search", "停车场在哪儿")
        assert '停车场在"地下一层"。' in capsys.readouterr().out
        assert "fixed = true" in (directory / "added.toml").read_text(encoding="utf-8")
        assert sorted(file.name for file in directory.iterdir()) == ["added.toml", "hall.toml"]

    def test_keeps_what_the_file_held(self, knowledge: Tingshuo, directory: Path) -> None:
        knowledge(
            "add", "--question", "do you sell maps", "--answer", "Yes, at window two.", "--file", "hall.toml"
        )
        text = (directory / "hall.toml").read_text(encoding="utf-8")
        assert text.startswith(HALL)
        assert "do you sell maps" in text

    def test_twice_with_one_id_makes_translations(
        self, knowledge: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        knowledge("add", "--question", "do you sell maps", "--answer", "Yes.", "--id", "maps")
        assert "untranslated" in capsys.readouterr().out
        knowledge("add", "--question", "你们卖地图吗", "--answer", "卖的。", "--id", "maps")
        capsys.readouterr()
        assert knowledge("check") == 0
        assert "0 pieces of advice" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("question", "answer", "fault"),
        [
            ("几点关门", "六点关门。", "conflict"),
            ("厕所在哪里", "洗手间在电梯旁边。", "duplicate"),
            ("？！", "你好。", "unsearchable"),
            ("有地图吗", "在 https://example.org 有。", "markup"),
            ("有地图吗", "  ", "no answer"),
        ],
    )
    def test_that_would_mislead_customers_is_refused(
        self,
        knowledge: Tingshuo,
        directory: Path,
        capsys: pytest.CaptureFixture[str],
        question: str,
        answer: str,
        fault: str,
    ) -> None:
        words = ("--question", question, "--answer", answer, "--language", "zh")
        assert knowledge("add", *words) == InputError.exit_code
        err = capsys.readouterr().err
        assert fault in err
        assert f"{directory}/added.toml:2" in err
        assert not (directory / "added.toml").exists()

    def test_to_a_folder_with_mistakes_names_them_first(
        self, knowledge: Tingshuo, directory: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (directory / "bad.csv").write_text("question,answer\n,x\n", encoding="utf-8")
        assert knowledge("add", "--question", "do you sell maps", "--answer", "Yes.") == InputError.exit_code
        assert "bad.csv:2" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "words",
        [
            (),
            ("--question", "x"),
            ("--answer", "x"),
            ("file.md", "--question", "x", "--answer", "y"),
            ("file.md", "--answer", "y"),
            ("--question", "x", "--answer", "y", "--file", "../x.toml"),
            ("--question", "x", "--answer", "y", "--file", "x.csv"),
        ],
    )
    def test_without_all_its_parts_is_wrong_usage(self, knowledge: Tingshuo, words: tuple[str, ...]) -> None:
        with pytest.raises(SystemExit, match="2"):
            knowledge("add", *words)

    def test_to_the_shipped_example_is_refused_and_told_what_to_do(
        self, knowledge: Tingshuo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("TINGSHUO_KNOWLEDGE__DIRECTORY")
        assert knowledge("add", "--question", "x y z", "--answer", "Yes.") == InputError.exit_code
        err = capsys.readouterr().err
        assert "cp -r" in err
        assert "[knowledge] directory" in err

    def test_to_a_folder_that_cannot_be_written_is_an_output_error_and_loses_nothing(
        self,
        knowledge: Tingshuo,
        directory: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def full(_: Path, __: Path) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.replace", full)
        words = ("--question", "do you sell maps", "--answer", "Yes.", "--file", "hall.toml")
        assert knowledge("add", *words) == 8
        assert "No space left" in capsys.readouterr().err
        assert [file.read_text(encoding="utf-8") for file in directory.iterdir()] == [HALL]


class TestAddingAFile:
    def test_copies_it_into_the_folder(
        self, knowledge: Tingshuo, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "prices.csv"
        file.write_text(
            "question,answer\nwhat does a ticket cost,Two yuan.\n一张票多少钱,两元。\n", encoding="utf-8"
        )
        assert knowledge("add", file) == 0
        out = capsys.readouterr().out
        assert "2 entries" in out
        assert "Two yuan." in out
        assert (directory / "prices.csv").read_bytes() == file.read_bytes()

    def test_with_mistakes_is_refused_with_all_of_them(
        self, knowledge: Tingshuo, directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "prices.csv"
        file.write_text("question,answer\n,x\nwho are you,\n", encoding="utf-8")
        assert knowledge("add", file) == InputError.exit_code
        err = capsys.readouterr().err
        assert "prices.csv:2" in err
        assert "prices.csv:3" in err
        assert not (directory / "prices.csv").exists()

    def test_never_replaces_one(self, knowledge: Tingshuo, directory: Path, tmp_path: Path) -> None:
        (tmp_path / "hall.toml").write_text(
            '[[entry]]\nquestion = "有地图吗"\nanswer = "有。"\n', encoding="utf-8"
        )
        assert knowledge("add", tmp_path / "hall.toml") == InputError.exit_code
        assert (directory / "hall.toml").read_text(encoding="utf-8") == HALL

    @pytest.mark.parametrize("name", ["nowhere.md", "letter.docx"])
    def test_of_another_kind_or_nowhere_is_refused(
        self, knowledge: Tingshuo, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "letter.docx").write_bytes(b"PK")
        assert knowledge("add", tmp_path / name) == InputError.exit_code


@given(
    st.lists(
        st.tuples(st.text("ab 几点，", max_size=9), st.text("xy在哪", min_size=1, max_size=9)), min_size=1
    )
)
def test_a_table_starts_its_last_column_at_one_place(rows: list[tuple[str, str]]) -> None:
    width = max(columns(first) for first, _ in rows)
    lines = table(rows).split("\n")
    assert [columns(line) - columns(last) for line, (_, last) in zip(lines, rows, strict=True)] == [
        width + 2
    ] * len(rows)
