"""The operator's screen around a headless conversation of its own: starting it, and telling how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, get_args

from core.text import Language
from emotion_policy.decision import Scenario

if TYPE_CHECKING:
    from tui.feed import Feed

HOUSE = Path(__file__).parent.parent


def wanted(stdin: TextIO, stdout: TextIO) -> bool:
    """A person sits at a terminal that can show it."""
    return stdin.isatty() and stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show(words: Sequence[str], language: Language) -> int:
    """Run `tingshuo talk --events` with these words behind a screen, and return its exit status.

    Args:
        words: options of `talk`.
        language: of the screen.
    """
    from tui.app import OperatorScreen
    from tui.feed import Child
    from tui.options import Options

    path = os.pathsep.join(filter(None, (str(HOUSE), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "cli.main", "talk", "--events", *words]
    feed = Child(command, {**os.environ, "PYTHONPATH": path})
    app = OperatorScreen(feed, Options(language=language, scenarios=get_args(Scenario)))
    try:
        app.run()
    finally:
        feed.close()
    if feed.status:
        print("\n".join(last_words(feed.told)), file=sys.stderr)
    return feed.status or app.return_code or 0


def watch(feed: Feed, language: Language) -> int:
    """Run the screen around a conversation that goes on without it."""
    from tui.app import OperatorScreen
    from tui.options import Options

    OperatorScreen(feed, Options(language=language, scenarios=get_args(Scenario))).run()
    return 0


def last_words(told: Sequence[str]) -> Sequence[str]:
    """The error with its hint, if there is one; else everything that is left."""
    errors = [index for index, line in enumerate(told) if line.startswith("error [")]
    return told[errors[-1] :] if errors else told
