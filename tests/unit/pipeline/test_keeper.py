"""What a recorded conversation leaves behind, where it cannot be written: one error, the first, and all is closed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from audio.recorder import ConversationRecorder
from core.clock import LoopClock
from core.errors import OutputError
from core.events import VisitReset
from pipeline.keeper import Files, Keeper

pytestmark = pytest.mark.unit

RATE = 22_050


def keeping(files: Files, script) -> Keeper:
    async def main() -> Keeper:
        keeper = Keeper(files, RATE, LoopClock())
        script(keeper)
        return keeper

    return asyncio.run(main())


def test_a_folder_that_cannot_be_made_is_one_error_and_closes_the_log(tmp_path):
    (tmp_path / "file").write_text("in the way")
    files = Files(recording=tmp_path / "file" / "both.wav", log=tmp_path / "events.jsonl")
    with pytest.raises(OutputError) as refused:
        keeping(files, lambda keeper: None)
    assert refused.value.code == "output.disk"
    assert "both.wav" in refused.value.message
    assert not files.log.read_bytes()


def test_of_two_files_that_cannot_be_written_the_first_is_told(tmp_path, monkeypatch):
    files = Files(recording=tmp_path / "both.wav", log=Path("/dev/full"))
    close = ConversationRecorder.close

    def refuse(recorder):
        close(recorder)
        raise OutputError("the recording cannot be finished")

    monkeypatch.setattr(ConversationRecorder, "close", refuse)

    def script(keeper):
        keeper.note(VisitReset(at=0.0))
        keeper.agent(np.zeros(RATE, np.float32))
        keeper.close()

    failed = keeping(files, script).failed.result()
    assert "/dev/full" in failed.message


def test_after_a_failure_nothing_more_is_written(tmp_path):
    files = Files(recording=tmp_path / "both.wav", log=Path("/dev/full"))

    def script(keeper):
        keeper.note(VisitReset(at=0.0))
        before = files.recording.stat().st_size
        keeper.agent(np.ones(RATE, np.float32))
        keeper.customer(bytes(640))
        keeper.close()
        assert files.recording.stat().st_size <= before + 64

    keeping(files, script)
