"""The PortAudio side of the device tests: `python talkers.py NAME` prints what happened as JSON."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np

from audio.config import AudioConfig
from audio.endpointing import Endpointing
from audio.listener import Listener
from audio.playout import Playout
from audio.soundcard import MicrophoneSource, SpeakerSink, list_devices
from audio.vad import build_vad
from core.audio import FRAME_SECONDS, HEARING_RATE, AudioFrame, Onset, Utterance, Waveform, from_pcm
from core.errors import DeviceError

NOISE_SECONDS = 3.0


def pactl(*words: str) -> str:
    return subprocess.run(["pactl", *words], capture_output=True, text=True, check=True).stdout


def module_number(words: str) -> str:
    """Of the loaded module whose line holds these words."""
    return next(line.split()[0] for line in pactl("list", "short", "modules").splitlines() if words in line)


def unload(words: str) -> None:
    pactl("unload-module", module_number(words))


def kill_server() -> None:
    os.kill(int(os.environ["SOUND_SERVER_PID"]), signal.SIGKILL)


async def until_lost(start, remove) -> dict[str, object]:
    """Start a device, take it away after a second, and see how soon that is noticed."""
    loop = asyncio.get_running_loop()
    lost: asyncio.Future[DeviceError | None] = loop.create_future()
    device = start(lost)
    await asyncio.sleep(1.5)
    early = lost.done()
    removed = loop.time()
    await asyncio.to_thread(remove)
    error = await asyncio.wait_for(lost, 6)
    seconds = loop.time() - removed
    device.stop()
    return {
        "early": early,
        "seconds": seconds,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
    }


def microphone(lost):
    source = MicrophoneSource("kiosk_mic")
    source.start(lambda pcm: None, lost.set_result)
    return source


def speaker(lost):
    sink = SpeakerSink("kiosk_speaker")
    sink.start(lambda count: np.zeros(count, np.float32), lost.set_result)
    return sink


async def unplugged_microphone():
    report = await until_lost(microphone, lambda: unload("source_name=mic"))
    try:
        MicrophoneSource("kiosk_mic").start(lambda pcm: None, lambda error: None)
    except DeviceError as error:
        report["absent"] = error.code
    await asyncio.to_thread(
        pactl, "load-module", "module-remap-source", "source_name=mic", "master=micbus.monitor"
    )
    source, frames = MicrophoneSource("kiosk_mic"), []
    source.start(frames.append, lambda error: None)
    await asyncio.sleep(1.0)
    source.stop()
    report["frames_again"] = len(frames)
    return report


async def unplugged_speaker():
    return await until_lost(speaker, lambda: unload("sink_name=speaker"))


async def dead_server_microphone():
    return await until_lost(microphone, kill_server)


async def dead_server_speaker():
    return await until_lost(speaker, kill_server)


async def steady():
    """Nothing is taken away: nothing must be reported."""
    lost = asyncio.get_running_loop().create_future()
    devices = [microphone(lost), speaker(lost)]
    await asyncio.sleep(4)
    for device in devices:
        device.stop()
    return {"lost": lost.done()}


async def loopback():
    """Noise to the loudspeaker, and what its monitor heard: where does each piece of it lie?"""
    sink, source = SpeakerSink("kiosk_speaker"), MicrophoneSource("kiosk_ear")
    playout, frames, firsts, hearing = Playout(sink.rate), [], [], asyncio.Event()
    noise = speech_band(round(NOISE_SECONDS * HEARING_RATE))

    def deliver(pcm: bytes) -> None:
        frames.append(pcm)
        if len(frames) == 10:
            hearing.set()

    source.start(deliver, lambda error: None)
    sink.start(playout.pull, lambda error: None)
    await hearing.wait()
    playout.begin(lambda: firsts.append(len(frames)))
    for piece in np.array_split(noise, 20):
        await playout.play(Waveform(piece, HEARING_RATE))
    await playout.finish()
    await playout.drained()
    await asyncio.sleep(0.3)
    report = {"latency": sink.latency, "played": playout.reply_played, "underruns": playout.underruns}
    source.stop()
    sink.stop()
    heard = from_pcm(b"".join(frames)).samples
    pieces = np.array_split(noise, 6)
    starts = np.cumsum([0, *map(len, pieces)])
    found = [place(heard, piece) for piece in pieces]
    return report | {
        "rate": sink.rate,
        "lags": [where - int(start) for (where, _), start in zip(found, starts, strict=False)],
        "likeness": [like for _, like in found],
        "overruns": source.overruns,
        "underflows": sink.underflows,
        "delay": found[0][0] / HEARING_RATE - firsts[0] * FRAME_SECONDS,
    }


def speech_band(count: int) -> np.ndarray:
    """Noise below 5 kHz: the sound server's own resampler weakens what is near 8."""
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(count))
    spectrum[round(count * 5_000 / HEARING_RATE) :] = 0
    noise = np.fft.irfft(spectrum, count)
    return (0.1 * noise / noise.std()).astype(np.float32)


def place(heard: np.ndarray, piece: np.ndarray) -> tuple[int, float]:
    """Where a piece lies in what was heard, and how like it that is (1 is the same)."""
    size = len(heard) + len(piece)
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size)), size)
    where = int(np.argmax(product[: len(heard) - len(piece)]))
    there = heard[where : where + len(piece)]
    return where, float(there @ piece / np.sqrt((there @ there) * (piece @ piece)))


async def busy_loop():
    """A loop that does nothing else for two seconds: the oldest sound is dropped, a second of it kept."""
    source, arrived = MicrophoneSource("kiosk_mic"), []
    loop = asyncio.get_running_loop()
    source.start(lambda pcm: arrived.append(loop.time()), lambda error: None)
    await asyncio.sleep(1.5)
    before = len(arrived)
    time.sleep(2)  # noqa: ASYNC251 - it is the fault to be survived
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    at_once = len(arrived) - before
    overruns = source.overruns
    await asyncio.sleep(1)
    source.stop()
    return {"at_once": at_once, "overruns": overruns, "after": len(arrived) - before - at_once}


async def speech():
    """A recording through the microphone to the listener."""
    config, heard, frames = AudioConfig(), [], 0
    ear = Listener(build_vad(config), Endpointing(config), config)

    def deliver(pcm: bytes) -> None:
        nonlocal frames
        frames += 1
        found = ear.hear(AudioFrame(pcm, frames * FRAME_SECONDS))
        if found is not None:
            heard.append(found)

    source = MicrophoneSource("kiosk_mic")
    source.start(deliver, lambda error: None)
    player = await asyncio.create_subprocess_exec("paplay", "--device=micbus", os.environ["RECORDING"])
    await player.wait()
    await asyncio.sleep(1.2)
    source.stop()
    return {
        "kinds": [type(h).__name__ for h in heard if isinstance(h, Onset | Utterance)],
        "seconds": [h.ended - h.started for h in heard if isinstance(h, Utterance)],
        "onsets": [h.started for h in heard if isinstance(h, Onset)],
        "frames": frames,
    }


async def devices():
    listed = {d.name: [d.inputs > 0, d.outputs > 0, d.rate] for d in list_devices()}
    default = [d.name for d in list_devices() if d.default_input]
    return {"listed": listed, "default": default}


async def refused():
    report = {}
    for wanted in ("kiosk_mick", "kiosk_mic"):
        try:
            MicrophoneSource(wanted).start(lambda pcm: None, lambda error: None)
        except DeviceError as error:
            report[wanted] = {"code": error.code, "message": error.message, "hint": error.hint}
    try:
        SpeakerSink("kiosk_speaker")
    except DeviceError as error:
        report["kiosk_speaker"] = {"code": error.code}
    return report


if __name__ == "__main__":
    result = asyncio.run(globals()[sys.argv[1]]())
    sys.stdout.write(json.dumps(result))
