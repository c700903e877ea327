"""Pieces of a text as the segments that are spoken one by one.

A run of pieces ends after a sentence's mark, at every comma and hyphen, or at the limit; neighbouring runs
are then joined while they fit. Every rule here is upstream's, since the model was used with segments of that
shape. Works on pieces as a tokenizer names them; knows nothing of ids or sounds. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

DEFAULT_LIMIT = 120
"""Pieces in a segment, at most: upstream's `max_text_tokens_per_segment`."""
_ENDS = frozenset((".", "!", "?", "▁.", "▁?", "▁..."))
"""Pieces that end a sentence; upstream's list, without `▁!`."""
_BREAKS = frozenset((",", "▁,", "-"))
"""Pieces after which a run always ends."""
_APOSTROPHES = frozenset(("'", "▁'"))
_LONGER_THAN = 2
"""A sentence of no more pieces than this is not ended by its mark."""


def segment_sizes(
    pieces: Sequence[str], limit: int = DEFAULT_LIMIT, quick_streaming: int = 0
) -> tuple[int, ...]:
    """Cut `pieces` into segments: the size of each, in order; the sum is the number of pieces.

    Args:
        limit: pieces in a segment, at most; at least 1.
        quick_streaming: within so many pieces from the start, runs are joined up to half the limit only, so
            that the first segments are short.
    """
    return _joined([len(run) for run in _runs(pieces, limit)], limit, quick_streaming)


def segments(
    pieces: Sequence[str], limit: int = DEFAULT_LIMIT, quick_streaming: int = 0, *, compat: bool = False
) -> list[list[str]]:
    """Cut `pieces` into segments of at most `limit` pieces; joined together they are `pieces`.

    Args:
        limit: as for `segment_sizes`.
        quick_streaming: as for `segment_sizes`.
        compat: keep upstream's fault: an apostrophe after a sentence's mark stands twice, at the end of that
            sentence (which may then exceed the limit) and at the start of the next.
    """
    runs = _runs_doubled(pieces, limit) if compat else _runs(pieces, limit)
    flat = [piece for run in runs for piece in run]
    cut: list[list[str]] = []
    at = 0
    for size in _joined([len(run) for run in runs], limit, quick_streaming):
        cut.append(flat[at : at + size])
        at += size
    return cut


def _runs(pieces: Sequence[str], limit: int) -> list[list[str]]:
    """Runs that are never cut again; an apostrophe that closes a quotation stays with its sentence."""
    runs: list[list[str]] = []
    for run in _runs_plain(pieces, limit):
        closes = runs and run[0] in _APOSTROPHES and _ended(runs[-1]) and len(runs[-1]) < limit
        if closes:
            runs[-1].append(run.pop(0))
        if run:
            runs.append(run)
    return runs


def _runs_doubled(pieces: Sequence[str], limit: int) -> list[list[str]]:
    runs = _runs_plain(pieces, limit)
    for run, following in pairwise(runs):
        if _ended(run) and following[0] in _APOSTROPHES:
            run.append(following[0])
    return runs


def _runs_plain(pieces: Sequence[str], limit: int) -> list[list[str]]:
    runs: list[list[str]] = []
    run: list[str] = []
    for piece in pieces:
        run.append(piece)
        if len(run) > limit:
            runs += [run[:limit], run[limit:]]
        elif piece in _BREAKS or _ended(run):
            runs.append(run)
        else:
            continue
        run = []
    return [*runs, run] if run else runs


def _ended(run: list[str]) -> bool:
    return len(run) > _LONGER_THAN and run[-1] in _ENDS


def _joined(sizes: list[int], limit: int, quick_streaming: int) -> tuple[int, ...]:
    joined: list[int] = []
    passed = 0
    for size in sizes:
        passed += size
        room = limit if passed > quick_streaming else limit / 2
        if joined and joined[-1] + size <= room:
            joined[-1] += size
        else:
            joined.append(size)
    return tuple(joined)
