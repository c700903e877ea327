"""The operator's knowledge files: which there are, reading them all, adding an entry.

All mistakes of a directory are reported at once, each with file:line and what to do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError, OutputError
from llm.knowledge_entry import Entry
from llm.knowledge_formats import read_text

SUFFIXES = (".md", ".toml", ".csv")


def files_of(path: Path) -> list[Path]:
    """Give a file itself, or the knowledge files of a directory and its subdirectories, in order.

    README.md files are left out: they are about the directory, not for the customers.

    Raises:
        InputError: no such path, or a file of another kind.
    """
    if path.is_dir():
        return sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in SUFFIXES and file.is_file() and file.stem.lower() != "readme"
        )
    if not path.exists():
        raise InputError(
            f"no knowledge at {path}", code="knowledge-missing", hint="Name a directory or a file."
        )
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{path} is not a knowledge file",
            code="knowledge-kind",
            hint="Use .md, .toml or .csv, or a directory.",
        )
    return [path]


def read_files(files: Sequence[Path]) -> list[Entry]:
    """Read every file.

    Raises:
        InputError: every mistake of every file in one message, a line each.
    """
    entries: list[Entry] = []
    mistakes: list[str] = []
    for file in files:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(f"{file}:1: cannot be read as UTF-8 text: {error}")
            continue
        for found in read_text(text, kind=file.suffix.lower(), name=str(file)):
            if isinstance(found, Entry):
                entries.append(found)
            else:
                mistakes.append(found)
    if mistakes:
        raise InputError(
            f"{len(mistakes)} mistakes in the knowledge files:\n" + "\n".join(mistakes)
            if len(mistakes) > 1
            else mistakes[0],
            code="knowledge",
            hint="Correct the lines named; nothing was loaded.",
        )
    return entries


def append_entry(directory: Path, entry: Entry) -> Path:
    """Write one more entry to the directory's `added.toml`; gives the file's path.

    Raises:
        OutputError: it cannot be written.
    """
    file = directory / "added.toml"
    lines = ["", "[[entry]]"]
    if entry.id:
        lines.append(f"id = {_quoted(entry.id)}")
    lines += [
        f'language = "{entry.language}"',
        f"questions = [{', '.join(_quoted(question) for question in entry.questions)}]",
        f"answer = {_quoted(entry.answer)}",
        f"fixed = {str(entry.fixed).lower()}",
        "",
    ]
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write("\n".join(lines))
    except OSError as error:
        raise OutputError(
            f"cannot write {file}: {error.strerror}",
            code="knowledge",
            hint="Check the directory and its permissions.",
        ) from error
    return file


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML basic string
