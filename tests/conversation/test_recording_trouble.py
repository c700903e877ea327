"""Recordings that were cut off, could not be written, or are replayed by another build."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from core import commands as c
from core import events as e
from core.errors import OutputError
from pipeline import recording as recording_module
from pipeline.config import Config
from pipeline.replay import read_session, replay
from pipeline.replay_diff import difference
from pipeline.session_file import SessionWriter
from tests.recorded_sessions import QUICK, assert_replays, of, record

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
