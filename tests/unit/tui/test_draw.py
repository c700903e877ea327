"""Drawings: what they say, and that nothing ever sticks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from core import events as e
from core import gauges as g
from tui.draw import decision, header, health, turn
from tui.draw.entry import draw_entry
from tui.draw.ink import bar, fitted, level, milliseconds, size, spread, whole, wrapped
from tui.fold import Fold
from tui.view import Entry, Phase, TurnView, ViewState
from tui.words import words

pytestmark = pytest.mark.unit

EN, ZH = words("en"), words("zh")
PANELS = (
    (header.state_of, header.draw_state, 60),
    (header.levels_of, header.draw_levels, 60),
    (turn.turn_of, turn.draw_turn, 40),
    (decision.decision_of, decision.draw_decision, 48),
    (health.links_of, health.draw_links, 23),
    (health.latency_of, health.draw_latency, 23),
    (health.engines_of, health.draw_engines, 23),
    (health.machine_of, health.draw_machine, 23),
)
"""Slice, drawing, and the fewest cells that the screen ever gives it."""


def seen(events) -> ViewState:
    fold = Fold()
    for event in events:
        fold.feed(event)
    return fold.state()


def gauged(**values: float) -> ViewState:
    return seen(e.Gauge(at=1.0, name=name, value=value) for name, value in values.items())


class TestInk:
    @given(st.text(alphabet=st.sampled_from("ab 你好，。？“”1.,\n"), max_size=80), st.integers(2, 20))
    def test_wrapping_loses_nothing_but_space_and_keeps_to_the_width(self, text, cells):
        text = " ".join(text.split())
        folded = wrapped(Content(text), cells)
        assert "".join("".join(line.plain.split()) for line in folded) == "".join(text.split())
        assert all(line.cell_length <= cells for line in folded)

    def test_a_closing_mark_is_never_alone_on_a_line(self):
        folded = wrapped(Content("您要我叫工作人员来吗？"), 20)
        assert [line.plain for line in folded] == ["您要我叫工作人员来", "吗？"]

    def test_hanzi_fill_a_line_behind_latin_words(self):
        folded = wrapped(Content("到二楼 B12 检票口等候退票"), 16)
        assert [line.plain for line in folded] == ["到二楼 B12 检票", "口等候退票"]

    def test_a_word_longer_than_a_line_is_broken(self):
        assert [line.plain for line in wrapped(Content("abcdefgh ij"), 5)] == ["abcde", "fgh", "ij"]

    @given(st.text(max_size=20), st.integers(0, 30))
    def test_fitted_text_is_exactly_so_many_cells(self, text, cells):
        text = "".join(each for each in text if each.isprintable())
        assert Content(fitted(text, cells)).cell_length == cells

    def test_the_right_of_a_spread_line_gives_way(self):
        assert spread(Content("left"), Content("right"), 12).plain == "left   right"
        assert spread(Content("left"), Content("right"), 8).plain == "left ri…"

    def test_a_bar_shows_the_least_there_is_and_never_more_than_all(self):
        assert bar(0.0, 4, "").plain == "╌╌╌╌"
        assert bar(0.001, 4, "").plain == "━╌╌╌"
        assert bar(7.0, 4, "").plain == "━━━━"

    def test_a_level_is_a_skyline_with_the_newest_right(self):
        assert level((), 4) == "▁▁▁▁"
        assert level((-90.0, -30.0, 0.0), 4) == "▁▁▅█"
        assert level((0.0,) * 9, 4) == "████"

    def test_amounts_are_told_for_people(self):
        assert [milliseconds(each) for each in (None, 0.0, 0.0012, 0.842)] == [
            "–",
            "0 ms",
            "1.2 ms",
            "842 ms",
        ]
        assert [whole(each) for each in (0.0, 0.0004, 0.0021, 0.25)] == ["<1 ms", "<1 ms", "2 ms", "250 ms"]
        assert [size(each) for each in (12, 612_000_000, 24e9)] == ["12 B", "612 MB", "24.0 GB"]


class TestPanels:
    @pytest.mark.parametrize("more", [0, 1, 20, 80])
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_every_panel_draws_every_trace_within_its_width(self, trace, language, more):
        state = seen(trace)
        for take, draw, narrowest in PANELS:
            drawn = draw(take(state), words(language), narrowest + more)
            assert all(line.cell_length <= narrowest + more for line in drawn.split("\n")), drawn.plain

    def test_nothing_is_drawn_of_nothing_but_words_that_say_so(self):
        for take, draw, _ in PANELS[2:6]:
            assert draw(take(ViewState()), EN, 40).plain.strip()
        assert health.draw_machine(health.machine_of(ViewState()), EN, 40).plain == EN.screen["no_gauges"]

    @pytest.mark.parametrize("phase", list(Phase))
    def test_every_state_is_a_word_and_a_glyph(self, phase):
        glyph, _ = header.PHASES[phase]
        for each in (EN, ZH):
            drawn = header.draw_state(header.state_of(ViewState(phase=phase)), each, 80).plain
            assert f"{glyph} {each.phases[phase]}" in drawn
        assert len({glyph for glyph, _ in header.PHASES.values()}) >= len(Phase) - 1

    def test_what_is_unusual_is_a_badge(self, events_of):
        drawn = header.draw_state(header.state_of(seen(events_of("operator"))), ZH, 120).plain
        assert "由您回答" in drawn
        assert "语气：安抚" in drawn
        muted = ViewState(phase=Phase.SPEAKING, muted=True, talking=True)
        assert "MUTED" in header.draw_state(header.state_of(muted), EN, 120).plain

    def test_engines_are_named_as_far_as_there_is_room(self, events_of):
        levels = header.levels_of(seen(events_of("listening")))
        wide, narrow = (header.draw_levels(levels, EN, width).plain for width in (160, 80))
        assert "tingshuo-demo" in wide
        assert narrow.strip().endswith("demo models")

    def test_a_waterfall_sums_to_the_first_sound(self):
        view = TurnView(
            turn=7, waterfall=(("endpoint", 0.5), ("asr", 0.003), ("think", 0.4)), ttfa=0.903,
            outcome="answered", source="model", pauses=2, failure=None,
        )  # fmt: skip
        drawn = turn.draw_turn(view, EN, 50).plain
        assert [line.split()[0] for line in drawn.splitlines()] == ["endpoint", "think", "rest", "first", "‖"]
        assert "903 ms" in drawn
        assert "3.0 ms" in drawn
        assert turn.title(view, EN) == "Turn 7 · answered · from the model"

    def test_a_failure_is_told_whole(self, events_of):
        drawn = turn.draw_turn(seen(events_of("failed")).turn, EN, 40).plain
        assert "llm.context" in drawn
        assert "".join(drawn.split()).endswith("longercontext")

    def test_a_decision_shows_its_evidence_and_its_arc(self, events_of):
        drawn = decision.draw_decision(seen(events_of("complaint")).decision, ZH, 60).plain
        assert drawn.startswith("投诉 → 致歉")
        assert "致歉 → 专业 → 安抚" in drawn
        assert "等了半天" in drawn

    def test_a_policy_that_failed_and_a_model_that_disagrees_are_told(self, events_of):
        events = [event for event in events_of("complaint") if not isinstance(event, e.OpinionHeard)]
        (chosen,) = [event for event in events if isinstance(event, e.DeliveryChosen)][-1:]
        opinion = e.OpinionHeard(
            at=chosen.at,
            turn=chosen.turn,
            state=chosen.runner_up,
            probability=0.8,
            agrees=False,
            style=chosen.style,
        )
        assert "80% sure" in decision.draw_decision(seen([*events, opinion]).decision, EN, 60).plain

    def test_a_link_that_loses_what_it_has_no_room_for_is_called_full(self):
        full = gauged(**{g.link_depth("microphone"): 45.0, g.link_capacity("microphone"): 50.0})
        assert "FULL" in health.draw_links(health.links_of(full), EN, 40).plain
        waits = gauged(**{g.link_depth("sentences"): 1.0, g.link_capacity("sentences"): 1.0})
        assert "FULL" not in health.draw_links(health.links_of(waits), EN, 40).plain
        lost = seen([e.Overrun(at=1.0, where="microphone", frames=3)])
        assert "3 frames" in health.draw_links(health.links_of(lost), EN, 40).plain

    def test_a_late_loop_is_marked(self):
        late, well = (gauged(**{g.LOOP_LAG_P99: lag}) for lag in (0.06, 0.001))
        assert "▲" in health.draw_machine(health.machine_of(late), EN, 40).plain
        assert "▲" not in health.draw_machine(health.machine_of(well), EN, 40).plain
        assert "p99" not in health.draw_machine(health.machine_of(gauged(loop_lag=0.001)), EN, 40).plain

    def test_the_device_s_memory_is_a_bar_that_warns_when_it_is_nearly_full(self):
        half, full = (
            gauged(**{g.MEMORY: 612e6, g.VRAM_USED: used * 1e9, g.VRAM_TOTAL: 24e9}) for used in (12, 23)
        )
        drawn = health.draw_machine(health.machine_of(half), EN, 40)
        memory, vram = drawn.plain.splitlines()
        assert memory.split()[1:] == ["612", "MB"]
        assert vram.endswith(" 12.0/24 GB")
        assert vram.count("━") == pytest.approx(vram.count("╌"), abs=1)
        assert "$warning" not in drawn.markup
        assert "$warning" in health.draw_machine(health.machine_of(full), EN, 40).markup

    def test_how_hard_an_engine_works_is_a_bar(self):
        started = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=0, demo=False)
        busy = seen([started, e.Gauge(at=1.0, name=g.lane_busy("tts"), value=0.41)])
        speaks = health.draw_engines(health.engines_of(busy), EN, 40).plain.splitlines()[2]
        assert speaks.endswith("41%")
        assert speaks.count("━") == pytest.approx(0.41 * (speaks.count("━") + speaks.count("╌")), abs=1)

    def test_an_engine_that_failed_says_how(self, events_of):
        drawn = health.draw_engines(health.engines_of(seen(events_of("failed"))), EN, 40).plain
        assert "✖ llm.context" in drawn
        assert drawn.count("✔") == 2


class TestEntries:
    def test_lines_hang_behind_the_name(self):
        entry = Entry(key="k", turn=1, who="agent", text="好" * 30)
        first, *more = draw_entry(entry, EN, 40)
        assert first.plain.startswith("▌agent    好")
        assert all(line.plain.startswith("▌         好") for line in more)

    def test_what_nobody_heard_is_marked(self):
        entry = Entry(key="k", turn=1, who="agent", text="Go to counter eleven.", heard="Go to")
        (line,) = draw_entry(entry, EN, 80)
        assert line.plain == "▌agent    Go to ✂ not heard: counter eleven."
        (line,) = draw_entry(Entry(key="k", turn=1, who="agent", text="Go.", heard=""), EN, 80)
        assert "nothing of it was heard: Go." in line.plain

    def test_a_style_is_never_broken(self):
        entry = Entry(key="k", turn=1, who="agent", text="好" * 14, style="warm")
        assert draw_entry(entry, ZH, 40)[-1].plain.strip("▌ ") == "亲切"
        assert len(draw_entry(entry, ZH, 44)) == 1
