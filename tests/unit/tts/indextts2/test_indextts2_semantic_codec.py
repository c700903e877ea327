"""The semantic codec: the nearest code by angle, its vector by plain lookup, and how far a frame is heard."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.config import SemanticCodecConfig
from tts.indextts2.filled import filled
from tts.indextts2.semantic_codec import CODEBOOK_PREFIX, Codebook, SemanticCodec

pytestmark = pytest.mark.unit

CONFIG = SemanticCodecConfig(
    codebook_size=50, codebook_dim=4, vocos_dim=10, vocos_intermediate_dim=18, vocos_num_layers=2
)


def _codec() -> SemanticCodec:
    return with_noise(SemanticCodec(CONFIG))


def _features(frames: int, batch: int = 1) -> Tensor:
    return torch.randn(batch, frames, 1024, generator=torch.Generator().manual_seed(frames))


def test_a_code_is_the_row_at_the_smallest_angle():
    codec, features = _codec(), _features(30)
    codes, _ = codec.quantize(features)
    quantizer = codec.quantizer.quantizers[0]
    for frame, encoding in enumerate(codec.encoded(features)[0]):
        point = quantizer.in_project.weight[..., 0] @ encoding + quantizer.in_project.bias
        cosines = [torch.cosine_similarity(point, row, dim=0).item() for row in quantizer.codebook.weight]
        assert codes[0, frame].item() == max(range(50), key=cosines.__getitem__)
    assert len(codes.unique()) > 5


def test_the_length_of_a_row_counts_in_its_vector_and_not_in_the_choice():
    codec, features = _codec(), _features(20)
    codes, vectors = codec.quantize(features)
    quantizer = codec.quantizer.quantizers[0]
    quantizer.codebook.weight.mul_(3.0)
    same, longer = codec.quantize(features)
    assert torch.equal(codes, same)
    bias = quantizer.out_project.bias
    assert torch.allclose(longer - bias, 3.0 * (vectors - bias), atol=1e-4)


def test_the_run_time_half_gives_the_vectors_of_the_whole():
    codec = _codec()
    codes, vectors = codec.quantize(_features(17, batch=2))
    half = filled(lambda: Codebook(CONFIG), codec.state_dict(), source="a codec", prefix=CODEBOOK_PREFIX)
    assert torch.equal(half.embed(codes), vectors)
    assert vectors.shape == (2, 17, 1024)


@pytest.mark.parametrize("frames", [1, 2, 7, 41])
def test_every_length_gives_as_many_codes_as_frames(frames: int):
    codes, vectors = _codec().quantize(_features(frames))
    assert codes.shape == (1, frames)
    assert codes.dtype is torch.int64
    assert 0 <= codes.min() <= codes.max() < 50
    assert vectors.shape == (1, frames, 1024)


def test_a_frame_is_heard_three_frames_further_by_each_convolution():
    codec, features = _codec(), _features(40)
    changed = features.clone()
    changed[:, 20] = changed[:, 3]
    heard = (codec.encoded(features) - codec.encoded(changed)).abs().amax((0, 2)) > 1e-7
    assert heard.nonzero().flatten().tolist() == list(range(20 - 9, 20 + 10))


def test_half_precision_keeps_nearly_all_codes():
    codec, features = _codec(), _features(60)
    codes, _ = codec.quantize(features)
    rounded, vectors = codec.bfloat16().quantize(features.bfloat16())
    assert vectors.dtype is torch.bfloat16
    assert (codes == rounded).float().mean() > 0.8
