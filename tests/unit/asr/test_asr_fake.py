"""The fake hears its script."""

from __future__ import annotations

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from core.audio import HEARING_RATE, Waveform
from core.errors import AsrError

pytestmark = pytest.mark.unit

SPEECH = Waveform(np.full(HEARING_RATE, 0.1, np.float32), HEARING_RATE)
SILENCE = Waveform(np.zeros(HEARING_RATE, np.float32), HEARING_RATE)


def test_texts_come_in_order_and_then_nothing() -> None:
    fake = FakeRecognizer(["你好", "hello"])
    finals = [list(fake.transcribe(SPEECH))[-1] for _ in range(3)]
    assert [(t.text, t.language, t.final) for t in finals] == [
        ("你好", "zh", True),
        ("hello", "en", True),
        ("", "en", True),
    ]
    assert fake.heard == [SPEECH] * 3


def test_silence_uses_no_text() -> None:
    fake = FakeRecognizer(["hello"])
    assert next(fake.transcribe(SILENCE)).text == ""
    assert next(fake.transcribe(SPEECH)).text == "hello"


def test_partials_precede_the_final_and_each_takes_its_time() -> None:
    waits: list[None] = []
    fake = FakeRecognizer(["where is it"], partials=["where", "where is"], delay=lambda: waits.append(None))
    assert [(t.text, t.final) for t in fake.transcribe(SPEECH)] == [
        ("where", False),
        ("where is", False),
        ("where is it", True),
    ]
    assert len(waits) == 3


def test_a_scripted_failure_is_raised_once() -> None:
    fake = FakeRecognizer([AsrError("engine tripped"), "hello"])
    with pytest.raises(AsrError, match="tripped"):
        list(fake.transcribe(SPEECH))
    assert next(fake.transcribe(SPEECH)).text == "hello"
    fake.warm_up()
    fake.close()
