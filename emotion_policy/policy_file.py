"""A policy file: read, laid over the packaged defaults of its scenario, checked whole, compiled.

Whatever is wrong, the answer is one `ConfigError` with all mistakes, each as `file:line: key: what is wrong`.
Reading has no other effect.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import ValidationError

from core.emotion import Emotion
from core.errors import ConfigError
from emotion_policy import policy_checks, policy_rules
from emotion_policy.decision import Scenario
from emotion_policy.policy import FALLBACK, Policy, QuietHours, StateRules, Step, StyleRules
from emotion_policy.policy_mistakes import Mistake, of_schema, refused
from emotion_policy.policy_schema import PolicyTable, QuietTable, StateTable, StepTable, StyleTable
from emotion_policy.toml_lines import Place, lines_of

Tree = policy_checks.Tree

LARGEST = 1_000_000
"""Bytes of a file; a long one has a hundred thousand."""
_HERE = Path(__file__).parent
_PACKAGED = _HERE / "policies"
WHOLE = {"vector"}
"""Tables that are one value: a file that gives one gives all of it."""
_CODE = {".py", ".pyi", ".typed"}
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def load(path: Path) -> Policy:
    """The policy of a site's file.

    Raises:
        ConfigError: the file cannot be read, or what it holds is no policy; every mistake at once.
    """
    return compile_text(read(path), str(path))


def compile_text(text: str, name: str) -> Policy:
    """The policy that a text states; `name` stands for the file in what is told.

    Raises:
        ConfigError: as `load`.
    """
    try:
        site = parsed(text, name)
        lines = lines_of(text)
        mistakes = list(_named(site))
        merged = merge(packaged_tree(str(site.get("scenario"))), site)
        return _compiled(merged, name, lines, mistakes)
    except RecursionError as error:
        raise _unreadable(name, 1, "tables are nested too deeply") from error


def compile_packaged(scenario: str) -> Policy:
    """A shipped policy.

    Raises:
        ConfigError: the installation is damaged.
    """
    return _compiled(packaged_tree(scenario), f"packaged policy {scenario}", {}, [])


def read(path: Path) -> str:
    """The text of a file.

    Raises:
        ConfigError: missing, no plain file, too large, not UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise _unreadable(str(path), 1, "is a folder or a device and not a file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(str(path), 1, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _unreadable(repr(str(path)), 1, f"is no path: {error}") from error
    if len(content) > LARGEST:
        raise _unreadable(str(path), 1, f"is larger than {LARGEST // 1_000_000} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(
            str(path), line, f"is not UTF-8 text: byte 0x{content[error.start]:02x}; save it as UTF-8"
        ) from error


def parsed(text: str, name: str) -> Tree:
    """The tables of a text.

    Raises:
        ConfigError: it is not TOML.
    """
    if "\0" in text:
        raise _unreadable(name, text.count("\n", 0, text.index("\0")) + 1, "holds a NUL: it is no text file")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise _unreadable(name, 1, "tables are nested too deeply") from error
    except ValueError as error:
        message = str(error)
        place = _AT_LINE.search(message)
        line = int(place[1]) if place else max(text.rstrip().count("\n") + 1, 1)
        raise _unreadable(name, line, f"not TOML: {_AT_LINE.sub('', message)}") from error


def merge(base: Mapping[str, Any], more: Mapping[str, Any]) -> Tree:
    """`more` over `base`, key by key; lists and vectors are replaced whole."""
    merged = dict(base)
    for key, value in more.items():
        present = merged.get(key)
        if isinstance(value, dict) and isinstance(present, dict) and key not in WHOLE:
            merged[key] = merge(cast("Tree", present), cast("Tree", value))
        else:
            merged[key] = value
    return merged


@cache
def packaged_tree(scenario: str) -> Tree:
    """The packaged tables of a kind of site, of the most neutral one if it is unknown. Not to be changed."""
    known = scenario if scenario in get_args(Scenario) else FALLBACK
    base, own = (
        tomllib.loads((_PACKAGED / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("base", known.replace("-", "_"))
    )
    return merge(base, own)


def _named(site: Tree) -> Iterator[Mistake]:
    """What no default may stand in for."""
    for key, example in (("schema", "1"), ("scenario", f'"{FALLBACK}"')):
        if key not in site:
            yield Mistake(place=(key,), what=f"is missing: begin the file with {key} = {example}")


def _compiled(tree: Tree, name: str, lines: Mapping[Place, int], mistakes: list[Mistake]) -> Policy:
    found = [*mistakes, *policy_checks.checked(tree), *policy_rules.checked(tree.get("rules"))]
    try:
        table = PolicyTable.model_validate(tree)
    except ValidationError as error:
        found += [of_schema(details) for details in error.errors(include_url=False)]
        raise refused(name, found, lines) from error
    if found:
        raise refused(name, found, lines)
    states = {state: _state(rules) for state, rules in table.states.items()}
    return Policy(
        scenario=table.scenario,
        hash=_hash(table),
        thresholds={state: rules.threshold for state, rules in states.items()},
        states=states,
        styles={style: _style(rules) for style, rules in table.styles.items()},
        occasions={occasion: {"zh": line.zh, "en": line.en} for occasion, line in table.occasions.items()},
        cues=policy_rules.compiled(table.rules),
        quiet_hours=None if table.quiet_hours is None else _quiet(table.quiet_hours),
        prosody=table.prosody,
        second_opinion=table.second_opinion,
    )


def _state(table: StateTable) -> StateRules:
    arc = [_step(step) for step in table.arc]
    return StateRules(
        threshold=table.threshold,
        decay=table.decay,
        default=table.style.default,
        strong=table.style.strong,
        child=table.style.child,
        again=table.style.again,
        arc=(arc[0], arc[1], arc[2]) if arc else None,
        offer_after=table.escalate.offer_after,
        now_after=table.escalate.now_after,
    )


def _step(table: StepTable) -> Step:
    return Step(
        style=table.style,
        rate=table.rate,
        pause=None if table.pause_ms is None else table.pause_ms / 1000,
    )


def _style(table: StyleTable) -> StyleRules:
    return StyleRules(
        emotion=Emotion(**table.vector.model_dump()),
        rate=table.rate,
        pause=table.pause_ms / 1000,
        steer={"zh": table.steer.zh, "en": table.steer.en},
        banned={
            "zh": tuple(word.lower() for word in table.banned.zh),
            "en": tuple(word.lower() for word in table.banned.en),
        },
    )


def _quiet(table: QuietTable) -> QuietHours:
    return QuietHours(begins=_minute(table.begins), ends=_minute(table.ends), volume=table.volume)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _hash(table: PolicyTable) -> str:
    """Of all that a decision depends on beside its observation; comments and order of keys do not count."""
    canonical = json.dumps(
        table.model_dump(mode="json", by_alias=True),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return "sha256:" + hashlib.sha256(_data() + canonical.encode()).hexdigest()


@cache
def _data() -> bytes:
    """Digest of the lexicon, the tables and the model beside this file."""
    digest = hashlib.sha256()
    for file in sorted(_HERE.iterdir()):
        if file.is_file() and file.suffix not in _CODE and not file.name.startswith("."):
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.digest()


def _unreadable(name: str, line: int, what: str) -> ConfigError:
    return ConfigError(
        f"{name}:{line}: {what}",
        code="policy",
        hint="`tingshuo emotion check FILE` checks a policy file; docs/concepts/emotion.md shows one",
    )
