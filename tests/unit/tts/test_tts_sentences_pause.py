"""A pause of the stream settles a full stop behind a plain word, and nothing that might go on."""

import pytest

from tts.sentences import SentenceCutter

pytestmark = pytest.mark.unit


def cut(*deltas: str) -> list[list[str]]:
    cutter = SentenceCutter()
    return [[*cutter.feed(delta), *cutter.pause()] for delta in deltas] + [cutter.finish()]


def test_a_full_stop_after_a_plain_word_ends_the_sentence_at_once():
    assert cut("I can help you", " today", ".", " Now") == [[], [], ["I can help you today."], [], ["Now"]]


@pytest.mark.parametrize(
    "deltas",
    [
        ("It costs about", " 3", ".", "5 yuan a day"),
        ("Please ask for", " Dr", ".", " Wang at counter two"),
        ("Open from nine", " a.m", ".", " to five in the week"),
        ("Please go to the U", ".", "S desk over there"),
        ("He said to me “go there", ".", "” and then he left"),
    ],
)
def test_what_may_go_on_goes_on_waiting(deltas):
    cuts = cut(*deltas)
    assert all(not piece.endswith(".") or "..." in piece for pieces in cuts[:-2] for piece in pieces)


def test_pausing_never_changes_what_is_said():
    text = "Good morning. Please take a ticket at the door! Then wait, will you? Thank you."
    cutter, plain = SentenceCutter(), SentenceCutter()
    paused = [piece for c in text for piece in (*cutter.feed(c), *cutter.pause())] + cutter.finish()
    assert paused == plain.feed(text) + plain.finish()
