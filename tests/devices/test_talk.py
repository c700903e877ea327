"""`tingshuo talk` as a customer meets it: real microphone, real loudspeaker, real engines, no screen."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.devices, pytest.mark.timeout(120)]

REPOSITORY = Path(__file__).parents[2]
CUSTOMERS = REPOSITORY / "models" / "demo" / "conversation"
RATE = 48_000


class Kiosk:
    """A running `talk --events`, its events as they come, and what its loudspeaker plays."""

    def __init__(self, server, *arguments: str) -> None:
        self._server = server
        self.events: list[dict] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "talk", "--events", "--set", "models.recognizer=whisper",
             "--set", "audio.input_device=kiosk_mic", "--set", "audio.output_device=kiosk_speaker", *arguments],
            cwd=REPOSITORY, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self._ear = subprocess.Popen(
            ["parec", "--device=speaker.monitor", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=20"],
            env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._heard = bytearray()
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._listen)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def _listen(self) -> None:
        while block := self._ear.stdout.read(4800):
            self._heard += block

    def customer(self, name: str) -> None:
        subprocess.run(
            ["paplay", "--device=micbus", "--latency-msec=20", str(CUSTOMERS / name)],
            env=self._server.environment, check=True, timeout=15,
        )  # fmt: skip

    def until(self, kind: str, count: int = 1, seconds: float = 40.0) -> dict:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            found = [event for event in self.events if event["type"] == kind]
            if len(found) >= count:
                return found[count - 1]
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.process.kill()
        pytest.fail(
            f"no {kind} number {count}; got {[event['type'] for event in self.events]}; {self.process.stderr.read()}"
        )

    @property
    def heard(self) -> np.ndarray:
        return np.frombuffer(bytes(self._heard[: len(self._heard) // 2 * 2]), dtype="<i2") / 32_768

    def close(self) -> str:
        for process in (self.process, self._ear):
            if process.poll() is None:
                process.terminate()
                process.wait(10)
        for thread in self._threads:
            thread.join(10)
        complaints = "" if self.process.stderr.closed else self.process.stderr.read()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr, self._ear.stdout):
            with suppress(BrokenPipeError):
                pipe.close()
        return complaints


@pytest.fixture
def kiosk(sound_server):
    if not list((REPOSITORY / "models/demo/llm").glob("*.gguf")):
        pytest.skip("no demo language model in models/demo/llm: python -m models.demo.train_llm makes it")
    running = Kiosk(sound_server)
    try:
        running.until("SessionStarted")
        time.sleep(1.0)
        yield running
    finally:
        running.close()


def test_a_spoken_question_is_answered_aloud_and_ctrl_c_ends_it(kiosk):
    kiosk.customer("01-inquiry.wav")
    ended = kiosk.until("TurnEnded")
    assert ended["outcome"] == "answered"
    assert ended["heard"]
    assert np.abs(kiosk.heard).max() > 0.05
    kiosk.process.send_signal(signal.SIGINT)
    assert kiosk.process.wait(15) == 130
    assert "Traceback" not in kiosk.close()
    assert kiosk.events[-1]["type"] == "SessionEnded"


def test_speaking_over_the_answer_silences_the_loudspeaker(kiosk):
    kiosk.customer("04-inquiry-english.wav")
    kiosk.until("PlaybackStarted")
    time.sleep(0.8)
    kiosk.customer("05-barge-in.wav")
    barge_in = kiosk.until("BargeIn", seconds=10)
    ended = kiosk.until("TurnEnded")
    assert ended["outcome"] == "interrupted"
    assert ended["reply"].startswith(barge_in["heard"])
    assert len(barge_in["heard"]) < len(ended["reply"])
    kiosk.until("TurnEnded", 2)
