"""parity: compute what a golden set recorded from the original program, and compare.

A golden set is a folder with small random models, inputs and the original's outputs: manifest.json,
config.json, weights/, golden/, text/. Each row is one tensor, or one fact about text, lengths or emotion.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from cli.voice_options import require_torch
from core.errors import InputError

if TYPE_CHECKING:
    from tts.indextts2.parity.compared import Row
    from tts.indextts2.parity.golden import Golden

EPILOG = """\
tolerances:
  The set's own were measured for fp32 on a CPU and are taken as they are there. On a GPU in fp32 they are
  multiplied by 10, because it adds in another order. In bf16 and fp16 differences are only shown; every
  number must be finite.

exit status: 0 every row passes, 1 some do not, 7 the folder cannot be read

examples:
  tingshuo voice parity golden
  tingshuo voice parity golden --only gpt --only s2mel
  tingshuo voice parity golden --device cuda --dtype bf16
"""
ON_GPU = 10.0
"""Times the tolerance: a GPU adds in another order, and no other GPU in the same."""
FAILED = 1
UNREADABLE = "input.parity"
"""Code of a folder that cannot be read, see `Golden`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the golden set")
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="where to compute (default: cpu)"
    )
    parser.add_argument(
        "--dtype", choices=("fp32", "bf16", "fp16"), default="fp32", help="how exactly (default: fp32)"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="SECTION",
        help="frontend, w2v_bert, semantic_codec, campplus, gpt, s2mel, bigvgan, e2e, emotion_text, "
        "target_lengths or text; may be repeated (default: all)",
    )
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace) -> int:
    require_torch()
    from tts.indextts2.parity.golden import Golden
    from tts.indextts2.parity.judge import FACTS, SECTIONS
    from tts.indextts2.placement import device_of, dtype_of

    known = (*SECTIONS, *FACTS)
    for name in arguments.only:
        if name not in known:
            arguments.usage_error(f"there is no section {name!r}; known: {', '.join(known)}")
    began = perf_counter()
    device, half = device_of(arguments.device), arguments.dtype != "fp32"
    golden = Golden(arguments.folder, device=str(device), dtype=dtype_of(arguments.dtype))
    scale = ON_GPU if device.type == "cuda" else 1.0
    _exactly()
    print(_title(arguments.folder, arguments.device, arguments.dtype, scale))
    width = max((len(name) for name in golden.entries if "/out/" in name), default=0)
    print(_line(("name", "max abs", "max rel", "tolerance", "", ""), width))
    rows: list[Row] = []
    for row in _judged(golden, arguments.only or known, scale):
        rows.append(_only_finite(row) if half else row)
        print(_line(_cells(rows[-1]), width), flush=True)
    if not rows:
        raise InputError(
            f"the golden set {arguments.folder} has nothing to compare", code="parity", hint="Check --only."
        )
    return _summary(rows, perf_counter() - began)


def _judged(golden: Golden, sections: Sequence[str], scale: float) -> Iterator[Row]:
    """Rows of all sections; one that stops with an error is a row that fails, and the others go on."""
    from tts.indextts2.parity.compared import Row
    from tts.indextts2.parity.judge import judge

    for section in sections:
        try:
            yield from judge(golden, (section,), scale=scale)
        except Exception as error:  # whatever it is, the other sections are to be judged
            if isinstance(error, InputError) and error.code == UNREADABLE:
                raise
            yield Row(name=section, passed=False, note=f"stopped: {type(error).__name__}: {error}")


def _exactly() -> None:
    """32 bits are 32 bits: no 19-bit products in their place on a GPU."""
    import torch

    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False


def _only_finite(row: Row) -> Row:
    """The row for 16 bits: a difference is only shown, and every number must be one."""
    return row if row.finite is None else replace(row, passed=row.finite, informative=row.finite)


def _title(folder: Path, device: str, dtype: str, scale: float) -> str:
    where = f"{folder} on {device} in {dtype}"
    if dtype != "fp32":
        return f"{where}: differences are only shown; every number must be finite"
    if scale != 1.0:
        return f"{where}: tolerances times {scale:g}, because they were measured on a CPU"
    return f"{where}: tolerances as measured"


def _cells(row: Row) -> tuple[str, ...]:
    verdict = "ok" if row.passed else "FAILED"
    note = " ".join(row.note.split())
    if not row.passed and row.finite is False:
        note = f"not finite {note}".rstrip()
    return (
        row.name,
        _number(row.max_abs),
        _number(row.max_rel),
        row.tolerance or "-",
        "info" if row.informative else verdict,
        note,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2e}" if value and math.isfinite(value) else f"{value:g}"


def _line(cells: Sequence[str], width: int) -> str:
    name, max_abs, max_rel, tolerance, verdict, note = cells
    return f"{name:<{width}}  {max_abs:>8}  {max_rel:>8}  {tolerance:>18}  {verdict:<6}  {note}".rstrip()


def _summary(rows: Sequence[Row], seconds: float) -> int:
    informative = sum(row.informative for row in rows)
    failed = [row for row in rows if not row.passed and not row.informative]
    passed = len(rows) - informative - len(failed)
    print(f"{len(rows)} rows in {seconds:.1f} s: {passed} ok, {len(failed)} FAILED, {informative} info")
    return FAILED if failed else 0
