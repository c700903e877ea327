"""The IndexTTS2 voice behind the house's contract: a sentence in, sound in short steps out.

A sentence becomes text segments; each is decoded, turned into a mel and into sound as a whole, then leaves in
steps of 0.1 s. While the networks work, a None after each of their steps is the chance to be closed. The
delivery's emotion becomes the vector, its rate the length of the frames, its volume the level. IndexTTS2
knows no place of a word, so there are no word events. One thread at a time; `close` may come from another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from core import clock
from core.audio import Samples, Waveform
from core.errors import ConfigError, TtsError
from core.text import Sentence, Spoken
from tts.emotion_vector import emotion_vector
from tts.indextts2.checkpoint import Checkpoint, open_checkpoint
from tts.indextts2.config import SAMPLE_RATE
from tts.indextts2.flow import drawn_noise
from tts.indextts2.networks import Networks, Precisions, load_networks
from tts.indextts2.placement import device_of, dtype_of
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.segment import condition, decoded, mel, sound
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.speaker import Speaker, speaker_from_file
from tts.indextts2.text_front import TextFront, TextSegment
from tts.indextts2.text_segments import DEFAULT_LIMIT
from tts.indextts2.text_tokens import SentencePieces
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
_FAILED = (
    "Try device = cpu, or precision fp32; if it fails again, check the checkpoint: tingshuo models convert."
)
_CONSENT = "Ask the speaker again, and make the voice anew: tingshuo voice make --force"
_log = logging.getLogger(__name__)
Stage = TypeVar("Stage")


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
            ConfigError: no checkpoint or voice is set, the device is not there, the consent is not in force,
                or the voice has no such emotion clip.
            ModelMissing: a file of the checkpoint, or the voice, is not there.
            ModelDamaged: one of them cannot be used, or they do not belong together.
        """
        checkpoint, voice = _opened(settings, voices)
        self._settings = settings
        self._voice: Voice = voice
        self._front = TextFront(SentencePieces(checkpoint.bpe))
        precision = settings.precision
        self._networks: Networks | None = load_networks(
            checkpoint.config,
            checkpoint.tensors,
            device=device_of(settings.device),
            precisions=Precisions(
                gpt=dtype_of(precision.gpt),
                flow=dtype_of(precision.flow),
                vocoder=dtype_of(precision.vocoder),
            ),
            progress=progress,
        )
        self._speaker = speaker_from_file(
            self._networks, voice, emotion_clip=settings.emotion_clip, alpha=settings.emotion_alpha
        )
        self._sampling = sampling_of(settings)
        self.random = checkpoint.random
        """The weights were never trained: what sounds is noise."""
        self.name = _name(voice, self._networks, random=checkpoint.random)
        _warn(voice, checkpoint)

    def warm_up(self) -> None:
        """A few codes, one step of the flow and their sound, to nobody."""
        networks = self._open()
        segment = self._front.segments("好")[0]
        few = replace(self._sampling, max_codes=5)
        for _ in self._segment(networks, segment, few, duration=1.0, vector=(0.0,) * 8, steps=1):
            pass

    def synthesize(self, sentence: Sentence) -> Generator[Waveform | Spoken | None, None, None]:
        """See `tts.engine.Synthesizer.synthesize`; the same sentence, voice and seed give the same sound.

        Raises:
            TtsError: the delivery cannot be spoken, the consent has ended, or the networks failed.
        """
        networks = self._open()
        manner = manner_of(sentence.delivery)
        self._check_consent()
        limit = min(DEFAULT_LIMIT, networks.config.gpt.max_text_tokens)
        found = self._front.segments(sentence.text, reply=sentence.language, limit=limit)
        segments = [segment for segment in found if any(map(str.isalnum, "".join(segment.pieces)))]
        vector = emotion_vector(sentence.delivery.emotion)
        for index, segment in enumerate(segments):
            if index:
                yield from self._steps(_silence(SILENCE_SECONDS))
            samples = yield from self._segment(
                networks,
                segment,
                self._limited(segment),
                duration=1 / manner.rate,
                vector=vector,
                steps=self._settings.steps,
            )
            samples *= np.float32(sentence.delivery.volume)
            yield from self._steps(_faded(samples) if index + 1 == len(segments) else samples)
        yield from self._steps(_silence(max(0.0, sentence.delivery.pause)))

    def close(self) -> None:
        """Let go of the networks; a sentence under way fails at its next step."""
        self._networks = None

    def _segment(
        self,
        networks: Networks,
        segment: TextSegment,
        sampling: Sampling,
        *,
        duration: float,
        vector: tuple[float, ...],
        steps: int,
    ) -> Generator[None, None, Samples]:
        """The sound of one segment; empty if the model says nothing."""
        speaker, device = self._speaker, networks.device
        with torch.inference_mode():
            ids = torch.tensor([segment.ids], device=device)
            prefix = networks.prefix(speaker.latents, speaker.emotion(vector), ids)
        chance = seeded(self._settings.seed, device)
        spoken = yield from self._watched(decoded(networks, prefix, sampling, chance))
        if not spoken.codes.shape[1]:
            return np.zeros(0, dtype=np.float32)
        if spoken.codes.shape[1] >= sampling.max_codes and steps > 1:
            _log.warning("the voice did not end by itself and was cut after %d codes", sampling.max_codes)
        target = condition(networks, spoken, duration=duration)
        yield
        noise = self._noise(networks, speaker, target)
        guidance = self._settings.guidance
        spectrum = yield from self._watched(
            mel(networks, speaker, target, noise, steps=steps, guidance=guidance)
        )
        return _array(sound(networks, spectrum))

    def _noise(self, networks: Networks, speaker: Speaker, target: Tensor) -> Tensor:
        frames = speaker.ref_mel.shape[2] + target.shape[1]
        return drawn_noise(frames, seeded(self._settings.seed, "cpu"), networks.device)

    def _watched(self, stage: Generator[None, None, Stage]) -> Generator[None, None, Stage]:
        """A stage, as long as the engine is open."""
        try:
            while True:
                self._open()
                try:
                    next(stage)
                except StopIteration as end:
                    return end.value
                yield
        except (RuntimeError, ValueError) as error:
            raise TtsError(f"the networks failed: {error}", code="networks", hint=_FAILED) from error
        finally:
            stage.close()

    def _limited(self, segment: TextSegment) -> Sampling:
        most = min(self._sampling.max_codes, CODES_BESIDE + CODES_PER_PIECE * len(segment.ids))
        return replace(self._sampling, max_codes=min(most, self._open().gpt.mel_pos_embedding.rows - 1))

    def _check_consent(self) -> None:
        fault = self._voice.record.consent.fault(clock.today())
        if fault is not None:
            raise TtsError(f"the voice may not speak: {fault}", code="voice-consent", hint=_CONSENT)

    def _steps(self, samples: Samples) -> Generator[Waveform, None, None]:
        size = round(STEP_SECONDS * self.rate)
        for at in range(0, len(samples), size):
            yield Waveform(samples[at : at + size], self.rate)

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


def _opened(settings: IndexTts2Settings, voices: Voices) -> tuple[Checkpoint, Voice]:
    if settings.checkpoint is None or settings.voice is None:
        lacking = "checkpoint" if settings.checkpoint is None else "voice"
        raise ConfigError(
            f"IndexTTS2 cannot speak: tts.indextts2.{lacking} is not set",
            code=f"indextts2-{lacking}",
            hint="The checkpoint: docs/guide/indextts2.md. The voice: docs/guide/voices.md.",
        )
    checkpoint = open_checkpoint(settings.checkpoint.expanduser())
    voice = voices.for_speech(settings.voice, checkpoint.fingerprint, checkpoint.config, clock.today())
    clip = settings.emotion_clip
    if clip is not None and clip not in voice.emotions:
        known = ", ".join(voice.emotions) or "none"
        raise ConfigError(
            f"the voice {settings.voice} has no emotion clip {clip}; it has {known}",
            code="voice-emotion",
            hint="Make the voice with --emotion-clip NAME=CLIP.wav, or unset tts.indextts2.emotion_clip.",
        )
    return checkpoint, voice


def _name(voice: Voice, networks: Networks, *, random: bool) -> str:
    precision = str(networks.precisions.gpt).removeprefix("torch.")
    marked = ", RANDOM WEIGHTS" if random else ""
    return f"IndexTTS2 {voice.record.name}, {networks.device.type} {precision}{marked}"


def _warn(voice: Voice, checkpoint: Checkpoint) -> None:
    soon = voice.record.consent.warning(clock.today())
    if soon is not None:
        _log.warning("voice %s: %s", voice.record.name, soon)
    if checkpoint.random:
        _log.warning("RANDOM WEIGHTS in %s: this is noise and no speech", checkpoint.directory)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def _faded(samples: Samples) -> Samples:
    """Half a cosine down to zero over the last `FADE_SECONDS`, in place."""
    length = min(round(FADE_SECONDS * SAMPLE_RATE), len(samples))
    if length:
        samples[-length:] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, length))).astype(np.float32)
    return samples


def _array(wave: Tensor) -> Samples:
    samples: Samples = wave.cpu().numpy().copy()  # pyright: ignore[reportUnknownMemberType]
    if not np.isfinite(samples).all():
        raise TtsError("the networks gave sound that is no number", code="networks", hint=_FAILED)
    return samples
