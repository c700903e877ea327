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
