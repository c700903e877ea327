"""config.toml is what the code says, and constraints.txt pins what pyproject.toml asks for."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.config import Config, load
from pipeline.config_file import render

pytestmark = pytest.mark.house

HOUSE = Path(__file__).parents[2]
TITLE = "Tingshuo: every setting with its default"
REGENERATE = (
    "config.toml does not say what the code says; write it again: python -c "
    f'\'from pipeline.config import *; from pipeline.config_file import *; print(render(Config(), title="{TITLE}"), end="")\''
)
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _pins() -> dict[str, str]:
    lines = (HOUSE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def _asked_for(extra: str) -> list[Requirement]:
    """What pyproject.toml names, with what that names in turn, as far as it is installed and wanted here."""
    named = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"].get(extra, [])]
    waiting, seen = [Requirement(text) for text in named], dict[str, Requirement]()
    while waiting:
        requirement = waiting.pop()
        key = f"{canonicalize_name(requirement.name)}[{','.join(sorted(requirement.extras))}]"
        if key in seen:
            continue
        seen[key] = requirement
        try:
            further = requires(requirement.name) or []
        except PackageNotFoundError:
            continue
        for text in further:
            each = Requirement(text)
            wanted = [{"extra": name} for name in ("", *requirement.extras)]
            if each.marker is None or any(each.marker.evaluate(environment) for environment in wanted):
                waiting.append(each)
    return list(seen.values())


def test_the_shipped_file_is_what_the_code_says():
    shipped = (HOUSE / "config.toml").read_text(encoding="utf-8")
    assert shipped == render(Config(), title=TITLE), REGENERATE


def test_loading_the_shipped_file_gives_exactly_the_defaults():
    assert load(HOUSE / "config.toml", {}, []) == Config()


def test_every_key_of_the_shipped_file_is_explained_just_above_it():
    lines = (HOUSE / "config.toml").read_text(encoding="utf-8").splitlines()
    bare = [
        line for before, line in pairwise(lines)
        if re.match(r"(?:# )?\w+ = ", line) and not before.startswith("#")
    ]  # fmt: skip
    assert not bare


@pytest.mark.parametrize("extra", ["", "dev"])
def test_everything_that_is_installed_has_one_version(extra):
    pins = _pins()
    missing = sorted({canonicalize_name(each.name) for each in _asked_for(extra)} - set(pins))
    assert not missing, f"not in constraints.txt: {missing}; run make lock"


@pytest.mark.parametrize("extra", ["", "dev", "gpu"])
def test_the_versions_are_those_that_are_asked_for(extra):
    pins = _pins()
    named = [
        Requirement(text)
        for text in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"].get(extra, []))
    ]
    wrong = [each for each in named if not each.specifier.contains(pins[canonicalize_name(each.name)])]
    assert not wrong


def test_make_knows_the_two_commands_of_the_readme():
    listed = subprocess.run(["make", "--dry-run", "help"], cwd=HOUSE, capture_output=True, text=True)
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    assert listed.returncode == 0
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)
