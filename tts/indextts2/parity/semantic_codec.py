"""Section `semantic_codec`: features to codes, and codes to vectors by the run-time half alone."""

from __future__ import annotations

from collections.abc import Iterator

from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.semantic_codec import CODEBOOK_PREFIX, Codebook, SemanticCodec


def computed(golden: Golden) -> Iterator[Computed]:
    """Both networks."""
    codec = golden.network(lambda: SemanticCodec(golden.config.semantic_codec), "semantic_codec")
    features = golden.get("semantic_codec/in/features")
    codes, s_ref = codec.quantize(features)
    yield Computed("semantic_codec/out/quantize/encoder", codec.encoded(features))
    yield Computed("semantic_codec/out/quantize/codes", codes)
    yield Computed("semantic_codec/out/quantize/s_ref", s_ref)
    codebook = golden.network(
        lambda: Codebook(golden.config.semantic_codec), "semantic_codec", CODEBOOK_PREFIX
    )
    yield Computed("semantic_codec/out/vq2emb/emb", codebook.embed(golden.get("semantic_codec/in/codes")))
