"""knowledge: search, check and extend what the agent knows.

The knowledge base is a folder of Markdown, TOML and CSV files ([knowledge] directory in config.toml). Running
agents read it when they start.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.options import add_config_options, load_config
from cli.table import table
from core.errors import InputError, OutputError
from core.text import Language, script_of

if TYPE_CHECKING:
    from llm.knowledge import Knowledge
    from llm.knowledge_check import Finding
    from llm.knowledge_entry import Entry
    from pipeline.config import Config

EPILOG = """\
examples:
  tingshuo knowledge search "厕所在哪儿"
  tingshuo knowledge check my-knowledge
  tingshuo knowledge add --question 几点关门 --question 你们几点下班 --answer 我们下午五点关门。
  tingshuo knowledge add prices.csv
"""
ADDED: Final = "added.toml"
_WRONG: Final = {"duplicate", "conflict", "unsearchable", "script", "markup"}
"""Findings that make an answer wrong or unreachable; the other kinds are advice."""
_VERDICTS: Final = {
    "answer": "the first answer is spoken word for word",
    "ground": 'the language model answers, with what is marked "ground" before it',
    "none": "the knowledge base keeps silent: nothing comes close enough",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    search = actions.add_parser("search", help="what a question finds, and what the agent would do with it")
    search.add_argument("question", help="as a customer would say it")
    search.add_argument("--language", choices=("zh", "en"), help="the customer's (default: by script)")
    search.add_argument("--limit", type=_positive, default=3, metavar="N", help="most entries (default: 3)")
    search.set_defaults(act=_search)
    check = actions.add_parser(
        "check", help="list mistakes and doubtful entries with file:line; exit status 7 if there are mistakes"
    )
    check.add_argument(
        "path", nargs="?", type=Path, metavar="PATH", help="folder or file (default: the one in use)"
    )
    check.set_defaults(act=_check)
    add = actions.add_parser("add", help="add one entry, or a whole file")
    add.add_argument(
        "source", nargs="?", type=Path, metavar="FILE", help="a .md, .toml or .csv file to copy in"
    )
    one = add.add_argument_group("one entry, instead of FILE")
    one.add_argument(
        "--question", action="append", default=[], metavar="TEXT", help="one wording; may be repeated"
    )
    one.add_argument("--answer", metavar="TEXT", help="one or two short sentences")
    one.add_argument("--language", choices=("zh", "en"), help="of the entry (default: by script)")
    one.add_argument("--id", default="", metavar="NAME", help="the same for an entry and its translation")
    one.add_argument("--fixed", action="store_true", help="must be spoken word for word: a price, a right")
    one.add_argument(
        "--file",
        default=ADDED,
        metavar="NAME.toml",
        help=f"file of the folder to append to (default: {ADDED})",
    )
    add.set_defaults(act=_add, usage_error=add.error)
    for each in (search, check, add):
        add_config_options(each)


def run(arguments: argparse.Namespace) -> int:
    act = arguments.act
    return act(load_config(arguments), arguments)


def _search(config: Config, arguments: argparse.Namespace) -> int:
    from llm.knowledge import Knowledge
    from pipeline.config import locate

    knowledge = Knowledge.load(locate(config.knowledge.directory), config.knowledge)
    _show(knowledge, arguments.question, arguments.language or script_of(arguments.question), arguments.limit)
    return 0


def _check(config: Config, arguments: argparse.Namespace) -> int:
    from llm.knowledge_files import files_of
    from pipeline.config import locate

    path = arguments.path or locate(config.knowledge.directory)
    entries, mistakes = _read(files_of(path))
    findings = _findings(entries)
    wrong = [finding for finding in findings if finding.kind in _WRONG]
    for line in mistakes:
        print(line)
    for finding in sorted(findings, key=lambda finding: finding.kind not in _WRONG):
        print(_told(finding))
    counts = Counter(entry.language for entry in entries)
    wordings = Counter(entry.language for entry in entries for _ in entry.questions)
    for language in ("zh", "en"):
        print(f"{language}: {counts[language]} entries, {wordings[language]} wordings")
    mistaken = len(mistakes) + len(wrong)
    print(f"{path}: {mistaken} mistakes, {len(findings) - len(wrong)} pieces of advice")
    return InputError.exit_code if mistaken else 0


def _add(config: Config, arguments: argparse.Namespace) -> int:
    entry = bool(arguments.question and arguments.answer)
    if entry == (arguments.source is not None) or bool(arguments.question) != (arguments.answer is not None):
        arguments.usage_error("give either a FILE, or --question and --answer")
    if Path(arguments.file).name != arguments.file or not arguments.file.endswith(".toml"):
        arguments.usage_error(f"--file {arguments.file!r} must be the name of a .toml file")
    directory = _own_directory(config)
    with tempfile.TemporaryDirectory() as draft:
        if arguments.source is None:
            written, target = _draft(arguments, directory, Path(draft)), directory / arguments.file
        else:
            written, target = arguments.source, _free(directory / arguments.source.name)
        new = _judge(directory, written, target)
        _put(written, target)
    print(f"added to {target}: {len(new)} {'entry' if len(new) == 1 else 'entries'}")
    from llm.knowledge import Knowledge

    question = new[0].questions[0]
    print("A search now finds:")
    _show(Knowledge.load(directory, config.knowledge), question, new[0].language, 3)
    return 0


def _own_directory(config: Config) -> Path:
    """The folder to write to; never the shipped example, which the next release replaces."""
    from models.registry import DEMO_KNOWLEDGE
    from pipeline.config import locate

    directory = locate(config.knowledge.directory)
    if directory.resolve().is_relative_to(DEMO_KNOWLEDGE.resolve()):
        raise InputError(
            f"{directory} is the shipped example and stays as it is",
            code="knowledge-example",
            hint=f"Start a folder of your own (cp -r {directory} my-knowledge) "
            'and set [knowledge] directory = "my-knowledge".',
        )
    if not directory.is_dir():
        raise InputError(
            f"the knowledge folder {directory} does not exist",
            code="knowledge-missing",
            hint=f"mkdir -p {directory}",
        )
    return directory


def _free(target: Path) -> Path:
    if target.exists():
        raise InputError(
            f"{target} exists already",
            code="knowledge-exists",
            hint="Edit it there, or give the new file another name.",
        )
    return target


def _draft(arguments: argparse.Namespace, directory: Path, draft: Path) -> Path:
    """The file as it would be, with the new entry at its end."""
    from llm.knowledge_entry import Entry
    from llm.knowledge_files import append_entry

    present = directory / arguments.file
    if present.exists():
        shutil.copyfile(present, draft / ADDED)
    language: Language = arguments.language or script_of(arguments.question[0])
    entry = Entry(
        id=arguments.id,
        language=language,
        questions=tuple(arguments.question),
        answer=arguments.answer,
        fixed=arguments.fixed,
    )
    return append_entry(draft, entry)


def _judge(directory: Path, written: Path, target: Path) -> Sequence[Entry]:
    """The entries that `written` brings, if it is free of mistakes in the place of `target`.

    Raises:
        InputError: mistakes of the folder or the new file, or a new entry that clashes with another.
    """
    from llm.knowledge_files import files_of, read_files, read_text

    files_of(written)  # refuses another kind of file
    read = list(read_text(_text(written), kind=written.suffix.lower(), name=str(target)))
    mistakes = [each for each in read if isinstance(each, str)]
    if mistakes:
        raise _refused(mistakes)
    entries = [each for each in read if not isinstance(each, str)]
    before = read_files(files_of(directory))
    known = set(_findings(before))
    fresh = [
        finding
        for finding in _findings([*(entry for entry in before if entry not in entries), *entries])
        if finding not in known
    ]
    wrong = [_told(finding) for finding in fresh if finding.kind in _WRONG]
    if wrong:
        raise _refused(wrong)
    for finding in fresh:
        print(_told(finding))
    return [entry for entry in entries if entry not in before]


def _refused(mistakes: Sequence[str]) -> InputError:
    return InputError("\n".join(mistakes), code="knowledge", hint="Nothing was added.")


def _read(files: Sequence[Path]) -> tuple[list[Entry], list[str]]:
    """What can be read, and every mistake as "file:line: what to do"."""
    from llm.knowledge_files import read_text

    entries: list[Entry] = []
    mistakes: list[str] = []
    for file in files:
        try:
            found = list(read_text(_text(file), kind=file.suffix.lower(), name=str(file)))
        except InputError as error:
            mistakes.append(error.message)
            continue
        entries += [each for each in found if not isinstance(each, str)]
        mistakes += [each for each in found if isinstance(each, str)]
    return entries, mistakes


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{file}:1: cannot be read as UTF-8 text: {error}", code="knowledge", hint="Save it as UTF-8."
        ) from error


def _put(written: Path, target: Path) -> None:
    """Copy so that an agent that starts meanwhile reads the old file or the new one, never half of it."""
    new = target.with_name(f".{target.name}.new")
    try:
        shutil.copyfile(written, new)
        os.replace(new, target)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise OutputError(
            f"cannot write {target}: {error.strerror}",
            code="knowledge",
            hint="Check the folder's permissions and disk.",
        ) from error


def _findings(entries: Sequence[Entry]) -> tuple[Finding, ...]:
    from llm.knowledge import Knowledge
    from llm.knowledge_check import check

    return check(Knowledge(entries))


def _told(finding: Finding) -> str:
    kind = finding.kind if finding.kind in _WRONG else f"advice, {finding.kind}"
    return f"{finding.source}: {kind}: {finding.text}"


def _show(knowledge: Knowledge, question: str, language: Language, limit: int) -> None:
    matches = knowledge.search(question, language, limit)
    advice = knowledge.consult(question, language)
    used = {(match.entry, match.language) for match in advice.matches}
    rows = [("score", "use", "entry", "question", "answer")]
    for match in matches:
        use = advice.kind if (match.entry, match.language) in used else "-"
        rows.append((f"{match.score:.2f}", use, match.entry, match.question, match.answer))
    print(f"[{language}] {question}: {_VERDICTS[advice.kind]}")
    if matches:
        print(table(rows))


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)
