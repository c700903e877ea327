"""Recorded facts of emotion: reading a text model's answer, normalising a vector, scaling its strength."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tts.emotion_vector import ORDER
from tts.indextts2.emotion import normalised, strengthened
from tts.indextts2.emotion_text import read_emotion
from tts.indextts2.parity.compared import Row
from tts.indextts2.parity.golden import Golden

_CLOSE = 1e-12
"""Allowed difference: the last bits of a sum's order."""


def judged(golden: Golden) -> Iterator[Row]:
    """One row per recorded case."""
    facts = golden.json("golden/emotion_text.json")
    for index, case in enumerate(facts.get("text_to_emotion", ())):
        got = read_emotion(case["text"], case["model_output"])
        want = [case["result"].get(name, 0.0) for name in ORDER]
        yield _row(f"text_to_emotion/{index}", list(got.values()), want, case["text"])
    for index, case in enumerate(facts.get("normalize_emo_vec", ())):
        got = normalised(case["vector"], bias=case["bias"])
        yield _row(f"normalize_emo_vec/{index}", got, case["result"])
    for index, case in enumerate(facts.get("alpha_scaling", ())):
        got = strengthened(case["vector"], case["alpha"])
        yield _row(f"alpha_scaling/{index}", got, case["result"])
    if "order" in facts:
        same = tuple(facts["order"]) == ORDER
        yield Row(name="emotion_text/order", passed=same, tolerance="exact", note="" if same else str(ORDER))


def _row(name: str, got: Sequence[float], want: Sequence[float], about: str = "") -> Row:
    if len(got) != len(want):
        note = f"{len(got)} amounts, recorded {len(want)}"
        return Row(name=f"emotion_text/{name}", passed=False, note=note)
    worst = max(abs(a - b) for a, b in zip(got, want, strict=True))
    passed = worst <= _CLOSE
    note = "" if passed else f"{about} {tuple(got)}, recorded {tuple(want)}".lstrip()
    return Row(name=f"emotion_text/{name}", passed=passed, max_abs=worst, tolerance=f"{_CLOSE:g}", note=note)
