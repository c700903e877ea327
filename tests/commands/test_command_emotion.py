"""`tingshuo emotion`: logs of real conversations are decided again, and what goes wrong is told in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import events as e

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[2]
TOILET = HOUSE / "models" / "demo" / "conversation" / "05-barge-in.wav"
ROW = {
    "id": "1", "scenario": "retail", "text": "我等了两个小时，根本没人管", "user_state": "complaint",
    "preferred_styles": ["apologetic"], "acceptable_styles": ["apologetic", "soothing"], "forbidden_styles": ["cheerful"],
}  # fmt: skip


def test_the_demos_log_is_decided_again_to_the_byte(tingshuo, demo):
    done = tingshuo("emotion", "replay", demo.out / "events.jsonl")
    assert done.returncode == 0, done.stdout + done.stderr
    decisions = [event for event in demo.events if isinstance(event, e.DeliveryChosen)]
    assert f"{len(decisions)} decisions, all as they were logged" in done.stdout
    assert not done.stderr


@pytest.mark.usefixtures("needs_models")
def test_the_log_of_a_recording_is_decided_again_under_the_sites_own_policy(tingshuo, tmp_path):
    (tmp_path / "site.toml").write_text(
        'schema = 1\nscenario = "retail"\nstates.inquiry.style.default = "warm"\n', encoding="utf-8"
    )
    words = ("run", "--in", TOILET, "--out", "both.wav", "--events", "--set", "emotion.policy=site.toml")
    (tmp_path / "events.jsonl").write_text(tingshuo(*words).stdout, encoding="utf-8")
    done = tingshuo("emotion", "replay", "events.jsonl", "--policy", "site.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "where is the toilet" in done.stdout
    assert "inquiry → warm" in done.stdout
    told = tingshuo("emotion", "replay", "events.jsonl")
    assert told.returncode == 7
    assert "--policy" in told.stderr


def test_a_log_that_was_edited_is_found_out(tingshuo, tmp_path, demo):
    lines = (demo.out / "events.jsonl").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if '"DeliveryChosen"' in line)
    lines[at] = lines[at].replace('"escalation": "none"', '"escalation": "now"')
    (tmp_path / "events.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = tingshuo("emotion", "replay", "events.jsonl")
    assert done.returncode == 1
    assert f"events.jsonl:{at + 1}: turn 1 comes out otherwise:" in done.stdout
    assert "escalation: logged now, now none" in done.stdout


def test_a_decision_is_explained_in_the_operators_language(tingshuo):
    words = ("emotion", "explain", "我等了两个小时，根本没人管")
    assert "投诉" in tingshuo(*words, more={"LC_ALL": "zh_CN.UTF-8"}).stdout
    done = tingshuo(*words)
    assert done.returncode == 0
    assert "complaint" in done.stdout
    assert not done.stderr


@pytest.mark.usefixtures("needs_models")
@pytest.mark.parametrize(
    ("words", "more"), [((), {"LC_ALL": "zh_CN.UTF-8"}), (("--set", "session.operator_language=zh"), {})]
)
def test_a_conversation_is_told_in_the_operators_language(tingshuo, words, more):
    held = tingshuo("run", "--in", TOILET, "--out", "both.wav", *words, more=more)
    assert "询问 → " in held.stdout, held.stderr


@pytest.mark.parametrize(
    ("words", "content", "code", "told"),
    [
        (("score", "rows.jsonl"), "", "input.rows-empty]", "holds nothing"),
        (("score", "rows.jsonl"), "{}\n{oops\n", "input.rows]", "rows.jsonl:2: not JSON"),
        (("score", "rows.jsonl"), json.dumps({**ROW, "scenario": "retial"}), "input.rows]", "did you mean retail?"),
        (("diff", "retail", "medical", "--on", "rows.jsonl"), "[]", "input.rows]", "rows.jsonl:1: not an object"),
        (("explain", "嗯", "--history", "rows.jsonl"), '{"role": "usr", "text": "x"}', "input.history]", "did you mean user?"),
        (("replay", "rows.jsonl"), "{}", "input.wire]", "rows.jsonl:1: "),
        (("replay", "nowhere.jsonl"), "", "input.unreadable]", "nowhere.jsonl"),
    ],
)  # fmt: skip
def test_a_file_with_mistakes_is_told_with_the_line(tingshuo, failed, tmp_path, words, content, code, told):
    (tmp_path / "rows.jsonl").write_text(content, encoding="utf-8")
    assert told in failed(tingshuo("emotion", *words), 7, code)


def test_a_policy_that_is_missing_is_told(tingshuo, failed, tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROW), encoding="utf-8")
    failed(tingshuo("emotion", "diff", "retail", "nowhere.toml", "--on", "rows.jsonl"), 3, "config.policy]")


def test_control_c_ends_a_long_scoring_quietly(start, tmp_path):
    rows = "".join(f"{json.dumps({**ROW, 'id': str(number)})}\n" for number in range(60_000))
    (tmp_path / "rows.jsonl").write_text(rows, encoding="utf-8")
    (tmp_path / "own.toml").write_text('schema = 1\nscenario = "retail"\n', encoding="utf-8")
    running = start("emotion", "score", "rows.jsonl", "--out", "decided.jsonl")
    with pytest.raises(Exception, match="timed out"):
        running.process.wait(3)
    done = running.stop()
    assert done.returncode == 130
    assert done.stderr == "\nstopped\n"
    assert not (tmp_path / "decided.jsonl").exists()


@pytest.mark.parametrize("action", ["explain", "check", "replay", "diff", "score"])
def test_each_action_teaches_by_example(tingshuo, action):
    done = tingshuo("emotion", action, "--help")
    assert done.returncode == 0
    assert f"usage: tingshuo emotion {action}" in done.stdout
    assert f"\n  tingshuo emotion {action} " in done.stdout.partition("\nexamples:\n")[2]
