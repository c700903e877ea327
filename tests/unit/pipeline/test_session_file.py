"""The session file: what goes in comes out, a cut costs its last part, and a changed byte is found."""

from __future__ import annotations

import json
import os
import stat
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError, OutputError
from pipeline.session_file import FORMAT, SessionWriter, pcm_of, read_parts, wav

pytestmark = pytest.mark.unit

PARTS = ({"journal.jsonl": b"{}\n"}, {"journal.jsonl": b"second\n"})


def written(path, parts=PARTS, header=None, *, close: bool = True) -> bytes:
    writer = SessionWriter(path, header or {"product": "0.1.0"})
    for part in parts:
        writer.append(part)
    if close:
        writer.close()
    return path.read_bytes()


def outcome(path) -> tuple[int, bool] | str:
    """The number of parts that are whole, each as it was written, or the code of the error."""
    try:
        read = read_parts(path)
    except InputError as error:
        return error.code if error.hint and error.code.startswith("input.session-") else "no such error"
    whole = list(read.parts) == list(PARTS[: len(read.parts)])
    return (len(read.parts), read.complete) if whole else "others"


@settings(max_examples=30)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["journal.jsonl", "events.jsonl", "microphone.wav"]), st.binary(max_size=2000)
        ),
        max_size=5,
    )
)
def test_what_goes_in_comes_out(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("file") / "x.session.tar"
    written(path, parts)
    read = read_parts(path)
    assert list(read.parts) == parts
    assert read.header == {"format": FORMAT, "product": "0.1.0"}
    assert read.complete


def test_a_file_cut_at_any_byte_gives_whole_parts_or_one_clear_error(tmp_path):
    path = tmp_path / "x.session.tar"
    whole = written(path)
    seen = set()
    for length in range(len(whole), -1, -1):
        os.truncate(path, length)
        seen.add(outcome(path))
    assert seen == {"input.session-cut-short", (0, False), (1, False), (2, False), (2, True)}


def test_a_file_with_any_byte_changed_is_found_out_or_says_the_same(tmp_path):
    path = tmp_path / "x.session.tar"
    whole = written(path)
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        assert outcome(path) not in ("others", "no such error")


def test_a_part_that_was_edited_is_named(tmp_path):
    path = tmp_path / "x.session.tar"
    path.write_bytes(written(path).replace(b"second", b"fourth", 1))
    with pytest.raises(InputError) as refused:
        read_parts(path)
    assert refused.value.code == "input.session-damaged"
    assert "part 2" in refused.value.message


def test_a_part_that_was_taken_out_is_noticed(tmp_path):
    path = tmp_path / "x.session.tar"
    whole = written(path)
    start = whole.index(b"00001/journal.jsonl")
    end = whole.index(b"00002/journal.jsonl")
    path.write_bytes(whole[:start] + whole[end:])
    with pytest.raises(InputError, match="where part 1 belongs"):
        read_parts(path)


@pytest.mark.parametrize("content", [b"RIFF" + bytes(2000), b"{}", bytes(1024), b"x" * 512, b"", b"sess"])
def test_what_is_no_session_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_parts(path)
    assert refused.value.code in ("input.session-kind", "input.session-cut-short")


def test_another_tar_is_refused(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(__file__, "something.py")
    with pytest.raises(InputError) as refused:
        read_parts(path)
    assert refused.value.code == "input.session-kind"


def test_a_file_of_another_version_names_it(tmp_path, monkeypatch):
    path = tmp_path / "x.session.tar"
    monkeypatch.setattr("pipeline.session_file.FORMAT", FORMAT - 1)
    written(path)
    monkeypatch.undo()
    with pytest.raises(InputError) as refused:
        read_parts(path)
    assert refused.value.code == "input.session-version"
    assert "0.1.0" in refused.value.message


@pytest.mark.parametrize("header", ["[]", "7", "{"])
def test_a_header_that_says_nothing_is_damaged(tmp_path, monkeypatch, header):
    path = tmp_path / "x.session.tar"
    monkeypatch.setattr("pipeline.session_file.json.dumps", lambda *_, **__: header)
    written(path)
    with pytest.raises(InputError) as refused:
        read_parts(path)
    assert refused.value.code == "input.session-damaged"


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(InputError) as refused:
        read_parts(tmp_path / "nowhere")
    assert refused.value.code == "input.unreadable"


def test_only_the_owner_may_read_it_also_where_a_file_was_before(tmp_path):
    path = tmp_path / "kept" / "x.session.tar"
    path.parent.mkdir()
    path.write_text("before")
    path.chmod(0o644)
    written(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_any_tar_reads_it(tmp_path):
    path = tmp_path / "x.session.tar"
    written(path)
    with tarfile.open(path) as archive:
        assert archive.getnames()[:2] == ["session.json", "session.sum"]
        assert json.load(archive.extractfile("session.json"))["format"] == FORMAT
        assert archive.extractfile("00002/journal.jsonl").read() == PARTS[1]["journal.jsonl"]


def test_a_full_disk_is_one_error_and_then_silence(tmp_path):
    path = tmp_path / "x.session.tar"
    path.symlink_to("/dev/full")
    with pytest.raises(OutputError) as refused:
        SessionWriter(path, {})
    assert refused.value.code == "output.session-file"
    good = SessionWriter(tmp_path / "y.session.tar", {})
    good.close()
    good.append(PARTS[0])
    good.close()
    assert read_parts(tmp_path / "y.session.tar").complete


def test_a_part_of_no_possible_size_is_damage(tmp_path, monkeypatch):
    path = tmp_path / "x.session.tar"
    written(path)
    monkeypatch.setattr("pipeline.session_file.LARGEST", 5)
    with pytest.raises(InputError, match="no possible size"):
        read_parts(path)


def test_a_place_that_cannot_be_is_one_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        SessionWriter(tmp_path / "file" / "x.session.tar", {})


@given(st.binary(max_size=500).filter(lambda pcm: len(pcm) % 2 == 0))
def test_sound_survives_its_wav(pcm):
    assert pcm_of(wav(pcm, 16_000)) == pcm
