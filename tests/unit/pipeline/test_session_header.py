"""The header of a session file: what it holds is read again, and what it does not hold is said."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from audio.fake import FakeSink, FakeSource
from core.errors import InputError
from emotion_policy.policy_file import compile_text
from pipeline import session_header
from pipeline.config import Config
from pipeline.session_header import header_of, setting_of
from tests.recorded_sessions import HOURS, Cast

pytestmark = pytest.mark.unit

SITE = 'schema = 1\nscenario = "education"\n'


def header(config: Config) -> dict:
    engines = Cast().engines(config)
    try:
        return dict(header_of(config, engines, FakeSource("desk"), FakeSink(8_000, "door")))
    finally:
        engines.close()


def test_what_a_session_was_built_from_is_read_as_it_was_written(tmp_path):
    policy = tmp_path / "site.toml"
    policy.write_text(SITE)
    config = Config.model_validate({"emotion": {"policy": str(policy)}, "llm": {"seed": 7}})
    written = header(config)
    policy.unlink()
    setting = setting_of(Path("x"), written)
    assert setting.config == config
    assert setting.knowledge == (HOURS,)
    assert setting.policy == compile_text(SITE, "the recorded policy")
    assert (setting.recognizer, setting.model, setting.voice) == ("fake recogniser", "fake", "fake")
    assert (setting.source, setting.sink, setting.sink_rate) == ("desk", "door", 8_000)
    assert (setting.product, setting.at) == (written["product"], written["at"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"config": {"moon": {}}},
        {"config": None},
        {"knowledge": [{"id": 1}]},
        {"policy": "schema = 9"},
        {"policy": 7},
        {"voice": {"name": "fake"}},
        {"voice": {"name": "fake", "rate": 0}},
        {"voice": {"name": "fake", "rate": 16_000, "voices": [7]}},
        {"sink": None},
        {"recognizer": None},
        {"product": []},
    ],
    ids=str,
)
def test_a_header_that_this_build_does_not_understand_names_the_build_that_does(wrong):
    with pytest.raises(InputError) as refused:
        setting_of(Path("x.session.tar"), {**header(Config()), "product": "9.9", **wrong})
    assert refused.value.code == "input.session-settings"
    assert "x.session.tar" in refused.value.message
    assert str(wrong.get("product", "9.9")) in refused.value.hint


def test_a_session_of_a_build_that_did_not_tell_its_voices_has_none_to_choose_from():
    before = {**header(Config()), "voice": {"name": "fake", "rate": 16_000}}
    assert setting_of(Path("x"), before).voices == ()


def test_a_header_without_anything_was_written_by_an_unknown_build():
    with pytest.raises(InputError, match=r"settings that this version does not have") as refused:
        setting_of(Path("x"), {})
    assert "unknown" in refused.value.hint


def test_a_build_that_is_not_installed_has_no_version(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert session_header.product() == "unknown"
