"""`tingshuo emotion explain`, `replay`, `diff` and `score`, as an operator types them."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cli import main as command_line
from cli.emotion import ACTIONS
from cli.options import terminal_language
from cli.progress import counted
from cli.table import columns
from core import events as e
from core import wire
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.memory import Memory
from emotion_policy.policy import packaged
from emotion_policy.policy_file import compile_text
from emotion_policy.record import chosen

pytestmark = pytest.mark.unit

SITE = 'schema = 1\nscenario = "retail"\nstates.thanks.style.default = "cheerful"\n'
COMPLAINT = "我都等了两个小时了，根本没人管"
HISTORY = [{"role": "user", "text": "我爸爸上个月去世了"}, {"role": "assistant", "text": "请节哀。"}]
ROWS = [
    {"id": "a1", "scenario": "retail", "text": COMPLAINT, "user_state": "complaint", "preferred_styles": ["apologetic"],
     "acceptable_styles": ["apologetic", "soothing"], "forbidden_styles": ["cheerful"]},
    {"id": "a2", "scenario": "retail", "text": "那几点关门", "history": HISTORY, "user_state": "inquiry",
     "preferred_styles": ["gentle"], "acceptable_styles": ["gentle"], "forbidden_styles": ["cheerful"]},
    {"id": "a3", "scenario": "medical", "text": "thank you so much", "user_state": "thanks", "preferred_styles": ["warm"],
     "acceptable_styles": ["warm"], "forbidden_styles": []},
]  # fmt: skip

Tingshuo = Callable[..., int]


@pytest.fixture
def tingshuo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tingshuo:
    """Runs an action in a folder with a site's policy, rows and what was said before, on an English terminal."""
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(command_line, "COMMANDS", ("emotion",))
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    for name, rows in (("rows.jsonl", ROWS), ("earlier.jsonl", HISTORY)):
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8")
    return lambda *words: command_line.main(["emotion", *map(str, words)])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three turns under the retail policy."""
    path, memory, told = tmp_path / "events.jsonl", Memory(), list[e.Event]()
    for number, text in enumerate((COMPLAINT, "几点关门", "谢谢，解决了"), 1):
        decision = decide(Observation(text=text, language="zh", memory=memory), packaged("retail"))
        told += (
            e.TranscriptChanged(
                at=1.5, turn=number, text=text, final=True, language="zh", logprob=-0.25, no_speech=0.0
            ),
            chosen(decision, text, at=1.5, turn=number, failures=0),
            e.TurnEnded(at=2.0, turn=number, outcome="answered", reply="", heard=""),
        )
        memory = replace(decision.memory, apologised=memory.apologised)
    path.write_text("".join(f"{wire.encode(event)}\n" for event in told), encoding="utf-8")
    return path


class TestExplain:
    def test_everything_behind_a_decision_is_shown(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tingshuo("explain", COMPLAINT, "--scenario", "retail") == 0
        out = capsys.readouterr().out
        for part in (
            "complaint", "apologetic → professional → soothing", "runner-up", "intensity", "evidence", "because",
            "the model is told", "said first", "retail sha256:", "IndexTTS2", "emo_vector [0 0 0.14 0 0 0.12 0 0.3]",
            "espeak-ng", "pitch 44, range 42, rate 279, volume 93", "CosyVoice3", "<|endofprompt|>", "ms 260",
        ):  # fmt: skip
            assert part in out, part

    def test_evidence_is_numbered_under_its_words(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tingshuo("explain", COMPLAINT, "--scenario", "retail")
        words, marks, *rest = capsys.readouterr().out.splitlines()
        assert words == COMPLAINT
        (number,) = [
            found[1] for line in rest if (found := re.search(r"(\d) \+\d.*complaint: waited too long", line))
        ]
        first = columns(COMPLAINT[: COMPLAINT.index("等了")])
        assert marks[first] == number
        assert set(marks) <= set(" 123456789")

    def test_the_table_speaks_the_operators_language(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LANG", "zh_CN.UTF-8")
        tingshuo("explain", "谢谢", "--scenario", "retail")
        tingshuo("explain", "谢谢", "--scenario", "retail", "--language", "en")
        chinese, english = capsys.readouterr().out.split("谢谢\n", maxsplit=2)[1:]
        assert "策略" in chinese
        assert "policy" in english
        assert "策略" not in english

    def test_what_was_said_before_is_remembered(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tingshuo("explain", "那几点关门", "--history", "earlier.jsonl", "--json")
        made = json.loads(capsys.readouterr().out)
        assert (made["turn"], made["state"], made["style"]) == (2, "inquiry", "gentle")
        assert made["hysteresis"] == {"from": "gentle", "why": "grief in this visit"}

    def test_the_record_has_what_the_engines_are_given(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tingshuo(
            "explain", "thank you so much", "--policy", "site.toml", "--json", "--set", "tts.rate_en=200"
        )
        made = json.loads(capsys.readouterr().out)
        assert (made["style"], made["scenario"]) == ("cheerful", "retail")
        assert made["policy"] == compile_text(SITE, "x").hash
        assert set(made["engines"]) == {"open", "body", "close"}
        assert made["engines"]["open"]["espeak-ng"]["rate"] == 210

    def test_the_site_is_the_one_that_is_configured(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for setting in ("emotion.policy=site.toml", "emotion.scenario=retail"):
            assert tingshuo("explain", "谢谢", "--json", "--set", setting) == 0
        own, shipped = map(json.loads, capsys.readouterr().out.splitlines())
        assert (own["style"], shipped["style"]) == ("cheerful", "warm")

    def test_a_long_sentence_is_folded_with_its_marks(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tingshuo("explain", "请问" * 40 + COMPLAINT)
        lines = capsys.readouterr().out.partition("\n\n")[0].splitlines()
        assert all(columns(line) <= 76 for line in lines)
        assert (
            "".join(line for line in lines if not set(line) <= set(" 123456789")) == "请问" * 40 + COMPLAINT
        )

    @pytest.mark.parametrize("text", ["", " ", "🙂", "\n"])
    def test_words_that_say_nothing_are_explained_too(self, tingshuo: Tingshuo, text: str) -> None:
        assert tingshuo("explain", text) == 0


class TestReplay:
    def test_a_log_comes_out_as_it_was(
        self, tingshuo: Tingshuo, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tingshuo("replay", log) == 0
        out = capsys.readouterr().out
        assert out.endswith("3 decisions, all as they were logged\n")
        assert COMPLAINT in out
        assert "complaint → apologetic" in out

    def test_it_speaks_the_operators_language(
        self, tingshuo: Tingshuo, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tingshuo("replay", log, "--language", "zh")
        assert "投诉 → 致歉" in capsys.readouterr().out

    def test_the_first_decision_that_differs_is_shown(
        self, tingshuo: Tingshuo, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = log.read_text(encoding="utf-8").splitlines()
        lines[4] = re.sub(r'"style": "\w+"', '"style": "cheerful"', lines[4], count=1)
        log.write_text("\n".join(lines), encoding="utf-8")
        assert tingshuo("replay", log) == 1
        out = capsys.readouterr().out
        assert f"{log}:5: turn 2 comes out otherwise:" in out
        assert "  style: logged cheerful, now " in out

    def test_a_line_that_was_written_otherwise_is_not_the_same(
        self, tingshuo: Tingshuo, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log.write_text(log.read_text(encoding="utf-8").replace('"turn": 1', '"turn":1'), encoding="utf-8")
        assert tingshuo("replay", log) == 1
        assert "written otherwise" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("content", "code", "told"),
        [
            ("", "input.replay-empty", "holds no decision"),
            ('{"type": "VisitReset", "at": 1.0}\n', "input.replay-empty", "holds no decision"),
            ('{"type": "VisitReset", "at": 1.0}\nnonsense\n', "input.wire", "bad.jsonl:2: not a message"),
            (None, "input.unreadable", "No such file"),
        ],
    )
    def test_what_is_no_log_is_told(
        self,
        tingshuo: Tingshuo,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        content: str | None,
        code: str,
        told: str,
    ) -> None:
        if content is not None:
            (tmp_path / "bad.jsonl").write_text(content, encoding="utf-8")
        assert tingshuo("replay", "bad.jsonl") == 7
        err = capsys.readouterr().err
        assert f"error [{code}]" in err
        assert told in err
        assert "hint: " in err

    def test_a_log_of_a_policy_that_is_not_here_asks_for_it(
        self, tingshuo: Tingshuo, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = log.read_text(encoding="utf-8").replace(packaged("retail").hash, "sha256:0")
        log.write_text(text, encoding="utf-8")
        assert tingshuo("replay", log, "--policy", "site.toml") == 7
        assert "--policy" in capsys.readouterr().err


class TestDiff:
    def test_rows_that_flip_are_told_and_counted(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tingshuo("diff", "retail", "site.toml", "--on", "rows.jsonl") == 1
        out = capsys.readouterr().out
        assert re.search(r"a3 +thanks → warm +thanks → cheerful +thank you so much", out)
        assert out.endswith("3 rows, 1 decided otherwise: 0 in state, 1 in style\n")

    def test_nothing_that_flips_is_status_0(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tingshuo("diff", "retail", "retail", "--on", "rows.jsonl") == 0
        assert capsys.readouterr().out == "3 rows, none decided otherwise\n"

    def test_id_and_text_are_enough(self, tingshuo: Tingshuo, tmp_path: Path) -> None:
        (tmp_path / "bare.jsonl").write_text('{"id": "1", "text": "你好"}\n', encoding="utf-8")
        assert tingshuo("diff", "retail", "retail", "--on", "bare.jsonl") == 0

    def test_a_misspelt_scenario_is_told(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            tingshuo("diff", "retial", "site.toml", "--on", "rows.jsonl")
        assert ended.value.code == 2
        assert "did you mean retail?" in capsys.readouterr().err


class TestScore:
    def test_the_table_and_the_file(
        self, tingshuo: Tingshuo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tingshuo("score", "rows.jsonl", "--out", "decided.jsonl") == 0
        out = capsys.readouterr().out
        assert "3 rows, 100% decided" in out
        assert re.search(r"state right +1\.000 +1\.000", out)
        assert re.search(r"ms a decision +0\.\d+ +\d\.\d+ +p50; p99", out)
        assert all(line == line.rstrip() for line in out.splitlines())
        decided = [
            json.loads(line) for line in (tmp_path / "decided.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        assert [(row["id"], row["user_state"], row["style"]) for row in decided] == [
            ("a1", "complaint", "apologetic"), ("a2", "inquiry", "gentle"), ("a3", "thanks", "warm"),
        ]  # fmt: skip
        assert all(set(row) == {"id", "user_state", "style", "latency_ms"} for row in decided)
        assert all(row["latency_ms"] > 0 for row in decided)

    def test_a_policy_rules_over_the_rows_of_its_scenario(
        self, tingshuo: Tingshuo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows = [{**ROWS[2], "id": site, "scenario": site} for site in ("retail", "medical")]
        (tmp_path / "two.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        assert tingshuo("score", "two.jsonl", "--policy", "site.toml", "--out", "decided.jsonl") == 0
        assert capsys.readouterr().out.endswith("site.toml decided the 1 rows of retail\n")
        decided = [
            json.loads(line) for line in (tmp_path / "decided.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        assert [row["style"] for row in decided] == ["cheerful", "warm"]

    @pytest.mark.parametrize(
        ("change", "told"),
        [({"scenario": "retial"}, "did you mean retail?"), ({"user_state": "grieve"}, "did you mean grief?")],
    )
    def test_a_mistake_is_told_with_its_line(
        self,
        tingshuo: Tingshuo,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        change: dict[str, str],
        told: str,
    ) -> None:
        (tmp_path / "bad.jsonl").write_text(json.dumps({**ROWS[0], **change}), encoding="utf-8")
        assert tingshuo("score", "bad.jsonl") == 7
        err = capsys.readouterr().err
        assert "bad.jsonl:1: " in err
        assert told in err

    def test_a_file_that_cannot_be_written_is_told(
        self, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tingshuo("score", "rows.jsonl", "--out", "no/where.jsonl") == 8
        assert "no/where.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("action", ACTIONS)
def test_each_example_of_an_actions_help_can_be_typed(action: str) -> None:
    module = importlib.import_module(f"cli.emotion_{action}")
    examples = re.findall(rf"^  tingshuo (emotion {action}\b.*)$", module.EPILOG, re.MULTILINE)
    assert examples
    for example in examples:
        typed = re.split(r" {2,}| && ", example)[0]
        assert command_line.parser().parse_args(shlex.split(typed)).action == action


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"), ({"LANG": "C.UTF-8"}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"), ({"LANG": "de_DE", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)  # fmt: skip
def test_a_terminals_language_is_that_of_its_messages(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language


def test_progress_is_told_on_a_terminal_and_only_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(counted([1, 2, 3], "rows")) == [1, 2, 3]
    monkeypatch.setattr("cli.progress.PATIENCE", 0.0)
    assert list(counted([1, 2, 3], "rows")) == [1, 2, 3]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("cli.progress.EVERY", 0.0)
    assert list(counted([1, 2, 3], "rows")) == [1, 2, 3]
    assert capsys.readouterr().err == "\r1/3 rows\r2/3 rows\r3/3 rows\r\x1b[K"
