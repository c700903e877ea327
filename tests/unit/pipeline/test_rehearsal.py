"""The demo's script: what is missing is named."""

from __future__ import annotations

import pytest

from core.errors import ModelMissing
from pipeline.rehearsal import demo_lines

pytestmark = pytest.mark.unit


def test_a_script_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"nowhere\.toml") as refused:
        demo_lines(tmp_path / "nowhere.toml")
    assert refused.value.code == "model-missing.demo"
