"""docs/reference names everything there is, and nothing that is not."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from cli.main import COMMANDS
from core import commands, errors, events, gauges
from pipeline.config import Config

pytestmark = pytest.mark.house

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \|", re.MULTILINE)
KINDS = (
    *get_args(events.Event),
    *get_args(commands.Command),
)


def _page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def _rows() -> dict[str, list[str]]:
    """Type to fields, as the page has them."""
    return {name: re.findall(r"`(\w+)`", columns) for name, columns in ROW.findall(_page("events.md"))}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_event_and_command_is_listed_with_its_fields_in_order(kind):
    assert _rows()[kind.__name__] == [field.name for field in fields(kind)]


def test_no_event_or_command_is_listed_that_does_not_exist():
    assert set(_rows()) == {kind.__name__ for kind in KINDS}


def test_each_gauge_is_listed_and_no_other():
    section = _page("events.md").partition("## Gauges")[2].partition("\n## ")[0]
    named = [name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in row.split(", ")]
    known = {value for name, value in vars(gauges).items() if name.isupper() and isinstance(value, str)}
    known |= {gauges.link_depth("NAME"), gauges.link_capacity("NAME"), gauges.lane_busy("NAME")}
    assert {name.strip("`") for name in named} == known
    for name in (*gauges.LINKS, *gauges.LANES):
        assert f"`{name}`" in section


@pytest.mark.parametrize("words", [get_args(events.Outcome), get_args(events.Source)])
def test_the_words_that_fields_may_hold_are_listed(words):
    for word in words:
        assert f"`{word}`" in _page("events.md")


def test_each_command_of_the_command_line_is_listed():
    assert tuple(sorted(re.findall(r"^\| `(\w+)` \|", _page("cli.md"), re.MULTILINE))) == tuple(
        sorted(COMMANDS)
    )


def test_each_exit_status_is_listed_with_its_code():
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", _page("errors.md"), re.MULTILINE)
    listed = {int(status): codes for status, codes in rows}
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.VoiceError)
    ]
    for kind in kinds:
        if kind is not errors.VoiceError:
            assert f"`{kind.default_code}`" in listed[kind.exit_code]


def test_the_settings_that_are_named_exist():
    for name in ("config.md", "cli.md"):
        for section, key in re.findall(r"`(\w+)\.(\w+)`", _page(name)):
            if section in Config.model_fields:
                assert key in type(getattr(Config(), section)).model_fields, f"{name}: {section}.{key}"


@pytest.mark.parametrize(
    "page",
    sorted(REFERENCE.parents[1].glob("*.md")) + sorted(REFERENCE.parent.rglob("*.md")),
    ids=lambda page: page.stem,
)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert not broken
