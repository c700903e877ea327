"""The tree itself: rooms that are really ours, files of a readable length, nothing that belongs to one machine."""

from __future__ import annotations

import importlib
import re
import socket
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

HOUSE = Path(__file__).parents[2]
ROOMS = (
    "asr", "audio", "bench", "cli", "core", "emotion_policy", "llm", "models", "pipeline", "tts", "tui",
)  # fmt: skip
LONGEST = 400
TEXT = {
    ".cfg",
    ".ini",
    ".json",
    ".jsonl",
    ".md",
    ".py",
    ".pyi",
    ".sh",
    ".toml",
    ".tsv",
    ".txt",
    ".yaml",
    ".yml",
}
ELSEWHERE = re.compile(r"(?<![\w.~*-])/(?:work|home|root|Users|mnt|scratch)/[\w.-]")
"""Folders that exist on one machine only."""
PRIVATE = re.compile(r"(?<![\d.])(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}(?![\d.])")
"""Addresses of somebody's own network."""
REGISTRY = re.compile(
    r"--(?:extra-)?index-url|\b(?:nexus|artifactory|devpi)\b|https?://[^/\s]*:[^/\s]*@", re.IGNORECASE
)


def _tracked() -> list[Path]:
    """Files of the repository that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout, so what belongs to it is not known")
    return [HOUSE / name for name in listed.stdout.split("\0") if name and (HOUSE / name).is_file()]


def _texts() -> list[Path]:
    named = {"Makefile", "run", ".gitignore", "LICENSE"}
    return [file for file in _tracked() if file.suffix in TEXT or file.name in named]


def _lines(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(HOUSE)}:{number}: {line.strip()[:120]}"
        for file in _texts()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_ours_and_no_namesake_of_the_package_index(room):
    assert Path(importlib.import_module(room).__file__).is_relative_to(HOUSE)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_says_that_it_is_typed(room):
    assert (HOUSE / room / "py.typed").is_file()


def test_the_list_of_rooms_is_complete():
    found = {package.parent.name for package in HOUSE.glob("*/__init__.py")}
    assert found == set(ROOMS)


def test_no_source_file_is_longer_than_one_can_read():
    long = [
        f"{file.relative_to(HOUSE)}: {count}"
        for file in _tracked()
        if file.suffix in {".py", ".pyi"}
        and (count := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST
    ]
    assert not long


def test_no_file_mentions_a_folder_of_one_machine():
    assert not _lines(ELSEWHERE)


def test_no_file_mentions_an_address_of_somebodys_network():
    assert not [line for line in _lines(PRIVATE) if not line.startswith("constraints.txt")]


def test_no_file_names_a_package_registry_or_a_password():
    here = str(Path(__file__).relative_to(HOUSE))
    assert not [line for line in _lines(REGISTRY) if not line.startswith(here)]


def test_no_file_mentions_the_machine_it_was_written_on():
    name = socket.gethostname().partition(".")[0]
    if len(name) < 6 or not re.search(r"[\d-]", name):
        pytest.skip(f"the name of this machine, {name!r}, may be a word like any other")
    assert not _lines(re.compile(rf"\b{re.escape(name)}\b"))


def test_nobody_keeps_a_room_for_odds_and_ends():
    odd = {"utils", "helpers", "common", "manager", "base", "misc"}
    assert not [file for file in _tracked() if file.suffix == ".py" and file.stem in odd]
