"""Every command that README.md and docs/ show in a bash block works as it is written.

Each line runs in a folder of its own that holds the files the documents speak of. Five kinds are changed:
`make TARGET` is only looked up in the Makefile (`make demo` and `make test` would set up an environment and run
this very test); a command that needs a microphone or a loudspeaker is shown its own --help instead; and
`tingshuo demo`, which the tests of the demo run whole, likewise, and so are actions of `tingshuo voice` that need a
checkpoint, a voice or a golden set; a benchmark is only asked whether it knows its options.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core import wire
from core.events import TranscriptChanged
from emotion_policy import record
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from tests import recorded_sessions

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[2]
DOCUMENTS = [HOUSE / "README.md", *sorted((HOUSE / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
THINKS = {"talk", "run"}
NEEDS_SOUND = {"devices", "demo"}
ADMINISTRATION = ("sudo apt-get install ", "cp ", "mkdir ", "git clone ", "cd ")
"""Beginnings of lines that are not ours to test."""


def _lines(document: Path) -> list[str]:
    blocks = FENCE.findall(document.read_text(encoding="utf-8"))
    joined = "".join(blocks).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]


SHOWN = [(document.relative_to(HOUSE), line) for document in DOCUMENTS for line in _lines(document)]
OURS = [(document, line) for document, line in SHOWN if re.match(r"(?:\w+=\S+ )*tingshuo ", line)]
ONCE = {tuple(shlex.split(line, comments=True)): (document, line) for document, line in OURS}.values()
"""The same command in two documents is run once."""
MAKE = [(document, line) for document, line in SHOWN if line.startswith("make ")]
BENCH = [
    (document, line)
    for document, line in SHOWN
    if re.match(r"python -m (?:bench|emotion_policy\.training)\.", line)
]


def _safe(line: str) -> str:
    """The line, or the help of its command where it needs a sound card."""
    words = shlex.split(line, comments=True)
    name, *rest = words[words.index("tingshuo") + 1 :]
    if name == "voice" and rest[0] != "list":
        return f"tingshuo voice {rest[0]} --help"
    live = (
        name in NEEDS_SOUND
        or (name == "say" and "--out" not in words)
        or (name == "talk" and not {"--text", "--silent"} <= set(words))
    )
    return f"tingshuo {name} --help" if live else line


@pytest.fixture(scope="session")
def recorded_session(tmp_path_factory) -> Path:
    """A short one, of scripted engines."""
    file = tmp_path_factory.mktemp("recorded") / "customer.session.tar"
    recorded_sessions.record(file, None)
    return file


@pytest.fixture
def folder(tmp_path, recorded_session) -> Path:
    """A folder with a `tingshuo` on its path and the files that documents mention."""
    program = tmp_path / "bin" / "tingshuo"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n')
    program.chmod(0o755)
    question = HOUSE / "models" / "demo" / "conversation" / "05-barge-in.wav"
    for name in ("customer.wav", "question.wav"):
        shutil.copyfile(question, tmp_path / name)
    (tmp_path / "commands.jsonl").write_text('{"type": "Quit"}\n')
    shutil.copyfile(HOUSE / "config.toml", tmp_path / "config.toml")
    page = (HOUSE / "docs" / "concepts" / "emotion.md").read_text(encoding="utf-8")
    (tmp_path / "site.toml").write_text(TOML.findall(page)[0], encoding="utf-8")
    shutil.copytree(HOUSE / "models" / "demo" / "knowledge", tmp_path / "my-knowledge")
    (tmp_path / "events.jsonl").write_text(_log("谢谢"), encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text(
        '{"id": "1", "scenario": "medical", "text": "谢谢", "user_state": "thanks"}\n', encoding="utf-8"
    )
    shutil.copyfile(recorded_session, tmp_path / "customer.session.tar")
    (tmp_path / "earlier.jsonl").write_text('{"role": "user", "text": "你好"}\n', encoding="utf-8")
    return tmp_path


def _log(text: str) -> str:
    """A log of one turn."""
    heard = TranscriptChanged(
        at=1.0, turn=1, text=text, final=True, language="zh", logprob=0.0, no_speech=0.0
    )
    decision = decide(Observation(text=text, language="zh"))
    decided = record.chosen(decision, text, at=1.0, turn=1, failures=0)
    return f"{wire.encode(heard)}\n{wire.encode(decided)}\n"


@pytest.mark.parametrize(
    ("document", "line"), ONCE, ids=[line.partition(" #")[0].strip() for _, line in ONCE]
)
def test_the_command_works_as_it_is_written(folder, shell_environment, request, document, line):
    safe = _safe(line)
    if any(f"tingshuo {name} " in safe for name in THINKS) and not safe.endswith("--help"):
        request.getfixturevalue("needs_models")
    done = subprocess.run(
        ["bash", "-c", safe],
        cwd=folder,
        env=shell_environment(folder / "bin"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{document}: {safe}\n{done.stderr}"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("document", "line"), MAKE, ids=[line for _, line in MAKE])
def test_make_knows_the_target(document, line):
    target = line.split()[1]
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{document}: {line}"


@pytest.mark.parametrize(("document", "line"), BENCH, ids=[line for _, line in BENCH])
def test_a_benchmark_knows_the_options_it_is_shown_with(document, line):
    words = shlex.split(line, comments=True)
    help_text = subprocess.run(
        [sys.executable, *words[1:3], "--help"], cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout
    unknown = [word for word in words[3:] if word.startswith("--") and word not in help_text]
    assert not unknown, f"{document}: {line}"


def test_every_line_that_is_shown_is_tested():
    tested = {line for _, line in (*OURS, *MAKE, *BENCH)}
    untested = [
        (str(document), line)
        for document, line in SHOWN
        if line not in tested and not line.startswith(ADMINISTRATION)
    ]
    assert not untested


def test_the_readme_shows_the_two_commands_and_each_command_of_ours():
    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    assert {"demo", "test"} <= {line.split()[1] for document, line in MAKE if document.name == "README.md"}
    for name in ("talk", "run", "say", "hear", "devices", "knowledge", "models", "config"):
        assert f"tingshuo {name}" in text
