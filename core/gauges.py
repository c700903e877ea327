"""Names of the gauges, each with its unit: what `Gauge.name` may be, for who measures and who shows.

Loudness is in dBFS (0 is full scale, `SILENCE` as good as nothing), time in seconds, memory in bytes.
Levels are worth telling ten times a second while there is sound, everything else once a second.
"""

from __future__ import annotations

SILENCE = -90.0
"""dBFS told for silence: the wire has no minus infinity."""

MICROPHONE_LEVEL = "microphone.level"
"""dBFS, root mean square since the last one."""
SPEAKER_LEVEL = "speaker.level"
"""dBFS, root mean square since the last one."""
LOOP_LAG = "loop_lag"
"""Seconds that the event loop was late at the last look."""
LOOP_LAG_P99 = "loop_lag.p99"
"""Seconds: 99 % of the looks of the last minute were no later."""
MEMORY = "memory.resident"
"""Bytes of the whole process."""
VRAM_USED = "vram.used"
"""Bytes in use on the device, whoever uses them."""
VRAM_TOTAL = "vram.total"
"""Bytes that the device has."""
PLAYOUT_DEPTH = "playout.depth"
"""Seconds of sound that wait for the loudspeaker."""
PLAYOUT_CAPACITY = "playout.capacity"
"""Seconds of sound that may wait."""

LINKS = ("microphone", "asked", "deltas", "sentences", "waveforms")
"""In the order in which sound and words pass them."""
LANES = ("asr", "llm", "tts")
"""In the order of a turn."""


def link_depth(link: str) -> str:
    """Things that wait in a link."""
    return f"link.{link}.depth"


def link_capacity(link: str) -> str:
    """Things that may wait in a link."""
    return f"link.{link}.capacity"


def lane_busy(lane: str) -> str:
    """Share of the time since the last one, in [0, 1], that a lane's engine worked."""
    return f"lane.{lane}.busy"
