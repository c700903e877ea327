"""`tingshuo emotion`: a policy file's mistakes for people and scripts, or what it changes."""

from __future__ import annotations

import pytest

from cli.main import main
from core.emotion import State
from core.errors import ConfigError
from emotion_policy.policy import packaged

pytestmark = pytest.mark.unit

SITE = f"""\
schema = 1
scenario = "retail"
[states.thanks]
threshold = {packaged("retail").thresholds[State.THANKS]}
style.default = "cheerful"
[quiet_hours]
from = "22:00"
to = "07:00"
volume = 0.5
[[rules]]
id = "site.fee"
state = "complaint"
any = ["停车费乱扣"]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def test_a_sound_file_is_told_by_what_it_changes(file, capsys):
    assert main(["emotion", "check", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{file}: no mistakes; scenario retail; sha256:")
    assert lines[1:] == [
        "changes of the packaged defaults: 4",
        '  states.thanks.style.default = "cheerful"  (was "warm")',
        '  quiet_hours.from = "22:00"',
        '  quiet_hours.to = "07:00"',
        "  quiet_hours.volume = 0.5",
        "rules of its own: 1",
        "  site.fee → complaint, weight 1",
    ]


def test_every_mistake_is_told_and_the_status_is_that_of_a_setting(file, capsys):
    file.write_text(SITE.replace("cheerful", "cherful").replace("0.5", "5"), encoding="utf-8")
    assert main(["emotion", "check", str(file)]) == ConfigError.exit_code
    told = capsys.readouterr()
    assert not told.out
    assert f"{file}:5: states.thanks.style.default: 'cherful' is unknown; did you mean cheerful?" in told.err
    assert f"{file}:9: quiet_hours.volume: must be at most 1.0, not 5" in told.err
    assert "hint: " in told.err


def test_a_file_that_is_not_there_is_told_as_such(tmp_path, capsys):
    assert main(["emotion", "check", str(tmp_path / "none.toml")]) == ConfigError.exit_code
    assert "No such file" in capsys.readouterr().err


def test_each_action_teaches_by_example(capsys):
    from cli.emotion import ACTIONS

    for action in ACTIONS:
        with pytest.raises(SystemExit) as ended:
            main(["emotion", action, "--help"])
        assert ended.value.code == 0
        assert f"\n  tingshuo emotion {action} " in capsys.readouterr().out.partition("examples:")[2]
