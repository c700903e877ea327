"""Long utterances are cut where it is quiet, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.pieces import pieces
from core.audio import Waveform

pytestmark = pytest.mark.unit


@given(st.integers(0, 400), st.floats(0.1, 5.0), st.integers(0, 99))
def test_pieces_are_the_whole_and_fit_the_window(count: int, window: float, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=count).astype(np.float32)
    cut = list(pieces(Waveform(samples, 50), window))
    assert np.array_equal(np.concatenate([piece.samples for piece in cut]), samples)
    assert all(len(piece.samples) <= max(1, int(window * 50)) for piece in cut)
    assert all(len(piece.samples) for piece in cut[:-1])


def test_the_cut_lies_in_the_pause() -> None:
    rate = 1000
    samples = np.ones(8 * rate, np.float32)
    samples[4400:4600] = 0.0
    first, *_ = pieces(Waveform(samples, rate), 6.0)
    assert 4400 <= len(first.samples) <= 4600


def test_a_short_utterance_is_one_piece() -> None:
    speech = Waveform(np.ones(100, np.float32), 100)
    (only,) = pieces(speech, 6.0)
    assert np.array_equal(only.samples, speech.samples)
