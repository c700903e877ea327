"""What speaks for a sentence, and how much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.confidence import CALIBRATIONS, Calibration, Decoded, Evidence, Segment, probability, weigh

pytestmark = pytest.mark.unit


def segment(word: str, first: int, last: int, acoustic: float) -> Segment:
    return Segment(word=word, first=first, last=last, acoustic=acoustic)


def decoded(*segments: Segment, score: float) -> Decoded:
    return Decoded(words=tuple(s.word for s in segments), segments=segments, score=score)


PHONES = decoded(segment("SIL", 0, 9, 0.0), segment("AA", 10, 29, -40.0), score=-100.0)


def test_overall_is_the_difference_of_the_paths_per_frame() -> None:
    sentence = decoded(segment("<sil>", 0, 9, 0.0), segment("stop", 10, 29, -40.0), score=-400.0)
    assert weigh(sentence, PHONES) == Evidence(overall=-10.0, spread=-0.0)


def test_a_sentence_that_fits_here_and_not_there_is_spread() -> None:
    sentence = decoded(segment("go", 10, 19, -20.0), segment("home", 20, 29, -220.0), score=-400.0)
    evidence = weigh(sentence, PHONES)
    assert evidence is not None
    assert evidence.spread == pytest.approx(-10.0)


def test_pauses_alone_say_nothing() -> None:
    assert weigh(decoded(segment("<sil>", 0, 29, 0.0), score=0.0), PHONES) is None
    assert weigh(decoded(score=0.0), PHONES) is None
    assert weigh(decoded(segment("stop", 0, 29, 0.0), score=0.0), decoded(score=0.0)) is None


@given(st.floats(-1e4, 1e4))
def test_probabilities_are_probabilities(confidence: float) -> None:
    assert 0.0 <= probability(confidence) <= 1.0
    assert probability(confidence) + probability(-confidence) == pytest.approx(1.0)


@pytest.mark.parametrize("calibration", CALIBRATIONS.values())
@given(overall=st.floats(-100, 100), spread=st.floats(-100, 0), better=st.floats(0, 50))
def test_better_evidence_never_lowers_confidence(
    calibration: Calibration, overall: float, spread: float, better: float
) -> None:
    before = calibration.confidence(Evidence(overall=overall, spread=spread))
    assert calibration.confidence(Evidence(overall=overall + better, spread=spread)) >= before
    assert calibration.confidence(Evidence(overall=overall, spread=spread + better)) >= before
