"""The site's policy while a session runs: looked after between turns, swapped whole or not at all.

`current` is always a policy that was checked. An edit that has mistakes changes nothing and is told once;
so is the edit that mends it. One `stat` a look; the file is read when it changed, or when somebody wants it.
While a switched scenario is not the file's own, the packaged policy of that scenario is in force instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import VoiceError
from emotion_policy.decision import Scenario
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
        self._site: Policy | None = None
        """The file's, while another one is in force."""
        if path is None:
            self.current: Policy = packaged(scenario)
        else:
            self._stamp = _stamp(path)
            self.current = load(path)

    def look(self, *, anew: bool = False) -> Look | None:
        """Take an edit of the file over, if there is one. Never raises; None: nothing to tell.

        Args:
            anew: read the file although it has not changed, and tell what came of it; None then means that
                there is no file, or that it is not in force.
        """
        if self._path is None or self._site is not None:
            return None
        stamp = _stamp(self._path)
        if stamp == self._stamp and not anew:
            return None
        self._stamp = stamp
        try:
            policy = load(self._path)
        except VoiceError as error:
            return self._refuse(error.message)
        except Exception as error:  # noqa: BLE001 - an edit must not end the session it is made for
            return self._refuse(f"{self._path}:1: cannot be read: {type(error).__name__}: {error}")
        told = anew or self._refused or policy.hash != self.current.hash
        self._refused, self.current = False, policy
        return Look(policy=policy.hash) if told else None

    def switch(self, scenario: Scenario) -> None:
        """Put the policy of a kind of site in force: the file's if it is of that kind, else the packaged."""
        own = self.current if self._site is None else self._site
        if self._path is None or own.scenario == scenario:
            self._site, self.current = None, own if own.scenario == scenario else packaged(scenario)
        else:
            self._site, self.current = own, packaged(scenario)

    def _refuse(self, error: str) -> Look:
        self._refused = True
        return Look(policy=self.current.hash, error=error)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
