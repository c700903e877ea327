"""Recorded conversations: real voice detection, playout and recorder, fake engines, waiting skipped."""

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from audio.playout import FADE
from audio.wavfile import read_wav
from core import events as e
from core import wire
from core.audio import Onset, Suspicion, Utterance, Waveform, to_pcm
from core.errors import OutputError
from core.timeline import fold
from llm.fake import FakeModel
from llm.knowledge import Knowledge
from llm.knowledge_entry import Entry
from pipeline import assembly, recorded
from pipeline.assembly import Engines
from pipeline.config import Config
from pipeline.keeper import Files
from pipeline.recorded import Line
from pipeline.rehearsal import SCRIPT, demo_lines, peaks
from pipeline.replay import read_session
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.conversation

STALL = 0.3
"""Seconds that a busy machine may hold the loop up: an event is then later than the sound it tells of."""
VOICE = read_wav(SCRIPT.parent / "01-inquiry.wav")
HOURS = Entry(
    id="hours",
    language="zh",
    questions=("你们几点上班",),
    answer="九点上班，五点下班，周末休息，节假日请看公告。",
)


@pytest.fixture
def engines():
    made = Engines(
        recognizer=FakeRecognizer(["你们几点上班", "你好", "谢谢"]),
        model=FakeModel(("好的。",)),
        voice=FakeSynthesizer(),
        knowledge=Knowledge([HOURS]),
        demo=False,
    )
    yield made
    made.close()


def stereo(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path), "rb") as file:
        assert file.getnchannels() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
        return samples / 32_768, file.getframerate()


def test_customers_speak_in_turn_and_both_sides_are_recorded_in_real_timing(engines, tmp_path):
    files = Files(recording=tmp_path / "both.wav", log=tmp_path / "events.jsonl")
    told = []
    announced = []
    lines = [Line(waveform=VOICE, shows="first"), Line(waveform=VOICE, shows="second")]
    events = recorded.hold(Config(), engines, lines, files, told.append, announce=announced.append)
    turns = fold(events)
    assert [turn.outcome for turn in turns] == ["answered", "answered"]
    assert told == events
    assert announced == lines
    samples, rate = stereo(files.recording)
    ended = events[-1].at
    assert len(samples) / rate == pytest.approx(ended, abs=STALL)
    for turn in turns:
        spoken = samples[round(turn.voiced_from * rate) : round(turn.voiced_until * rate), 0]
        replied = samples[round((turn.playback_started + 0.05) * rate) : round(turn.playback_ended * rate), 1]
        before = samples[round(turn.voiced_until * rate) : round((turn.playback_started - STALL) * rate), 1]
        assert np.abs(spoken).max() > 0.05
        assert np.abs(replied).max() > 0.05
        assert np.abs(before).max() < 0.01
    logged = [wire.decode(line) for line in files.log.read_text(encoding="utf-8").splitlines()]
    assert [type(event) for event in logged] == [type(event) for event in events]


def test_a_line_over_the_reply_is_a_barge_in_and_silences_the_agents_side(engines, tmp_path):
    files = Files(recording=tmp_path / "both.wav")
    lines = [Line(waveform=VOICE), Line(waveform=VOICE, barge_in=0.8)]
    events = recorded.hold(Config(), engines, lines, files)
    (barge_in,) = [event for event in events if isinstance(event, e.BargeIn)]
    assert HOURS.answer.startswith(barge_in.heard)
    assert 4 <= len(barge_in.heard) < len(HOURS.answer)
    first, second = fold(events)
    samples, rate = stereo(files.recording)
    quiet = samples[round((barge_in.at + 0.06) * rate) : round((second.playback_started - STALL) * rate), 1]
    assert np.abs(quiet).max() == 0.0
    assert barge_in.at - second.voiced_from < 0.3 + STALL
    assert first.outcome == "interrupted"


def test_the_next_customer_inherits_nothing_and_a_session_file_holds_both(engines, tmp_path):
    files = Files(recording=tmp_path / "both.wav", session=tmp_path / "talk.session.tar")
    lines = [Line(waveform=VOICE), Line(waveform=VOICE, new_customer=True)]
    events = recorded.hold(Config(), engines, lines, files)
    kinds = [type(event) for event in events]
    reset = kinds.index(e.VisitReset)
    assert kinds[:reset].count(e.TurnEnded) == kinds[reset:].count(e.TurnEnded) == 1
    session = read_session(files.session)
    assert session.header["source"] == "script"
    assert list(session.events) == [wire.encode(event) for event in events]


def test_a_whole_recording_is_answered_until_its_end(engines, tmp_path):
    pause = np.zeros(16_000 * 5, np.float32)
    customer = Waveform(np.concatenate([VOICE.samples, pause, VOICE.samples]), VOICE.rate)
    events = recorded.answer(Config(), engines, customer, Files(recording=tmp_path / "both.wav"))
    assert [turn.outcome for turn in fold(events)] == ["answered", "answered"]
    assert isinstance(events[-1], e.SessionEnded)


def test_silence_is_answered_with_silence(engines, tmp_path):
    silence = Waveform(np.zeros(16_000 * 3, np.float32), 16_000)
    events = recorded.answer(Config(), engines, silence, Files(recording=tmp_path / "both.wav"))
    assert fold(events) == ()
    samples, _ = stereo(tmp_path / "both.wav")
    assert not samples.any()


def test_a_full_disk_is_said_and_leaves_nothing_running(engines, tmp_path):
    with pytest.raises(OutputError):
        recorded.hold(Config(), engines, [Line(waveform=VOICE)], Files(recording=Path("/dev/full")))
    full = tmp_path / "events.jsonl"
    full.symlink_to("/dev/full")
    with pytest.raises(OutputError) as refused:
        recorded.hold(
            Config(), engines, [Line(waveform=VOICE)], Files(recording=tmp_path / "x.wav", log=full)
        )
    assert refused.value.code == "output.disk"
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutputError):
        recorded.hold(
            Config(), engines, [], Files(recording=tmp_path / "x.wav", log=blocked / "events.jsonl")
        )


def test_the_shipped_script_has_what_a_conversation_is_made_of():
    lines = demo_lines()
    assert len(lines) >= 8
    assert any(line.barge_in for line in lines)
    assert all(line.shows for line in lines)
    assert all(0.5 < line.waveform.seconds < 6 for line in lines)


def test_peaks_follow_the_sound(tmp_path, engines):
    files = Files(recording=tmp_path / "both.wav")
    recorded.hold(Config(), engines, [Line(waveform=VOICE)], files)
    customer, agent = peaks(files.recording, 0.02)
    assert len(customer) == len(agent)
    assert 0.05 < max(customer) <= 1.0
    assert 0.05 < max(agent) <= 1.0


def test_without_barge_in_the_reply_is_finished(engines, tmp_path):
    config = Config()
    config = config.model_copy(update={"session": config.session.model_copy(update={"barge_in": False})})
    lines = [Line(waveform=VOICE), Line(waveform=VOICE, barge_in=0.5)]
    events = recorded.hold(config, engines, lines, Files(recording=tmp_path / "both.wav"))
    assert not [event for event in events if isinstance(event, e.BargeIn)]
    assert fold(events)[0].spoken == HOURS.answer


class Scripted:
    """A listener. Args: heard: what it comes to, by the frame's number."""

    def __init__(self, heard):
        self._heard = heard

    def hear(self, frame):
        return self._heard.get(round(frame.at * 50))


def test_a_pause_for_nothing_is_a_gap_in_the_recording_and_takes_nothing_from_it(
    engines, tmp_path, monkeypatch
):
    def held(name, heard):
        monkeypatch.setattr(assembly, "build_listener", lambda config, tap: Scripted(heard))
        events = recorded.answer(
            Config(),
            replace(engines, recognizer=FakeRecognizer(["你们几点上班"])),
            Waveform(np.zeros(16_000 * 9, np.float32), 16_000),
            Files(recording=tmp_path / name),
        )
        samples, rate = stereo(tmp_path / name)
        sound = np.flatnonzero(samples[:, 1])
        return events, samples[sound[0] : sound[-1] + 1, 1], rate

    question = {50: Onset(started=1.0), 80: Utterance(pcm=to_pcm(VOICE), started=1.0, ended=1.5)}
    _, whole, _ = held("whole.wav", question)
    events, gapped, rate = held("gapped.wav", {**question, 150: Suspicion(patience=0.2)})
    (paused,) = [event for event in events if isinstance(event, e.ReplyPaused)]
    (resumed,) = [event for event in events if isinstance(event, e.ReplyResumed)]
    assert resumed.at - paused.at == pytest.approx(0.2, abs=0.04 + STALL)
    assert fold(events)[0].spoken == HOURS.answer
    gap, ramp = round(0.2 * rate), round(FADE * rate)
    assert len(gapped) - len(whole) == gap - ramp
    edges = np.flatnonzero(np.diff(gapped == 0.0, prepend=False, append=False)).reshape(-1, 2)
    start, end = max(edges, key=np.ptp)
    assert end - start == pytest.approx(gap - ramp, abs=4)
    head, tail = start - ramp - 4, len(gapped) - end - ramp - 4
    assert np.array_equal(gapped[:head], whole[:head])
    assert np.array_equal(gapped[-tail:], whole[-tail:])
    assert head + tail > len(whole) - 2 * ramp - 16
