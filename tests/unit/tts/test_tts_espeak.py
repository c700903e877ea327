"""The espeak-ng adapter beyond the contract: its library, its voices, its traps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.audio import Samples, Waveform
from core.emotion import Delivery, Style
from core.errors import ConfigError, ModelDamaged, ModelMissing, TtsError
from core.text import Sentence, Spoken, script_of

espeakng_loader = pytest.importorskip("espeakng_loader", reason="espeakng-loader is not installed")

from tts.config import EspeakConfig  # noqa: E402  # the adapter needs the library above
from tts.espeak import EspeakSynthesizer  # noqa: E402
from tts.espeak_library import LONGEST_PATH, EspeakLibrary, VoiceSettings  # noqa: E402
from tts.iong import PHONEMES  # noqa: E402

pytestmark = pytest.mark.unit

PLAIN = VoiceSettings(voice="en-us", rate=175, pitch=50, range=50, volume=100)


@pytest.fixture(scope="module")
def library() -> Iterator[EspeakLibrary]:
    opened = EspeakLibrary()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakSynthesizer]:
    built = EspeakSynthesizer(EspeakConfig())
    yield built
    built.close()


def _sound(engine: EspeakSynthesizer, text: str, **delivery: object) -> Samples:
    sentence = Sentence(text=text, index=0, language=script_of(text), delivery=Delivery(**delivery))
    return np.concatenate([s.samples for s in engine.synthesize(sentence) if isinstance(s, Waveform)])


def _reached(engine: EspeakSynthesizer, text: str) -> list[str]:
    sentence = Sentence(text=text, index=0, language=script_of(text))
    return [text[: s.characters] for s in engine.synthesize(sentence) if isinstance(s, Spoken)]


@pytest.mark.parametrize("hanzi", sorted(PHONEMES))
def test_hanzi_in_iong_are_read_as_mandarin_not_spelled(library: EspeakLibrary, hanzi: str) -> None:
    said = library.phonemes(PHONEMES[hanzi], "cmn")
    assert "(en)" not in said
    assert "j'ong" in said


def test_the_reason_for_respelling_is_still_there(library: EspeakLibrary) -> None:
    assert "(en)" in library.phonemes("穷", "cmn")


def test_a_mixed_sentence_is_followed_to_the_character(engine: EspeakSynthesizer) -> None:
    assert _reached(engine, "打开APP，好") == ["打", "打开", "打开APP", "打开APP，好"]
    assert _reached(engine, "很穷") == ["很", "很穷"]
    assert _reached(engine, "尾号62")[-1] == "尾号62"


def test_rewriting_moves_no_word_event_beyond_what_was_said(engine: EspeakSynthesizer) -> None:
    assert _reached(engine, "￥50。好") == ["￥50", "￥50。好"]


def test_louder_styles_are_louder(engine: EspeakSynthesizer) -> None:
    def loudness(style: Style) -> float:
        return float(np.sqrt(np.mean(_sound(engine, "请马上离开这里", style=style, pause=0.0) ** 2)))

    assert loudness(Style.CALM_FIRM) > loudness(Style.SOOTHING) * 1.05


def test_brackets_of_the_text_are_never_taken_for_phonemes(engine: EspeakSynthesizer) -> None:
    plain = len(_sound(engine, "say 'mama' now", pause=0.0))
    assert len(_sound(engine, "say [['mama']] now", pause=0.0)) == pytest.approx(plain, rel=0.1)


def test_variants_change_the_voice() -> None:
    engine = EspeakSynthesizer(EspeakConfig(variant="f3"))
    try:
        assert "cmn+f3" in engine.name
        assert _sound(engine, "您好").any()
    finally:
        engine.close()


def test_a_voice_that_does_not_exist_is_named_in_the_error() -> None:
    with pytest.raises(ConfigError, match="'zh'") as failure:
        EspeakSynthesizer(EspeakConfig(voice_zh="zh"))
    assert "cmn" in failure.value.hint


def test_a_missing_library_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="gone") as failure:
        EspeakLibrary(library=tmp_path / "gone.so")
    assert "pip install" in failure.value.hint


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF" + bytes(60)])
def test_a_broken_library_says_so(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "libespeak-ng.so"
    broken.write_bytes(content)
    with pytest.raises(ModelDamaged, match="cannot load") as failure:
        EspeakLibrary(library=broken)
    assert failure.value.hint


def test_a_library_that_is_not_espeak_is_refused(tmp_path: Path) -> None:
    other = next(Path("/usr/lib").glob("*/libz.so.1"), None) or next(Path("/lib").glob("*/libm.so.6"), None)
    if other is None:
        pytest.skip("found no other shared library to try")
    with pytest.raises(ModelDamaged, match="no espeak-ng"):
        EspeakLibrary(library=other)


def test_voices_that_are_not_there_or_empty_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="nowhere"):
        EspeakLibrary(voices=tmp_path / "nowhere")
    with pytest.raises(ModelDamaged, match="cannot read its voices"):
        EspeakLibrary(voices=tmp_path)


def test_a_deep_path_to_the_voices_works_and_its_link_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    voices = deep / "espeak-ng-data"
    voices.symlink_to(espeakng_loader.get_data_path(), target_is_directory=True)
    copied = deep / "copied"
    copied.mkdir()
    shutil.copytree(
        espeakng_loader.get_data_path(),
        copied / "data",
        ignore=lambda _, names: [n for n in names if _unneeded(n)],
    )
    assert len(str(copied / "data")) > LONGEST_PATH
    library = EspeakLibrary(voices=copied / "data")
    link = Path(library._directory.name)
    try:
        assert library.speak("hello", PLAIN).samples.any()
        assert link.exists()
    finally:
        library.close()
    assert not link.exists()


def _unneeded(name: str) -> bool:
    return name.endswith("_dict") and name not in ("en_dict", "cmn_dict")


def test_a_short_path_leaves_no_file_behind(library: EspeakLibrary) -> None:
    assert not Path(library._directory.name).exists()


def test_stopping_ends_a_call_at_its_next_block_and_refuses_the_next() -> None:
    library = EspeakLibrary()
    blocks = 0
    collect = library._collect

    def stop_in_the_middle(samples: int | None, count: int, events: object) -> int:
        nonlocal blocks
        blocks += 1
        if blocks == 2:
            library.stop()
        return collect(samples, count, events)

    library._opened().espeak_SetSynthCallback(callback := type(library._callback)(stop_in_the_middle))
    try:
        with pytest.raises(TtsError):
            library.speak("one two three four five six seven eight nine ten " * 5, PLAIN)
        assert callback
        assert blocks <= 3
        with pytest.raises(TtsError, match="closed"):
            library.speak("one", PLAIN)
    finally:
        library.close()


def test_the_same_calls_on_fresh_engines_give_the_same_sound() -> None:
    sounds: list[bytes] = []
    for _ in range(2):
        engine = EspeakSynthesizer(EspeakConfig())
        sounds.append(_sound(engine, "您好，请坐。").tobytes())
        engine.close()
    assert sounds[0] == sounds[1]


def test_a_sentence_without_marks_still_comes_in_short_calls(
    engine: EspeakSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    speak = engine._library.speak

    def listen(text: str, settings: VoiceSettings) -> object:
        asked.append(text)
        return speak(text, settings)

    monkeypatch.setattr(engine._library, "speak", listen)
    _sound(engine, "请您耐心等待" * 40)
    assert max(map(len, asked)) <= 41


def test_a_timbre_may_change_while_it_runs_and_back_again() -> None:
    engine = EspeakSynthesizer(EspeakConfig())
    try:
        plain = _sound(engine, "您好")
        assert list(engine.use("f3")) == ["espeak-ng cmn+f3, en-us+f3"]
        assert engine.name == "espeak-ng cmn+f3, en-us+f3"
        other = _sound(engine, "您好")
        assert len(other) != len(plain) or not np.allclose(other, plain, atol=0.01)
        assert list(engine.use("plain")) == ["espeak-ng cmn, en-us"]
        assert len(_sound(engine, "您好")) == pytest.approx(len(plain), abs=0.01 * engine.rate)
    finally:
        engine.close()


def test_every_timbre_that_is_told_can_be_taken_and_the_one_that_speaks_is_told_first() -> None:
    engine = EspeakSynthesizer(EspeakConfig(variant="f3"))
    try:
        told = engine.voices()
        assert told[:2] == ("f3", "plain")
        assert len(told) == len(set(told)) > 50
        for name in told:
            list(engine.use(name))
            assert engine.voices()[0] == name
    finally:
        engine.close()


def test_a_timbre_that_does_not_exist_leaves_the_one_before(engine: EspeakSynthesizer) -> None:
    before = engine.name
    for name in ("nobody", "../f3", "f3 "):
        with pytest.raises(ConfigError, match="has no variant"):
            list(engine.use(name))
    assert engine.name == before
    assert len(_sound(engine, "您好"))
