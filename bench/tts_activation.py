"""What the vocoder's fused activation gains: its kernel beside the plain operations, on the same values.

    python -m bench.tts_activation
    python -m bench.tts_activation --cpu-tiny

The shapes are those that BigVGAN's stages have for a portion of so many mel frames. Each time is the median
of replays of one CUDA graph, which works on many inputs in turn, so that neither launching nor a cache
flatters what is small; every way is timed twice, the ways in turn, and the two differ by what the clock is
worth. Bytes are counted: x read and the result written, whatever a way moves beside. On a processor only
errors are found, the kernel's through Triton's interpreter: times wait for a GPU.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from bench.tts_limits import measured
from tts.indextts2.activation import Activation, error
from tts.indextts2.bigvgan import BigVgan, antialiased, tap_values
from tts.indextts2.config import BigVganConfig

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
ROTATED_BYTES = 1 << 28
"""Of all inputs of one shape together: more than a cache holds."""
MOST_INPUTS = 64
WARM, TIMED = 3, 30
"""Replays."""
INTERPRETED_LANES = 256
"""Interpreting costs by the block, whatever its lanes."""
TINY = BigVganConfig(
    upsample_rates=(4, 2),
    upsample_kernel_sizes=(8, 4),
    upsample_initial_channel=8,
    resblock_kernel_sizes=(3,),
    resblock_dilation_sizes=((1, 3),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One activation, or the whole vocoder where `stage` is `vocoder`."""

    stage: str
    frames: int
    shape: tuple[int, int, int]
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way through one case."""

    case: Case
    way: str
    seconds: tuple[float, float] | None = None
    """Timed twice."""
    error: float | None = None
    """Largest distance from float64, as a share of the largest value there."""


def main() -> int:
    """Measure, print, and write JSON; 1 if an error is larger than the type explains."""
    given = _arguments()
    if given.cpu_tiny:
        os.environ.setdefault("TRITON_INTERPRET", "1")
    device = torch.device("cpu" if given.cpu_tiny else "cuda")
    config = TINY if given.cpu_tiny else BigVganConfig()
    ways = _ways(given)
    rows = list(_measured(config, ways, device, given))
    copied = None if given.cpu_tiny else measured(device, set()).bytes_per_second
    name = "processor, interpreted" if given.cpu_tiny else torch.cuda.get_device_name(device)
    print(f"{name}, torch {torch.__version__}")
    print(render(rows, copied))
    print("Times wait for a GPU." if copied is None else f"A large copy: {copied / 1e9:.0f} GB/s.")
    if given.out:
        found = {"device": name, "copied_bytes_per_second": copied, "rows": [asdict(row) for row in rows]}
        given.out.write_text(json.dumps(found, indent=1) + "\n")
        print(given.out, file=sys.stderr)
    return 0 if all(explained(row) for row in rows) else 1


def explained(row: Row) -> bool:
    """Whether the error is what the type's roundings explain: one in the kernel, some in the plain path."""
    spacing = torch.finfo(TYPES[row.case.precision]).eps
    return row.error is None or row.error <= (4 * spacing if row.way == "plain" else spacing) + 1e-5


def cases(config: BigVganConfig, frames: Sequence[int], precisions: Sequence[str]) -> Iterator[Case]:
    """The activations of every stage."""
    for precision in precisions:
        for count in frames:
            channels, length = config.upsample_initial_channel, count
            for stage, rate in enumerate(config.upsample_rates):
                channels, length = channels // 2, length * rate
                shape = (1, channels, length)
                yield Case(stage=str(stage), frames=count, shape=shape, precision=precision)


def moved(case: Case) -> int:
    """Bytes that no way can do without: x once in and once out."""
    batch, channels, length = case.shape
    return 2 * batch * channels * length * TYPES[case.precision].itemsize


def render(rows: Sequence[Row], copied: float | None) -> str:
    """A table in Markdown. Pure.

    Args:
        copied: bytes a second of a large copy, where times were taken.
    """
    plain = {row.case: row.seconds for row in rows if row.way == "plain"}
    head = (
        "stage",
        "frames",
        "C x L",
        "type",
        "way",
        "µs",
        "again",
        "plain / way",
        "GB/s",
        "of a copy",
        "error",
    )
    lines: list[Sequence[str]] = [head, ["---"] * len(head)]
    for row in rows:
        case = row.case
        cells = [case.stage, str(case.frames), f"{case.shape[1]} x {case.shape[2]}", case.precision, row.way]
        lines.append([*cells, *_times(row, plain.get(case), copied), _number(row.error, "{:.1e}")])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _times(row: Row, plain: tuple[float, float] | None, copied: float | None) -> list[str]:
    if row.seconds is None:
        return [""] * 5
    usual = statistics.mean(row.seconds)
    ratio = None if plain is None else statistics.mean(plain) / usual
    speed = None if row.case.stage == "vocoder" else moved(row.case) / usual
    return [
        *(f"{1e6 * seconds:.4g}" for seconds in row.seconds),
        _number(ratio, "{:.3g}"),
        _number(None if speed is None else speed / 1e9, "{:.0f}"),
        _number(None if speed is None or copied is None else speed / copied, "{:.2f}"),
    ]


def _number(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def _ways(given: argparse.Namespace) -> dict[str, Activation]:
    """The plain operations, the kernel as it is used, and the variants of it that are asked for."""
    ways: dict[str, Activation] = {"plain": antialiased}
    if importlib.util.find_spec("triton") is None:
        print("the kernel is left out: triton is not installed", file=sys.stderr)
        return ways
    from tts.indextts2.activation_kernel import bent

    lanes: Mapping[str, int] = {"lanes": INTERPRETED_LANES} if given.cpu_tiny else {}
    ways["fused"] = partial(bent, taps=tap_values(), **lanes)
    for variant in filter(None, given.variants.split(",")):
        run, count = map(int, variant.split("x"))
        ways[f"fused {variant}"] = partial(bent, taps=tap_values(), run=run, lanes=count)
    return ways


def _measured(
    config: BigVganConfig, ways: Mapping[str, Activation], device: torch.device, given: argparse.Namespace
) -> Iterator[Row]:
    frames = [int(count) for count in given.frames.split(",")]
    precisions = given.precision.split(",")
    for case in cases(config, frames, precisions):
        dtype = TYPES[case.precision]
        errors: dict[str, float] = {}
        if case.frames == frames[0] or device.type == "cpu":  # for many samples the reference takes seconds
            for name, way in ways.items():
                errors[name] = error(way, antialiased, device, dtype, [case.shape])
        seconds: dict[str, tuple[float, float]] = {}
        if device.type != "cpu":
            seconds = _timed(_bound(ways, case, device), _inputs(case.shape, dtype, device))
        for name in ways:
            yield Row(case=case, way=name, seconds=seconds.get(name), error=errors.get(name))
    if device.type == "cpu":
        return
    for precision in precisions:
        yield from _vocoders(config, frames, precision, device, [*ways][:2])


def _bound(
    ways: Mapping[str, Activation], case: Case, device: torch.device
) -> dict[str, Callable[[Tensor], Tensor]]:
    alpha, beta = (
        torch.randn(case.shape[1], device=device).mul_(0.5).to(TYPES[case.precision]) for _ in range(2)
    )
    return {name: partial(_called, way, alpha, beta) for name, way in ways.items()}


def _called(way: Activation, alpha: Tensor, beta: Tensor, x: Tensor) -> Tensor:
    return way(x, alpha, beta)


def _vocoders(
    config: BigVganConfig, frames: Sequence[int], precision: str, device: torch.device, names: Sequence[Any]
) -> Iterator[Row]:
    """The whole vocoder both ways, on the same noise for weights."""
    dtype = TYPES[precision]
    networks: dict[str, BigVgan] = {}
    for name in names:
        network = (
            BigVgan(config, activation=name).to(device, dtype).eval().requires_grad_(requires_grad=False)
        )
        for part, parameter in network.named_parameters():
            if part.endswith((".alpha", ".beta")):
                parameter.zero_()
        if networks:
            network.load_state_dict(networks[names[0]].state_dict())
        networks[name] = network
    for count in frames:
        shape = (1, config.num_mels, count)
        seconds = _timed(networks, _inputs(shape, dtype, device, most=2))  # its weights alone fill a cache
        case = Case(stage="vocoder", frames=count, shape=shape, precision=precision)
        for name in names:
            yield Row(case=case, way=name, seconds=seconds[name])


def _inputs(
    shape: Sequence[int], dtype: torch.dtype, device: torch.device, most: int = MOST_INPUTS
) -> list[Tensor]:
    one = torch.randn(*shape, device=device).to(dtype)
    count = max(2, min(most, ROTATED_BYTES // one.nbytes))
    return [one, *(torch.randn(*shape, device=device).to(dtype) for _ in range(count - 1))]


def _timed(
    ways: Mapping[str, Callable[[Tensor], Tensor]], inputs: Sequence[Tensor]
) -> dict[str, tuple[float, float]]:
    """Seconds of each way for one input, twice: all ways once, then all again."""
    graphs = {name: _graph(way, inputs) for name, way in ways.items()}
    first, second = (
        {name: _replayed(graph) / len(inputs) for name, graph in graphs.items()} for _ in range(2)
    )
    return {name: (first[name], second[name]) for name in ways}


@torch.inference_mode()
def _graph(way: Callable[[Tensor], Tensor], inputs: Sequence[Tensor]) -> Any:
    way(inputs[0])  # compiles, and makes workspaces, which must not be recorded
    torch.cuda.synchronize()
    graph: Any = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for x in inputs:
            way(x)
    return graph


def _replayed(graph: Any) -> float:
    """Seconds, the median of many replays."""
    took: list[float] = []
    for _ in range(WARM + TIMED):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        took.append(begin.elapsed_time(end) / 1e3)
    return statistics.median(took[WARM:])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the vocoder's fused activation gains.")
    parser.add_argument("--cpu-tiny", action="store_true", help="errors alone, of small shapes")
    parser.add_argument("--frames", default="32,64,128,400", help="mel frames of a portion")
    parser.add_argument("--precision", default="fp32,bf16", help="one or more: fp32,bf16,fp16")
    parser.add_argument("--variants", default="", help="other kernels, RUNxLANES: 8x32,32x32,16x64")
    parser.add_argument("--out", type=Path, help="JSON with everything")
    if "--cpu-tiny" in sys.argv:
        parser.set_defaults(frames="1,6", precision="fp32,bf16,fp16")
    given = parser.parse_args()
    if not given.cpu_tiny and not torch.cuda.is_available():
        parser.error("there is no GPU: --cpu-tiny finds errors without times")
    return given


if __name__ == "__main__":
    raise SystemExit(main())
