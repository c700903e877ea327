"""Thousands of policy files, each with a mistake made on purpose: refused with line and hint, nothing half applied.

Every mutation is wrong by construction: a maker writes what cannot be right at a line that it knows. The same seeds
make the same files.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from core.errors import ConfigError
from emotion_policy.policy_keeper import Keeper
from tests.unit.emotion_policy.broken_policies import (
    EACH,
    MAKERS,
    corpus,
)

pytestmark = pytest.mark.unit


def write(path: Path, content: str | bytes) -> None:
    """As an editor does it: another file takes the place of the old one."""
    draft = path.with_suffix(".new")
    draft.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.replace(draft, path)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_a_broken_file_is_refused_with_line_and_hint_and_changes_nothing(maker, site, tmp_path):
    path = tmp_path / "site.toml"
    write(path, site)
    keeper = Keeper(path)
    held, record = keeper.current, repr(keeper.current)
    named = re.compile(rf"^{re.escape(str(path))}:(\d+): .{{8,}}$")
    for number, (content, line) in enumerate(corpus(maker, site)):
        write(path, content)
        look = keeper.look()
        shown = f"{maker.__name__} {number}\n{content!r}\n{look}"
        assert look is not None, shown
        found = [named.match(told) for told in look.error.splitlines()]
        assert found, shown
        assert all(found), shown
        lines = {int(one[1]) for one in found if one}
        assert line is None or line in lines, shown
        assert keeper.current is held, shown
        assert look.policy == held.hash
    assert repr(keeper.current) == record


def test_there_are_two_thousand_broken_files_and_more():
    assert len(MAKERS) * EACH >= 2000
    assert len({maker.__name__ for maker in MAKERS}) == len(MAKERS)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_the_error_has_a_code_and_a_hint(maker, site, tmp_path):
    content, _ = next(corpus(maker, site))
    write(tmp_path / "site.toml", content)
    with pytest.raises(ConfigError) as refused:
        Keeper(tmp_path / "site.toml")
    assert refused.value.code == "config.policy"
    assert refused.value.hint
