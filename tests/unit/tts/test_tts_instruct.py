"""CosyVoice3's instructions."""

from __future__ import annotations

import pytest

from core.emotion import Style
from tts.instruct import instruct

pytestmark = pytest.mark.unit

TESTED = {
    "You are a helpful assistant.<|endofprompt|>",
    "You are a helpful assistant. 请非常开心地说一句话。<|endofprompt|>",
    "You are a helpful assistant. Please say a sentence in a very soft voice.<|endofprompt|>",
}
"""Of upstream's list, those that an agent may be asked for."""


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_style_has_an_instruction_and_one_that_upstream_has_tested(style, language):
    for documented in (False, True):
        words = instruct(style, language, documented=documented)
        assert words.startswith("You are a helpful assistant.")
        assert words.endswith("<|endofprompt|>")
        assert words.count("<|") == 1
    assert instruct(style, language, documented=True) in TESTED


def test_styles_are_told_apart_in_each_language():
    for language in ("zh", "en"):
        assert len({instruct(style, language) for style in Style}) == len(Style)


def test_nothing_bright_stands_in_for_care_and_nobody_is_told_to_be_sad_or_angry():
    for style in (Style.SOOTHING, Style.APOLOGETIC, Style.GENTLE, Style.CALM_FIRM):
        assert "开心" not in instruct(style, "zh", documented=True)
    told = "".join(
        instruct(style, language, documented=documented)
        for style in Style
        for language in ("zh", "en")
        for documented in (False, True)
    )
    assert not any(word in told for word in ("伤心", "生气", "angry", "sad"))
