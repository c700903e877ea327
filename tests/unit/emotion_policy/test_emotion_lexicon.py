"""The lexicon: what a line of the file comes to, and what the file must hold."""

from __future__ import annotations

import re
import tomllib

import pytest

from core.emotion import State
from emotion_policy import lexicon as module
from emotion_policy.decision import Flag
from emotion_policy.lexicon import Lexicon, lexicon

pytestmark = pytest.mark.unit

WORDS = lexicon()
SCOPE = """
[thresholds]
urgent = 0.9
[words]
kin = "爸|妈"
[scope]
negation = ["不"]
turn = ["但是"]
stress = ["!"]
"""


@pytest.fixture
def read(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """Reads a lexicon of the given rows."""

    def read(rows: str) -> Lexicon:
        file = tmp_path / "cues.toml"
        file.write_text(SCOPE + rows, encoding="utf-8")
        monkeypatch.setattr(module, "_FILE", file)
        return lexicon.__wrapped__()

    return read


GUARD = '\n[[guard]]\nname = "a topic"\nfind = ["讲座"]\ncancels = ["anxious"]\n'


def test_a_name_in_angle_brackets_stands_for_its_alternatives(read) -> None:
    (cue,) = read('[[cue]]\nname = "x"\nstate = "grief"\nfind = ["<kin>走了"]' + GUARD).cues
    assert cue.find.search("我爸走了")
    assert not cue.find.search("我走了")


def test_a_dollar_is_the_end_of_the_words_whatever_mark_follows(read) -> None:
    (cue,) = read('[[cue]]\nname = "x"\nstate = "farewell"\nfind = ["走了$"]' + GUARD).cues
    assert all(cue.find.search(text) for text in ("我走了", "我走了!", "我走了 ?.,~"))
    assert not cue.find.search("我走了吗")


def test_a_latin_word_is_whole_also_where_hanzi_touch_it(read) -> None:
    (cue,) = read('[[cue]]\nname = "x"\nstate = "thanks"\nfind = ["\\\\bthx\\\\b"]' + GUARD).cues
    assert cue.find.search("好的thx啊")
    assert not cue.find.search("thxx")


def test_patterns_of_a_row_are_parted_by_script(read) -> None:
    cues = read(
        '[[cue]]\nname = "x"\nstate = "thanks"\nfind = ["谢谢", "thanks", "(?:thx|多谢)啦?"]' + GUARD
    ).cues
    assert {cue.script: cue.find.pattern for cue in cues} == {
        "zh": "(?:(?:谢谢))",
        "en": "(?:(?:thanks))",
        "both": "(?:(?:(?:thx|多谢)啦?))",
    }
    assert {cue.name for cue in cues} == {"x"}


def test_idioms_come_first(read) -> None:
    rows = '[[cue]]\nname = "a"\nstate = "grief"\nfind = ["死"]\n[[cue]]\nname = "b"\nfigurative = true\nfind = ["困死"]'
    assert [cue.name for cue in read(rows + GUARD).cues] == ["b", "a"]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ('[[cue]]\nname = "x"\nstate = "angry"\nfind = ["a"]', ValueError),
        ('[[cue]]\nname = "x"\nflag = "thirsty"\nfind = ["a"]', ValueError),
        ('[[cue]]\nname = "x"\nstate = "grief"\nfind = ["(a"]', re.error),
    ],
)
def test_what_cannot_be_meant_is_an_error(read, row: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(row + GUARD)


def test_every_state_and_every_flag_can_be_told() -> None:
    assert {cue.state for cue in WORDS.cues} >= set(State)
    assert {cue.flag for cue in WORDS.cues} >= set(Flag)
    assert WORDS.thresholds.keys() == set(State)


def test_every_state_has_cues_in_both_languages() -> None:
    for script in ("zh", "en"):
        assert {cue.state for cue in WORDS.cues if cue.script in {script, "both"}} >= set(State)


def test_weights_are_those_of_words_and_not_of_verdicts() -> None:
    assert all(0 < cue.weight <= 2 for cue in WORDS.cues)
    assert all(cue.counts >= 1 for cue in WORDS.cues)
    assert all(
        cue.state is not None or cue.flag is not None or cue.marks or cue.figurative for cue in WORDS.cues
    )


def test_no_cue_counts_in_silence() -> None:
    assert [cue.name for cue in WORDS.cues if cue.find.search("")] == []
    assert [guard.name for guard in WORDS.guards if guard.find.search("")] == []


def test_no_two_rows_bear_one_name() -> None:
    sheet = tomllib.loads(module._FILE.read_text(encoding="utf-8"))
    names = [row["name"] for kind in ("cue", "guard") for row in sheet[kind]]
    assert sorted(names) == sorted(set(names))


def test_guards_leave_calm_states_alone_unless_they_hide_a_grievance() -> None:
    for guard in WORDS.guards:
        assert guard.cancels
        assert State.INQUIRY not in guard.cancels
