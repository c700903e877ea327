"""models: show which weights are in use, and how to bring your own.

Tingshuo runs with what it ships: pocketsphinx and small demo models. They show the machine at work; to serve
customers, copy real weights onto the machine and name them in config.toml. Nothing is ever downloaded.

An ACTION works on the weights of the IndexTTS2 voice, or tells licences; without one, this is an overview.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.actions import add_actions, run_action
from cli.options import add_config_options, load_config
from core.errors import VoiceError

if TYPE_CHECKING:
    from models.registry import ModelStore, Row

ACTIONS = ("convert", "random", "licences")
EPILOG = """\
examples:
  tingshuo models
  tingshuo models --verify                                   exit status 0: whole, 4: missing, 5: damaged
  tingshuo models --set models.whisper=/srv/whisper-small    would this folder do?
  tingshuo models convert indextts2 SRC DST                  official weights of the voice, rewritten once
  tingshuo models random indextts2 out/tiny --size tiny      weights to try with, never trained
  tingshuo models licences                                   what their publishers allow
Every action explains itself: tingshuo models ACTION --help
"""

HOW_TO = """\
How to bring real weights
  Hearing: copy a faster-whisper folder (a CTranslate2 conversion of Whisper, for example small) onto this
  machine: model.bin, tokenizer.json, vocabulary.json or .txt, and preprocessor_config.json if it has one.
  Thinking: copy any chat model in GGUF, quantised to Q4_0, Q4_K_M or Q8_0.
  Then name them in config.toml:

    [models]
    whisper = "/srv/models/faster-whisper-small"
    gguf = "/srv/models/chat-q4_0.gguf"

  and look again with `tingshuo models --verify`.
  Speaking with the IndexTTS2 voice: docs/guide/indextts2.md.

Which size, which settings (measured on 2 server cores, int8 and 1 thread; yours will differ)
  Whisper     on disk   one utterance, 30 s window   10 s window   5 s window
  tiny          40 MB                       0.32 s        0.09 s       0.06 s
  base          76 MB                       0.64 s        0.19 s       0.14 s
  small        247 MB                       2.46 s        0.61 s       0.46 s
  asr.whisper.window = 30.0   what published weights were trained on, and the default. 10.0 is several times
                              faster; prove it on recordings of your own before you rely on it.
  asr.whisper.cpu_threads = 0, llm.threads = 0   all cores but one, the default. Do not give them every core:
                              beside one other busy program, a language model with 2 threads on 2 cores fell
                              to between 1 and 17 tokens a second; with 1 thread it was not disturbed.
  A language model of 0.5 billion parameters in Q4_0 (349 MB) wrote 67 tokens a second on 1 thread and began
  its reply after 0.11 s; one of several times the size takes several times as long.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--verify",
        action="store_true",
        help="compare the shipped files with their sha256 and check the form of your own",
    )
    add_config_options(parser)
    add_actions(parser, "models", ACTIONS, required=False)


def run(arguments: argparse.Namespace) -> int:
    if arguments.action is not None:
        return run_action("models", arguments)
    config = load_config(arguments)
    from models.registry import ModelStore

    store = ModelStore(config.models)
    rows = store.overview()
    for row in rows:
        print(_line(row))
    print()
    if arguments.verify:
        return _verify(store, rows)
    print(HOW_TO, end="")
    return 0


def _line(row: Row) -> str:
    lines = [f"{row.purpose:<17}{_what(row)}"]
    if row.problem is not None:
        lines.append(f"hint: {row.problem.hint}")
    elif row.found is not None and row.found.path is not None:
        lines.append(str(row.found.path))
    if row.advice:
        lines.append(f"better: {row.setting} = {row.advice}")
    return ("\n" + " " * 17).join(lines)


def _what(row: Row) -> str:
    match row.found:
        case None:
            return f"PROBLEM  {row.problem}"
        case found if found.kind == "sphinx":
            return f"built in  {found.description}"
        case found:
            whose = "demo" if found.demo else "your own"
            return f"{whose}  {found.description}, {found.size_bytes / 1e6:.1f} MB"


def _verify(store: ModelStore, rows: Sequence[Row]) -> int:
    """Check every row; gives the exit status of the first problem."""
    problems = [problem for row in rows if (problem := _problem(store, row)) is not None]
    for problem in problems:
        print(f"error [{problem.code}]: {problem.message}\n  hint: {problem.hint}", file=sys.stderr)
    if problems:
        return problems[0].exit_code
    print("verified: the shipped files are unchanged, your own have the right form")
    return 0


def _problem(store: ModelStore, row: Row) -> VoiceError | None:
    if row.found is None:
        return row.problem
    try:
        store.verify(row.found)
    except VoiceError as error:
        return error
    return None
