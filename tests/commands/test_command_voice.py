"""`tingshuo voice` as an operator runs it: a voice from a recording to its deletion, and parity."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from audio.wavfile import write_wav

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[2]
GOLDEN = HOUSE.parent / "shared" / "parity" / "indextts2"
"""Recorded from the original program; not part of the repository."""
RATE = 24_000
WRITE_TINY = """\
import sys
from pathlib import Path
from tts.indextts2.random_checkpoint import write_random
write_random(Path(sys.argv[1]), size="tiny", seed=0, told=lambda done: None)
"""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    """Random weights of small sizes, in the official layout."""
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    subprocess.run([sys.executable, "-c", WRITE_TINY, folder], cwd=HOUSE, check=True)
    return folder


@pytest.fixture
def voice(tingshuo, tmp_path):
    """Runs `tingshuo voice` in a folder with a clip, a consent, and a data folder of its own."""
    rest = np.random.default_rng(0).normal(0, 0.1, 4 * RATE)
    sounding = (np.arange(4 * RATE) / RATE) % 0.25 < 0.16
    write_wav(tmp_path / "clip.wav", np.where(sounding, rest, 0).astype(np.float32), RATE)
    _consent(tmp_path, days=200)

    def voice(*words: object, typed: str = ""):
        more = {"XDG_DATA_HOME": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
        return tingshuo("voice", *words, typed=typed, more=more)

    return voice


def _consent(folder: Path, *, days: int) -> None:
    """One that began a month ago and ends in so many days."""
    today = date.today()
    lines = (
        'speaker = "王小明"',
        f"given = {today - timedelta(30)}",
        f"expires = {today + timedelta(days)}",
        'purpose = "Answers in the hall"',
    )
    (folder / "ming.toml").write_text("\n".join(lines), encoding="utf-8")


def test_a_voice_from_its_clip_to_its_deletion(voice, failed, checkpoint, tmp_path):
    make = ("make", "clip.wav", "小明", "--consent", "ming.toml", "--checkpoint", checkpoint)
    made = voice(*make, "--emotion-clip", "sorry=clip.wav")
    assert made.returncode == 0, made.stderr
    assert made.stderr == ""
    assert "4.0 s of 王小明" in made.stdout
    assert "weights are random" in made.stdout
    file = tmp_path / "data" / "tingshuo" / "voices" / "小明.safetensors"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    listed = voice("list")
    assert re.search(
        r"^ +小明 +4\.0 s +王小明 .* Answers in the hall .* RANDOM$", listed.stdout, re.MULTILINE
    )
    shown = voice("show", "小明").stdout
    assert re.search(r"^emotion clips +sorry$", shown, re.MULTILINE)
    assert re.search(r"^  emotion\.sorry +64$", shown, re.MULTILINE)

    assert "--force" in failed(voice(*make), 7, "input.voice-exists]")
    assert voice(*make, "--force").returncode == 0
    assert "emotion.sorry" not in voice("show", "小明").stdout

    failed(voice("remove", "小明"), 7, "input.not-confirmed]")
    assert voice("remove", "小明", typed="y\n").returncode == 0
    assert not file.exists()
    assert "no voices" in voice("list").stdout


def test_a_consent_that_soon_ends_is_told_and_one_that_ended_refused(voice, failed, checkpoint, tmp_path):
    make = ("make", "clip.wav", "ming", "--consent", "ming.toml", "--checkpoint", checkpoint)
    _consent(tmp_path, days=7)
    made = voice(*make)
    assert made.returncode == 0
    assert "ends in 7 days" in made.stderr
    assert "ends in 7 days" in voice("list").stdout
    _consent(tmp_path, days=-1)
    assert "expired" in failed(voice(*make, "--force"), 7, "input.consent-dates]")


def test_a_folder_that_is_no_checkpoint_is_told(voice, failed):
    make = ("make", "clip.wav", "ming", "--consent", "ming.toml", "--checkpoint")
    failed(voice(*make, "nowhere"), 4, "model-missing.indextts2]")
    failed(voice(*make, "."), 4, "model-missing.indextts2]")


def test_a_checkpoint_that_cannot_make_voices_names_what_it_lacks(voice, failed, checkpoint, tmp_path):
    partial = tmp_path / "partial"
    partial.mkdir()
    for each in checkpoint.iterdir():
        (partial / each.name).symlink_to(each)
    (partial / "wav2vec2bert_stats.pt").unlink()
    told = failed(
        voice("make", "clip.wav", "ming", "--consent", "ming.toml", "--checkpoint", partial),
        4,
        "model-missing.indextts2]",
    )
    assert "wav2vec2bert_stats.pt" in told


@pytest.fixture
def golden() -> Path:
    if not (GOLDEN / "manifest.json").is_file():
        pytest.skip("no recorded outputs of the original program beside this checkout")
    return GOLDEN


@pytest.mark.parametrize(
    ("options", "title", "summary"),
    [
        ((), "tolerances as measured", r"\d{3} rows in .* 0 FAILED, \d+ info"),
        (("--only", "target_lengths"), "tolerances as measured", r"1 rows in .* 1 ok, 0 FAILED, 0 info"),
        (("--dtype", "bf16", "--only", "bigvgan"), "must be finite", r"6 rows in .* 0 ok, 0 FAILED, 6 info"),
    ],
    ids=["whole", "one section", "16 bits"],
)
def test_the_engine_computes_what_the_original_does(voice, golden, options, title, summary):
    done = voice("parity", golden, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    first, *_, last = done.stdout.splitlines()
    assert title in first
    assert re.fullmatch(summary, last.replace(": ", " "))


@pytest.mark.parametrize("content", [None, "{}"], ids=["no folder", "another folder"])
def test_a_golden_set_that_cannot_be_read_is_told(voice, failed, tmp_path, content):
    if content is not None:
        (tmp_path / "golden").mkdir()
        (tmp_path / "golden" / "manifest.json").write_text(content)
    assert "manifest.json" in failed(voice("parity", "golden"), 7, "input.parity]")
