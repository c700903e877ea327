"""The IndexTTS2 voice on small random weights: chance, delivery, cancel, consent, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from core import clock
from core.audio import Waveform
from core.emotion import Delivery, Emotion
from core.errors import ConfigError, ModelDamaged, ModelMissing, TtsError
from core.text import Sentence, Spoken
from pipeline import assembly
from pipeline.config import Config

pytest.importorskip("torch", reason="torch is not installed")

from tts.indextts2 import synthesizer
from tts.indextts2.synthesizer import sampling_of

pytestmark = [pytest.mark.unit, pytest.mark.timeout(120)]

TEXT = "好的。"


def _spoken(engine, text=TEXT, **delivery):
    sentence = Sentence(text=text, index=0, language="zh", delivery=Delivery(pause=0.0, **delivery))
    parts = [piece.samples for piece in engine.synthesize(sentence) if isinstance(piece, Waveform)]
    return np.concatenate(parts)


@pytest.fixture(scope="module")
def engine(tiny_indextts2):
    built = tiny_indextts2.synthesizer()
    yield built
    built.close()


@pytest.fixture(scope="module")
def usual(engine):
    return _spoken(engine)


def test_the_same_seed_gives_the_same_sound_and_another_seed_another(tiny_indextts2, usual):
    again, other = tiny_indextts2.synthesizer(), tiny_indextts2.synthesizer(seed=1)
    assert np.array_equal(_spoken(again), usual)
    assert not np.array_equal(_spoken(other)[:2000], usual[:2000])


def test_an_emotion_changes_the_sound_and_half_the_volume_halves_it(engine, usual):
    happy = _spoken(engine, emotion=Emotion(happy=0.8))
    assert not np.array_equal(happy[:2000], usual[:2000])
    assert np.allclose(_spoken(engine, volume=0.5), usual / 2, atol=1e-7)


def test_an_emotion_clip_of_the_voice_changes_its_manner(tiny_indextts2, usual):
    moved = tiny_indextts2.synthesizer(emotion_clip="sorry")
    still = tiny_indextts2.synthesizer(emotion_clip="sorry", emotion_alpha=0.0)
    assert not np.array_equal(_spoken(moved)[:2000], usual[:2000])
    assert np.array_equal(_spoken(still), usual)


def test_an_emotion_clip_that_the_voice_lacks_is_refused_with_those_it_has(tiny_indextts2):
    with pytest.raises(ConfigError, match="has no emotion clip angry; it has sorry"):
        tiny_indextts2.synthesizer(emotion_clip="angry")


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_sixteen_bits_sound_too(tiny_indextts2, precision):
    sound = _spoken(
        tiny_indextts2.synthesizer(precision={"gpt": precision, "flow": precision, "vocoder": precision})
    )
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 0.01


def test_upstreams_way_with_three_beams_and_a_second_pass_sounds_too(tiny_indextts2, usual):
    exact = tiny_indextts2.synthesizer(compat="upstream")
    assert (sampling_of(exact._settings).beams, sampling_of(exact._settings).second_pass) == (3, True)
    assert not np.array_equal(_spoken(exact)[:2000], usual[:2000])


def test_it_ends_without_a_click(usual):
    fade = round(synthesizer.FADE_SECONDS * 22_050)
    assert abs(usual[-1]) < 1e-3
    assert np.abs(usual[-fade // 4 :]).max() < 0.2 * np.abs(usual).max()


def _steps(engine, text=TEXT, **delivery):
    """What comes: None for a wait, True for a sound, False for a word event."""
    sentence = Sentence(text=text, index=0, language="zh", delivery=Delivery(pause=0.0, **delivery))
    return [None if step is None else isinstance(step, Waveform) for step in engine.synthesize(sentence)]


def test_there_is_a_chance_to_be_closed_at_every_step_of_the_networks(engine, usual):
    steps = _steps(engine)
    assert steps.count(None) >= len(usual) / 22_050 * 50 * 0.9  # one a code, at 50 codes a second


def test_the_first_sound_comes_before_the_last_code(engine, tiny_indextts2):
    streaming = _steps(engine, "请稍等，请稍等。")
    first = streaming.index(True)
    assert streaming[:first].count(None) < streaming[first:].count(None)
    whole = _steps(tiny_indextts2.synthesizer(stream={"mode": "whole"}), "请稍等，请稍等。")
    assert None not in whole[whole.index(True) :]


def test_portions_are_joined_to_a_sound_as_long_as_that_of_the_whole(engine, tiny_indextts2):
    whole, prefix = (tiny_indextts2.synthesizer(stream={"mode": mode}) for mode in ("whole", "prefix"))
    text = "请稍等，请稍等。"
    lengths = [len(_spoken(each, text)) for each in (engine, whole, prefix)]
    assert lengths[0] == lengths[1] == lengths[2]
    assert not lengths[0] % 256
    slow = [len(_spoken(each, text, rate=0.83)) for each in (engine, whole)]
    assert abs(slow[0] - slow[1]) <= 256


def test_in_upstreams_way_nothing_is_streamed(tiny_indextts2):
    steps = _steps(tiny_indextts2.synthesizer(compat="upstream"))
    assert None not in steps[steps.index(True) :]


def test_warming_up_first_or_not_the_sound_is_the_same(tiny_indextts2, usual):
    warm = tiny_indextts2.synthesizer()
    warm.warm_up()
    assert np.array_equal(_spoken(warm), usual)


def test_a_sentence_closed_while_the_voice_is_still_being_known_changes_nothing(tiny_indextts2, usual):
    engine = tiny_indextts2.synthesizer()
    for count in (1, 20):
        steps = engine.synthesize(Sentence(text=TEXT, index=0, language="zh"))
        for _ in range(count):
            next(steps)
        steps.close()
    assert np.array_equal(_spoken(engine), usual)


def test_fewer_steps_in_the_first_portion_change_it_and_are_fewer(engine, tiny_indextts2, usual):
    hasty = tiny_indextts2.synthesizer(stream={"first_steps": 1})
    assert len(_spoken(hasty)) == len(usual)
    assert not np.array_equal(_spoken(hasty)[:2000], usual[:2000])
    assert _steps(engine).count(None) - _steps(hasty).count(None) == 1


def test_the_words_are_told_as_they_are_guessed_to_come(engine):
    text = "请稍等，请稍等。"
    sentence = Sentence(text=text, index=0, language="zh", delivery=Delivery(pause=0.0))
    words = [step for step in engine.synthesize(sentence) if isinstance(step, Spoken)]
    assert words[-1].characters == len(text) - 1
    assert len(words) >= 6


def test_closed_in_the_middle_of_a_sentence_it_says_so_at_its_next_step(tiny_indextts2):
    engine = tiny_indextts2.synthesizer()
    steps = engine.synthesize(Sentence(text=TEXT, index=0, language="zh"))
    next(steps)
    engine.close()
    with pytest.raises(TtsError, match="closed"):
        next(steps)


def test_a_consent_that_ends_while_the_machine_runs_silences_the_voice(monkeypatch, tiny_indextts2):
    engine = tiny_indextts2.synthesizer()
    later = clock.today() + timedelta(400)
    monkeypatch.setattr(clock, "today", lambda: later)
    with pytest.raises(TtsError, match="expired") as refused:
        _spoken(engine)
    assert refused.value.code == "tts.voice-consent"
    with pytest.raises(ConfigError, match="may not speak"):
        tiny_indextts2.synthesizer()


def test_a_voice_that_does_not_end_is_cut_at_a_length_that_its_text_explains(
    monkeypatch, caplog, tiny_indextts2
):
    engine = tiny_indextts2.synthesizer()
    monkeypatch.setattr(synthesizer, "CODES_PER_PIECE", 2)
    monkeypatch.setattr(synthesizer, "CODES_BESIDE", 0)
    sound = _spoken(engine)
    pieces = len(engine._front.segments(TEXT)[0].ids)
    assert len(sound) == 256 * int(2 * pieces * 1.72)
    assert "did not end by itself" in caplog.text


def test_random_weights_are_told_loudly(caplog, tiny_indextts2):
    engine = tiny_indextts2.synthesizer()
    assert "RANDOM WEIGHTS" in caplog.text
    assert "RANDOM WEIGHTS" in engine.name
    assert engine.random


def test_long_texts_are_said_in_segments_with_a_pause_between(monkeypatch, engine):
    monkeypatch.setattr(synthesizer, "DEFAULT_LIMIT", 6)
    sound = _spoken(engine, "请您稍等，请您稍等。")
    quiet = round(synthesizer.SILENCE_SECONDS * 22_050)
    silent = np.convolve(sound == 0.0, np.ones(quiet), "valid").max()
    assert silent == quiet


@pytest.mark.parametrize("lacking", ["checkpoint", "voice"])
def test_without_checkpoint_or_voice_it_says_which(tiny_indextts2, lacking):
    with pytest.raises(ConfigError, match=f"tts.indextts2.{lacking} is not set"):
        tiny_indextts2.synthesizer(**{lacking: None})


def test_a_voice_of_another_checkpoint_is_refused(tmp_path, tiny_indextts2):
    from tts.indextts2.random_checkpoint import write_random

    write_random(tmp_path / "other", size="tiny", seed=1, told=lambda done: None)
    with pytest.raises(ModelDamaged, match="another checkpoint"):
        tiny_indextts2.synthesizer(checkpoint=tmp_path / "other")


class TestWhoSpeaks:
    """`assembly.build_voice`, by the settings."""

    @staticmethod
    def _config(tiny, **speaking):
        indextts2 = tiny.settings(voices=tiny.voices.folder).model_copy(update=speaking.pop("more", {}))
        config = Config()
        tts = config.tts.model_copy(update={"indextts2": indextts2, **speaking})
        return config.model_copy(update={"tts": tts})

    def test_asked_for_it_speaks_with_indextts2(self, tiny_indextts2):
        told = []
        config = self._config(tiny_indextts2, engine="indextts2")
        voice = assembly.build_voice(config, progress=told.append)
        assert voice.name.startswith("IndexTTS2 anna, cpu")
        assert "IndexTTS2: gpt" in told
        voice.close()

    def test_left_to_choose_it_takes_a_cpu_only_where_that_is_set(self, tiny_indextts2, caplog):
        chosen = assembly.build_voice(self._config(tiny_indextts2))
        assert chosen.name.startswith("IndexTTS2")
        chosen.close()
        import torch

        if torch.cuda.is_available():
            pytest.skip("there is a GPU")
        fallen_back = assembly.build_voice(self._config(tiny_indextts2, more={"device": "auto"}))
        assert fallen_back.name.startswith("espeak-ng")
        assert "there is no GPU" in caplog.text
        fallen_back.close()

    def test_with_nothing_set_up_the_embedded_voice_speaks_and_nothing_is_told(self, caplog):
        voice = assembly.build_voice(Config())
        assert voice.name.startswith("espeak-ng")
        assert caplog.text == ""
        voice.close()

    def test_a_package_that_is_not_installed_is_named(self, tiny_indextts2, monkeypatch, caplog):
        import sys

        monkeypatch.setitem(sys.modules, "tts.indextts2.synthesizer", None)
        monkeypatch.setitem(sys.modules, "tts.indextts2.placement", None)
        with pytest.raises(TtsError) as refused:
            assembly.build_voice(self._config(tiny_indextts2, engine="indextts2"))
        assert refused.value.code == "tts.torch-missing"
        assert "[gpu]" in refused.value.hint
        fallen_back = assembly.build_voice(self._config(tiny_indextts2))
        assert "is not installed" in caplog.text
        fallen_back.close()


class TestAnotherVoice:
    @pytest.fixture
    def ben(self, tiny_indextts2):
        """Another voice in the same folder."""
        voice = tiny_indextts2.voices.read("anna")
        record = voice.record.model_copy(update={"name": "ben"})
        other = replace(voice, record=record, **{name: each + 0.5 for name, each in voice.own.items()})
        path = tiny_indextts2.voices.write(other)
        yield "ben"
        path.unlink()

    @pytest.mark.parametrize("mode", ["continuation", "whole"])
    def test_it_speaks_from_the_next_sentence_on_and_back_again(self, tiny_indextts2, ben, mode):
        engine = tiny_indextts2.synthesizer(stream={"mode": mode})
        first = _spoken(engine)
        *steps, name = engine.use(ben)
        assert not any(steps)
        assert name == engine.name == "IndexTTS2 ben, cpu float32, RANDOM WEIGHTS"
        assert not np.array_equal(_spoken(engine), first)
        for _ in engine.use("anna"):
            pass
        assert np.array_equal(_spoken(engine), first)
        engine.close()

    def test_the_files_that_may_speak_are_told_and_the_one_that_speaks_first(
        self, tiny_indextts2, ben, caplog
    ):
        voices = tiny_indextts2.voices
        expired = voices.read("anna").record
        consent = expired.consent.model_copy(update={"given": date(2001, 1, 1), "expires": date(2001, 2, 1)})
        record = expired.model_copy(update={"name": "carl", "consent": consent})
        paths = [voices.write(replace(voices.read("anna"), record=record)), voices.path("dora")]
        paths[1].write_bytes(b"no voice")
        try:
            engine = tiny_indextts2.synthesizer()
            assert engine.voices() == ("anna", ben)
            list(engine.use(ben))
            assert engine.voices() == (ben, "anna")
            engine.close()
        finally:
            for path in paths:
                path.unlink()
        assert "carl" not in caplog.text

    def test_one_that_is_not_there_leaves_the_one_before(self, engine):
        with pytest.raises(ModelMissing, match="there is no voice nobody"):
            list(engine.use("nobody"))
        assert "anna" in engine.name

    def test_one_that_was_not_waited_for_is_not_taken(self, tiny_indextts2, ben):
        engine = tiny_indextts2.synthesizer()
        changing = engine.use(ben)
        assert next(changing) is None
        changing.close()
        assert "anna" in engine.name
        engine.close()

    def test_a_closed_engine_takes_none(self, tiny_indextts2):
        engine = tiny_indextts2.synthesizer()
        engine.close()
        with pytest.raises(TtsError, match="closed"):
            list(engine.use("anna"))
