"""The report of a recorded conversation, written beside its recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.audio import FRAME_SECONDS
from core.errors import OutputError
from core.events import Event
from core.text import Language
from pipeline.rehearsal import peaks
from tui.report import Loudness, render


def write_report(
    events: Sequence[Event], *, recording: Path, title: str, to: Path, language: Language = "en"
) -> None:
    """Write one HTML page; `language` is the operator's.

    Raises:
        OutputError: it cannot be written.
    """
    customer, agent = (Loudness(peaks=side, step=FRAME_SECONDS) for side in peaks(recording, FRAME_SECONDS))
    page = render(
        events, title=title, recording=recording.name, customer=customer, agent=agent, language=language
    )
    try:
        to.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {to}: {error.strerror}", hint="choose another folder") from error
