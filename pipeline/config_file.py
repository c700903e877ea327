"""Reading and writing settings: file < environment < command line, and errors that name the key.

Works on any pydantic model of nested sections; the house's own is `pipeline.config.Config`. All errors
of a configuration are reported at once, each with where it came from and, for a misspelt key, what
was probably meant.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import ConfigError

ENVIRONMENT_PREFIX = "TINGSHUO_"
Tree = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


def read_file(path: Path) -> Tree:
    """The file's sections.

    Raises:
        ConfigError: no such file, not TOML (with the line).
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", code="file", hint="check the path given with --config"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}", code="toml", hint="see config.toml for a complete example"
        ) from error


def from_environment(environment: Mapping[str, str]) -> Tree:
    """`TINGSHUO_AUDIO__HANGOVER=0.6` becomes `audio.hangover`."""
    tree: Tree = {}
    for name, value in sorted(environment.items()):
        if name.startswith(ENVIRONMENT_PREFIX) and "__" in name:
            _place(tree, name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), _value(value))
    return tree


def from_assignments(assignments: Sequence[str]) -> Tree:
    """`audio.hangover=0.6` on the command line.

    Raises:
        ConfigError: an assignment without "=".
    """
    tree: Tree = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise ConfigError(
                f"{assignment!r} is not KEY=VALUE",
                code="assignment",
                hint="for example --set audio.hangover=0.6",
            )
        _place(tree, key.strip().split("."), _value(value.strip()))
    return tree


def merge(*trees: Mapping[str, Any]) -> Tree:
    """Later trees win, key by key."""
    merged: Tree = {}
    for tree in trees:
        for key, value in tree.items():
            if isinstance(value, dict) and isinstance(merged.get(key), dict):
                merged[key] = merge(merged[key], cast("Tree", value))
            else:
                merged[key] = value
    return merged


def validate(model: type[M], tree: Mapping[str, Any], *, origin: str) -> M:
    """The settings of a tree.

    Raises:
        ConfigError: every unknown key, with the likeliest known one, and every value out of range.
    """
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        problems = [_problem(model, details) for details in error.errors()]
        raise ConfigError(
            f"{origin}: " + "; ".join(problems),
            code="value",
            hint="config.toml lists every key with its meaning and range",
        ) from error


def render(model: BaseModel, *, title: str) -> str:
    """A complete, commented TOML file of a model's present values."""
    return "\n".join([f"# {title}", *_section(model, ())]).rstrip() + "\n"


def _section(model: BaseModel, path: tuple[str, ...]) -> Iterator[str]:
    sections: list[tuple[str, BaseModel]] = []
    if path:
        yield f"# {(type(model).__doc__ or '').strip().splitlines()[0]}"
        yield f"[{'.'.join(path)}]"
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            sections.append((name, value))
            continue
        yield from _comment(field.description or "")
        yield f"# {name} = " if value is None else f"{name} = {_toml(value)}"
    yield ""
    for name, value in sections:
        yield from _section(value, (*path, name))


def _comment(text: str, width: int = 108) -> Iterator[str]:
    line = "#"
    for word in text.split():
        if len(line) + 1 + len(word) > width:
            yield line
            line = "#"
        line += f" {word}"
    if text:
        yield line


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(entry) for entry in cast("Sequence[object]", value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _place(tree: Tree, keys: Sequence[str], value: object) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    tree[keys[-1]] = value


def _value(text: str) -> object:
    """A TOML value if it reads as one, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _problem(model: type[BaseModel], details: ErrorDetails) -> str:
    path = [str(part) for part in details["loc"]]
    where = ".".join(path)
    if details["type"] != "extra_forbidden":
        shown = "" if details["type"] == "missing" else f", not {details['input']!r}"
        return f"{where}: {details['msg'].lower()}{shown}"
    close = difflib.get_close_matches(path[-1], _known_keys(model, path[:-1]), n=1, cutoff=0.5)
    meant = close and ".".join([*path[:-1], close[0]])
    return f"unknown key {where}" + (f", did you mean {meant}?" if meant else "")


def _known_keys(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    for key in path:
        annotation = model.model_fields[key].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return []
        model = annotation
    return list(model.model_fields)
