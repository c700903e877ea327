"""What an import brings with it: the spine of the house and the command line start light."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

HOUSE = Path(__file__).parents[2]
HEAVY = {
    "av", "ctranslate2", "espeakng_loader", "faster_whisper", "huggingface_hub", "llama_cpp", "numpy", "onnxruntime",
    "pocketsphinx", "pydantic", "pypinyin", "requests", "sounddevice", "soxr", "sqlite3", "textual", "tokenizers",
    "torch", "urllib.request", "webrtcvad",
}  # fmt: skip
ADAPTERS = {
    "asr.sphinx", "asr.whisper", "audio.portaudio", "audio.silero", "audio.soundcard", "llm.llama", "models.registry",
    "pipeline.assembly", "tts.espeak", "tts.espeak_library",
}  # fmt: skip
MARGIN = 90
"""Modules that ours may add to asyncio's: 43 today, most of them of the rooms' small pure parts."""
COMMAND_LINE = 170
"""Modules of the whole command line with its help: 161 today."""


@cache
def _loaded(statement: str) -> frozenset[str]:
    """Names of all modules after a statement, in a fresh interpreter."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    return frozenset(json.loads(done.stdout))


STATEMENTS = ("import pipeline.session", "import cli.main", "import cli.main; cli.main.parser()")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_library_is_loaded_before_it_is_needed(statement):
    assert not _loaded(statement) & HEAVY


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_adapter_is_loaded_before_it_is_needed(statement):
    assert not _loaded(statement) & ADAPTERS


def test_the_session_adds_few_modules_to_asyncio():
    more = _loaded("import pipeline.session") - _loaded("import asyncio")
    assert len(more) < MARGIN, sorted(more)


def test_the_help_of_all_commands_needs_few_modules():
    loaded = _loaded("import cli.main; cli.main.parser()")
    assert len(loaded) < COMMAND_LINE, sorted(loaded)


def test_the_command_line_needs_no_event_loop_to_explain_itself():
    assert "asyncio" not in _loaded("import cli.main; cli.main.parser()")


@pytest.mark.parametrize(
    "room", ["asr", "audio", "core", "emotion_policy", "llm", "models", "pipeline", "tts", "tui"]
)
def test_naming_a_room_loads_nothing_of_it(room):
    mine = {name for name in _loaded(f"import {room}") if name.partition(".")[0] == room}
    assert mine == {room}
