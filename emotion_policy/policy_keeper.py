"""The site's policy while a session runs: looked after between turns, swapped whole or not at all.

`current` is always a policy that was checked. An edit that has mistakes changes nothing and is told once; so
is the edit that mends it. One `stat` a look; the file is read only when it changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import VoiceError
from emotion_policy.policy import FALLBACK, Policy, packaged
from emotion_policy.policy_file import load

Stamp = tuple[int, int, int] | None
"""Time of the last change in ns, size in bytes and number of a file; None while it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look found that is worth telling."""

    policy: str
    """Hash of the policy in force."""
    error: str = ""
    """Every mistake of an edit that is not used, one a line; empty if it is in force."""


class Keeper:
    """Holds the policy of a file, or a packaged one if there is no file.

    Args:
        path: of the site's file; None: the packaged policy of `scenario`, which never changes.
        scenario: kind of site, for want of a file that names it.

    Raises:
        ConfigError: the file is no policy; every mistake at once.
    """

    def __init__(self, path: Path | None, *, scenario: str = FALLBACK) -> None:
        self._path = path
        self._stamp: Stamp = None
        self._refused = False
        if path is None:
            self.current: Policy = packaged(scenario)
        else:
            self._stamp = _stamp(path)
            self.current = load(path)

    def look(self) -> Look | None:
        """Take an edit of the file over, if there is one. Never raises; None: nothing to tell."""
        if self._path is None:
            return None
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            policy = load(self._path)
        except VoiceError as error:
            return self._refuse(error.message)
        except Exception as error:  # noqa: BLE001 - an edit must not end the session it is made for
            return self._refuse(f"{self._path}:1: cannot be read: {type(error).__name__}: {error}")
        told = self._refused or policy.hash != self.current.hash
        self._refused, self.current = False, policy
        return Look(policy=policy.hash) if told else None

    def _refuse(self, error: str) -> Look:
        self._refused = True
        return Look(policy=self.current.hash, error=error)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
