"""The pipeline without a face: events as JSON lines out, commands as JSON lines in.

Libraries print; so the events get a descriptor of their own and descriptor 1 is pointed at stderr.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO, get_args

from core import commands as c
from core import wire
from core.errors import InputError
from core.events import Event
from pipeline.assembly import build_engines
from pipeline.config import Config
from pipeline.live import converse
from pipeline.typed_commands import QUESTIONS

log = logging.getLogger(__name__)


def serve(config: Config, *, microphone: bool, loudspeaker: bool) -> None:
    """Hold a conversation for whoever reads stdout and writes stdin, until `Quit` or the end of stdin.

    Raises:
        VoiceError: what kept it from starting, or the device that was lost.
    """
    with own_stdout() as out:

        def tell(event: Event) -> None:
            print(wire.encode(event), file=out, flush=True)

        engines = build_engines(config)
        try:
            converse(
                config,
                engines,
                tell,
                microphone=microphone,
                loudspeaker=loudspeaker,
                lines=sys.stdin,
                read=command_of,
                waits=QUESTIONS,
                gauges=True,
            )
        finally:
            engines.close()


def command_of(line: str) -> c.Command | None:
    """The command a line holds; a line that holds none is reported on stderr and ignored."""
    if not line:
        return None
    try:
        message = wire.decode(line)
    except InputError as error:
        log.warning("ignored [%s]: %s (%s)", error.code, error.message, error.hint)
        return None
    if not isinstance(message, get_args(c.Command)):
        log.warning("ignored: %.80r is an event, not a command", line)
        return None
    return message  # pyright: ignore[reportReturnType] - isinstance against get_args is not narrowed


@contextmanager
def own_stdout() -> Generator[TextIO]:
    """Stdout for the events alone, while everybody else's prints go to stderr."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    out = os.fdopen(kept, "w", encoding="utf-8")
    try:
        yield out
    finally:
        out.flush()
        os.dup2(kept, 1)
        out.close()
