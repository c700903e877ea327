"""The IndexTTS2 voice behind the house's contract: a sentence in, sound in short steps out.

A sentence becomes text segments; each sounds while it is made (`tts.indextts2.stream`), or when it is made
as a whole, in steps of 0.1 s. While the networks work, a None after each of their steps is the chance to be
closed. The delivery's emotion becomes the vector, its rate the length of the frames, its volume the level.
Word events are a guess (`tts.indextts2.stream_words`). One thread at a time; `close` may come from another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from core import clock
from core.audio import Samples, Waveform
from core.errors import TtsError
from core.text import Sentence, Spoken
from tts.emotion_vector import emotion_vector
from tts.indextts2.budget import check_fits, free_bytes, most_codes, needs
from tts.indextts2.config import SAMPLE_RATE
from tts.indextts2.length_regulator import Moments, frames_per_code
from tts.indextts2.networks import Networks, load_networks
from tts.indextts2.opened import opened, speakable, speaking
from tts.indextts2.placement import device_of, precisions_of
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.segment import FAILED, Sound, decoded, moments, whole
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.speaker import speaker_from_file
from tts.indextts2.spoken_prefix import prefixed
from tts.indextts2.stream import Manner, streamed
from tts.indextts2.stream_join import faded_out
from tts.indextts2.stream_plan import plan_of
from tts.indextts2.stream_words import Words
from tts.indextts2.text_front import TextSegment
from tts.indextts2.text_fronts import front_of
from tts.indextts2.text_segments import DEFAULT_LIMIT
from tts.indextts2.voice_file import Voice
from tts.indextts2.voices import Voices
from tts.styles import manner_of

STEP_SECONDS = 0.1
SILENCE_SECONDS = 0.2
"""Between two segments of one sentence (upstream's interval_silence)."""
FADE_SECONDS = 0.02
"""At the end of a sentence: what the vocoder leaves there clicks (users' reports on the original)."""
CODES_PER_PIECE = 40
"""0.8 s. A Hanzi takes about 0.25 s, an English word of one piece 0.4 s: more is a voice that runs away."""
CODES_BESIDE = 75
"""For pauses, beside what the pieces may take."""
TRIAL = "您好，请问有什么可以帮您？"
"""Said to nobody: to warm up, and to know what this voice's codes look like to the length regulator."""
TRIAL_CODES = 100
"""2 s of it."""
_CONSENT = "Ask the speaker again, and make the voice anew: tingshuo voice make --force"
_log = logging.getLogger(__name__)
Step = TypeVar("Step")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How one sentence is said."""

    vector: tuple[float, ...]
    duration: float
    volume: float


class IndexTts2Synthesizer:
    """`tts.engine.Synthesizer` on a checkpoint and a voice file; none of the networks that hear a clip."""

    rate = SAMPLE_RATE

    def __init__(
        self,
        settings: IndexTts2Settings,
        voices: Voices,
        *,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Load everything.

        Args:
            progress: is told what is read next.

        Raises:
            ConfigError: no checkpoint or voice is set, the device is not there or has too little memory, the
                consent is not in force, or the voice has no such emotion clip.
            ModelMissing: a file of the checkpoint, or the voice, is not there.
            ModelDamaged: one of them cannot be used, or they do not belong together.
        """
        checkpoint, voice = opened(settings, voices)
        self._settings = settings
        self._voices = voices
        self._fingerprint = checkpoint.fingerprint
        self._front = front_of(checkpoint, exact=settings.compat == "upstream")
        device = device_of(settings.device)
        precisions = precisions_of(settings.precision, device)
        need = needs(
            checkpoint.config,
            precisions,
            device,
            reference_seconds=voice.record.clip.seconds,
            codes=most_codes(settings),
        )
        check_fits(need, device, budget=settings.memory, free=free_bytes(device))
        self._networks: Networks | None = load_networks(
            checkpoint.config,
            checkpoint.tensors,
            device=device,
            precisions=precisions,
            progress=progress,
        )
        self._sampling = sampling_of(settings)
        self.random = checkpoint.random
        """The weights were never trained: what sounds is noise."""
        marked = ", RANDOM WEIGHTS" if checkpoint.random else ""
        kind = str(precisions.gpt).removeprefix("torch.")
        self._place = f"{device.type} {kind}{marked}"
        self._take(voice)

    def warm_up(self) -> None:
        """Say something short to nobody, in the way in which all is said."""
        segment = self._front.segments(TRIAL)[0]
        way = _Way(vector=(0.0,) * 8, duration=1.0, volume=1.0)
        rounds = 2 if self._open().device.type == "cuda" else 1  # the second records what the first ran
        for _ in range(rounds):
            for _ in self._segment(segment, self._limited(segment), way):
                pass

    def synthesize(self, sentence: Sentence) -> Generator[Waveform | Spoken | None, None, None]:
        """See `tts.engine.Synthesizer.synthesize`; the same sentence, voice and seed give the same sound.

        Raises:
            TtsError: the delivery cannot be spoken, the consent has ended, or the networks failed.
        """
        networks = self._open()
        delivery = sentence.delivery
        way = _Way(
            vector=emotion_vector(delivery.emotion),
            duration=1 / manner_of(delivery).rate,
            volume=delivery.volume,
        )
        self._check_consent()
        limit = min(DEFAULT_LIMIT, networks.config.gpt.max_text_tokens)
        found = self._front.segments(sentence.text, reply=sentence.language, limit=limit)
        segments = [segment for segment in found if any(map(str.isalnum, "".join(segment.pieces)))]
        left = 0
        for index, segment in enumerate(segments):
            if index:
                pause = _silence(SILENCE_SECONDS)
                yield from _steps(pause)
                left += len(pause)
            words = Words(segment, sentence.text, start=left, rate=self.rate, duration=way.duration)
            sounds = self._segment(segment, self._limited(segment), way)
            with closing(sounds):
                last = index + 1 == len(segments)
                left = yield from _told(sounds, words, left, volume=way.volume, fades=last)
        yield from _steps(_silence(max(0.0, delivery.pause)))

    def voices(self) -> tuple[str, ...]:
        """See `tts.engine.ManyVoiced.voices`: the files that may speak today, with this checkpoint."""
        speaks = self._voice.record.name
        names = speakable(self._settings, self._voices, self._fingerprint, self._open().config)
        return (speaks, *(name for name in names if name != speaks))

    def use(self, voice: str) -> Generator[str | None, None, None]:
        """See `tts.engine.ManyVoiced.use`: another voice file, made for this checkpoint.

        Raises:
            TtsError: the engine is closed.
            VoiceError: as `opened.speaking`.
        """
        networks, before = self._open(), self._voice
        self._take(speaking(voice, self._settings, self._voices, self._fingerprint, networks.config))
        try:
            if self._settings.stream.mode != "whole":
                yield from self._trial(networks)
        except BaseException:
            self._take(before)
            raise
        yield self.name

    def _take(self, voice: Voice) -> None:
        settings = self._settings
        self._speaker = speaker_from_file(
            self._open(), voice, emotion_clip=settings.emotion_clip, alpha=settings.emotion_alpha
        )
        self._voice = voice
        self._moments: Moments | None = None
        self.name = f"IndexTTS2 {voice.record.name}, {self._place}"

    def close(self) -> None:
        """Let go of the networks; a sentence under way fails at its next step."""
        self._networks = None

    def _segment(
        self, segment: TextSegment, sampling: Sampling, way: _Way
    ) -> Generator[Sound | None, None, None]:
        """The sound of one segment; none if the model says nothing."""
        settings, networks = self._settings, self._open()
        prefix = prefixed(networks, self._speaker, segment, way.vector)
        in_one_piece = settings.stream.mode == "whole" or sampling.second_pass
        if in_one_piece:
            sounds = whole(
                networks,
                self._speaker,
                prefix,
                sampling,
                duration=way.duration,
                steps=settings.steps,
                guidance=settings.guidance,
                seed=settings.seed,
            )
        else:
            before = yield from self._trial(networks)
            ratio = frames_per_code(duration=way.duration, version=networks.config.version)
            manner = Manner(
                plan=plan_of(settings.stream, ratio, networks.codec.features_per_code),
                moments=before,
                steps=settings.steps,
                first_steps=settings.stream.first_steps or settings.steps,
                guidance=settings.guidance,
                seed=settings.seed,
            )
            sounds = streamed(networks, self._speaker, prefix, sampling, manner)
        count = yield from self._watched(sounds, urgent=in_one_piece)
        if count >= sampling.max_codes:
            _log.warning("the voice did not end by itself and was cut after %d codes", sampling.max_codes)

    def _trial(self, networks: Networks) -> Generator[None, None, Moments]:
        """What the length regulator finds in this voice; found once, and always the same."""
        if self._moments is None:
            segment = self._front.segments(TRIAL)[0]
            prefix = prefixed(networks, self._speaker, segment, (0.0,) * 8)
            few = replace(self._sampling, max_codes=TRIAL_CODES // networks.codec.features_per_code)
            said = yield from self._watched(
                decoded(networks, prefix, few, seeded(self._settings.seed, networks.device)), urgent=True
            )
            self._moments = moments(networks, said)
        return self._moments

    def _watched(
        self, stage: Generator[Step, None, Result], *, urgent: bool
    ) -> Generator[Step, None, Result]:
        """A stage, as long as the engine is open; if urgent, before other work on the GPU."""
        try:
            while True:
                with self._open().urgent(urgent):
                    try:
                        step = next(stage)
                    except StopIteration as end:
                        return end.value
                yield step
        except (RuntimeError, ValueError) as error:
            raise TtsError(f"the networks failed: {error}", code="networks", hint=FAILED) from error
        finally:
            stage.close()

    def _limited(self, segment: TextSegment) -> Sampling:
        networks = self._open()
        most = min(self._sampling.max_codes, CODES_BESIDE + CODES_PER_PIECE * len(segment.ids))
        most //= networks.codec.features_per_code
        return replace(self._sampling, max_codes=min(most, networks.gpt.mel_pos_embedding.rows - 1))

    def _check_consent(self) -> None:
        fault = self._voice.record.consent.fault(clock.today())
        if fault is not None:
            raise TtsError(f"the voice may not speak: {fault}", code="voice-consent", hint=_CONSENT)

    def _open(self) -> Networks:
        if self._networks is None:
            raise TtsError("the voice is closed", code="closed")
        return self._networks


def sampling_of(settings: IndexTts2Settings) -> Sampling:
    """What the settings mean for the sampler: temperature 0 is greedy, top_k 0 is no limit."""
    exact = settings.compat == "upstream"
    return Sampling(
        temperature=settings.temperature or 1.0,
        greedy=settings.temperature == 0,
        top_k=settings.top_k or 1_000_000,
        top_p=settings.top_p,
        repetition_penalty=settings.repetition_penalty,
        beams=3 if exact else 1,
        positions="upstream" if exact else "trained",
    )


def _told(
    sounds: Iterable[Sound | None], words: Words, left: int, *, volume: float, fades: bool
) -> Generator[Waveform | Spoken | None, None, int]:
    """A segment's sound in steps, each after the words that begin in it.

    Args:
        left: samples of the sentence before it.
        volume: 1 is the voice's own.
        fades: it is the sentence's last.

    Returns:
        Samples of the sentence after it.
    """
    for piece in sounds:
        if piece is None:
            yield None
            continue
        samples = piece.samples * np.float32(volume)
        if piece.last:
            words.ends(left + len(samples), left=left)
            samples = faded_out(samples, round(FADE_SECONDS * SAMPLE_RATE)) if fades else samples
        for step in _steps(samples):
            yield from words.before(left + len(step.samples))
            yield step
            left += len(step.samples)
    return left


def _steps(samples: Samples) -> Generator[Waveform, None, None]:
    size = round(STEP_SECONDS * SAMPLE_RATE)
    for at in range(0, len(samples), size):
        yield Waveform(samples[at : at + size], SAMPLE_RATE)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)
