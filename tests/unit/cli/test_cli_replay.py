"""replay and report: what they print, what they write, and what they refuse."""

from __future__ import annotations

import json
import stat
from html.parser import HTMLParser
from time import perf_counter

import pytest

from cli import screen
from cli.main import main
from cli.played import Played
from core import events as e
from core import wire
from core.commands import Mute
from core.errors import OutputError
from pipeline.replay import read_session
from tests.recorded_sessions import record

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A session file and the events that were recorded."""
    file = tmp_path_factory.mktemp("recorded") / "talk.session.tar"
    return file, record(file, None)


def test_the_same_events_come_out_every_time(recorded, tmp_path, capsys):
    file, events = recorded
    for name in ("one", "two"):
        assert main(["replay", str(file), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").read_text(encoding="utf-8").splitlines() == events
    assert "byte for byte" in capsys.readouterr().out


def test_another_log_is_compared_event_by_event(recorded, tmp_path, capsys):
    file, events = recorded
    other = tmp_path / "other.jsonl"
    other.write_text("\n".join([*events[:-1], wire.encode(e.VisitReset(at=99.0))]) + "\n", encoding="utf-8")
    assert main(["replay", str(file), "--diff", str(other)]) == 1
    told = capsys.readouterr().out
    assert f"event {len(events)} of {len(events)}" in told
    assert "VisitReset: 1 before, 0 now" in told
    assert '+SessionEnded reason="finished"' in told
    assert main(["replay", str(file), "--diff", str(file)]) == 0


def test_the_same_events_at_other_times_are_told_apart_from_other_events(recorded, tmp_path, capsys):
    file, events = recorded
    last = json.loads(events[-1])
    other = tmp_path / "other.jsonl"
    lines = [*events[:-1], json.dumps({**last, "at": last["at"] + 0.5})]
    other.write_text("\n".join(lines), encoding="utf-8")
    assert main(["replay", str(file), "--diff", str(other)]) == 1
    told = capsys.readouterr().out
    assert "only times differ, by 500.000 ms at most" in told
    assert "  in at" in told


def test_it_is_shown_in_its_own_time_as_sentences_or_events(recorded, capsys):
    file, events = recorded
    assert main(["replay", str(file), "--speed", "500"]) == 0
    assert "你们几点上班" in capsys.readouterr().out
    assert main(["replay", str(file), "--speed", "500", "--events"]) == 0
    assert capsys.readouterr().out.splitlines() == events


@pytest.mark.parametrize("speed", ["0", "fast", "-1"])
def test_a_speed_that_is_none_is_wrong_usage(recorded, speed, capsys):
    with pytest.raises(SystemExit) as refused:
        main(["replay", str(recorded[0]), f"--speed={speed}"])
    assert refused.value.code == 2
    assert "is no speed" in capsys.readouterr().err


def test_a_file_that_is_cut_short_replays_as_far_as_it_goes_and_says_so(recorded, tmp_path, capsys):
    whole = recorded[0].read_bytes()
    cut = tmp_path / "cut.session.tar"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    assert main(["replay", str(cut)]) == 0
    assert "is cut short after" in capsys.readouterr().err
    assert main(["report", str(cut)]) == 0
    assert (tmp_path / "cut.html").exists()


def test_what_cannot_be_replayed_is_refused_with_a_code_and_a_hint(recorded, tmp_path, capsys):
    whole = recorded[0].read_bytes()
    cases = {
        "input.session-damaged": whole.replace(b'"kind":"frame"', b'"kind":"frome"', 1),
        "input.session-kind": b"RIFF....WAVE" + bytes(600),
        "input.session-cut-short": whole[:100],
    }
    for code, content in cases.items():
        path = tmp_path / "bad.session.tar"
        path.write_bytes(content)
        for command in ("replay", "report"):
            assert main([command, str(path)]) == 7
            told = capsys.readouterr().err
            assert f"error [{code}]" in told
            assert "hint:" in told


def test_settings_of_another_version_are_named(tmp_path, capsys, monkeypatch):
    file = tmp_path / "talk.session.tar"
    monkeypatch.setattr(
        "tests.recorded_sessions.header_of", lambda *_: {"product": "9.9", "policy": None, "config": {}}
    )
    record(file, None)
    assert main(["replay", str(file)]) == 7
    told = capsys.readouterr().err
    assert "error [input.session-settings]" in told
    assert "9.9" in told


def test_a_log_with_a_line_that_is_no_event_is_refused_with_its_number(recorded, tmp_path, capsys):
    other = tmp_path / "other.jsonl"
    other.write_text(f"{recorded[1][0]}\nnothing\n")
    assert main(["replay", str(recorded[0]), "--diff", str(other)]) == 7
    assert f"{other}:2:" in capsys.readouterr().err


def test_words_may_hold_what_breaks_lines_elsewhere(recorded, tmp_path, capsys):
    file, events = recorded
    log = tmp_path / "log.jsonl"
    said = wire.encode(e.PolicyChanged(at=99.0, policy="sha256:0", error="one\u2028two\x85three"))
    log.write_text("\n".join([*events, said]) + "\n", encoding="utf-8")
    assert main(["replay", str(file), "--diff", str(log)]) == 1
    assert "PolicyChanged: 1 before, 0 now" in capsys.readouterr().out


def test_a_log_that_cannot_be_written_is_one_error(recorded, tmp_path, capsys):
    assert main(["replay", str(recorded[0]), "--out", str(tmp_path)]) == 8
    assert main(["report", str(recorded[0]), "--out", str(tmp_path)]) == 8
    assert "error [output]" in capsys.readouterr().err


class Page(HTMLParser):
    """Addresses that a page refers to, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data):
        self.words += data


def test_the_report_holds_words_and_sound_and_refers_to_nothing_outside(recorded, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["report", str(recorded[0]), "--out", str(page)]) == 0
    assert str(page) in capsys.readouterr().out
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    parsed = Page()
    parsed.feed(page.read_text(encoding="utf-8"))
    parsed.close()
    assert "你们几点上班" in parsed.words
    assert len(parsed.addresses) == 1
    assert all(address.startswith("data:audio/wav;base64,UklGR") for address in parsed.addresses)


def test_on_a_terminal_it_is_shown_on_the_screen_and_can_be_left_at_any_time(recorded, monkeypatch):
    shown = []

    def watch(feed, language):
        events = feed.events()
        shown.append(type(next(events)).__name__)
        with pytest.raises(OutputError, match="a recording takes no Mute"):
            feed.send(Mute())
        feed.close()
        shown.extend(events)
        return 0

    monkeypatch.setattr(screen, "wanted", lambda stdin, stdout: True)
    monkeypatch.setattr(screen, "watch", watch)
    assert main(["replay", str(recorded[0]), "--speed", "1"]) == 0
    assert shown == ["SessionStarted"]


def test_played_events_come_in_their_order_and_in_their_time(recorded):
    lines = read_session(recorded[0]).events
    begun = perf_counter()
    feed = Played(lines, 50.0)
    playing = feed.events()
    events = [next(playing) for _ in lines]
    assert [type(event).__name__ for event in events] == [json.loads(line)["type"] for line in lines]
    assert perf_counter() - begun >= events[-1].at / 50.0
    feed.close()
    assert list(playing) == []
