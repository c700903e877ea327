"""A conversation through a real sound card, recorded and replayed: the same events, whatever threads did."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.replay import read_session, replay

pytestmark = [pytest.mark.devices, pytest.mark.timeout(120)]

REPOSITORY = Path(__file__).parents[2]
CUSTOMERS = REPOSITORY / "models" / "demo" / "conversation"


class Recorded:
    """A running `talk --events --record`."""

    def __init__(self, server, folder: Path) -> None:
        self._server = server
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "talk", "--events", "--record", "--set", f"recording.folder={folder}",
             "--set", "models.recognizer=whisper", "--set", "audio.input_device=kiosk_mic",
             "--set", "audio.output_device=kiosk_speaker"],
            cwd=REPOSITORY, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def until(self, kind: str) -> dict:
        for line in self.process.stdout:
            event = json.loads(line)
            if event["type"] == kind:
                return event
        pytest.fail(f"it ended before {kind}")

    def customer(self, name: str) -> None:
        subprocess.run(
            ["paplay", "--device=micbus", "--latency-msec=20", str(CUSTOMERS / name)],
            env=self._server.environment, check=True, timeout=15,
        )  # fmt: skip

    def ask(self, command: str) -> None:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()


def test_spoken_turns_a_barge_in_commands_and_ctrl_c_come_out_the_same(sound_server, tmp_path):
    if not list((REPOSITORY / "models/demo/llm").glob("*.gguf")):
        pytest.skip("no demo language model in models/demo/llm: python -m models.demo.train_llm makes it")
    talk = Recorded(sound_server, tmp_path)
    try:
        talk.until("Recording")
        time.sleep(1.0)
        talk.customer("04-inquiry-english.wav")
        talk.until("PlaybackStarted")
        time.sleep(0.8)
        talk.customer("05-barge-in.wav")
        talk.until("BargeIn")
        talk.until("PlaybackStarted")
        talk.ask('{"type": "Reset"}')
        talk.ask('{"type": "Say", "text": "马上就好。"}')
        talk.until("PlaybackEnded")
        talk.until("Gauge")
        talk.process.send_signal(signal.SIGINT)
        talk.until("SessionEnded")
        talk.process.wait(15)
    finally:
        talk.process.terminate()
        talk.process.wait(15)
        talk.process.stdin.close()
        talk.process.stdout.close()
    (file,) = tmp_path.glob("*.session.tar")
    recorded = read_session(file)
    assert recorded.complete
    assert replay(recorded).events == tuple(recorded.events)
    assert replay(recorded).events == tuple(recorded.events)
