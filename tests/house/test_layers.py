"""Who may import whom: the contracts of pyproject.toml, held up to the tree."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

HOUSE = Path(__file__).parents[2]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.timeout(120)
def test_the_import_contracts_are_kept():
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--config", "pyproject.toml", "--no-cache"]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    contracts = len(PROJECT["tool"]["importlinter"]["contracts"])
    assert f"{contracts} kept, 0 broken" in done.stdout


def test_the_contracts_cover_every_room():
    packages = {package.parent.name for package in HOUSE.glob("*/__init__.py")}
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == packages


def test_every_room_that_runs_is_installed():
    installed = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    packages = {package.parent.name for package in HOUSE.glob("*/__init__.py")}
    assert packages - installed == {"bench"}
