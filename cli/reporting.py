"""The report of a recorded conversation: beside its recording, or with the sound in the page itself."""

from __future__ import annotations

import base64
import io
import os
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.audio import FRAME_SECONDS, HEARING_RATE
from core.errors import OutputError
from core.events import Event
from core.text import Language
from tui.report import Loudness, render

if TYPE_CHECKING:
    from pipeline.journal import Session
    from pipeline.session_sound import Sides


def write_report(
    events: Sequence[Event], *, recording: Path, title: str, to: Path, language: Language = "en"
) -> None:
    """Write one HTML page; `language` is the operator's.

    Raises:
        OutputError: it cannot be written.
    """
    from pipeline.rehearsal import peaks

    customer, agent = (Loudness(peaks=side, step=FRAME_SECONDS) for side in peaks(recording, FRAME_SECONDS))
    page = render(
        events, title=title, recording=recording.name, customer=customer, agent=agent, language=language
    )
    _write(page, to)


def write_session_report(session: Session, *, to: Path, language: Language = "en") -> None:
    """Write one HTML page that holds the sound of each turn, readable by its owner alone.

    Raises:
        InputError: the session's header or events say nothing to this version.
        OutputError: it cannot be written.
    """
    from core import wire
    from pipeline.session_header import setting_of
    from pipeline.session_sound import sides_of

    setting = setting_of(session.path, session.header)
    sides = sides_of(session, setting.sink_rate)
    events: list[Event] = [wire.decode(line) for line in session.events]  # pyright: ignore[reportAssignmentType] - a session file holds events alone
    customer, agent = (Loudness(peaks=side, step=FRAME_SECONDS) for side in sides.peaks(FRAME_SECONDS))
    page = render(
        events,
        title=f"Tingshuo {setting.at}",
        clip=lambda start, end: _address(sides, start, end),
        customer=customer,
        agent=agent,
        language=language,
    )
    _write(page, to, owner_only=True)


def _address(sides: Sides, start: float, end: float) -> str:
    """A data address with both sides between two session seconds, customer left."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(HEARING_RATE)
        file.writeframes(sides.between(start, end).tobytes())
    return f"data:audio/wav;base64,{base64.b64encode(out.getvalue()).decode()}"


def _write(page: str, to: Path, *, owner_only: bool = False) -> None:
    try:
        with open(to, "w", encoding="utf-8", opener=_owner_only if owner_only else None) as file:
            file.write(page)
    except OSError as error:
        raise OutputError(f"cannot write {to}: {error.strerror}", hint="choose another folder") from error


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
