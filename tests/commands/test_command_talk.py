"""`tingshuo talk` without a sound card: typed lines, or commands in and events out; and Ctrl-C."""

from __future__ import annotations

import json
import time
import wave
from pathlib import Path

import pytest

from core import events as e

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120), pytest.mark.usefixtures("needs_models")]

TYPED = ("talk", "--text", "--silent")
HEADLESS = ("talk", "--events", "--text", "--silent")


class TestTyping:
    def test_lines_are_obeyed_in_order_until_quit(self, tingshuo):
        done = tingshuo(*TYPED, typed="几点关门\n\n/reset\n/quit\n我还有问题\n")
        assert done.returncode == 0, done.stderr
        assert not done.stderr
        expected = ["demo models; ", "Customer: 几点关门", "Agent: ", "New customer."]
        places = [done.stdout.index(words) for words in expected]
        assert places == sorted(places)
        assert "我还有问题" not in done.stdout

    def test_the_end_of_input_ends_it_after_the_last_answer(self, tingshuo):
        done = tingshuo(*TYPED, "--plain", typed="where is the toilet")
        assert done.returncode == 0, done.stderr
        assert "first floor" in done.stdout
        assert "first sound after" not in done.stdout

    def test_a_file_may_be_typed(self, tingshuo, tmp_path):
        (tmp_path / "lines").write_text("/say hello\n", encoding="utf-8")
        done = tingshuo(*TYPED, before=("sh", "-c", 'exec "$@" < lines', "sh"))
        assert done.returncode == 0, done.stderr
        assert "Agent: hello" in done.stdout

    @pytest.mark.parametrize("stdin", ["< /dev/null", "<&-"], ids=["from nowhere", "closed"])
    def test_nothing_typed_is_no_conversation(self, tingshuo, stdin):
        done = tingshuo(*TYPED, before=("sh", "-c", f'exec "$@" {stdin}', "sh"))
        assert done.returncode == 0, done.stderr
        assert "Customer:" not in done.stdout


class TestHeadless:
    def test_stdout_holds_events_alone_and_bad_lines_are_told_and_ignored(self, tingshuo, read_events, said):
        lines = [
            "this is not JSON",
            json.dumps({"type": "SessionEnded", "at": 1.0, "reason": "an event"}),
            json.dumps({"type": "Ask", "words": "wrong field"}),
            json.dumps({"type": "Ask", "text": "where is the toilet"}),
            json.dumps({"type": "Quit"}),
        ]
        done = tingshuo(*HEADLESS, typed="\n".join(lines) + "\n")
        assert done.returncode == 0, done.stderr
        events = read_events(done.stdout)
        assert isinstance(events[0], e.SessionStarted)
        assert isinstance(events[-1], e.SessionEnded)
        (turn,) = said(events).values()
        assert turn["customer"] == "where is the toilet"
        assert turn["outcome"] == "answered"
        assert done.stderr.count("ignored") == 3
        assert "Traceback" not in done.stderr

    def test_words_may_be_spoken_and_the_visit_reset(self, tingshuo, read_events):
        lines = ['{"type": "Say", "text": "hello"}', '{"type": "Mute"}', '{"type": "Unmute"}']
        done = tingshuo(*HEADLESS, typed="\n".join(lines) + "\n")
        events = read_events(done.stdout)
        assert [event.muted for event in events if isinstance(event, e.MicrophoneMuted)] == [True, False]
        (ended,) = [event for event in events if isinstance(event, e.TurnEnded)]
        assert (ended.outcome, ended.reply) == ("answered", "hello")


class TestControlC:
    def test_while_typing_it_stops_at_once_and_leaves_nobody_behind(self, start):
        running = start(*TYPED)
        running.read_until("demo models")
        running.process.stdin.write("where is the toilet\n")
        running.read_until("     ")
        done = running.stop()
        assert done.returncode == 130
        assert done.stderr.strip() == "stopped"
        assert not running.somebody_left

    def test_headless_it_ends_the_stream_with_its_last_event(self, start, read_events):
        running = start(*HEADLESS)
        running.read_until('{"type": "SessionStarted"')
        done = running.stop()
        assert done.returncode == 130
        assert "Traceback" not in done.stderr
        last = read_events(done.stdout)[-1]
        assert isinstance(last, e.SessionEnded)
        assert last.reason == "stopped"
        assert not running.somebody_left

    def test_in_the_demo_it_leaves_a_recording_and_a_log_that_are_whole(self, start, tmp_path, read_events):
        running = start("demo", "--realtime")
        running.read_until("    ")
        done = running.stop()
        assert done.returncode == 130
        assert done.stderr.strip() == "stopped"
        assert not running.somebody_left
        events = read_events((tmp_path / "out/demo/events.jsonl").read_text(encoding="utf-8"))
        assert isinstance(events[-1], e.SessionEnded)
        assert events[-1].reason == "stopped"
        with wave.open(str(tmp_path / "out/demo/conversation.wav"), "rb") as file:
            assert file.getnframes() / file.getframerate() == pytest.approx(events[-1].at, abs=1.5)

    def test_while_loading_it_stops_as_quietly(self, start):
        running = start("demo")
        maps = Path(f"/proc/{running.process.pid}/maps")
        if not maps.exists():
            pytest.skip("needs /proc to see how far the program has come")
        while "espeak" not in maps.read_text():  # the voice comes first, then the models
            time.sleep(0.01)
        done = running.stop()
        assert done.returncode == 130
        assert "Traceback" not in done.stderr
        assert not done.stdout
        assert not running.somebody_left
