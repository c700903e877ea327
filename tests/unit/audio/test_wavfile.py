"""WAV files: every kind is read alike, damage is explained, writing is whole or not at all."""

import logging
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.riff import decode
from audio.wavfile import WavWriter, read_wav, write_wav
from core.errors import InputError, OutputError

pytestmark = pytest.mark.unit

KINDS = {(1, 1): 2**-7, (1, 2): 2**-15, (1, 3): 2**-23, (1, 4): 2**-31, (3, 4): 2**-23, (3, 8): 2**-23}
"""(format, bytes a sample): the coarsest step."""


def encoded(samples: np.ndarray, kind: int, width: int) -> bytes:
    if kind == 3:
        return samples.astype(f"<f{width}").tobytes()
    full = 2 ** (8 * width - 1)
    whole = np.clip(np.rint(samples.astype(np.float64) * full), -full, full - 1).astype("<i8")
    if width == 1:
        return (whole + 128).astype(np.uint8).tobytes()
    return whole.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()


def wav(sound: bytes, *, kind=1, width=2, channels=1, rate=16_000, extensible=False, size=None, before=b""):
    block = channels * width
    form = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else kind, channels, rate, rate * block, block, 8 * width
    )
    if extensible:
        form += struct.pack("<HHIH14s", 22, 8 * width, 0, kind, bytes(14))
    size = len(sound) if size is None else size
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", len(form)) + form
    return (
        b"RIFF"
        + struct.pack("<I", len(body) + 8 + size & 0xFFFFFFFF)
        + body
        + b"data"
        + struct.pack("<I", size)
        + sound
    )


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(KINDS)),
    st.integers(1, 4),
    st.sampled_from([8_000, 11_025, 16_000, 44_100, 48_000, 96_000]),
    st.booleans(),
    st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60),
    st.sampled_from([b"", b"LIST\x03\x00\x00\x00abc\x00", b"fact\x04\x00\x00\x00\x01\x00\x00\x00"]),
)
def test_every_kind_of_file_gives_the_samples_that_went_in(kind, channels, rate, extensible, samples, before):
    number, width = kind
    spread = np.repeat(np.asarray(samples, np.float32)[:, None], channels, axis=1)
    content = wav(
        encoded(spread.ravel(), number, width),
        kind=number,
        width=width,
        channels=channels,
        rate=rate,
        extensible=extensible,
        before=before,
    )
    got = decode(content)
    assert (got.rate, got.samples.shape, got.missing) == (rate, (len(samples), channels), 0)
    assert np.allclose(got.samples, spread, atol=1.01 * KINDS[kind])


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused_politely(content):
    for attempt in (content, b"RIFF\x00\x00\x00\x00WAVE" + content):
        try:
            decode(attempt)
        except InputError as error:
            assert error.hint  # noqa: PT017 - both outcomes are right


@given(st.integers(0, 400))
def test_a_file_cut_anywhere_is_decoded_or_refused_politely(length):
    whole = wav(bytes(range(256)) + bytes(100))
    try:
        got = decode(whole[:length])
    except InputError:
        assert length < 46
    else:
        assert got.missing == max(0, 356 - (length - 44))


def test_channels_are_mixed_and_the_rate_is_kept(tmp_path):
    path = tmp_path / "two.wav"
    write_wav(path, np.tile(np.asarray([[0.5, -0.25]], np.float32), (100, 1)), 22_050)
    recording = read_wav(path)
    assert recording.rate == 22_050
    assert np.allclose(recording.samples, 0.125)


def test_a_file_cut_short_gives_what_it_holds_and_warns(tmp_path, caplog):
    path = tmp_path / "short.wav"
    path.write_bytes(wav(bytes(1_000), size=5_000))
    with caplog.at_level(logging.WARNING):
        assert len(read_wav(path).samples) == 500
    assert "4000 bytes" in caplog.text


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_streamed_file_whose_size_was_never_filled_in_is_whole(tmp_path, caplog, size):
    path = tmp_path / "streamed.wav"
    path.write_bytes(wav(bytes(1_000), size=size))
    assert len(read_wav(path).samples) == 500
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "input.not-wav"),
        (b"ID3 this is music", "input.not-wav"),
        (b"RIFF\x04\x00\x00\x00WAVE", "input.wav-damaged"),
        (wav(b""), "input.wav-empty"),
        (wav(b"\x01"), "input.wav-empty"),
        (wav(bytes(100), kind=7, width=1), "input.wav-kind"),
        (wav(bytes(100), channels=0, width=2), "input.wav-damaged"),
        (wav(bytes(100), rate=3), "input.wav-damaged"),
        (wav(bytes(100))[:30], "input.wav-damaged"),
    ],
)
def test_damage_has_a_name_and_the_message_names_the_file(tmp_path, content, code):
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.wav") as caught:
        read_wav(path)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"none\.wav.*No such file"):
        read_wav(tmp_path / "none.wav")


def test_floats_that_are_no_numbers_become_silence_and_loud_ones_full_scale():
    got = decode(wav(np.asarray([np.nan, np.inf, -7.0], "<f4").tobytes(), kind=3, width=4))
    assert got.samples[:, 0].tolist() == [0.0, 1.0, -1.0]


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
def test_what_is_written_is_read_back_exactly(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("wav") / "same.wav"
    samples = np.asarray(numbers, np.float32) / 32768
    write_wav(path, samples, 16_000)
    assert np.array_equal(read_wav(path).samples, samples)
    assert [file.name for file in path.parent.iterdir()] == ["same.wav"]


def test_a_full_disk_is_named_and_the_device_is_still_a_device(tmp_path):
    path = tmp_path / "full.wav"
    path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="disk is full") as caught:
        write_wav(path, np.zeros(100, np.float32), 16_000)
    assert caught.value.code == "output.disk-full"
    assert path.is_char_device()
    with pytest.raises(OutputError) as caught:
        WavWriter(path, 16_000)
    assert caught.value.code == "output.disk-full"


def test_a_place_that_cannot_be_written_leaves_the_old_file_and_no_litter(tmp_path):
    with pytest.raises(OutputError, match="No such file"):
        write_wav(tmp_path / "nowhere" / "a.wav", np.zeros(1, np.float32), 16_000)
    with pytest.raises(OutputError, match="directory"):
        write_wav(tmp_path, np.zeros(1, np.float32), 16_000)
    with pytest.raises(OutputError, match="directory"):
        WavWriter(tmp_path, 16_000)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3_000), max_size=8), st.integers(1, 2))
def test_a_growing_file_is_readable_at_every_moment_and_lags_by_a_second_at_most(
    tmp_path_factory, blocks, channels
):
    path = tmp_path_factory.mktemp("wav") / "growing.wav"
    writer, total = WavWriter(path, 2_000, channels), 0
    for count in blocks:
        writer.append(np.full((count, channels), 7, np.int16))
        total += count
        saved = (path.stat().st_size - 44) // (2 * channels)
        assert total - saved < 2_000
        assert struct.unpack_from("<I", path.read_bytes(), 40)[0] == saved * 2 * channels
    writer.close()
    writer.close()
    writer.append(np.zeros((5, channels), np.int16))
    assert path.stat().st_size == 44 + total * 2 * channels
