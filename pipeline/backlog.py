"""A backlog: the lines that one reader has not taken yet, and how many it missed. Pure.

A reader that is too slow loses measurements first: all of those that wait, since each is old news after the
next. Only when none waits, the oldest line goes. At every moment, for events and for measurements alike:
put = taken + missed + waiting.
"""

from __future__ import annotations

from collections import deque


class Backlog:
    """Bounded; keeps the order.

    Args:
        most: lines that may wait.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: deque[tuple[str, bool]] = deque()
        self._gauges = 0
        self.missed = 0
        """Events that were dropped since the last `take`."""
        self.gauges_missed = 0
        """Measurements that were ever dropped."""

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, line: str, *, gauge: bool) -> None:
        """Add a line; drop what must be dropped for it."""
        if len(self._lines) >= self._most:
            self._make_room()
        self._lines.append((line, gauge))
        self._gauges += gauge

    def take(self, most: int) -> tuple[int, list[str]]:
        """How many events are missing, and the oldest lines behind that gap."""
        missed, self.missed = self.missed, 0
        taken: list[str] = []
        while self._lines and len(taken) < most:
            line, gauge = self._lines.popleft()
            self._gauges -= gauge
            taken.append(line)
        return missed, taken

    def _make_room(self) -> None:
        if self._gauges:
            self.gauges_missed += self._gauges
            self._gauges = 0
            self._lines = deque((line, gauge) for line, gauge in self._lines if not gauge)
        else:
            self._lines.popleft()
            self.missed += 1
