"""Which way the vocoder's activation takes: the kernel only where it works, and the plain path says why not."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2 import activation
from tts.indextts2.activation import error, fused, tried
from tts.indextts2.bigvgan import BigVgan, antialiased, tap_values
from tts.indextts2.config import BigVganConfig

pytestmark = pytest.mark.unit

HOUSE = Path(__file__).parents[4]
KERNEL = "tts.indextts2.activation_kernel"
CPU = torch.device("cpu")
SMALL = BigVganConfig(upsample_initial_channel=64)
ON_A_PROCESSOR = """
import sys, torch
from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.config import BigVganConfig
with torch.inference_mode():
    BigVgan(BigVganConfig(upsample_initial_channel=64))(torch.zeros(1, 80, 2))
print("triton" in sys.modules, "tts.indextts2.activation_kernel" in sys.modules)
"""


class _Moved(TorchDispatchMode):
    """Bytes of all tensors that operations read and write; a view moves none."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.bytes += sum(one.nbytes for one in tree_leaves((args, out)) if isinstance(one, Tensor))
        return out


@pytest.fixture
def on_a_gpu(monkeypatch):
    """A signal that says it lies on a GPU, of which nothing is known yet."""
    monkeypatch.setattr(activation, "_known", {})
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: False)
    return SimpleNamespace(is_cuda=True, requires_grad=False, device=CPU, dtype=torch.float32)


def test_a_processor_imports_neither_triton_nor_the_kernel():
    done = subprocess.run(
        [sys.executable, "-c", ON_A_PROCESSOR], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_without_triton_the_plain_path_is_taken_and_one_line_says_why(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "triton", None)
    monkeypatch.delitem(sys.modules, KERNEL, raising=False)
    assert tried(CPU, torch.float32, antialiased, tap_values()) is None
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "not fused in float32 on cpu" in record.message
    assert "triton" in record.message


@pytest.mark.parametrize("dtype", activation.TYPES)
def test_a_kernel_as_exact_as_its_type_is_taken(monkeypatch, caplog, dtype: torch.dtype):
    def exact(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        return antialiased(x.double(), alpha.double(), beta.double()).to(x.dtype)

    monkeypatch.setattr(activation, "_kernel", lambda _taps: exact)
    caplog.set_level(logging.INFO)
    assert tried(CPU, dtype, antialiased, tap_values()) is exact
    assert "is fused in" in caplog.text


@pytest.mark.parametrize("off", [1.001, float("nan")])
def test_a_kernel_that_gives_other_values_is_not_taken_and_its_error_is_told(monkeypatch, caplog, off: float):
    monkeypatch.setattr(activation, "_kernel", lambda _taps: lambda *given: off * antialiased(*given))
    assert tried(CPU, torch.float32, antialiased, tap_values()) is None
    (record,) = caplog.records
    assert "allowed are 1.0e-05" in record.message
    assert ("1.0e-03" if off == 1.001 else "nan") in record.message


def test_the_ends_belong_to_the_trial(monkeypatch):
    def careless(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        """Continues the bent signal by x's end values, as if it were the same."""
        wide = torch.nn.functional.pad(x, (6, 6), mode="replicate")
        return antialiased(wide, alpha, beta)[..., 6:-6]

    assert error(careless, antialiased, CPU, torch.float32) > 100 * activation.SLACK


def test_a_place_is_tried_once(monkeypatch, on_a_gpu):
    places = list[Any]()
    monkeypatch.setattr(activation, "tried", lambda *given: places.append(given[:2]))
    for _ in range(3):
        assert fused(on_a_gpu, "auto", antialiased, tap_values()) is None
    assert places == [(CPU, torch.float32)]


def test_nothing_is_tried_while_work_is_recorded(monkeypatch, on_a_gpu):
    monkeypatch.setattr(activation, "tried", lambda *_: antialiased)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    assert fused(on_a_gpu, "auto", antialiased, tap_values()) is None
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: False)
    assert fused(on_a_gpu, "auto", antialiased, tap_values()) is antialiased
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    assert fused(on_a_gpu, "auto", antialiased, tap_values()) is antialiased


@pytest.mark.parametrize(
    "other", [{"is_cuda": False}, {"requires_grad": True}, {"dtype": torch.float64}], ids=str
)
def test_what_the_kernel_is_not_for_takes_the_plain_path(monkeypatch, on_a_gpu, other: dict[str, Any]):
    monkeypatch.setattr(activation, "tried", lambda *_: antialiased)
    signal = SimpleNamespace(**(vars(on_a_gpu) | other))
    assert fused(signal, "auto", antialiased, tap_values()) is None
    assert fused(on_a_gpu, "plain", antialiased, tap_values()) is None


def test_a_vocoder_is_the_same_network_whichever_way_it_takes():
    mel = torch.randn(1, 80, 4, generator=torch.Generator().manual_seed(0))
    usual, plain = with_noise(BigVgan(SMALL)), BigVgan(SMALL, activation="plain")
    plain.load_state_dict(usual.state_dict())
    assert torch.equal(usual(mel), plain(mel))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_plain_path_moves_thirty_times_its_values(dtype: torch.dtype):
    x, scale = torch.randn(1, 4, 4000).to(dtype), torch.zeros(4, dtype=dtype)
    antialiased(x, scale, scale)  # makes the taps
    with torch.inference_mode(), _Moved() as moved:
        antialiased(x, scale, scale)
    assert moved.bytes / x.nbytes == pytest.approx(30, rel=0.01)


def test_the_vocoder_has_as_many_activations_as_its_byte_count_says():
    with torch.device("meta"):
        network = BigVgan(BigVganConfig())
    values = list[int]()
    for part in network.modules():
        if type(part).__name__ == "_Activation":
            part.register_forward_pre_hook(lambda _part, given: values.append(given[0].numel()))
    network(torch.zeros(1, 80, 10, device="meta"))
    assert len(values) == 109
    a_second = sum(values) / 10 * 22_050 / 256
    assert 30 * 4 * a_second == pytest.approx(6.3e9, rel=0.01)
    assert 2 * 4 * a_second == pytest.approx(0.42e9, rel=0.01)
