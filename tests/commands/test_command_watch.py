"""`tingshuo watch`: real readers of a real headless conversation, well or badly behaved, and commands from scripts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import events as e
from core import wire
from tests.commands.conftest import command, environment, failed

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120), pytest.mark.usefixtures("needs_models")]

HEADLESS = ("talk", "--events", "--text", "--silent", "--listen", "hall.socket")


@pytest.fixture
def hall(start):
    """A conversation that lets operators in."""
    running = start(*HEADLESS)
    running.read_until('{"type": "SessionStarted"')
    return running


def send(tingshuo, kind: str, **fields: object):
    return tingshuo("watch", "hall.socket", "--send", json.dumps({"type": kind, **fields}))


def ask(running, text: str) -> list:
    """Type something and wait for the answer's end: all events until then."""
    running.process.stdin.write(json.dumps({"type": "Ask", "text": text}) + "\n")
    return [wire.decode(line) for line in running.read_until('{"type": "TurnEnded"')]


def finish(running) -> list:
    """Quit; the rest of the events."""
    running.process.stdin.write('{"type": "Quit"}\n')
    out, err = running.process.communicate(timeout=60)
    assert running.process.returncode == 0, err
    assert "Traceback" not in err
    return [wire.decode(line) for line in out.splitlines()]


def watcher(tmp_path, *words):
    """A watcher in a process of its own."""
    return subprocess.Popen(
        command("watch", "hall.socket", *words),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


class TestWatching:
    def test_who_comes_late_sees_what_was_said_and_what_comes(self, hall, tmp_path):
        ask(hall, "where is the toilet")
        with watcher(tmp_path, "--plain") as late:
            while "first floor" not in late.stdout.readline():
                pass
            ask(hall, "几点关门")
            finish(hall)
            out, err = late.communicate(timeout=60)
        assert late.returncode == 0, err
        assert "Customer: 几点关门" in out
        assert not err

    def test_killed_and_stopped_watchers_change_nothing_for_the_customer(self, hall, tmp_path):
        with watcher(tmp_path, "--plain") as killed, watcher(tmp_path, "--plain") as stopped:
            for each in (killed, stopped):
                each.stdout.readline()
            killed.kill()
            stopped.send_signal(signal.SIGSTOP)
            for _ in range(2):
                began = time.monotonic()
                ended = ask(hall, "where is the toilet")[-1]
                assert ended.outcome == "answered"
                assert time.monotonic() - began < 30
            lags = [
                event for event in finish(hall) if isinstance(event, e.Gauge) and event.name == "loop_lag.p99"
            ]
            assert all(lag.value < 1.0 for lag in lags)
            stopped.send_signal(signal.SIGCONT)
            out, err = stopped.communicate(timeout=60)
            assert stopped.returncode == 0, err
            assert out.count("Agent:") >= 2

    def test_who_never_reads_is_told_what_was_missed(self, hall, tmp_path):
        from pipeline.attachment import attach

        attached = attach(tmp_path / "hall.socket")
        lines = attached.lines()
        assert isinstance(wire.decode(next(lines)), e.SessionStarted)
        events = []
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(hall.process.stdout.read)
            for _ in range(12):  # a headless session holds a thousand typed lines
                hall.process.stdin.write('{"type": "Mute"}\n' * 500)
                time.sleep(0.3)
            while not any(isinstance(event, e.EventsMissed) for event in events):
                events.append(wire.decode(next(lines)))
            hall.process.stdin.write('{"type": "Quit"}\n')
            events += map(wire.decode, lines)
            assert reading.result(60).count("MicrophoneMuted") == 6_000
        missed = sum(event.events for event in events if isinstance(event, e.EventsMissed))
        came = sum(isinstance(event, e.MicrophoneMuted | e.CommandTaken) for event in events)
        assert missed + came == 2 * 6_000 + 1, "and Quit"
        assert isinstance(events[-1], e.SessionEnded)
        order = [event.at for event in events if not isinstance(event, e.EventsMissed)]
        assert order == sorted(order)

    def test_measurements_come_to_those_who_watch(self, hall, tmp_path):
        from pipeline.attachment import attach

        attached = attach(tmp_path / "hall.socket")
        names = set()
        for line in attached.lines():
            event = wire.decode(line)
            if isinstance(event, e.Gauge):
                names.add(event.name)
                if event.name == "memory.resident":
                    break
        attached.close()
        assert {"loop_lag", "loop_lag.p99", "playout.depth", "link.asked.depth"} <= names
        finish(hall)

    def test_it_needs_somebody_to_watch(self, tingshuo, tmp_path):
        assert "--listen" in failed(tingshuo("watch", "nobody.socket"), 7, "input.no-session")
        nobody = failed(tingshuo("watch", more={"XDG_STATE_HOME": str(tmp_path)}), 7, "input.no-session")
        assert f"{tmp_path}/tingshuo/talk.socket" in nobody
        assert "`tingshuo talk` starts one" in nobody

    def test_a_session_that_was_killed_has_ended(self, hall, tingshuo, start):
        os.killpg(hall.process.pid, signal.SIGKILL)
        hall.process.wait()
        assert "has ended" in failed(tingshuo("watch", "hall.socket"), 7, "input.no-session")
        again = start(*HEADLESS)
        again.read_until('{"type": "SessionStarted"')
        finish(again)

    def test_two_conversations_do_not_share_a_socket(self, hall, tingshuo):
        assert "tingshuo watch" in failed(tingshuo(*HEADLESS), 8, "output.socket-taken")
        assert ask(hall, "where is the toilet")[-1].outcome == "answered"

    def test_the_setting_means_the_same_as_the_option(self, start, tingshuo):
        running = start("talk", "--plain", "--text", "--silent", "--set", "session.socket=hall.socket")
        running.read_until("demo models")
        more = {"TINGSHUO_SESSION__SOCKET": "hall.socket"}
        done = tingshuo("watch", "--send", '{"type": "Say", "text": "hello"}', more=more)
        assert done.returncode == 0, done.stderr
        running.process.stdin.write("/quit\n")
        out, _ = running.process.communicate(timeout=60)
        assert "Agent: hello" in out


class TestSending:
    def test_what_is_taken_is_in_force(self, hall, tingshuo):
        for kind, fields in (("Mute", {}), ("TakeOver", {}), ("ChooseVoice", {"voice": "f3"})):
            done = send(tingshuo, kind, **fields)
            assert done.returncode == 0, done.stderr
            assert not done.stdout + done.stderr
        events = finish(hall)
        taken = [event.command for event in events if isinstance(event, e.CommandTaken)]
        assert taken == ["Mute", "TakeOver", "ChooseVoice", "Quit"]
        assert [event.operator for event in events if isinstance(event, e.ControlChanged)] == [True]

    def test_what_is_refused_says_why_and_what_to_do(self, hall, tingshuo):
        stderr = failed(send(tingshuo, "SaveSession"), 7, "input.refused")
        assert "nothing is being recorded" in stderr
        stderr = failed(send(tingshuo, "SwitchScenario", scenario="moon"), 7, "input.refused")
        assert "retail" in stderr
        finish(hall)

    @pytest.mark.parametrize(
        "words", ["nonsense", '{"type": "Say"}', '{"type": "SessionEnded", "at": 1.0, "reason": ""}']
    )
    def test_what_is_no_command_is_not_sent(self, hall, tingshuo, words):
        failed(tingshuo("watch", "hall.socket", "--send", words), 7, "input.wire")

    def test_quit_is_a_command_like_any_other(self, hall, tingshuo):
        assert tingshuo("watch", "hall.socket", "--send", "Quit").returncode == 0
        out, _ = hall.process.communicate(timeout=60)
        assert hall.process.returncode == 0
        assert isinstance(wire.decode(out.splitlines()[-1]), e.SessionEnded)
