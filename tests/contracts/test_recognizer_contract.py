"""One suite over every recogniser: the fake, pocketsphinx and the demo Whisper."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from asr.config import SMALL_MODEL_GUARD, WhisperConfig
from asr.engine import Recognizer
from asr.fake import FakeRecognizer
from core.audio import HEARING_RATE, Samples, Waveform, from_pcm
from core.errors import AsrError, ConfigError, ModelDamaged, ModelMissing
from core.text import Transcript

pytestmark = pytest.mark.contracts

SAID = "where is the toilet"
RECORDING = Path("tests/data/asr_where_is_the_toilet.wav")
DEMO_WHISPER = Path("models/demo/whisper")
WHISPER_FILES = ("model.bin", "vocabulary.json", "tokenizer.json", "config.json", "preprocessor_config.json")
SENTENCES = (SAID, "how much is parking", "stop", "洗手间在哪里", "停车多少钱", "我要找工作人员")


def fake() -> Recognizer:
    return FakeRecognizer([SAID] * 9)


def sphinx() -> Recognizer:
    from asr.sphinx import SphinxRecognizer

    return SphinxRecognizer(SENTENCES)


def whisper() -> Recognizer:
    from asr.whisper import WhisperRecognizer

    need_demo_whisper()
    return WhisperRecognizer(DEMO_WHISPER, WhisperConfig(guard=SMALL_MODEL_GUARD))


def need_demo_whisper() -> None:
    missing = [name for name in WHISPER_FILES if not (DEMO_WHISPER / name).is_file()]
    if missing:
        pytest.skip(f"{DEMO_WHISPER} lacks {', '.join(missing)}: `python -m models.demo.train_asr` makes it")


@pytest.fixture(params=[fake, sphinx, whisper], ids=["fake", "sphinx", "whisper"], scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[Recognizer]:
    build: Callable[[], Recognizer] = request.param
    recognizer = build()
    recognizer.warm_up()
    yield recognizer
    recognizer.close()


@pytest.fixture
def listener(engine: Recognizer) -> Recognizer:
    """The engine; the fake with a fresh script."""
    return fake() if isinstance(engine, FakeRecognizer) else engine


def speech() -> Waveform:
    with wave.open(str(RECORDING)) as recording:
        assert recording.getframerate() == HEARING_RATE
        return from_pcm(recording.readframes(recording.getnframes()))


def sound(samples: Samples) -> Waveform:
    return Waveform(samples.astype(np.float32), HEARING_RATE)


def final(recognizer: Recognizer, heard: Waveform) -> Transcript:
    *partials, last = recognizer.transcribe(heard)
    assert last.final
    assert not any(partial.final for partial in partials)
    assert last.language in ("zh", "en")
    assert last.logprob <= 0.0
    assert 0.0 <= last.no_speech <= 1.0
    return last


def test_speech_ends_in_one_final_transcript(listener: Recognizer) -> None:
    transcript = final(listener, speech())
    assert transcript.text
    assert transcript.language == "en"
    # How well the demo Whisper hears is judged on whole voices, by models/demo/evaluate_asr.py.
    if not listener.name.startswith("Whisper"):
        assert transcript.text == SAID


def test_silence_is_no_text(listener: Recognizer) -> None:
    assert final(listener, sound(np.zeros(2 * HEARING_RATE))).text == ""


@pytest.mark.parametrize("level", [0.003, 0.05])
def test_noise_is_no_text(listener: Recognizer, level: float) -> None:
    if isinstance(listener, FakeRecognizer):
        pytest.skip("the fake hears its script in any sound that is not silent")
    noise = np.random.default_rng(1).normal(0.0, level, 2 * HEARING_RATE)
    assert final(listener, sound(noise)).text == ""


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.1])
def test_a_snippet_of_sound_is_no_failure(listener: Recognizer, seconds: float) -> None:
    final(listener, sound(speech().samples[8000 : 8000 + round(seconds * HEARING_RATE)]))


def test_ten_seconds_are_no_failure(listener: Recognizer) -> None:
    pause = np.zeros(HEARING_RATE // 2, np.float32)
    long = np.concatenate([np.concatenate([speech().samples, pause]) for _ in range(8)])[: 10 * HEARING_RATE]
    final(listener, sound(long))


def test_loud_and_broken_samples_are_no_failure(listener: Recognizer) -> None:
    clipped = np.clip(speech().samples * 50, -1, 1)
    final(listener, sound(clipped))


def test_closing_the_generator_early_keeps_the_engine_usable(listener: Recognizer) -> None:
    expected = final(listener, speech())
    abandoned = listener.transcribe(speech())
    abandoned.close()
    started = listener.transcribe(speech())
    next(started)
    started.close()
    assert final(listener, speech()) == expected


def test_the_same_sound_is_heard_the_same(listener: Recognizer) -> None:
    assert final(listener, speech()) == final(listener, speech())


def test_the_engine_has_a_name(listener: Recognizer) -> None:
    assert listener.name


@pytest.mark.parametrize("build", [sphinx, whisper])
def test_a_wrong_rate_is_refused_and_the_engine_stays_usable(build: Callable[[], Recognizer]) -> None:
    recognizer = build()
    with pytest.raises(AsrError, match="8000"):
        list(recognizer.transcribe(Waveform(np.zeros(8000, np.float32), 8000)))
    assert final(recognizer, speech()).text


def test_sphinx_needs_a_sentence() -> None:
    from asr.sphinx import SphinxRecognizer

    with pytest.raises(ConfigError, match="no sentence"):
        SphinxRecognizer(["？！"])


def test_sphinx_hands_back_the_knowledge_bases_own_wording() -> None:
    from asr.sphinx import SphinxRecognizer

    recognizer = SphinxRecognizer(["Where is the toilet?", "Stop!", "洗手间在哪里？"])
    assert final(recognizer, speech()).text == "Where is the toilet?"


def test_sphinx_names_a_word_it_had_to_guess(caplog: pytest.LogCaptureFixture) -> None:
    from asr.sphinx import SphinxRecognizer

    SphinxRecognizer([SAID, "where is the zorblatt"])
    assert "zorblatt" in caplog.text
    assert "where is the zorblatt" in caplog.text


def test_sphinx_rejects_what_is_not_in_its_grammar() -> None:
    from asr.sphinx import SphinxRecognizer

    recognizer = SphinxRecognizer(
        ["how much is a passport", "i want to send money", "停车多少钱", "怎么挂失"]
    )
    transcript = final(recognizer, speech())
    assert transcript.text == "" or transcript.confirm


def test_whisper_names_a_missing_directory(tmp_path: Path) -> None:
    from asr.whisper import WhisperRecognizer

    with pytest.raises(ModelMissing, match="nowhere") as caught:
        WhisperRecognizer(tmp_path / "nowhere")
    assert "tingshuo models" in caught.value.hint


def test_whisper_names_every_missing_file(tmp_path: Path) -> None:
    from asr.whisper import WhisperRecognizer

    (tmp_path / "model.bin").write_bytes(b"")
    with pytest.raises(ModelMissing, match=r"tokenizer\.json, vocabulary\.json"):
        WhisperRecognizer(tmp_path)


def test_whisper_tells_a_file_that_is_no_model(tmp_path: Path) -> None:
    from asr.whisper import WhisperRecognizer

    for name in ("tokenizer.json", "vocabulary.json"):
        (tmp_path / name).write_text("{}", "utf-8")
    (tmp_path / "model.bin").write_bytes(b"not a model at all")
    with pytest.raises(ModelDamaged, match=tmp_path.name):
        WhisperRecognizer(tmp_path)


@pytest.mark.parametrize("share", [0.999, 0.5, 0.01])
def test_whisper_tells_truncated_weights(tmp_path: Path, share: float) -> None:
    from asr.whisper import WhisperRecognizer

    broken = copied(tmp_path)
    whole = (broken / "model.bin").read_bytes()
    (broken / "model.bin").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelDamaged):
        WhisperRecognizer(broken)


@pytest.mark.parametrize(
    "name", ["tokenizer.json", "vocabulary.json", "config.json", "preprocessor_config.json"]
)
def test_whisper_tells_a_truncated_text_file(tmp_path: Path, name: str) -> None:
    from asr.whisper import WhisperRecognizer

    broken = copied(tmp_path)
    (broken / name).write_text((broken / name).read_text("utf-8")[:40], "utf-8")
    with pytest.raises(ModelDamaged):
        WhisperRecognizer(broken)


def copied(folder: Path) -> Path:
    need_demo_whisper()
    for name in WHISPER_FILES:
        shutil.copy(DEMO_WHISPER / name, folder / name)
    return folder
