"""The operator's desk: what becomes of commands, and those that do not decide whose turn it is.

In: commands, on the loop. Out: their events on the bus, each followed by `CommandTaken`, or `CommandRefused`
and nothing else. What changes the ground that a turn stands on (voice, policy) waits until none is under way.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import assert_never, get_args

from core import commands as c
from core import events as e
from core.clock import Clock
from core.emotion import Style
from core.errors import ConfigError, InputError, OutputError, VoiceError
from emotion_policy.decision import Scenario
from pipeline.asked import TurnSettings, Wishes
from pipeline.bus import Bus
from pipeline.crew import Crew, Site
from tts.engine import changed

MOST_WAITING = 16
"""Commands that wait for the end of a turn."""

Chosen = c.ChooseStyle | c.ChooseVoice | c.ReloadPolicy | c.SaveSession | c.SwitchScenario
"""What the desk obeys by itself."""
_Later = c.ChooseVoice | c.ReloadPolicy | c.SwitchScenario
Save = Callable[[], str]
"""Writes what is known of the session, and names the file. Raises `OutputError`: it cannot be written."""


def not_recorded() -> str:
    """What saving a session comes to that is not recorded."""
    raise OutputError(
        "nothing is being recorded", code="not-recorded", hint="set recording.on = true and start again"
    )


class Desk:
    """For one session.

    Args:
        settings: of the session's first turn.
        save: what is recorded of the session.
    """

    def __init__(
        self, *, crew: Crew, clock: Clock, bus: Bus, settings: TurnSettings, save: Save = not_recorded
    ) -> None:
        self.settings = replace(settings, wishes=Wishes())
        """Of the next turn."""
        self._crew = crew
        self._clock = clock
        self._bus = bus
        self._save = save
        self._waiting: deque[_Later] = deque()
        self._busy = False

    @property
    def busy(self) -> bool:
        """A command waits or is being carried out."""
        return self._busy or bool(self._waiting)

    def take(self, command: Chosen) -> bool:
        """Obey, or keep the command for `settle`; whether it is in force already.

        Raises:
            VoiceError: it cannot be obeyed.
        """
        match command:
            case c.ChooseStyle(style=style):
                self._force(style)
            case c.SaveSession():
                file = self._save()
                self._bus.say(e.SessionSaved(at=self._clock.now(), file=file))
            case _:
                self._keep(command)
                return False
        return True

    async def settle(self) -> None:
        """Carry out what was kept. Only while no turn is under way."""
        while self._waiting:
            command, self._busy = self._waiting.popleft(), True
            try:
                await self._carry_out(command)
            except VoiceError as error:
                self.refused(command, error)
            else:
                self.taken(command)
            finally:
                self._busy = False

    def taken(self, command: c.Command) -> None:
        """Tell that a command is in force."""
        fields = json.dumps(asdict(command), ensure_ascii=False)
        self._bus.say(e.CommandTaken(at=self._clock.now(), command=type(command).__name__, fields=fields))

    def refused(self, command: c.Command, error: VoiceError) -> None:
        """Tell that a command cannot be obeyed."""
        self._bus.say(
            e.CommandRefused(
                at=self._clock.now(),
                command=type(command).__name__,
                code=error.code,
                message=error.message,
                hint=error.hint,
            )
        )

    def control(self, *, operator: bool) -> None:
        """Say who answers from now on."""
        self.settings.wishes.control = operator
        self._bus.say(e.ControlChanged(at=self._clock.now(), operator=operator))

    def _force(self, style: Style | None) -> None:
        self.settings.wishes.style = style
        self._bus.say(e.StyleForced(at=self._clock.now(), style=style))

    def _keep(self, command: _Later) -> None:
        if isinstance(command, c.SwitchScenario):
            _scenario(command.scenario)
        if len(self._waiting) == MOST_WAITING:
            raise InputError("too many commands wait for the end of the reply", code="busy", hint="try again")
        self._waiting.append(command)

    async def _carry_out(self, command: _Later) -> None:
        match command:
            case c.ChooseVoice(voice=voice):
                await self._change_voice(voice)
            case c.ReloadPolicy():
                self._reload()
            case c.SwitchScenario(scenario=scenario):
                self._switch(_scenario(scenario))
            case _:
                assert_never(command)

    async def _change_voice(self, voice: str) -> None:
        name = voice
        steps = self._crew.speaking.walk(partial(changed, self._crew.voice, voice))
        try:
            async for told in steps:
                name = told or name
        finally:
            steps.close()
        if self._crew.openers is not None:
            self._crew.openers.forget()
        self._bus.say(e.VoiceChanged(at=self._clock.now(), voice=name, chosen=voice))

    def _reload(self) -> None:
        look = self._site().look(anew=True)
        if look is None:
            raise ConfigError(
                "no policy file is in force",
                code="no-policy-file",
                hint="set emotion.policy, or switch to the scenario that the file is for",
            )
        self._bus.say(e.PolicyChanged(at=self._clock.now(), policy=look.policy, error=look.error))

    def _switch(self, scenario: Scenario) -> None:
        self._site().switch(scenario)
        self.settings = replace(self.settings, scenario=scenario)
        self._bus.say(e.ScenarioChanged(at=self._clock.now(), scenario=scenario))

    def _site(self) -> Site:
        if self._crew.site is None:
            raise ConfigError("this session's policy is fixed", code="fixed-policy")
        return self._crew.site


def _scenario(name: str) -> Scenario:
    known: tuple[Scenario, ...] = get_args(Scenario)
    for scenario in known:
        if scenario == name:
            return scenario
    raise ConfigError(
        f"there is no scenario {name!r}", code="scenario", hint=f"choose one of {', '.join(known)}"
    )
