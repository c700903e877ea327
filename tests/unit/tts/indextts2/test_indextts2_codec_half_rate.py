"""The codec of version 2.5: two frames a code, how far a code is heard, and the published names."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.codec import Codec
from tts.indextts2.codec_half_rate import HalfRateCodec
from tts.indextts2.config import IndexTts2Config, SemanticCodecConfig

pytestmark = pytest.mark.unit

CONFIG = SemanticCodecConfig(
    codebook_size=50, codebook_dim=4, vocos_dim=10, vocos_intermediate_dim=18, vocos_num_layers=2
)
NOTHING = torch.zeros(1, 0, 0)


def _codec() -> HalfRateCodec:
    return with_noise(HalfRateCodec(CONFIG))


def _codes(count: int) -> Tensor:
    return torch.randint(50, (1, count), generator=torch.Generator().manual_seed(count))


@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_a_code_is_two_frames_smoothed_over_their_neighbours(count):
    codec, codes = _codec(), _codes(count)
    row = codec.quantizer.quantizers[0]
    vectors = functional.conv1d(
        row.codebook.weight[codes].transpose(1, 2), row.out_project.weight, row.out_project.bias
    )
    decoded = codec.decoder(vectors.transpose(1, 2)).transpose(1, 2)
    twice = functional.interpolate(decoded, scale_factor=2, mode="nearest")
    assert torch.allclose(codec.features(codes, NOTHING), codec.up(twice).transpose(1, 2), atol=1e-5)
    assert codec.features(codes, NOTHING).shape == (1, 2 * count, 1024)


def test_a_code_is_heard_as_far_as_it_says_and_no_further():
    codec, codes, at = _codec(), _codes(60), 30
    other = codes.clone()
    other[0, at] = (other[0, at] + 1) % 50
    moved = (codec.features(other, NOTHING) - codec.features(codes, NOTHING)).abs().amax(-1)[0]
    heard = moved.nonzero()[:, 0] // 2
    assert codec.reach == 10
    assert (heard.min(), heard.max()) == (at - codec.reach, at + codec.reach)
    assert HalfRateCodec(SemanticCodecConfig()).reach == 40


def test_it_is_a_codec_that_takes_no_latents():
    codec: Codec = _codec()
    assert (codec.features_per_code, codec.takes_latents) == (2, False)


def test_names_and_shapes_are_the_published_codecs():
    found = {name: tuple(tensor.shape) for name, tensor in _codec().state_dict().items()}
    quantiser = "quantizer.quantizers.0."
    assert found[f"{quantiser}codebook.weight"] == (50, 4)
    assert found[f"{quantiser}out_project.weight"] == (1024, 4, 1)
    assert found["decoder.0.embed.weight"] == (10, 1024, 7)
    assert found["decoder.0.convnext.1.gamma"] == (10,)
    assert found["decoder.1.weight"] == (1024, 10)
    assert found["up.weight"] == (1024, 1024, 3)
    assert not any(name.startswith(("encoder", "down")) for name in found)


def test_the_released_size_is_a_third_of_the_published_file():
    """Which holds the optimiser's two moments beside the weights: 607 MB in all."""
    from tts.indextts2.checkpoint_networks import needed
    from tts.indextts2.random_shapes import folded

    config = IndexTts2Config(version=2.5)
    parameters = sum(torch.Size(blank.shape).numel() for blank in folded("semantic_codec", config).values())
    lengths = 1024 + 8  # of weight norm
    assert parameters + lengths == 50_583_312
    assert len(needed("semantic_codec", config)) < len(folded("semantic_codec", config))
