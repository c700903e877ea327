"""Endpointing: starts and ends alternate, partition time, and ignore clicks and breaths."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.config import AudioConfig
from audio.endpointing import LULL, MOST_LULLS, Ended, Endpointing, Lulled, Resumed, Started, frames_of

pytestmark = pytest.mark.unit

GATE_ALONE = AudioConfig(silero=False)
configs = st.builds(
    AudioConfig,
    silero=st.booleans(),
    onset=st.floats(0.02, 0.2),
    minimum_speech=st.floats(0.02, 0.4),
    hangover=st.floats(0.2, 1.2),
    maximum_utterance=st.floats(1.0, 3.0),
)
voices = st.lists(st.tuples(st.booleans(), st.integers(1, 70)), max_size=12).map(
    lambda runs: [voiced for voiced, count in runs for _ in range(count)]
)


def steps(config, voiced):
    endpointing = Endpointing(config)
    return [(frame, change) for frame, v in enumerate(voiced) if (change := endpointing.step(v)) is not None]


@given(configs, voices)
def test_starts_and_ends_alternate_and_begin_with_a_start(config, voiced):
    changes = [change for _, change in steps(config, voiced) if isinstance(change, Started | Ended)]
    assert all(isinstance(c, Started) == (i % 2 == 0) for i, c in enumerate(changes))


@given(configs, voices)
def test_endpoints_partition_time(config, voiced):
    """Utterances, from first voiced frame to end, never overlap, and begin with voice."""
    free_from = 0
    for frame, change in steps(config, voiced):
        match change:
            case Started():
                first = frame - change.frames + 1
                assert first >= free_from
                assert voiced[first]
                assert voiced[frame]
            case Ended():
                last = frame - change.quiet
                assert voiced[last]
                assert not any(voiced[last + 1 : frame + 1])
                free_from = frame + 1


@given(configs, voices)
def test_no_utterance_is_longer_than_the_maximum(config, voiced):
    opened = 0
    for frame, change in steps(config, voiced):
        match change:
            case Started():
                opened = frame - change.frames + 1
            case Ended():
                length = frame - opened + 1
                assert length <= frames_of(config.maximum_utterance) + 1
                assert not change.cut or length >= frames_of(config.maximum_utterance)


@given(configs, voices)
def test_what_is_abandoned_had_too_little_voice_and_nothing_else_had(config, voiced):
    opened = 0
    for frame, change in steps(config, voiced):
        match change:
            case Started():
                opened = frame - change.frames + 1
            case Ended():
                enough = sum(voiced[opened : frame + 1]) >= frames_of(config.minimum_speech)
                assert change.abandoned == (not enough)


@given(configs, voices)
def test_after_hangover_of_silence_nobody_is_speaking(config, voiced):
    endpointing = Endpointing(config)
    for v in [*voiced, *[False] * frames_of(config.hangover)]:
        endpointing.step(v)
    assert not endpointing.speaking


@given(configs, voices)
def test_reset_forgets_everything(config, voiced):
    used, fresh = Endpointing(config), Endpointing(config)
    for v in voiced:
        used.step(v)
    used.reset()
    assert [used.step(v) for v in voiced] == [fresh.step(v) for v in voiced]


def test_a_click_of_two_frames_opens_nothing_when_the_gate_decides_alone():
    assert steps(GATE_ALONE, [False, True, True, False, False, True, False]) == []


def test_three_voiced_of_four_frames_open_and_point_back_to_the_first():
    assert steps(GATE_ALONE, [False, True, False, True, True]) == [(4, Started(frames=4))]


def test_a_cough_is_abandoned_after_the_short_hangover():
    changes = steps(GATE_ALONE, [True] * 4 + [False] * 30)
    assert changes == [(2, Started(frames=3)), (13, Ended(quiet=10, cut=False, abandoned=True))]


def test_a_breath_shorter_than_the_hangover_does_not_close():
    changes = steps(AudioConfig(), [True] * 20 + [False] * 24 + [True] * 20 + [False] * 25)
    assert changes == [
        (0, Started(frames=1)),
        (34, Lulled(quiet=15)),
        (44, Resumed()),
        (78, Lulled(quiet=15)),
        (88, Ended(quiet=25, cut=False, abandoned=False)),
    ]


@given(configs, voices)
def test_a_lull_is_most_of_the_hangover_without_voice_in_what_is_no_cough(config, voiced):
    opened, told = 0, 0
    for frame, change in steps(config, voiced):
        match change:
            case Started():
                opened, told = frame - change.frames + 1, 0
            case Lulled():
                told += 1
                assert change.quiet == round(frames_of(config.hangover) * LULL)
                assert voiced[frame - change.quiet]
                assert not any(voiced[frame - change.quiet + 1 : frame + 1])
                assert sum(voiced[opened : frame + 1]) >= frames_of(config.minimum_speech)
                assert told <= MOST_LULLS
            case _:
                pass


@given(configs, voices)
def test_after_a_lull_comes_voice_or_the_end(config, voiced):
    changes = steps(config, voiced)
    for (frame, change), (later, following) in pairwise(changes):
        if isinstance(change, Lulled):
            assert isinstance(following, Ended) or (isinstance(following, Resumed) and voiced[later])
            assert not any(voiced[frame + 1 : later])
        assert not isinstance(following, Resumed) or isinstance(change, Lulled)


def test_somebody_who_hesitates_again_and_again_sets_nobody_to_work_more_than_three_times():
    changes = steps(AudioConfig(), ([True] * 10 + [False] * 20) * 6 + [False] * 20)
    assert [type(change) for _, change in changes] == [Started, *[Lulled, Resumed] * MOST_LULLS, Ended]


def test_a_cough_is_no_lull():
    changes = steps(AudioConfig(hangover=0.2), [True] * 5 + [False] * 10)
    assert [type(change) for _, change in changes] == [Started, Ended]


def test_no_lull_is_told_where_nobody_is_to_hear_ahead():
    changes = steps(AudioConfig(hear_ahead=False), [True] * 20 + [False] * 30)
    assert [type(change) for _, change in changes] == [Started, Ended]


def test_somebody_who_never_pauses_is_cut_and_goes_on_in_a_new_utterance():
    changes = steps(AudioConfig(maximum_utterance=1.0), [True] * 60)
    assert changes == [
        (0, Started(frames=1)),
        (49, Ended(quiet=0, cut=True, abandoned=False)),
        (50, Started(frames=1)),
    ]
