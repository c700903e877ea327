"""How commands show what happens: progress on stderr, sentences or JSON lines on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TextIO

from core.events import Event
from core.text import Language


def loading(what: str) -> None:
    """One line of progress, where a person is looking."""
    if sys.stderr.isatty():
        print(f"loading {what} …", file=sys.stderr)


def event_lines(event: Event) -> None:
    """One JSON line an event."""
    from core.wire import encode

    print(encode(event), flush=True)


def sentences(out: TextIO, *, waterfalls: bool, language: Language = "en") -> Callable[[Event], None]:
    """A listener that prints sentences, in colour on a terminal that wants it.

    Args:
        out: where to.
        waterfalls: tell each turn's timing.
        language: of the operator.
    """
    from tui.plain import PlainView

    color = out.isatty() and "NO_COLOR" not in os.environ
    view = PlainView(waterfalls=waterfalls, color=color, language=language)

    def show(event: Event) -> None:
        for line in view.feed(event):
            print(line, file=out, flush=True)

    return show
