"""Session files: off by default, for the owner alone, gone when they expire."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from core.errors import OutputError
from pipeline.config import RecordingConfig
from pipeline.recording_folder import expire, folder_of, new_file

pytestmark = pytest.mark.unit


def config(**settings) -> RecordingConfig:
    return RecordingConfig.model_validate(settings)


def test_nothing_is_recorded_unless_it_is_asked_for(tmp_path):
    assert new_file(config(folder=tmp_path / "kept"), {}) is None
    assert not (tmp_path / "kept").exists()


def test_each_conversation_gets_a_file_in_a_folder_of_the_owner(tmp_path):
    wanted = config(on=True, folder=tmp_path / "kept")
    first = new_file(wanted, {})
    first.touch()
    second = new_file(wanted, {})
    assert first != second
    assert first.name.endswith(".session.tar")
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_STATE_HOME": "/var/state"}, Path("/var/state/tingshuo/sessions")),
        ({"XDG_STATE_HOME": "relative"}, Path("~/.local/state/tingshuo/sessions").expanduser()),
        ({}, Path("~/.local/state/tingshuo/sessions").expanduser()),
    ],
)
def test_the_folder_is_the_systems_unless_it_is_set(environment, folder):
    assert folder_of(config(), environment) == folder
    assert folder_of(config(folder="~/mine"), environment) == Path("~/mine").expanduser()


def test_what_has_expired_is_deleted_when_the_next_one_begins_and_nothing_else(tmp_path):
    names = ("old.session.tar", "new.session.tar", "old.wav")
    for name in names:
        (tmp_path / name).touch()
    for name in ("old.session.tar", "old.wav"):
        os.utime(tmp_path / name, (time.time() - 3 * 86_400,) * 2)
    new_file(config(on=True, folder=tmp_path, keep_days=2), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.session.tar", "old.wav"]


def test_what_cannot_be_deleted_is_logged(tmp_path, caplog, monkeypatch):
    (tmp_path / "old.session.tar").touch()

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    expire(tmp_path, -1.0)
    assert "cannot be deleted: Permission denied" in caplog.text


def test_a_folder_that_cannot_be_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError) as refused:
        new_file(config(on=True, folder=tmp_path / "file" / "kept"), {})
    assert refused.value.hint == "set recording.folder"
