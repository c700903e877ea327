"""Names of voices: any script, nothing that leads elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from tts.indextts2.voice_name import LONGEST, check_name, is_name

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["anna", "王小明", "desk-2", "Anna_B", "a", "7", "Ünal", "x" * LONGEST])
def test_letters_digits_and_strokes_are_names(name: str):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a.b", "a/b", "../anna", "a\\b", "a b", " a", "-a", "_a", "a\0", "a\n", "a\u200b", "C:", "~a",
     "x" * (LONGEST + 1), "😀", "ａ．ｂ", "²"],
)  # fmt: skip
def test_everything_else_is_refused_with_what_would_do(name: str):
    with pytest.raises(InputError) as caught:
        check_name(name)
    assert caught.value.code == "input.voice-name"
    assert "letters" in caught.value.hint


def test_names_that_look_the_same_are_the_same():
    assert check_name("e\u0301va") == check_name("\u00e9va")


@given(st.text(max_size=LONGEST + 5))
def test_a_name_stays_in_its_folder_and_names_one_file(text: str):
    try:
        name = check_name(text)
    except InputError:
        return
    assert is_name(name)
    path = Path("folder") / f"{name}.safetensors"
    assert path.parent == Path("folder")
    assert path.stem == name
    assert len(path.name.encode()) < 255
