"""One run of our IndexTTS2, measured: a process of its own, so that its memory is its own.

In: one JSON object as the only argument (`Request`). Out: one JSON object on stdout (`report`). The stop code
is forbidden, so that every utterance has as many codes as were asked for.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import torch

from bench.tts_limits import Work, floors, measured, settle
from tts.indextts2.beside import Beside
from tts.indextts2.checkpoint import open_checkpoint
from tts.indextts2.config import SAMPLE_RATE
from tts.indextts2.decoder import Decoders
from tts.indextts2.flow import drawn_noise
from tts.indextts2.length_regulator import frames_per_code
from tts.indextts2.networks import Networks, load_networks
from tts.indextts2.placement import precisions_of
from tts.indextts2.prefix import LatentPrefix
from tts.indextts2.sampler import sampled
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.segment import Sound, condition, decoded, mel, moments, sound
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.speaker import Speaker, speaker_from_file
from tts.indextts2.stream import Manner, streamed
from tts.indextts2.stream_plan import plan_of
from tts.indextts2.voice_file import read_voice

NEVER = -1e4
"""The stop code's bias: it is not drawn any more."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to measure."""

    checkpoint: str
    voice: str
    """A voice file."""
    device: str
    precision: str
    """auto, fp32, bf16 or fp16, for all stages."""
    codes: int
    steps: int
    tokens: list[int]
    """The text."""
    rounds: int
    at_once: list[int]
    """How many sentences are spoken at the same time."""
    card: float = 0.0
    """GB that a smaller card would have, which are then all there is; 0 for the whole of this one."""


class Bench:
    """Networks, a speaker, and a stopwatch that waits for the device."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.device = torch.device(request.device)
        self.settings = IndexTts2Settings.model_validate(
            {
                "device": self.device.type,
                "precision": dict.fromkeys(("gpt", "flow", "vocoder"), request.precision),
            }
        )
        checkpoint = open_checkpoint(Path(request.checkpoint))
        self.clock = time.perf_counter if self.device.type == "cuda" else time.process_time
        """A GPU is ours alone; a processor is shared, so that its own seconds count, of one thread."""
        if self.device.type == "cpu":
            torch.set_num_threads(1)
        keep_within(request.card, self.device)
        begun = self.clock()
        self.networks: Networks = load_networks(
            checkpoint.config,
            checkpoint.tensors,
            device=self.device,
            precisions=precisions_of(self.settings.precision, self.device),
        )
        settle(self.device)
        self.loaded = self.clock() - begun
        config = self.networks.config.gpt
        self.networks.gpt.mel_head.bias[config.stop_mel_token] = NEVER
        self.speaker: Speaker = speaker_from_file(self.networks, read_voice(Path(request.voice)))
        self.sampling = Sampling(max_codes=request.codes)
        if not isinstance(self.networks.prefix, LatentPrefix):
            raise SystemExit("only version 2.0 is measured, since the original beside it is of that version")
        with torch.inference_mode():
            ids = torch.tensor([request.tokens], device=self.device)
            self.prefix = self.networks.prefix(self.speaker.latents, self.speaker.manner, ids)
        trial = replace(self.sampling, max_codes=min(50, request.codes))
        self._moments = moments(self.networks, _result(decoded(self.networks, self.prefix, trial)))

    def stages(self) -> dict[str, float]:
        """Seconds of each module for one utterance as a whole, the first code apart from the others."""
        networks, took = self.networks, dict[str, float]()
        walk = sampled(networks.gpt, self.prefix, self.sampling, seeded(0, self.device), networks.decoders)
        with self._timed(took, "gpt: prefix and first code"):
            next(walk)
        with self._timed(took, "gpt: further codes"):
            for _ in walk:
                pass
        spoken = _result(decoded(networks, self.prefix, self.sampling, seeded(0, self.device)))
        with self._timed(took, "length regulator"):
            target = condition(networks, spoken)
        frames = self.speaker.ref_mel.shape[2] + target.shape[1]
        noise = drawn_noise(frames, seeded(0, "cpu"), self.device)
        with self._timed(took, "flow"):
            spectrum = _result(
                mel(networks, self.speaker, target, noise, steps=self.request.steps, guidance=0.7)
            )
        with self._timed(took, "vocoder"):
            sound(networks, spectrum)
        return took

    def sentences(self, count: int) -> dict[str, float]:
        """So many sentences at once, one step of each in turn; seconds on the clock."""
        settle(self.device)
        begun = self.clock()
        walks = [self._streamed(seed) for seed in range(count)]
        first, samples = dict[int, float](), 0
        while walks:
            for walk in tuple(walks):
                piece = next(walk, self)
                if piece is self:
                    walks.remove(walk)
                elif isinstance(piece, Sound) and len(piece.samples):
                    first.setdefault(id(walk), self.clock() - begun)
                    samples += len(piece.samples)
        took = self.clock() - begun
        return {
            "ttfa": statistics.median(first.values()),
            "last_ttfa": max(first.values()),
            "rtf": took / (samples / SAMPLE_RATE),
            "seconds": samples / SAMPLE_RATE,
        }

    def in_turns(self) -> dict[str, float]:
        """One sentence whose codes and sound are made by turns, and not at the same time."""
        networks = self.networks
        self.networks = replace(networks, beside=Beside(torch.device("cpu")))
        try:
            return self.sentences(1)
        finally:
            self.networks = networks

    def same_codes(self) -> bool:
        """Whether kept, recorded and early steps choose what plain ones choose."""
        plain = Decoders(self.networks.gpt)
        said = [
            [one.code for one in sampled(self.networks.gpt, self.prefix, self.sampling, chance, decoders)]
            for decoders, chance in (
                (plain, seeded(1, self.device)),
                (self.networks.decoders, seeded(1, self.device)),
                (self.networks.decoders, seeded(1, self.device)),
            )
        ]
        return said[0] == said[1] == said[2]

    def floors(self) -> dict[str, float]:
        """Seconds that each stage takes at least on this device, as `tts_limits` counts."""
        precisions, request = self.networks.precisions, self.request
        rates = measured(self.device, {precisions.gpt, precisions.flow, precisions.vocoder})
        work = Work(
            codes=request.codes,
            reference_frames=self.speaker.ref_mel.shape[2],
            frames=172 * request.codes // 100,
            steps=request.steps,
        )
        found = floors(self.networks.config, precisions, work, rates)
        return (
            found
            | {"GB/s": rates.bytes_per_second / 1e9}
            | {f"TFLOP/s {name}": rate / 1e12 for name, rate in rates.flops.items()}
        )

    def launches(self) -> dict[str, int] | None:
        """What one sentence asks of the driver, by torch's profiler; None without a GPU."""
        if self.device.type != "cuda":
            return None
        activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
        with torch.profiler.profile(activities=activities) as profiler:
            self.sentences(1)
        calls: Counter[str] = Counter()
        for event in cast("list[Any]", profiler.key_averages()):
            calls[event.key] += event.count
        return {
            "kernels": sum(count for key, count in calls.items() if key.startswith("cudaLaunchKernel")),
            "graphs": calls["cudaGraphLaunch"],
            "copies": calls["cudaMemcpyAsync"],
            "waits": sum(count for key, count in calls.items() if "Synchronize" in key),
        }

    def _streamed(self, seed: int) -> Generator[Sound | None, None, int]:
        ratio = frames_per_code(duration=1.0, version=self.networks.config.version)
        manner = Manner(
            plan=plan_of(self.settings.stream, ratio, self.networks.codec.features_per_code),
            moments=self._moments,
            steps=self.request.steps,
            first_steps=self.request.steps,
            guidance=0.7,
            seed=seed,
        )
        return streamed(self.networks, self.speaker, self.prefix, self.sampling, manner)

    @contextmanager
    def _timed(self, took: dict[str, float], name: str) -> Generator[None, None, None]:
        settle(self.device)
        begun = self.clock()
        yield
        settle(self.device)
        took[name] = self.clock() - begun


def report(request: Request) -> dict[str, Any]:
    """Everything; see the keys."""
    bench = Bench(request)
    same = bench.same_codes()
    warm = bench.device.type == "cuda"  # elsewhere nothing is compiled or recorded, and time is dear
    for _ in range(2 * warm):  # tables, workspaces and recordings stay out of the numbers
        bench.sentences(1)
        bench.in_turns()
        bench.stages()
    stages = [bench.stages() for _ in range(request.rounds)]
    found: dict[str, Any] = {
        "request": asdict(request),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if bench.device.type == "cuda" else "cpu",
        "types": [str(kind) for kind in _types(bench.networks)],
        "load_seconds": bench.loaded,
        "same_codes": same,
        "stages": {name: statistics.median(one[name] for one in stages) for name in stages[0]},
        "at_once": {},
    }
    for count in request.at_once:
        if warm:
            bench.sentences(count)
        runs = [bench.sentences(count) for _ in range(request.rounds)]
        found["at_once"][str(count)] = {
            name: statistics.median(run[name] for run in runs) for name in runs[0]
        }
    turns = [bench.in_turns() for _ in range(request.rounds)]
    found["in_turns"] = {name: statistics.median(run[name] for run in turns) for name in turns[0]}
    return found | {"launches": bench.launches(), "memory": _memory(bench.device), "floors": bench.floors()}


def keep_within(card: float, device: torch.device) -> None:
    """Let torch have no more of a GPU than on a card of so many GB (1e9 bytes); 0 changes nothing.

    What the driver has taken already is taken off, as it would be there.
    """
    if not card or device.type != "cuda":
        return
    free, total = torch.cuda.mem_get_info(device)
    left = max(0.0, card * 1e9 - (total - free))
    torch.cuda.set_per_process_memory_fraction(left / total, device)  # pyright: ignore[reportUnknownMemberType]


def _types(networks: Networks) -> tuple[torch.dtype, ...]:
    precisions = networks.precisions
    return precisions.gpt, precisions.flow, precisions.vocoder


def _memory(device: torch.device) -> dict[str, float]:
    """Most bytes that were in use at once."""
    peak = {"resident": 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
    if device.type == "cuda":
        peak["allocated"] = float(torch.cuda.max_memory_allocated())
        peak["reserved"] = float(torch.cuda.max_memory_reserved())
        free, total = torch.cuda.mem_get_info(device)
        peak["of the device, at the end"] = float(total - free)
    return peak


def _result(stage: Generator[Any, None, Result]) -> Result:
    while True:
        try:
            next(stage)
        except StopIteration as end:
            return end.value


if __name__ == "__main__":
    request = Request(**json.loads(sys.argv[1]))
    try:
        print(json.dumps(report(request)))
    except torch.OutOfMemoryError as error:
        if not request.card:
            raise
        print(json.dumps({"out of memory": str(error)}))
