"""The budget: counts are of what is really loaded, and what does not fit is refused with the numbers."""

from __future__ import annotations

import pytest
import torch

from core.errors import ConfigError
from tests.unit.tts.indextts2.live_bytes import LiveBytes
from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2 import placement
from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.budget import GB, check_fits, flow_bytes, free_bytes, most_codes, needs, vocoder_bytes
from tts.indextts2.config import BigVganConfig, DitConfig, IndexTts2Config, S2MelConfig, WavenetConfig
from tts.indextts2.estimator import Estimator
from tts.indextts2.networks import Precisions
from tts.indextts2.settings import IndexTts2Settings, PrecisionSettings
from tts.indextts2.synthesizer import IndexTts2Synthesizer

pytestmark = pytest.mark.unit

SHORT = Precisions(gpt=torch.bfloat16, flow=torch.bfloat16, vocoder=torch.float32)
CPU = torch.device("cpu")


def narrow() -> IndexTts2Config:
    """The released proportions at a quarter of the width."""
    return IndexTts2Config(
        s2mel=S2MelConfig(
            dit=DitConfig(hidden_dim=192, num_heads=4, depth=13), wavenet=WavenetConfig(hidden_dim=192)
        ),
        bigvgan=BigVganConfig(upsample_initial_channel=256),
    )


def test_weights_are_those_that_are_loaded(tiny_indextts2):
    networks = tiny_indextts2.synthesizer()._open()
    need = needs(networks.config, networks.precisions, "cpu")
    loaded = {
        "gpt": (networks.prefix, networks.gpt),
        "vocoder": (networks.vocoder.network,),
    }
    for stage, parts in loaded.items():
        counted = sum(tensor.nbytes for part in parts for tensor in part.state_dict().values())
        assert need.weights[stage] == counted, stage


def test_the_released_model_fits_into_what_its_specification_says():
    need = needs(IndexTts2Config(), SHORT, "cpu", reference_seconds=5, codes=100)
    assert need.weights["gpt"] + need.weights["flow"] + need.weights["vocoder"] == pytest.approx(
        1.68e9, rel=0.02
    )
    assert need.cache == pytest.approx(0.204e9, rel=0.01)
    assert need.overhead == 0
    assert need.total < 3 * GB
    assert needs(IndexTts2Config(), SHORT, "cuda").overhead > 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_the_flow_takes_is_no_less_than_lives_at_once(dtype: torch.dtype):
    config, frames = narrow(), 200
    network = with_noise(Estimator(config.s2mel)).to(dtype)
    x = torch.randn(2, 80, frames).to(dtype)
    known = torch.randn(2, frames, config.s2mel.dit.hidden_dim).to(dtype)
    with torch.inference_mode():
        modulation = network.modulation(torch.tensor([0.5]))
        with LiveBytes() as lived:
            network(x, known, modulation)
    assert lived.peak <= 2 * frames * flow_bytes(config, dtype) < 1.5 * lived.peak


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_the_vocoder_takes_is_no_less_than_lives_at_once(dtype: torch.dtype):
    config, frames = narrow(), 8
    network = with_noise(BigVgan(config.bigvgan)).to(dtype)
    with torch.inference_mode(), LiveBytes() as lived:
        network(torch.randn(1, 80, frames).to(dtype))
    assert lived.peak <= frames * vocoder_bytes(config, dtype) < 1.3 * lived.peak


def test_what_does_not_fit_is_refused_with_the_numbers():
    need = needs(IndexTts2Config(), SHORT, "cuda")
    check_fits(need, CPU, budget=None, free=None)
    check_fits(need, CPU, budget=need.total / GB + 0.1, free=need.total)
    with pytest.raises(
        ConfigError, match=r"needs 3\.\d GB and the machine has 1\.0 GB free: gpt 1\.0"
    ) as caught:
        check_fits(need, CPU, budget=None, free=GB)
    assert caught.value.code == "config.indextts2-memory"
    with pytest.raises(ConfigError, match=r"tts\.indextts2\.memory allows 2\.0 GB"):
        check_fits(need, CPU, budget=2.0, free=24 * GB)


def test_a_voice_that_does_not_fit_is_refused_before_anything_is_read(tiny_indextts2):
    said = list[str]()
    with pytest.raises(ConfigError, match=r"allows 0\.0 GB"):
        IndexTts2Synthesizer(
            tiny_indextts2.settings(memory=0.001), tiny_indextts2.voices, progress=said.append
        )
    assert not said
    tiny_indextts2.synthesizer(memory=1.0)


def test_free_memory_is_what_the_system_tells():
    free = free_bytes(CPU)
    assert free is not None
    assert 0.01 * GB < free < 10_000 * GB


def test_streaming_needs_less_at_once_than_a_whole_utterance():
    streaming = IndexTts2Settings()
    whole = IndexTts2Settings.model_validate({"stream": {"mode": "whole"}})
    assert most_codes(streaming) < 300
    assert most_codes(whole) == most_codes(IndexTts2Settings(compat="upstream")) == 1500


def test_automatic_precision_is_short_on_a_gpu_alone(monkeypatch: pytest.MonkeyPatch):
    auto = PrecisionSettings()
    assert placement.precisions_of(auto, CPU) == Precisions()
    cuda = torch.device("cuda")
    for capability, kind in (((9, 0), torch.bfloat16), ((8, 0), torch.bfloat16), ((7, 5), torch.float16)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, capability=capability: capability)
        assert placement.precisions_of(auto, cuda) == Precisions(gpt=kind, flow=kind)
    asked = PrecisionSettings(gpt="fp32", flow="fp16", vocoder="bf16")
    wanted = Precisions(gpt=torch.float32, flow=torch.float16, vocoder=torch.bfloat16)
    assert placement.precisions_of(asked, cuda) == wanted
