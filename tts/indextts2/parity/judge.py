"""Every section of a golden set, run and judged: rows as they are known."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch

from tts.indextts2.parity.compared import Computed, Row, compared
from tts.indextts2.parity.golden import Golden

Section = Callable[[Golden], Iterator[Computed]]
"""Computes what a section of the manifest recorded; may leave out what it does not know."""
Facts = Callable[[Golden], Iterator[Row]]
"""Judges by itself: text, lengths, emotion."""

SECTIONS = ("frontend", "w2v_bert", "semantic_codec", "campplus", "gpt", "s2mel", "bigvgan", "e2e")
"""Each is `tts.indextts2.parity.NAME.computed`; heavy imports wait until it runs."""
FACTS = ("emotion_text", "target_lengths", "text")
"""Each is `tts.indextts2.parity.NAME.judged`."""
INFORMATIVE = frozenset({"frontend/out/librosa/wave22_from_44"})
"""A third party's resampler; shown, never a failure."""


def judge(golden: Golden, only: tuple[str, ...] = (), *, scale: float = 1.0) -> Iterator[Row]:
    """Rows of every section, or of those in `only`.

    Args:
        scale: what the tolerances are multiplied with; see `compared`.
    """
    for name in SECTIONS:
        if not only or name in only:
            yield from _section(golden, name, scale)
    for name in FACTS:
        if not only or name in only:
            module = importlib.import_module(f"tts.indextts2.parity.{name}")
            yield from module.judged(golden)


def _section(golden: Golden, section: str, scale: float) -> Iterator[Row]:
    missing = dict.fromkeys(golden.names(section))
    if not missing:
        return
    module = importlib.import_module(f"tts.indextts2.parity.{section}")
    with torch.inference_mode():
        for name, value in module.computed(golden):
            if name not in missing:
                continue
            del missing[name]
            row = compared(name, value, golden.recorded(name), golden.entries[name], scale=scale)
            yield _informed(row)
    for name in missing:
        yield _informed(Row(name=name, passed=False, note="not computed: unknown to this version"))


def _informed(row: Row) -> Row:
    return replace(row, informative=True) if row.name in INFORMATIVE else row
