"""The text front end against the recorded one: pieces, ids and segments exactly, the normaliser for show.

Everything from the recorded normalised text on is exact; texts, limits and their number are the file's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tts.indextts2.glossary import Glossary
from tts.indextts2.parity.compared import Row
from tts.indextts2.parity.golden import Golden
from tts.indextts2.pinyin import corrected
from tts.indextts2.text_normal import normalised
from tts.indextts2.text_protected import use_chinese
from tts.indextts2.text_segments import segments
from tts.indextts2.text_tokens import SentencePieces, cjk_split

Pair = tuple[str, Any, Any]
"""What was given, our result and the recorded one."""


def judged(golden: Golden) -> Iterator[Row]:
    """One row for each group of facts; `note` is the first difference."""
    facts: dict[str, Any] = golden.json("text/text.json")
    tokenizer = SentencePieces(
        next(iter(sorted(golden.root.glob("text/*.model"))), golden.root / "text/bpe.model")
    )
    cases: list[dict[str, Any]] = facts["cases"]
    yield _row("pieces", [(c["normalized"], tokenizer.pieces(c["normalized"]), c["pieces"]) for c in cases])
    yield _row("ids", [(c["normalized"], tokenizer.ids(c["pieces"]), c["ids"]) for c in cases])
    yield from _segments(cases)
    if "long_document" in facts:
        yield from _long_document(facts["long_document"], tokenizer)
    yield _row("split_cases", _split_cases(facts["split_cases"]))
    yield _row("cjk_split", _cjk_split(facts["cjk_split"]))
    yield _same("pinyin", facts["pinyin"], corrected, "corrected")
    yield _same("use_chinese_probe", facts["use_chinese_probe"], use_chinese, "use_chinese")
    yield _same("use_chinese", cases, use_chinese, "use_chinese")
    glossary = Glossary(facts["glossary"]["glossary"])
    yield _agreement(
        "glossary",
        [
            (c["text"], normalised(c["text"], glossary).text, c["normalized"])
            for c in facts["glossary"]["cases"]
        ],
    )
    yield _agreement("normalized", [(c["text"], normalised(c["text"]).text, c["normalized"]) for c in cases])


def _segments(cases: list[dict[str, Any]]) -> Iterator[Row]:
    limits = dict.fromkeys(key for case in cases for key in case["segments"])
    for key in limits:
        pairs = [
            (case["text"], segments(case["pieces"], int(key), compat=True), case["segments"][key])
            for case in cases
            if key in case["segments"]
        ]
        yield _row(f"segments/{key}", pairs)


def _long_document(whole: dict[str, Any], tokenizer: SentencePieces) -> Iterator[Row]:
    name = "long_document"
    yield _row(f"{name}/pieces", [(name, tokenizer.pieces(whole["normalized"]), whole["pieces"])])
    for key, recorded in whole["segments"].items():
        limit, quick = map(int, key.split("/"))
        cut = segments(whole["pieces"], limit, quick, compat=True)
        yield _row(f"{name}/segments/{key}", [(key, cut, recorded)])


def _split_cases(cases: list[dict[str, Any]]) -> Iterator[Pair]:
    for case in cases:
        limit, quick = case["max_tokens"], case["quick_streaming_tokens"]
        given = f"{' '.join(case['tokens'])} at {limit}/{quick}"
        yield given, segments(case["tokens"], limit, quick, compat=True), case["segments"]


def _cjk_split(cases: list[dict[str, Any]]) -> Iterator[Pair]:
    for case in cases:
        text = case["text"]
        ours = (cjk_split(text), cjk_split(text, upper=False))
        yield text, ours, (case["upper"], case["keep"])


def _same(name: str, cases: list[dict[str, Any]], ours: Callable[[str], Any], key: str) -> Row:
    return _row(name, [(case["text"], ours(case["text"]), case[key]) for case in cases])


def _row(name: str, pairs: Iterable[Pair]) -> Row:
    every = list(pairs)
    wrong = [pair for pair in every if pair[1] != pair[2]]
    note = f"{len(wrong)} of {len(every)} differ; {_first(wrong[0])}" if wrong else ""
    return Row(name=f"text/{name}", passed=not wrong, tolerance="exact", note=note)


def _agreement(name: str, pairs: list[Pair]) -> Row:
    """How many agree in capitals, which is all that the tokenizer sees of them."""
    wrong = [pair for pair in pairs if pair[1].upper() != pair[2].upper()]
    note = f"{len(pairs) - len(wrong)} of {len(pairs)} agree"
    note += f"; first differing: {_first(wrong[0])}" if wrong else ""
    return Row(name=f"text/{name}", passed=not wrong, informative=True, note=note)


def _first(pair: Pair) -> str:
    given, ours, recorded = pair
    if isinstance(ours, list) and isinstance(recorded, list):
        ours, recorded = _where(ours, recorded)  # pyright: ignore[reportUnknownArgumentType]
    return f"{given!r}: {ours!r}, recorded {recorded!r}"


def _where(ours: list[Any], recorded: list[Any]) -> tuple[Any, Any]:
    """The first entries that differ."""
    for mine, theirs in zip(ours, recorded, strict=False):
        if mine != theirs:
            return mine, theirs
    return f"{len(ours)} entries", f"{len(recorded)}"
