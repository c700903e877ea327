"""`tingshuo config`: settings in force, from three places."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import main as command_line
from core.errors import ConfigError
from pipeline.config import Config, load
from pipeline.config_file import render

pytestmark = pytest.mark.unit


@pytest.fixture
def printed(monkeypatch, tmp_path, capsys):
    """The settings that the command prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("config",))

    def printed(*words: str):
        assert command_line.main(["config", *words]) == 0
        return tomllib.loads(capsys.readouterr().out)

    return printed


def test_without_anything_they_are_the_defaults(printed):
    assert Config.model_validate(printed()) == Config()


def test_a_file_in_the_working_folder_is_found(printed, tmp_path):
    (tmp_path / "config.toml").write_text("[llm]\nseed = 5\n")
    assert printed()["llm"]["seed"] == 5


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(printed, tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text("[llm]\nseed = 5\nmax_tokens = 50\n[audio]\nhangover = 0.6\n")
    monkeypatch.setenv("TINGSHUO_LLM__SEED", "6")
    monkeypatch.setenv("TINGSHUO_AUDIO__HANGOVER", "0.7")
    settings = printed("--set", "audio.hangover=0.8")
    assert (settings["llm"]["seed"], settings["llm"]["max_tokens"]) == (6, 50)
    assert settings["audio"]["hangover"] == 0.8


def test_a_mistake_is_a_message(printed, capsys):
    assert command_line.main(["config", "--set", "audio.hangovr=1"]) == ConfigError.exit_code
    assert "did you mean audio.hangover?" in capsys.readouterr().err


@given(
    prompt=st.text(st.characters(exclude_categories=("Cs", "Cc"))),
    seed=st.integers(0, 2**31 - 1),
    barge_in=st.booleans(),
)
def test_what_is_printed_reads_back_as_the_same_settings(prompt, seed, barge_in):
    config = Config.model_validate(
        {"session": {"system_prompt": prompt, "barge_in": barge_in}, "llm": {"seed": seed}}
    )
    assert Config.model_validate(tomllib.loads(render(config, title="test"))) == config


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match="nowhere"):
        load(tmp_path / "nowhere.toml", {}, [])
