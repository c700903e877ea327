"""Facts `target_lengths`: mel frames for every number of semantic codes."""

from __future__ import annotations

from collections.abc import Iterator

from tts.indextts2.length_regulator import target_frames
from tts.indextts2.parity.compared import Row
from tts.indextts2.parity.golden import Golden


def judged(golden: Golden) -> Iterator[Row]:
    """One row; the index of a recorded value is its number of codes."""
    recorded: list[int] = golden.json("golden/target_lengths.json")["target_lengths"]["values"]
    wrong = [codes for codes, frames in enumerate(recorded) if target_frames(codes) != frames]
    note = f"{len(wrong)} of {len(recorded)} differ, first for {wrong[0]} codes" if wrong else ""
    yield Row(name="target_lengths/values", passed=not wrong, max_abs=0.0, tolerance="exact", note=note)
