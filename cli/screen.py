"""The operator's screen around a headless conversation of its own: starting it, and telling how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, get_args

from cli.options import operator_language
from core.errors import ConfigError
from emotion_policy.decision import Scenario

if TYPE_CHECKING:
    from pipeline.config import Config
    from tui.feed import Feed
    from tui.options import Options

HOUSE = Path(__file__).parent.parent


def wanted(stdin: TextIO, stdout: TextIO) -> bool:
    """A person sits at a terminal that can show it."""
    return stdin.isatty() and stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show(words: Sequence[str], config: Config) -> int:
    """Run `tingshuo talk --events` with these words behind a screen, and return its exit status.

    Args:
        words: options of `talk`.

    Raises:
        ConfigError: the settings' keys cannot be used.
    """
    from tui.app import OperatorScreen
    from tui.feed import Child

    options = options_of(config)
    path = os.pathsep.join(filter(None, (str(HOUSE), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "cli.main", "talk", "--events", *words]
    feed = Child(command, {**os.environ, "PYTHONPATH": path})
    app = OperatorScreen(feed, options)
    try:
        app.run()
    finally:
        feed.close()
    if feed.status:
        print("\n".join(last_words(feed.told)), file=sys.stderr)
    return feed.status or app.return_code or 0


def watch(feed: Feed, config: Config) -> int:
    """Run the screen around a conversation that goes on without it.

    Raises:
        ConfigError: the settings' keys cannot be used.
    """
    from tui.app import OperatorScreen

    OperatorScreen(feed, options_of(config)).run()
    return 0


def options_of(config: Config) -> Options:
    """What the settings want otherwise of the screen.

    Raises:
        ConfigError: the settings' keys cannot be used.
    """
    from tui.keys import keymap
    from tui.options import Options

    keys = dict(map(_action_and_keys, config.screen.keys))
    keymap(keys)
    return Options(
        language=operator_language(config),
        theme=f"tingshuo-{config.screen.theme}",
        keys=keys or None,
        scenarios=get_args(Scenario),
    )


def _action_and_keys(entry: str) -> tuple[str, str]:
    name, equals, keys = (part.strip() for part in entry.partition("="))
    if not (name and equals and keys):
        raise ConfigError(
            f"screen.keys: {entry!r} is not action=key", code="screen-keys", hint="for example say=f2"
        )
    return name, keys


def last_words(told: Sequence[str]) -> Sequence[str]:
    """The error with its hint, if there is one; else everything that is left."""
    errors = [index for index, line in enumerate(told) if line.startswith("error [")]
    return told[errors[-1] :] if errors else told
