"""The fused activation by Triton's interpreter, held against float64; and its compiler, which needs no GPU."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.activation import LENGTHS, SLACK, TYPES, Activation, error, tried
from tts.indextts2.bigvgan import BigVgan, antialiased, tap_values
from tts.indextts2.config import BigVganConfig

pytestmark = [pytest.mark.unit, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[4]
KERNEL = "tts.indextts2.activation_kernel"
CPU = torch.device("cpu")
WIDE = 256
"""Lanes: interpreting costs by the block."""
TINY = BigVganConfig(
    upsample_rates=(4, 2),
    upsample_kernel_sizes=(8, 4),
    upsample_initial_channel=8,
    resblock_kernel_sizes=(3,),
    resblock_dilation_sizes=((1, 3),),
)
COMPILED = """
import json, re, subprocess, sys, tempfile
from pathlib import Path
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from tts.indextts2.activation_kernel import LANES, RUN, _activation
from tts.indextts2.bigvgan import tap_values

NAMES = ("x", "out", "alpha", "beta", "runs", "per_row", "channels", "units")
OPTIONS = {"num_warps": 1, "enable_fp_fusion": True}
TOOL = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"

def compiled(kind, capability, unit):
    constants = {"taps": tap_values(), "unit": unit, "run": RUN, "lanes": LANES}
    types = {name: f"*{kind}" if place < 4 else "i32" for place, name in enumerate(NAMES)}
    aligned = {(place,): [["tt.divisibility", 16]] for place in range(4)}
    source = ASTSource(_activation, types | dict.fromkeys(constants, "constexpr"), constants, aligned)
    kernel = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=OPTIONS)
    found = {"ptx": kernel.asm["ptx"]}
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(kernel.asm["cubin"])
        file.flush()
        asked = [TOOL, "-res-usage", file.name]
        told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return found | {name: int(number) for name, number in re.findall(r"(REG|STACK|LOCAL):(\\d+)", told)}

print(json.dumps([compiled(*given) for given in json.loads(sys.argv[1])]))
"""
VARIANTS = [("fp32", 90, 16), ("bf16", 90, 16), ("fp32", 86, 16), ("bf16", 86, 4)]
"""Type, compute capability, and what L is a multiple of."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[ModuleType]:
    """The kernel's module, interpreted: Triton decides that when it is imported, so that is done here first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        pytest.importorskip("triton", reason="triton is not installed: make .venv/.ready-dev")
        assert KERNEL not in sys.modules
        yield importlib.import_module(KERNEL)
        del sys.modules[KERNEL]


@pytest.fixture(scope="module")
def interpreted(kernel: ModuleType) -> Activation:
    return partial(kernel.bent, taps=tap_values(), lanes=WIDE)


def limit(dtype: torch.dtype) -> float:
    """One rounding of the result, which the interpreter's bf16 cuts off, and as much as float32 explains."""
    return torch.finfo(dtype).eps * (1.0 if dtype == torch.bfloat16 else 0.5) + 1e-6


@pytest.mark.parametrize("dtype", TYPES)
@settings(max_examples=20)
@given(
    batch=st.integers(1, 2),
    channels=st.integers(1, 4),
    length=st.one_of(st.integers(1, 40), st.sampled_from([47, 48, 63, 64, 65, 100, 128])),
)
def test_it_computes_what_the_plain_path_does_whatever_the_shape(
    interpreted: Activation, dtype: torch.dtype, batch: int, channels: int, length: int
):
    found = error(interpreted, antialiased, CPU, dtype, [(batch, channels, length)])
    assert found <= limit(dtype)


@pytest.mark.parametrize("run", [8, 16, 32])
@pytest.mark.parametrize("lanes", [8, 32])
def test_how_the_work_is_divided_changes_nothing(kernel: ModuleType, run: int, lanes: int):
    x, scale = torch.randn(2, 3, 52, generator=torch.Generator().manual_seed(0)), torch.zeros(3)
    one, other = (
        kernel.bent(x, scale, scale, tap_values(), **division)
        for division in ({"run": run, "lanes": lanes}, {"lanes": WIDE})
    )
    assert torch.equal(one, other)


@settings(max_examples=20)
@given(values=st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=40), scale=st.floats(-3, 3))
def test_any_values_are_bent_as_the_plain_path_bends_them(
    interpreted: Activation, values: list[float], scale: float
):
    x, logarithm = torch.tensor(values)[None, None], torch.tensor([scale])
    exact = antialiased(x.double(), logarithm.double(), logarithm.double())
    made = interpreted(x, logarithm, logarithm)
    # An angle is as wrong as its rounding, alpha times; the height undoes that, since beta is alpha.
    assert float((made - exact).abs().max()) <= 2e-6 * max(1.0, float(x.abs().max()))


def test_the_bent_signal_is_continued_by_its_own_end_values(interpreted: Activation):
    """A step at the very end: doubling overshoots there, so that continuing x would bend another value."""
    for x in (torch.tensor([[[5.0] + [0.0] * 19]]), torch.tensor([[[0.0] * 19 + [5.0]]])):
        scale = torch.tensor([0.7])
        exact = antialiased(x.double(), scale.double(), scale.double())
        assert torch.allclose(interpreted(x, scale, scale).double(), exact, atol=3e-6)


@pytest.mark.parametrize("dtype", TYPES)
def test_one_sample_is_bent_by_the_formula(interpreted: Activation, dtype: torch.dtype):
    x = torch.tensor([[[1.25]]], dtype=dtype)
    alpha, beta = torch.tensor([0.5], dtype=dtype), torch.tensor([-1.0], dtype=dtype)
    wanted = 1.25 + torch.sin(1.25 * alpha.double().exp()) ** 2 / beta.double().exp()
    made = float(interpreted(x, alpha, beta))
    assert made == pytest.approx(float(wanted), rel=limit(dtype))


@pytest.mark.parametrize("exponent", [10, 20, 24, 30, 60])
def test_what_has_no_sine_left_is_still_bounded(interpreted: Activation, exponent: int):
    """Just below a power of two, where rounding turns to whole ones is itself rounded by the next one's spacing."""
    size = 2.0**exponent
    x = (size * (1 - torch.arange(1, 64) * 2.0**-24))[None, :, None]
    scale = torch.full((63,), math.log(math.pi))  # one turn for each 1
    made = interpreted(x, scale, scale)
    assert float((made - x).abs().max()) <= 1 + 1e-6 * size


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # numpy's, where a GPU says nothing
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_does_not_become_one(interpreted: Activation, value: float):
    x, scale = torch.zeros(1, 1, 48), torch.zeros(1)
    x[0, 0, 20] = value
    made = interpreted(x, scale, scale)[0, 0]
    assert not bool(made[20].isfinite())
    assert torch.equal(made[:14], torch.zeros(14))
    assert torch.equal(made[27:], torch.zeros(21))


def test_channels_of_all_batch_entries_keep_their_own_parameters(interpreted: Activation):
    chance = torch.Generator().manual_seed(0)
    x, alpha, beta = (torch.randn(*shape, generator=chance) for shape in ((2, 3, 20), (3,), (3,)))
    whole = interpreted(x, alpha, beta)
    for entry in range(2):
        for channel in range(3):
            part = slice(channel, channel + 1)
            alone = interpreted(x[entry : entry + 1, part].contiguous(), alpha[part], beta[part])
            assert torch.equal(whole[entry : entry + 1, part], alone)


def test_the_trial_reaches_every_variant_and_passes(kernel: ModuleType):
    units = [next(unit for unit in (kernel.RUN, *kernel.UNITS) if length % unit == 0) for length in LENGTHS]
    assert sorted(units) == sorted((kernel.RUN, *kernel.UNITS))
    for dtype in TYPES:
        assert tried(CPU, dtype, antialiased, tap_values()) is not None


def test_a_whole_vocoder_says_the_same_through_the_kernel(kernel: ModuleType):
    plain = with_noise(BigVgan(TINY, activation="plain"))
    plain.conv_post.weight.mul_(0.01)
    through = BigVgan(TINY, activation="fused").requires_grad_(requires_grad=False)
    through.load_state_dict(plain.state_dict())
    mel = torch.randn(2, 80, 5, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        wanted: Tensor = plain(mel)
        assert 0 < float(wanted.abs().max()) < 1
        assert float((through(mel) - wanted).abs().max()) <= SLACK * float(wanted.abs().max())


@pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed: make .venv/.ready-dev")
def test_it_compiles_without_a_gpu_to_wide_reads_and_no_spills(tmp_path: Path):
    program = tmp_path / "compiled.py"
    program.write_text(COMPILED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program), json.dumps(VARIANTS)],
        cwd=HOUSE,
        env=dict(
            os.environ,
            PYTHONPATH=":".join([str(HOUSE), *sys.path]),
            TRITON_CACHE_DIR=str(tmp_path),
            TRITON_INTERPRET="0",
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for (kind, capability, unit), found in zip(VARIANTS, json.loads(done.stdout), strict=True):
        assert f".target sm_{capability}" in found["ptx"]
        assert ("ld.global.v4.b32" in found["ptx"]) == (unit == 16 or kind == "fp32")
        assert found["LOCAL"] == found["STACK"] == 0
        assert 32 < found["REG"] <= 128
