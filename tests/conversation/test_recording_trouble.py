"""Recordings that were cut off, could not be written, or are replayed by another build."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import threading
import time

import pytest

from core import commands as c
from core import events as e
from core.clock import LoopClock, patient_loop
from core.errors import InputError, OutputError
from pipeline import recording as recording_module
from pipeline.bus import Bus
from pipeline.config import Config
from pipeline.lane import ThreadLane
from pipeline.replay import read_session, replay
from pipeline.replay_diff import difference
from pipeline.session_file import SessionWriter
from tests.recorded_sessions import QUICK, RATE, assert_replays, of, record

pytestmark = pytest.mark.conversation


@pytest.fixture
def file(tmp_path):
    return tmp_path / "talk.session.tar"


def test_a_file_that_cannot_be_written_ends_the_session_as_it_was_ended(file):
    async def script(talk):
        talk.session.obey(c.Ask(text="我等了两个小时"))
        await talk.until(e.PlaybackStarted)
        talk.abort.set_result(OutputError("the disk is full"))
        await talk.clock.sleep(60)

    recorded = record(file, script)
    assert of(recorded, e.TurnEnded)[0].outcome == "interrupted"
    assert_replays(file, recorded)


def test_a_process_that_was_killed_loses_at_most_a_second(file):
    async def script(talk):
        await talk.customer()
        await talk.until(e.PlaybackStarted)
        await talk.clock.sleep(1.0)

    recorded = record(file, script, close=False)
    session = read_session(file)
    assert not session.complete
    assert json.loads(recorded[-1])["at"] - session.seconds <= 1.1
    assert list(session.events) == recorded[: len(session.events)]
    assert list(replay(session).events) == list(session.events)


def test_a_cut_at_every_part_replays_as_far_as_it_goes(file, tmp_path):
    async def script(talk):
        await talk.customer()
        await talk.until(e.PlaybackStarted)
        await talk.customer()
        await talk.until(e.TurnEnded, 2)

    record(file, script)
    whole = file.read_bytes()
    cut = tmp_path / "cut.session.tar"
    for share in range(2, 20):
        cut.write_bytes(whole[: len(whole) * share // 20])
        session = read_session(cut)
        assert list(replay(session).events) == list(session.events)


def test_a_full_disk_ends_the_recording_and_not_the_conversation(file, monkeypatch, caplog):
    append, parts = SessionWriter.append, []

    def fill(self, part):
        parts.append(part)
        if len(parts) > 3:
            raise OutputError(
                "cannot write: No space left on device", code="session-file", hint="free some space"
            )
        append(self, part)

    monkeypatch.setattr(SessionWriter, "append", fill)

    async def script(talk):
        for number in (1, 2):
            await talk.customer()
            await talk.until(e.TurnEnded, number)

    with caplog.at_level(logging.WARNING, recording_module.__name__):
        recorded = record(file, script)
    assert [event.on for event in of(recorded, e.Recording)] == [True, False]
    assert [event.outcome for event in of(recorded, e.TurnEnded)] == ["answered", "answered"]
    assert "No space left" in caplog.text
    assert of(read_session(file).events, e.SessionStarted)


def test_a_build_that_asks_otherwise_says_so_and_comes_to_an_end(file, monkeypatch):
    async def script(talk):
        talk.session.obey(c.Ask(text="我等了两个小时还没人管"))
        await talk.until(e.TurnEnded)

    recorded = record(file, script)
    monkeypatch.setattr("pipeline.turn.prompt.build", lambda *_: ())
    replayed = replay(read_session(file))
    assert replayed.made_up > 0
    assert replayed.unused > 0
    found = difference(recorded, replayed.events)
    assert found is not None
    assert ("TurnFailed", 0, 1) in found.counts
    assert of(replayed.events, e.TurnFailed)[0].code == "llm.replay"


def test_a_build_that_cuts_sentences_otherwise_still_speaks(file, monkeypatch):
    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.TurnEnded)

    record(file, script)
    from tts.sentences import SentenceCutter

    feed = SentenceCutter.feed
    monkeypatch.setattr(SentenceCutter, "feed", lambda self, text: feed(self, text.replace("，", "、")))
    replayed = replay(read_session(file))
    assert replayed.made_up > 0
    assert of(replayed.events, e.TurnEnded)[0].outcome == "answered"
    assert of(replayed.events, e.SentenceReady)[0].text.startswith("九点上班、")


def test_recording_needs_a_loop_that_can_be_at_rest(file):
    async def main():
        recording_module.Recording(clock=None, bus=None, writer=None, lane=None, rates=(1, 1))

    with pytest.raises(AssertionError, match="at rest"):
        asyncio.run(main())


def test_the_default_is_not_to_record():
    assert not Config().recording.on
    assert not QUICK.recording.on


def test_once_it_cannot_be_written_a_session_cannot_be_saved(file, monkeypatch):
    def fill(self, part):
        raise OutputError(
            "cannot write: No space left on device", code="session-file", hint="free some space"
        )

    monkeypatch.setattr(SessionWriter, "append", fill)

    async def script(talk):
        talk.session.obey(c.Ask(text="我等了两个小时"))
        await talk.until(e.TurnEnded)
        talk.session.obey(c.SaveSession())
        talk.session.obey(c.SaveSession())
        await talk.until(e.CommandRefused, 2)

    recorded = record(file, script)
    assert [event.code for event in of(recorded, e.CommandRefused)] == ["output.session-file"] * 2
    assert not of(recorded, e.SessionSaved)


def test_a_disk_that_does_not_answer_holds_up_the_end_for_a_while_only(file, monkeypatch):
    monkeypatch.setattr(recording_module, "PATIENCE", 0.05)
    asked, answer = threading.Event(), threading.Event()

    class Disk:
        path = file
        closed = False

        def append(self, part):
            asked.set()
            answer.wait(10)

        def close(self):
            self.closed = True

    class Impatient(ThreadLane):
        def close(self, timeout=0.05):
            super().close(timeout)

    disk = Disk()

    async def main():
        clock = LoopClock()
        lane = Impatient("recording", clock)
        recording = recording_module.Recording(
            clock=clock, bus=Bus(), writer=disk, lane=lane, rates=(RATE, RATE)
        )
        recording.save()
        await asyncio.to_thread(asked.wait, 10)
        began = time.perf_counter()
        recording.close()
        assert time.perf_counter() - began < 2
        answer.set()
        lane.close(5.0)

    with asyncio.Runner(loop_factory=patient_loop) as runner:
        runner.run(main())
    assert not disk.closed


def test_a_journal_without_a_beginning_is_damage_and_one_without_anything_was_cut_short(file):
    record(file, None)
    session = read_session(file)
    for entries, code in ((session.entries[1:], "session-damaged"), ((), "session-cut-short")):
        with pytest.raises(InputError) as refused:
            replay(dataclasses.replace(session, entries=entries))
        assert refused.value.code == f"input.{code}"


def test_a_microphone_that_is_lost_where_nobody_else_asks_ends_the_replay_too(file):
    recorded = record(file, None, lost=True)
    assert [event.code for event in of(recorded, e.DeviceLost)] == ["device.lost"]
    assert_replays(file, recorded)


def test_a_save_that_the_recording_does_not_hold_is_refused(file):
    async def script(talk):
        talk.session.obey(c.SaveSession())
        await talk.until(e.SessionSaved)

    record(file, script)
    session = read_session(file)
    for entry in session.entries:
        entry.readings.pop("saved", None)
    (refused,) = of(replay(session).events, e.CommandRefused)
    assert refused.code == "output.not-recorded"


def test_a_build_that_says_more_than_was_recorded_is_heard_as_far_as_the_recording_goes(file, monkeypatch):
    more = "节假日请看门口贴着的公告。您还可以打电话来问我们的值班人员。"

    async def script(talk):
        talk.session.obey(c.Ask(text="你们几点上班"))
        await talk.until(e.TurnEnded)

    recorded = record(file, script)
    from tts.sentences import SentenceCutter

    feed = SentenceCutter.feed
    monkeypatch.setattr(
        SentenceCutter, "feed", lambda self, text: feed(self, text.replace("休息。", f"休息。{more}"))
    )
    replayed = replay(read_session(file)).events
    assert len(of(replayed, e.SentenceReady)) > len(of(recorded, e.SentenceReady))
    (was,), (now,) = of(recorded, e.TurnEnded), of(replayed, e.TurnEnded)
    assert now.heard.startswith(was.heard)
