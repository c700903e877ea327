"""One engine at work without a conversation: say a text, hear a recording."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from audio.playout import Playout
from audio.resample import resample
from audio.wavfile import read_wav, write_wav
from core.audio import FRAME_BYTES, FRAME_SECONDS, HEARING_RATE, AudioFrame, Utterance, Waveform, to_pcm
from core.emotion import Style
from core.errors import InputError, VoiceError
from core.text import Sentence, Transcript, script_of
from emotion_policy.styles import delivery
from models.registry import ModelStore
from pipeline import assembly
from pipeline.config import Config
from tts.sentences import split

Progress = Callable[[str], None]
TAIL = 2.0
"""Seconds of silence after a recording: longer than any hangover, so that its last word is heard."""


def unheard(_: str) -> None:
    """Nobody looks."""


def speak(
    config: Config, text: str, style: Style, *, progress: Progress = unheard, working: Progress = unheard
) -> Waveform:
    """All of a text as one waveform at the voice's rate.

    Args:
        progress: is told what is being loaded.
        working: is told after every step which sentence it is at, and how much sound there is.

    Raises:
        TtsError: the voice failed.
    """
    voice = assembly.build_voice(config, progress=progress)
    language = script_of(text)
    sentences = list(split([text]))
    sound = [np.zeros(0, dtype=np.float32)]
    samples = 0
    try:
        for index, sentence in enumerate(sentences):
            said = Sentence(text=sentence, index=index, language=language, delivery=delivery(style))
            for piece in voice.synthesize(said):
                if isinstance(piece, Waveform):
                    sound.append(piece.samples)
                    samples += len(piece.samples)
                working(f"sentence {index + 1} of {len(sentences)}, {samples / voice.rate:.1f} s of sound")
    finally:
        voice.close()
    return Waveform(np.concatenate(sound), voice.rate)


def say(
    config: Config,
    text: str,
    style: Style,
    *,
    out: Path | None,
    progress: Progress = unheard,
    working: Progress = unheard,
) -> float:
    """Speak to the loudspeaker, or into a file; returns seconds of sound.

    Raises:
        VoiceError: no loudspeaker, the voice failed, the file cannot be written.
    """
    if not text.strip():
        raise InputError("there is nothing to say", code="empty", hint='for example: tingshuo say "您好"')
    sound = speak(config, text, style, progress=progress, working=working)
    if out is not None:
        write_wav(out, sound.samples, sound.rate)
    else:
        asyncio.run(_play(sound, config))
    return sound.seconds


async def _play(sound: Waveform, config: Config) -> None:
    """To the loudspeaker, until it has sounded."""
    from audio.soundcard import SpeakerSink

    sink = SpeakerSink(config.audio.output_device)
    playout = Playout(sink.rate, config.audio.playout_capacity)
    lost: asyncio.Future[VoiceError] = asyncio.get_running_loop().create_future()

    async def sounded() -> None:
        await playout.play(sound)
        await playout.finish()
        await playout.drained()
        await asyncio.sleep(sink.latency)

    playout.begin()
    sink.start(playout.pull, lost.set_result)
    try:
        async with asyncio.TaskGroup() as group:
            playing = group.create_task(sounded())
            await asyncio.wait({playing, lost}, return_when=asyncio.FIRST_COMPLETED)
            if lost.done():
                playing.cancel()
    finally:
        sink.stop()
    if lost.done():
        raise lost.result()


def hear(config: Config, file: Path, *, prefer_demo: bool) -> Iterator[tuple[Utterance, Transcript]]:
    """What each utterance of a recording says; noise is left out.

    Raises:
        VoiceError: the file, the weights or the engine.
    """
    recording = resample(read_wav(file), HEARING_RATE)
    found = ModelStore(config.models).recognizer(prefer_demo=prefer_demo)
    knowledge = assembly.load_knowledge(config)
    try:
        recognizer = assembly.build_recognizer(config, found, knowledge)
    finally:
        knowledge.close()
    try:
        for utterance in utterances(config, recording):
            for transcript in recognizer.transcribe(utterance.waveform):
                if transcript.final and transcript.text:
                    yield utterance, transcript
    finally:
        recognizer.close()


def utterances(config: Config, recording: Waveform) -> Iterator[Utterance]:
    """The utterances of a recording at the hearing rate, as a session would find them."""
    listen = assembly.build_listener(config).hear
    pcm = to_pcm(recording) + bytes(round(TAIL * HEARING_RATE) * 2)
    for number in range(len(pcm) // FRAME_BYTES):
        frame = pcm[number * FRAME_BYTES : (number + 1) * FRAME_BYTES]
        heard = listen(AudioFrame(frame, (number + 1) * FRAME_SECONDS))
        if isinstance(heard, Utterance) and not heard.abandoned:
            yield heard
