"""Settings: later origins win, every mistake is named at once, and the file that is written reads back the same."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from core.errors import ConfigError
from pipeline import config_file
from pipeline.config import Config, load, locate

pytestmark = pytest.mark.unit


class Inner(BaseModel):
    """Inner things."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    hangover: float = Field(default=0.5, ge=0.2, le=1.2, description="Seconds of silence.")
    names: tuple[str, ...] = Field(default=("甲", "b"), description="Names.")
    device: str | None = Field(default=None, description="A device.")
    on: bool = Field(default=True, description="Whether.")


class Outer(BaseModel):
    """Outer things."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    audio: Inner = Inner()


def test_file_is_beaten_by_environment_and_environment_by_command_line(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text("[audio]\nhangover = 0.4\nvad_mode = 1\n[llm]\nseed = 3\n", encoding="utf-8")
    environment = {"TINGSHUO_AUDIO__HANGOVER": "0.6", "TINGSHUO_LLM__SEED": "4", "OTHER": "x"}
    config = load(file, environment, ["llm.seed=5"])
    assert (config.audio.vad_mode, config.audio.hangover, config.llm.seed) == (1, 0.6, 5)


def test_an_unknown_key_is_named_with_what_was_probably_meant():
    with pytest.raises(ConfigError) as refused:
        load(None, {}, ["audio.hangovr=0.5", "audoi.x=1", "audio.vad_mode=9"])
    message = refused.value.message
    assert "unknown key audio.hangovr, did you mean audio.hangover?" in message
    assert "unknown key audoi, did you mean audio?" in message
    assert "audio.vad_mode" in message
    assert "9" in message
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("content", [b"[audio\n", b"\xff\xfe", b"x = "])
def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path, content):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        load(file, {}, [])


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml", {}, [])


def test_an_assignment_needs_an_equals_sign():
    with pytest.raises(ConfigError, match="KEY=VALUE"):
        load(None, {}, ["audio.hangover"])


def test_values_are_read_as_toml_where_they_are_and_as_text_otherwise():
    tree = config_file.from_assignments(["a.b=1", "a.c=true", "a.d=hello there", 'a.e="x"', "a.f=[1, 2]"])
    assert tree == {"a": {"b": 1, "c": True, "d": "hello there", "e": "x", "f": [1, 2]}}


def test_what_is_rendered_reads_back_as_the_same_settings():
    text = config_file.render(Config(), title="All of it")
    assert Config.model_validate(tomllib.loads(text)) == Config()
    for section in Config.model_fields:
        assert f"[{section}]" in text


@given(
    st.builds(
        Inner,
        hangover=st.floats(0.2, 1.2),
        names=st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple),
        device=st.none() | st.text('abc"\\\n语', min_size=1),
        on=st.booleans(),
    )
)
@example(Inner(names=("\x7f",)))
def test_any_settings_survive_being_written_and_read(inner):
    outer = Outer(audio=inner)
    assert Outer.model_validate(tomllib.loads(config_file.render(outer, title="x"))) == outer


trees = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
).filter(lambda tree: isinstance(tree, dict))


@given(trees, trees)
def test_merging_takes_every_key_and_lets_the_later_win(first, second):
    merged = config_file.merge(first, second)
    assert set(merged) == set(first) | set(second)
    for key, value in second.items():
        if not isinstance(value, dict):
            assert merged[key] == value
    assert config_file.merge(merged, second) == merged


def test_a_relative_path_is_found_in_the_working_folder_first_and_then_beside_the_program(
    tmp_path, monkeypatch
):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    assert locate(Path("models/demo/knowledge")).is_dir()
    (tmp_path / "models/demo/knowledge").mkdir(parents=True)
    assert locate(Path("models/demo/knowledge")) == Path("models/demo/knowledge")
    assert locate(tmp_path) == tmp_path


class Bare(BaseModel):
    """Nothing is said of its keys, and a section may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    plain: int = 1
    inner: Inner | None = None


def test_a_key_that_nothing_is_said_of_is_written_without_a_word():
    assert config_file.render(Bare(), title="").splitlines().count("#") == 0
    assert "plain = 1" in config_file.render(Bare(), title="")


def test_a_misspelt_key_of_a_section_that_may_be_missing_is_named_without_a_guess():
    with pytest.raises(ConfigError) as refused:
        config_file.validate(Bare, {"inner": {"hangovr": 0.5}}, origin="x")
    assert "unknown key inner.hangovr" in refused.value.message
    assert "did you mean" not in refused.value.message


def test_without_a_file_everything_is_as_it_is_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(None, {}, []) == Config()
