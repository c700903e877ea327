"""Our IndexTTS2 beside the original's recorded numbers: the whole golden set, network by network."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip(
    "torch", reason="torch is not installed: pip install -c constraints.txt -e '.[gpu]'"
)

from tts.indextts2.parity.golden import Golden  # noqa: E402 - after the check for torch
from tts.indextts2.parity.judge import FACTS, SECTIONS, judge  # noqa: E402

pytestmark = [pytest.mark.contracts, pytest.mark.timeout(240)]

GOLDEN = Path(__file__).parents[3] / "shared" / "parity" / "indextts2"
needs_golden = pytest.mark.skipif(
    not GOLDEN.is_dir(), reason="the golden set (../shared/parity/indextts2) is not here"
)


@pytest.fixture(autouse=True)
def _one_thread():
    """As the set was recorded; and a busy machine does not make threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@needs_golden
@pytest.mark.parametrize("section", [*SECTIONS, *FACTS])
def test_a_section_is_as_recorded(section):
    rows = list(judge(Golden(GOLDEN), only=(section,)))
    assert rows
    assert [row for row in rows if not row.passed and not row.informative] == []


@needs_golden
def test_every_recorded_output_is_judged():
    golden = Golden(GOLDEN)
    recorded = {name for name in golden.entries if name.split("/")[1] == "out"}
    assert {name.split("/")[0] for name in recorded} == set(SECTIONS)


@needs_golden
@pytest.mark.parametrize(
    ("section", "file", "tensor"),
    [
        ("gpt", "gpt", "gpt.h.1.mlp.c_fc.weight"),
        ("s2mel", "s2mel", "cfm.estimator.transformer.layers.3.skip_in_linear.weight"),
        ("bigvgan", "bigvgan", "resblocks.4.convs1.1.weight_g"),
        ("e2e", "semantic_codec", "quantizer.quantizers.0.out_project.weight_g"),
    ],
)
def test_a_weight_that_is_off_by_a_tenth_is_noticed(monkeypatch, section, file, tensor):
    golden = Golden(GOLDEN)
    whole = golden.weights

    def weights(name):
        return {key: t * 1.1 if (name, key) == (file, tensor) else t for key, t in whole(name).items()}

    monkeypatch.setattr(golden, "weights", weights)
    assert not all(row.passed for row in judge(golden, only=(section,)))
