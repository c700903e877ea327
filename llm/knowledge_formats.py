"""The three formats of knowledge files, Markdown, TOML and CSV: text in, entries or mistakes out. Pure."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from core.text import Language, script_of
from llm.knowledge_entry import Entry

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_ENTRY_KEYS = {"id", "topic", "fixed", "language", "question", "questions", "answer", *_LANGUAGES}
_PART_KEYS = {"question", "questions", "answer"}
_CSV_KEYS = {"question", "answer", "language", "fixed", "id", "topic"}
_TRUE, _FALSE = {"true", "yes", "1", "是"}, {"false", "no", "0", "否", ""}
_HEADER = re.compile(r"^\s*\[\[\s*entry\s*\]\]")


@dataclass(frozen=True, slots=True)
class _Problem:
    line: int
    text: str


def read_text(text: str, *, kind: str, name: str) -> Iterator[Entry | str]:
    """Yield entries, and for each mistake a line "name:line: what to do"."""
    match kind:
        case ".md":
            found = _markdown(text, name)
        case ".toml":
            found = _toml(text, name)
        case _:
            found = _csv(text, name)
    for each in found:
        yield f"{name}:{each.line}: {each.text}" if isinstance(each, _Problem) else each


def _entry(name: str, line: int, fields: Mapping[str, object], *, stem: str) -> Entry | _Problem:
    """Judge one entry's fields, whatever file they came from."""
    questions = tuple(_questions(fields))
    answer = fields.get("answer")
    language = fields.get("language") or script_of(questions[0] if questions else "")
    if not questions or not all(question.strip() for question in questions):
        return _Problem(line, 'an entry without a question: give question = "…" or a list of questions')
    if not isinstance(answer, str) or not answer.strip():
        return _Problem(line, f"no answer to {questions[0]!r}: write one or two short sentences")
    if language not in _LANGUAGES:
        return _Problem(line, f"language {language!r} is neither zh nor en")
    fixed = fields.get("fixed", False)
    if not isinstance(fixed, bool):
        return _Problem(line, f"fixed must be true or false, not {fixed!r}")
    return Entry(
        id=str(fields.get("id") or f"{stem}-{line}"),
        language=language,
        questions=tuple(" ".join(question.split()) for question in questions),
        answer=" ".join(answer.split()),
        topic=str(fields.get("topic") or ""),
        fixed=fixed,
        source=f"{name}:{line}",
    )


def _questions(fields: Mapping[str, object]) -> Iterator[str]:
    for key in ("question", "questions"):
        value = fields.get(key)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from map(str, cast("list[object]", value))


def _toml(text: str, name: str) -> Iterator[Entry | _Problem]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        yield _Problem(int(line[1]) if line else 1, f"not valid TOML: {error}")
        return
    lines = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    tables = tree.get("entry", [])
    for key in tree.keys() - {"entry", "language"}:
        yield _Problem(1, f"unknown key {key!r}: entries begin with [[entry]]")
    if not isinstance(tables, list) or not tables:
        yield _Problem(1, "no entries: each begins with [[entry]]")
        return
    for number, table in enumerate(cast("list[dict[str, object]]", tables)):
        line = lines[number] if number < len(lines) else 1
        yield from _table(name, line, {"language": tree.get("language"), **table})


def _table(name: str, line: int, table: Mapping[str, object]) -> Iterator[Entry | _Problem]:
    stem = Path(name).stem
    for key in table.keys() - _ENTRY_KEYS:
        yield _Problem(line, f"unknown key {key!r}: an entry has {', '.join(sorted(_ENTRY_KEYS))}")
    shared = {key: table[key] for key in ("id", "topic", "fixed") if key in table}
    parts = [(language, table[language]) for language in _LANGUAGES if language in table]
    if not parts:
        yield _entry(name, line, table, stem=stem)
    for language, part in parts:
        if not isinstance(part, dict):
            yield _Problem(line, f"{language} must be a table: [entry.{language}] with questions and answer")
            continue
        fields = cast("dict[str, object]", part)
        for key in fields.keys() - _PART_KEYS:
            yield _Problem(line, f"unknown key {language}.{key!r}: a language has questions and answer")
        yield _entry(
            name, line, {"id": f"{stem}-{line}", **shared, **fields, "language": language}, stem=stem
        )


def _csv(text: str, name: str) -> Iterator[Entry | _Problem]:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = [column.strip().lower() for column in rows.fieldnames or ()]
    rows.fieldnames = columns
    if not {"question", "answer"} <= set(columns):
        yield _Problem(
            1, "the first line must name the columns: question,answer[,language][,fixed][,id][,topic]"
        )
        return
    for column in set(columns) - _CSV_KEYS:
        yield _Problem(1, f"unknown column {column!r}: use {', '.join(sorted(_CSV_KEYS))}")
    for row in rows:
        values = {key: value.strip() for key, value in row.items() if isinstance(value, str)}
        if not any(values.values()):
            continue
        fixed = values.get("fixed", "").lower()
        if fixed not in _TRUE | _FALSE:
            yield _Problem(rows.line_num, f"fixed must be true or false, not {fixed!r}")
            continue
        fields: dict[str, object] = {**values, "fixed": fixed in _TRUE}
        if None in row:
            yield _Problem(rows.line_num, 'more fields than columns: put texts with commas in "quotes"')
            continue
        yield _entry(name, rows.line_num, fields, stem=Path(name).stem)


def _markdown(text: str, name: str) -> Iterator[Entry | _Problem]:
    shared: dict[str, object] = {}
    section: dict[str, object] | None = None
    start = 0
    found = False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith("## "):
            if section is not None:
                yield _entry(name, start, section, stem=Path(name).stem)
            start, found = number, True
            section = {**shared, "questions": [line.removeprefix("## ").strip()], "answer": ""}
        elif section is None:
            problem = _front_matter(line, number, shared)
            if problem is not None:
                yield problem
        else:
            _section_line(line, section)
    if section is not None:
        yield _entry(name, start, section, stem=Path(name).stem)
    if not found:
        yield _Problem(1, 'no questions: each begins with "## ", its answer follows')


def _front_matter(line: str, number: int, shared: dict[str, object]) -> _Problem | None:
    """Take "language: zh", "topic: …" or "fixed: true" before the first question; prose there is ignored."""
    key, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or key not in {"language", "topic", "fixed"}:
        return None
    if key == "fixed":
        if value.lower() not in _TRUE | _FALSE:
            return _Problem(number, f"fixed must be true or false, not {value!r}")
        shared[key] = value.lower() in _TRUE
    else:
        shared[key] = value
    return None


def _section_line(line: str, section: dict[str, object]) -> None:
    answer = cast(str, section["answer"])
    if line.startswith(("- ", "* ")) and not answer:
        cast("list[str]", section["questions"]).append(line[2:].strip())
    elif line.lower() in {"fixed: true", "fixed: yes"} and not answer:
        section["fixed"] = True
    elif line:
        section["answer"] = f"{answer} {line}".strip()
