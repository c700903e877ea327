"""Which graphics cards IndexTTS2 fits, and what it leaves to others: a table in Markdown, counted.

    python -m bench.tts_fits

Nothing is measured here but by `tts.indextts2.budget`'s tests; what CUDA takes is its guess.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from tts.indextts2.budget import GB, LONGEST_CODES, most_codes, needs
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.networks import Precisions
from tts.indextts2.settings import IndexTts2Settings

CARDS = (6, 8, 12, 24)
"""GB of memory."""
SHORT = torch.bfloat16
WAYS = {
    "auto, streaming, clip of 5 s": (
        Precisions(gpt=SHORT, flow=SHORT),
        5.0,
        most_codes(IndexTts2Settings.model_validate({})),
    ),
    "auto, whole, clip of 15 s": (Precisions(gpt=SHORT, flow=SHORT), 15.0, LONGEST_CODES),
    "bf16, streaming, clip of 5 s": (
        Precisions(gpt=SHORT, flow=SHORT, vocoder=SHORT),
        5.0,
        most_codes(IndexTts2Settings.model_validate({})),
    ),
    "fp32, whole, clip of 15 s": (Precisions(), 15.0, LONGEST_CODES),
}
"""Precisions, seconds of reference, codes at once."""


def table() -> Iterator[str]:
    """Rows in Markdown."""
    heads = ("GPT", "flow", "vocoder", "cache", "work", "CUDA", "all")
    yield f"| GB | {' | '.join(heads)} | {' | '.join(f'left of {card}' for card in CARDS)} |"
    yield "|---|" + "---|" * (len(heads) + len(CARDS))
    for name, (precisions, seconds, codes) in WAYS.items():
        need = needs(IndexTts2Config(), precisions, "cuda", reference_seconds=seconds, codes=codes)
        parts = (*need.weights.values(), need.cache, need.work, need.overhead, need.total)
        cells = [f"{part / GB:.2f}" for part in parts]
        cells += [f"{card - need.total / GB:.1f}" for card in CARDS]
        yield f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    print("\n".join(table()))
