"""The operator's screen around a conversation: one that is started for it, or one that runs anyway."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, get_args

from cli.options import operator_language
from core.errors import ConfigError, InputError, OutputError
from emotion_policy.decision import Scenario

if TYPE_CHECKING:
    from pipeline.config import Config
    from tui.feed import Feed
    from tui.options import Options


def wanted(stdin: TextIO, stdout: TextIO) -> bool:
    """A person sits at a terminal that can show it."""
    return stdin.isatty() and stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def show(words: Sequence[str], config: Config) -> int:
    """Run a conversation behind a screen, and return its exit status.

    The operator ends it from the screen. If the screen fails, it goes on.

    Args:
        words: options of `talk`, without `--listen`.

    Raises:
        ConfigError: the settings' keys cannot be used.
        OutputError: a conversation runs there already, or none can.
    """
    from cli.started import Started
    from pipeline.attachment import place
    from tui.app import OperatorScreen

    options = options_of(config)
    path = place(config.session, os.environ)
    reached = "tingshuo watch" if config.session.socket is None else f"tingshuo watch {path}"
    _make_sure_of_none(path, reached)
    feed = Started(words, path)
    app = OperatorScreen(feed, options)
    _end_with_the_terminal()
    try:
        app.run()
        status = None if app.return_code else feed.end()
    except KeyboardInterrupt:
        feed.end()
        raise
    finally:
        feed.close()
    if status is None:
        print(
            f"the conversation goes on: `{reached}` shows it, `{reached} --send Quit` ends it",
            file=sys.stderr,
        )
        return 1
    if status:
        print("\n".join(last_words(feed.told)), file=sys.stderr)
    return status


def watch(feed: Feed, config: Config) -> int:
    """Run the screen around a conversation that goes on without it.

    Raises:
        ConfigError: the settings' keys cannot be used.
    """
    from tui.app import OperatorScreen

    app = OperatorScreen(feed, options_of(config))
    _end_with_the_terminal()
    app.run()
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


def _end_with_the_terminal() -> None:
    """Also where whoever started the screen ignores hangups: without a terminal it would read and read."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _make_sure_of_none(path: Path, reached: str) -> None:
    from pipeline.attachment import attach

    try:
        attach(path).close()
    except InputError:
        return
    raise OutputError(
        f"a conversation is running already, at {path}",
        code="socket-taken",
        hint=f"`{reached}` shows it, `{reached} --send Quit` ends it; --listen PATH holds another beside it",
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
