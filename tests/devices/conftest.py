"""A private PulseAudio with a null sink as loudspeaker and another as microphone; gone after the tests.

Its home, sockets and configuration are in a directory of its own: no other sound server is touched. The
PortAudio side runs in a process for each test (talkers.py), since PortAudio reads its devices once.
"""

import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = {
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "libpulse ALSA plugin": "libasound2-plugins",
    "PortAudio": "libportaudio2",
}
ASOUNDRC = """
pcm.kiosk_mic { type pulse device mic hint { show on description "kiosk microphone" } }
pcm.kiosk_speaker { type pulse device speaker hint { show on description "kiosk loudspeaker" } }
pcm.kiosk_ear { type pulse device speaker.monitor hint { show on description "what the loudspeaker plays" } }
pcm.!default { type pulse }
"""
MODULES = [
    "module-native-protocol-unix",
    "module-null-sink sink_name=speaker rate=48000 channels=2",
    "module-null-sink sink_name=micbus rate=48000 channels=1",
    "module-remap-source source_name=mic master=micbus.monitor",
]


def missing() -> list[str]:
    """Names in `PACKAGES` of what is not installed."""
    plugins = list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so"))
    there = {
        "pulseaudio": shutil.which("pulseaudio"),
        "pactl": shutil.which("pactl"),
        "libpulse ALSA plugin": plugins,
        "PortAudio": ctypes.util.find_library("portaudio"),
    }
    return [name for name, found in there.items() if not found]


class SoundServer:
    """A running daemon and how to reach it."""

    def __init__(self, home: Path) -> None:
        runtime = home / "run"
        (runtime / "pulse").mkdir(parents=True)
        runtime.chmod(0o700)
        (home / ".asoundrc").write_text(ASOUNDRC)
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PULSE_", "ALSA_", "DBUS_"))
        } | {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "PULSE_RUNTIME_PATH": str(runtime / "pulse"),
            "PYTHONPATH": str(REPOSITORY),
            "OMP_NUM_THREADS": "1",
        }
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        loads = [part for module in MODULES for part in ("-L", module)]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", *loads]
        daemon = self._spawn(command)
        for _ in range(100):
            if subprocess.run(["pactl", "info"], env=self.environment, capture_output=True).returncode == 0:
                break
            if daemon.poll() is not None:
                pytest.fail(f"pulseaudio ended at once, status {daemon.returncode}")
            time.sleep(0.1)
        else:
            pytest.fail("pulseaudio did not answer for 10 s")
        # An idle null sink takes seconds to wake; a client that asks for low latency keeps each awake.
        for device in ("micbus", "speaker"):
            self._spawn(["pacat", f"--device={device}", "--latency-msec=20", "/dev/zero"])

    def stop(self) -> None:
        for child in reversed(self._children):
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    @property
    def pid(self) -> int:
        return self._children[0].pid

    def talk(self, name: str, **environment: str):
        """What a talker reports."""
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "talkers.py"), name],
            env=self.environment | {"SOUND_SERVER_PID": str(self.pid)} | environment,
            capture_output=True,
            text=True,
            timeout=18,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._children.append(child)
        return child


@pytest.fixture
def sound_server():
    if lacking := missing():
        packages = " ".join(PACKAGES[name] for name in lacking)
        pytest.skip(f"not installed: {', '.join(lacking)}; sudo apt-get install {packages}")
    home = Path(tempfile.mkdtemp(prefix="sound-"))  # short: a socket's path may have 107 characters
    server = SoundServer(home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
