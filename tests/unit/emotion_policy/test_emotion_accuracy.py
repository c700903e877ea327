"""How often the packaged policies are right: on rows that nobody tunes on, and on the shared development set.

The unseen rows (`tests/data/emotion_unseen.jsonl`) are worth something only as long as nobody reads which of
them fail. So nothing here prints a row: a failure tells a number.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from core.emotion import State
from emotion_policy.rows import read_rows
from emotion_policy.scoring import Prediction, Score, score
from emotion_policy.visit import decide_row

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
UNSEEN = ROOT / "tests" / "data" / "emotion_unseen.jsonl"
DEVELOPMENT = ROOT.parent / "shared" / "eval" / "emotion_dev.jsonl"


@cache
def scored(path: Path) -> Score:
    rows = read_rows(path, judged=True)
    made = {}
    for row in rows:
        decision = decide_row(row)
        milliseconds = decision.microseconds / 1000
        made[row.id] = Prediction(state=decision.state, style=decision.style, milliseconds=milliseconds)
    return score(rows, made)


class TestOnRowsThatNobodyTunesOn:
    def test_every_row_is_decided(self) -> None:
        found = scored(UNSEEN)
        assert (found.rows, found.coverage) == (260, 1.0)
        assert found.states.keys() == set(State)

    def test_states_are_told(self) -> None:
        assert scored(UNSEEN).macro_f1 >= 0.60

    def test_hardly_a_complaint_a_grief_or_an_emergency_is_answered_in_a_forbidden_tone(self) -> None:
        found = scored(UNSEEN)
        assert found.critical >= 50
        assert found.forbidden_critical <= 0.03


@pytest.mark.skipif(not DEVELOPMENT.exists(), reason=f"the shared development set is not at {DEVELOPMENT}")
class TestOnTheDevelopmentSet:
    def test_states_are_told(self) -> None:
        assert scored(DEVELOPMENT).macro_f1 >= 0.75

    def test_styles_are_those_a_trainer_asks_for(self) -> None:
        found = scored(DEVELOPMENT)
        assert found.preferred_by_state >= 0.80
        assert found.acceptable_by_state >= 0.90
        assert found.acceptable_critical >= 0.92

    def test_nobody_in_distress_is_answered_in_a_forbidden_tone(self) -> None:
        found = scored(DEVELOPMENT)
        assert found.critical >= 40
        assert found.forbidden_critical == 0
        assert found.forbidden_sensitive == 0

    def test_few_complaints_griefs_and_emergencies_are_missed(self) -> None:
        assert scored(DEVELOPMENT).lowest_critical_recall >= 0.80
