"""Silero v6, the small recurrent network that tells speech from noise, run by onnxruntime.

In: 20 ms frames; out: a probability, new every 32 ms (its window is 512 samples after 64 of the window
before), or at any frame a glance at the last 32 ms. The network is the file that ships inside
faster-whisper (MIT), found without importing that package; onnxruntime is imported when the network is
first needed.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.audio import FRAME_SAMPLES, from_pcm
from core.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

WINDOW = 512
OVERLAP = 64
Block = NDArray[np.float32]
"""Sound as the network takes it, shape (1, n)."""
Memory = tuple[NDArray[np.float32], NDArray[np.float32]]
"""The two halves of the recurrent state, each of shape (1, 1, 128). Never written to."""
FORGOTTEN: Memory = (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
SILERO_FILE = "assets/silero_vad_v6.onnx"


def locate_silero() -> Path:
    """Where the network lies.

    Raises:
        ModelMissing: faster-whisper, or the file in it, is not installed.
    """
    found = importlib.util.find_spec("faster_whisper")
    for folder in (found.submodule_search_locations or []) if found else []:
        path = Path(folder) / SILERO_FILE
        if path.is_file():
            return path
    raise ModelMissing(
        f"{SILERO_FILE} of faster-whisper is not installed",
        code="silero",
        hint='pip install "faster-whisper>=1.2.1", or set audio.silero = false',
    )


class SileroConfirmer:
    """One stream of sound. Not for two threads at once.

    Args:
        path: the network, instead of the one in faster-whisper.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or locate_silero()
        self._session: InferenceSession | None = None
        self._sound = np.zeros((1, OVERLAP + WINDOW + FRAME_SAMPLES), dtype=np.float32)
        self.reset()

    def warm_up(self) -> None:
        """Load the network and run it once, so that the first word does not wait for it (about 0.2 s).

        Raises:
            ModelDamaged: the file is not a network that this code can run.
        """
        self._run(self._window(0), FORGOTTEN)
        self.reset()

    def reset(self) -> None:
        self._sound[:] = 0.0
        self._since = 0  # samples heard since the last full window ended
        self._memory = self._memory_before = FORGOTTEN  # after the last full window, and after the one before
        self._probability = 0.0

    def probability(self, pcm: bytes) -> float:
        """Of the last full window; 0 until there has been one."""
        self._sound[0, :-FRAME_SAMPLES] = self._sound[0, FRAME_SAMPLES:]
        self._sound[0, -FRAME_SAMPLES:] = from_pcm(pcm).samples
        self._since += FRAME_SAMPLES
        if self._since >= WINDOW:
            self._since -= WINDOW
            self._memory_before = self._memory
            self._probability, self._memory = self._run(self._window(self._since), self._memory)
        return self._probability

    def glance(self) -> float:
        """Of the last 512 samples, wherever the windows lie: a word that the next full window may take back.

        What the network remembers then ends up to 32 ms before them; the sound between is skipped.
        """
        return self._run(self._window(0), self._memory_before)[0] if self._since else self._probability

    def _window(self, ago: int) -> Block:
        """The window that ended so many samples ago, shape (1, 576)."""
        end = self._sound.shape[1] - ago
        return self._sound[:, end - OVERLAP - WINDOW : end]

    def _run(self, window: Block, memory: Memory) -> tuple[float, Memory]:
        if self._session is None:
            self._session = _load(self._path)
        hidden, cell = memory
        probability, hidden, cell = self._session.run(None, {"input": window, "h": hidden, "c": cell})
        return float(probability[0]), (hidden, cell)


def _load(path: Path) -> InferenceSession:
    import onnxruntime  # 0.1 s that only a session with a microphone should pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelDamaged(
            f"{path} cannot be loaded: {error}", code="silero", hint="reinstall faster-whisper"
        ) from error
