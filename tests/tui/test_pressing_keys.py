"""Each key, and the one command that goes out or the thing that opens."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from core import commands as c
from core import events as e
from core.emotion import Style
from tests.tui.pictures import picture
from tui import keys
from tui.screens.events import Events
from tui.screens.over import LETTERS, Help, Jump, Pick
from tui.themes import THEMES
from tui.view import Phase
from tui.words import words

pytestmark = [pytest.mark.tui, pytest.mark.timeout(60)]

STARTED = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=0, demo=False)


@pytest.fixture
def pressed(recorded, shown, settled):
    """Presses keys on the screen of a trace; returns what was sent."""

    def pressed(trace: str, *names: str, more=(), **options) -> list:
        async def press() -> list:
            feed = recorded(trace, *more)
            async with shown(feed, **options) as (app, pilot):
                for name in names:
                    await pilot.press(name)
                    await settled(app, pilot)
            return feed.sent

        return asyncio.run(press())

    return pressed


@pytest.mark.parametrize(
    ("trace", "key", "order"),
    [
        ("listening", "m", c.Mute()),
        ("muted", "m", c.Unmute()),
        ("speaking", "escape", c.Interrupt()),
        ("listening", "t", c.TakeOver()),
        ("listening", "space", c.StartTalking()),
        ("listening", "p", c.ReloadPolicy()),
        ("listening", "w", c.SaveSession()),
        ("listening", "r", c.Reset()),
        ("listening", "q", c.Quit()),
        ("listening", "ctrl+c", c.Quit()),
        ("listening", "ctrl+q", c.Quit()),
    ],
)
def test_a_key_sends_its_command_and_no_other(pressed, trace, key, order):
    assert pressed(trace, key) == [order]


def test_taking_over_opens_the_line_and_handing_back_needs_no_letter(pressed):
    assert pressed("operator", "您", "enter") == [c.Say(text="您")]
    assert pressed("operator", "escape", "t") == [c.Interrupt(), c.HandBack()]


def test_push_to_talk_is_pushed_again_when_done(pressed):
    held = e.CommandTaken(at=3.0, command="StartTalking", fields="{}")
    assert pressed("listening", "space", more=[held]) == [c.StopTalking()]


def test_nobody_talks_into_a_microphone_that_is_gone(pressed):
    assert pressed("lost", "space", "m") == []


class TestTyping:
    @pytest.mark.parametrize("key", ["slash", "enter"])
    def test_words_are_asked_as_a_customer_would(self, pressed, key):
        assert pressed("listening", key, "h", "i", "enter") == [c.Ask(text="hi")]

    def test_words_are_said_as_the_agent(self, pressed):
        assert pressed("listening", "s", "h", "i", "enter") == [c.Say(text="hi")]

    def test_letters_are_words_while_they_are_typed_and_keys_again_afterwards(self, pressed):
        typed = pressed("listening", "slash", "m", "q", "space", "r", "enter", "escape", "m")
        assert typed == [c.Ask(text="mq r"), c.Interrupt(), c.Mute()]

    def test_nothing_typed_is_nothing_sent(self, pressed):
        assert pressed("listening", "slash", "space", "enter") == []

    def test_escape_stops_the_voice_while_words_are_typed(self, pressed):
        assert pressed("speaking", "slash", "h", "escape") == [c.Interrupt()]


class TestChoosing:
    def test_a_style_is_picked_from_all_there_are(self, pressed):
        first = next(iter(Style))
        assert pressed("listening", "y", "down", "enter") == [c.ChooseStyle(style=first)]

    def test_the_first_choice_leaves_the_style_to_the_policy(self, pressed):
        assert pressed("listening", "y", "enter") == [c.ChooseStyle(style=None)]

    def test_a_voice_is_picked_or_typed(self, pressed):
        assert pressed("listening", "v", "x", "1", "enter", more=[STARTED]) == [c.ChooseVoice(voice="x1")]
        voices = [replace(STARTED, voices=("a", "b", "c"))]
        assert pressed("listening", "v", "down", "enter", more=voices) == [c.ChooseVoice(voice="b")]
        assert pressed("listening", "v", "tab", "z", "enter", more=voices) == [c.ChooseVoice(voice="z")]

    def test_the_voice_that_speaks_is_marked_and_the_choice_begins_there(
        self, pressed, recorded, shown, settled
    ):
        changed = [replace(STARTED, voices=("a", "b", "c")), e.VoiceChanged(at=3.0, voice="B", chosen="b")]
        assert pressed("listening", "v", "down", "enter", more=changed) == [c.ChooseVoice(voice="c")]

        async def marked() -> list[str]:
            async with shown(recorded("listening", *changed)) as (app, pilot):
                await pilot.press("v")
                await settled(app, pilot)
                options = app.screen.query_one(OptionList)
                return [str(options.get_option_at_index(index).prompt) for index in range(3)]

        assert asyncio.run(marked()) == ["  a", "● b", "  c"]

    def test_a_scenario_is_picked_or_typed(self, pressed):
        chosen = pressed("listening", "c", "enter", scenarios=("medical", "finance"))
        assert chosen == [c.SwitchScenario(scenario="medical")]

    @pytest.mark.parametrize("key", ["y", "v", "c"])
    def test_escape_chooses_nothing_and_stops_the_voice(self, pressed, key):
        assert pressed("speaking", key, "escape") == [c.Interrupt()]


class TestQuitting:
    def test_in_mid_turn_it_takes_a_second_press(self, pressed):
        assert pressed("speaking", "q") == []
        assert pressed("speaking", "q", "q") == [c.Quit()]

    def test_a_screen_that_only_watches_leaves_the_session_alone(self, recorded, shown):
        feed = recorded("speaking", owned=False)

        async def press() -> bool:
            async with shown(feed) as (app, pilot):
                await pilot.press("q")
                await pilot.pause()
                return app._exit

        assert asyncio.run(press())
        assert feed.sent == []

    def test_the_screen_ends_with_its_session(self, recorded, shown):
        feed = recorded("listening")

        async def wait() -> bool:
            async with shown(feed) as (app, pilot):
                feed.close()
                app._reader._thread.join(5)
                app.paint()
                await pilot.pause()
                return app._exit

        assert asyncio.run(wait())


def test_ctrl_c_copies_what_is_selected_and_does_not_quit(recorded, shown):
    feed = recorded("complaint")

    async def press() -> str:
        async with shown(feed) as (app, pilot):
            line = app.main.conversation.children[-1]
            await pilot.mouse_down(line, offset=(12, 0))
            await pilot.hover(line, offset=(40, 0))
            await pilot.mouse_up(line, offset=(40, 0))
            await pilot.press("ctrl+c")
            return app.clipboard

    assert asyncio.run(press()) == "抱歉，这次没让您办顺。对不起，"
    assert feed.sent == []


def test_a_command_that_cannot_be_sent_is_told_and_nothing_breaks(recorded, shown):
    feed = recorded("listening")
    feed.deaf = True

    async def press() -> list[str]:
        async with shown(feed) as (app, pilot):
            await pilot.press("m")
            await pilot.pause()
            return [notification.message for notification in app._notifications]

    (told,) = asyncio.run(press())
    assert "the agent takes no commands" in told


class TestScreens:
    def see(self, recorded, shown, settled, look, *names, trace="complaint", **options):
        async def press():
            async with shown(recorded(trace), **options) as (app, pilot):
                for name in names:
                    await pilot.press(name)
                    await settled(app, pilot)
                return look(app)

        return asyncio.run(press())

    @pytest.fixture
    def seen(self, recorded, shown, settled):
        return lambda look, *names, **options: self.see(recorded, shown, settled, look, *names, **options)

    @pytest.mark.parametrize(
        ("key", "kind"),
        [("e", Events), ("question_mark", Help), ("ctrl+o", Jump), ("ctrl+p", CommandPalette), ("y", Pick)],
    )
    def test_a_key_opens_a_screen_and_escape_closes_it(self, seen, key, kind):
        assert seen(lambda app: isinstance(app.screen, kind), key)
        assert seen(lambda app: app.screen is app.main, key, "escape")

    def test_the_events_are_closed_with_the_key_that_opened_them(self, seen):
        assert seen(lambda app: app.screen is app.main, "e", "e")

    def test_events_are_listed_without_gauges(self, seen):
        lines = seen(lambda app: app.screen._log.lines, "e")
        assert any("DeliveryChosen" in line for line in lines)
        assert not any("Gauge" in line for line in lines)

    def test_typing_leaves_the_events(self, seen):
        assert seen(lambda app: isinstance(app.focused, Input) and app.screen is app.main, "e", "slash")

    @pytest.mark.parametrize("size", [(140, 45), (80, 24)])
    def test_a_letter_jumps_to_its_panel_wherever_it_is(self, recorded, shown, settled, size):
        async def jump() -> dict[str, str]:
            reached = dict[str, str]()
            async with shown(recorded("complaint"), size=size) as (app, pilot):
                for name, letter in LETTERS.items():
                    await pilot.press("ctrl+o", letter)
                    await settled(app, pilot)
                    reached[name] = app.focused.id if app.focused.region.area else ""
            return reached

        assert asyncio.run(jump()) == {name: name for name in LETTERS}

    def test_a_letter_that_stands_for_nothing_waits_for_another(self, seen):
        assert seen(lambda app: isinstance(app.screen, Jump), "ctrl+o", "z")

    def test_help_is_about_what_has_the_focus(self, seen):
        title = seen(lambda app: app.screen.query_one(".over").border_title, "ctrl+o", "d", "question_mark")
        assert title == words("en").screen["decision"]
        title = seen(lambda app: app.screen.query_one(".over").border_title, "e", "question_mark")
        assert title == words("en").screen["events"]

    def test_the_language_changes_and_changes_back(self, seen):
        assert seen(lambda app: app.main.conversation.border_title, "l") == words("zh").screen["conversation"]
        assert seen(lambda app: app.main.conversation.border_title, "l", "l") == "Conversation"

    def test_the_colours_go_round(self, seen):
        assert [seen(lambda app: app.theme, *["d"] * presses) for presses in (1, 3)] == [
            THEMES[1].name,
            THEMES[0].name,
        ]

    @pytest.mark.parametrize(("key", "visible"), [("1", "conversation"), ("2", "decision"), ("3", "machine")])
    def test_tabs_show_one_part_where_there_is_no_room_for_all(self, seen, key, visible):
        def regions(app):
            return {name for name, panel in app.main.panels().items() if panel.region.area}

        assert visible in seen(regions, key, size=(80, 24))
        assert not {"conversation", "decision", "machine"} <= seen(regions, key, size=(80, 24))
        assert {"conversation", "decision", "machine"} <= seen(regions, key)

    def test_on_a_very_narrow_terminal_conversation_and_state_are_left(self, seen):
        regions = seen(
            lambda app: {name for name, panel in app.main.panels().items() if panel.region.area},
            "3",
            size=(50, 20),
        )
        assert regions == {"conversation", "input"}

    def test_scrolling_up_stays_there_and_back_down_follows_again(self, seen):
        def bottom(app):
            return app.main.conversation.is_vertical_scroll_end

        assert seen(bottom, trace="sixty")
        assert not seen(bottom, "k", trace="sixty")
        assert seen(bottom, "k", "j", trace="sixty")

    def test_the_palette_offers_what_makes_sense_now(self, seen):
        def offered(app):
            options = app.screen.query_one(OptionList)
            return [str(options.get_option_at_index(index).prompt) for index in range(options.option_count)]

        names = words("en").actions
        listening, lost = "\n".join(seen(offered, "ctrl+p")), "\n".join(seen(offered, "ctrl+p", trace="lost"))
        assert names["talk"] in listening
        assert names["talk"] not in lost
        assert names["style"] in lost


def test_from_the_palette_a_style_is_forced_by_its_name(pressed):
    assert pressed("listening", "ctrl+p", *"soothing", "enter") == [c.ChooseStyle(style=Style.SOOTHING)]


def test_keys_are_what_a_site_wants_them_to_be(pressed):
    wishes = {"microphone": "x", "interrupt": "f9"}
    assert pressed("listening", "x", "m", "f9", "escape", keys=wishes) == [c.Mute(), c.Interrupt()]


def test_a_session_that_starts_takes_no_orders_but_to_quit(recorded, shown):
    feed = recorded("listening")
    feed._events = []

    async def press() -> Phase:
        async with shown(feed) as (app, pilot):
            for action in keys.ACTIONS:
                if action.order is not None:
                    app.action_do(action.name)
            await pilot.press("q")
            return app.state.phase

    assert asyncio.run(press()) is Phase.STARTING
    assert feed.sent == [c.Quit()]


def test_a_click_on_a_key_does_what_the_key_does(recorded, shown, settled):
    feed = recorded("listening")

    async def click() -> str:
        async with shown(feed, size=(80, 24)) as (app, pilot):
            await pilot.click("#keys", offset=(3, 0))
            await pilot.click("#tabs", offset=(18, 0))
            await settled(app, pilot)
            return app.main.tab

    assert asyncio.run(click()) == 1
    assert feed.sent == [c.Mute()]


def test_the_parts_find_their_places_whatever_becomes_of_the_terminal(recorded, shown, settled):
    async def resize() -> list[set[str]]:
        seen = list[set[str]]()
        async with shown(recorded("speaking")) as (app, pilot):
            for size in ((80, 24), (50, 20), (30, 8), (200, 60), (120, 30), (140, 45)):
                await pilot.resize_terminal(*size)
                await settled(app, pilot)
                shown_now = app.main.panels().items()
                seen.append({name for name, panel in shown_now if panel.region.area})
                assert app.main.query_one("#state").size.width == size[0]
        return seen

    everything = set(LETTERS)
    assert asyncio.run(resize()) == [
        {"conversation", "input"},
        {"conversation", "input"},
        {"conversation", "input"},
        everything,
        {"conversation", "input"},
        everything,
    ]


def test_a_picture_after_resizing_is_that_of_a_screen_which_always_had_the_size(recorded, shown, settled):
    async def shoot(*sizes) -> str:
        async with shown(recorded("speaking"), size=sizes[0]) as (app, pilot):
            for size in sizes[1:]:
                await pilot.resize_terminal(*size)
                await settled(app, pilot)
            return picture(app)

    assert asyncio.run(shoot((140, 45), (80, 24), (120, 41))) == asyncio.run(shoot((120, 41)))
