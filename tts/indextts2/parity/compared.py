"""One computed value beside the recorded one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Computed(NamedTuple):
    """What a section hands over: the manifest's name `section/out/name`, and our tensor."""

    name: str
    value: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    passed: bool
    informative: bool = False
    """Shown, and never a failure."""
    max_abs: float | None = None
    max_rel: float | None = None
    tolerance: str = ""
    note: str = ""
    """What differs, in words."""
    finite: bool | None = None
    """Every number computed is one; None where no tensor was computed."""


def compared(name: str, got: Tensor, want: Tensor, entry: dict[str, Any], *, scale: float = 1.0) -> Row:
    """Judge one tensor: equal integers, or |got - want| <= scale * (atol + rtol * |want|).

    Args:
        entry: the manifest's: shape, exact or atol and rtol; neither means that it is only shown.
        scale: 1 for float32 on a CPU, for which the tolerances were measured.
    """
    finite = bool(torch.isfinite(got).all())
    if tuple(got.shape) != tuple(want.shape):
        note = f"shape {tuple(got.shape)}, recorded {tuple(want.shape)}"
        return Row(name=name, passed=False, note=note, finite=finite)
    if entry.get("exact"):
        differing = int((got.cpu().to(want.dtype) != want).sum())
        note = f"{differing} of {want.numel()} differ" if differing else ""
        return Row(name=name, passed=not differing, max_abs=0.0, tolerance="exact", note=note, finite=finite)
    ours, theirs = got.detach().cpu().double(), want.double()
    difference = (ours - theirs).abs()
    atol, rtol = float(entry.get("atol", 0.0)) * scale, float(entry.get("rtol", 0.0)) * scale
    allowed = atol + rtol * theirs.abs()
    passed = finite and bool((difference <= allowed).all())
    largest = float(theirs.abs().max()) if theirs.numel() else 0.0
    max_abs = float(difference.max()) if difference.numel() else 0.0
    return Row(
        name=name,
        passed=passed,
        max_abs=max_abs,
        max_rel=max_abs / largest if largest else 0.0,
        tolerance=f"{atol:g} + {rtol:g}|x|" if rtol else f"{atol:g}",
        finite=finite,
    )
