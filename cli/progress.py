"""Progress on a terminal: what takes longer than two seconds says how far it is; a script sees nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

Thing = TypeVar("Thing")

PATIENCE = 2.0
"""Seconds without a word."""
EVERY = 0.2
"""Seconds between two words."""
BAR = 30
"""Columns of a bar."""


def counted(things: Sequence[Thing], what: str) -> Iterator[Thing]:
    """The same things, with their count on a terminal."""
    due = perf_counter() + PATIENCE
    shown = False
    try:
        for number, thing in enumerate(things):
            yield thing
            if perf_counter() >= due and sys.stderr.isatty():
                shown, due = True, perf_counter() + EVERY
                print(f"\r{number + 1}/{len(things)} {what}", end="", file=sys.stderr, flush=True)
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def ticking() -> Generator[Callable[[str], None]]:
    """Tell it how far things are as often as you like; it prints what a person can follow."""
    begun = perf_counter()
    due = begun + PATIENCE
    shown = False

    def tell(state: str) -> None:
        nonlocal due, shown
        now = perf_counter()
        if now >= due and sys.stderr.isatty():
            shown, due = True, now + EVERY
            print(f"\r\x1b[K{state}, {now - begun:.0f} s so far", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def measured(total: int, what: str) -> Generator[Callable[[int], None], None, None]:
    """Gives a function that takes how many bytes more are done; a bar with bytes on a terminal."""
    start = perf_counter()
    due, done, shown = start + PATIENCE, 0, False

    def told(count: int) -> None:
        nonlocal due, done, shown
        done += count
        if perf_counter() >= due and sys.stderr.isatty():
            shown, due = True, perf_counter() + EVERY
            print(f"\r{bar(done, total)} {what}", end="", file=sys.stderr, flush=True)

    try:
        yield told
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def bar(done: int, total: int) -> str:
    """`[=====     ] 3.5 of 7.0 GB`, never more than whole."""
    share = min(1.0, done / total) if total else 1.0
    filled = round(share * BAR)
    unit, name = (1e9, "GB") if total >= 1e9 else (1e6, "MB")
    return f"[{'=' * filled}{' ' * (BAR - filled)}] {share * total / unit:.1f} of {total / unit:.1f} {name}"
