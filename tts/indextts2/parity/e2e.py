"""The section `e2e`: from a reference and text ids to sound, in the original's own way."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from tts.indextts2.campplus import CampPlus
from tts.indextts2.conditioning import Conditioning
from tts.indextts2.config import SAMPLE_RATE
from tts.indextts2.emotion import merged, strengthened
from tts.indextts2.filterbank import SPEECH_RATE, style_filterbank
from tts.indextts2.length_regulator import nearest_source
from tts.indextts2.mel import log_mel
from tts.indextts2.networks import Networks, Precisions, load_networks
from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.resample import sinc_resampled
from tts.indextts2.sampling import upstream
from tts.indextts2.segment import condition, decoded, mel, sound
from tts.indextts2.semantic_codec import SemanticCodec
from tts.indextts2.speaker import Speaker, speaker_of

Result = TypeVar("Result")
_OUT = "e2e/out/"
_PENALTY, _ALPHA, _STRENGTH = 10.0, 0.35, 0.8
"""Of the recorded runs; see the golden set's own description."""
_SILENCE = 4410
"""Zero samples between two segments: 0.2 s (upstream)."""
_STEPS, _GUIDANCE = 25, 0.7
_FULL_SCALE = 32_767


class _Run(NamedTuple):
    """How a recorded run was made."""

    texts: Sequence[str]
    alpha: float | None
    """Of the emotion features; None means the speaker's own."""
    vector: bool = False
    penalty: float = _PENALTY


_RUNS = {
    "spk": _Run(("text_a",), None),
    "emo_audio": _Run(("text_a",), _ALPHA),
    "emo_vector": _Run(("text_b",), None, vector=True),
    "two_segments": _Run(("text_b", "text_a"), _ALPHA, penalty=1.0),
}


def computed(golden: Golden) -> Iterator[Computed]:
    """The reference, then every recorded run."""
    networks = load_networks(
        golden.config,
        golden.weights,
        device=golden.device,
        precisions=Precisions(gpt=golden.dtype, flow=golden.dtype, vocoder=golden.dtype),
    )
    reference = _reference(golden, networks)
    yield Computed(_OUT + "prompt/ref_mel", reference["ref_mel"])
    yield Computed(_OUT + "prompt/style", reference["style"])
    yield Computed(_OUT + "prompt/prompt_condition", reference["prompt_condition"])
    conditioning = golden.network(lambda: Conditioning(golden.config.gpt), "gpt")
    features = golden.get("e2e/in/spk_feat")
    own, other = (
        conditioning.emotion_vector(features),
        conditioning.emotion_vector(golden.get("e2e/in/emo_feat")),
    )
    tensors = reference | {"latents": conditioning.speaker_latents(features), "emotion": own}
    for name, run in _RUNS.items():
        manner = own if run.alpha is None else merged(own, other, run.alpha)
        speaker = speaker_of(networks, tensors, manner=manner)
        vector = strengthened(golden.notes["e2e_emo_vector"], _STRENGTH) if run.vector else (0.0,) * 8
        yield from _spoken(golden, networks, speaker, speaker.emotion(vector), name, run)


def _reference(golden: Golden, networks: Networks) -> dict[str, Tensor]:
    wave = golden.get("e2e/in/wave22").float()
    codec = golden.network(lambda: SemanticCodec(golden.config.semantic_codec), "semantic_codec")
    campplus = golden.network(lambda: CampPlus(golden.config.campplus), "campplus")
    speech = style_filterbank(sinc_resampled(wave, SAMPLE_RATE, SPEECH_RATE))
    ref_mel = log_mel(wave)
    _, s_ref = codec.quantize(golden.get("e2e/in/spk_feat"))
    source = nearest_source(s_ref.shape[1], ref_mel.shape[2], golden.device)
    return {
        "ref_mel": ref_mel,
        "style": campplus(speech.to(golden.dtype)),
        "prompt_condition": networks.regulator(s_ref, source),
    }


def _spoken(
    golden: Golden, networks: Networks, speaker: Speaker, emotion: Tensor, name: str, run: _Run
) -> Iterator[Computed]:
    pieces: list[Tensor] = []
    settings = upstream(beams=1, repetition_penalty=run.penalty, greedy=True)
    for index, text in enumerate(run.texts):
        ids = golden.get(f"e2e/in/{text}")
        limit = _most(golden)
        prefix = networks.prefix(speaker.latents, emotion, ids)
        spoken = _run(decoded(networks, prefix, replace(settings, max_codes=limit)))
        stop = torch.full((1, 1), golden.config.gpt.stop_mel_token, device=golden.device)
        ended = spoken.codes.shape[1] < limit
        yield Computed(
            f"{_OUT}{name}/codes{index}", torch.cat((spoken.codes, stop), 1) if ended else spoken.codes
        )
        target = condition(networks, spoken)
        noise = golden.get(f"e2e/in/{name}/z{index}").float()
        spectrum = _run(mel(networks, speaker, target, noise, steps=_STEPS, guidance=_GUIDANCE))
        wave = sound(networks, spectrum)
        yield Computed(f"{_OUT}{name}/mel{index}", spectrum)
        yield Computed(f"{_OUT}{name}/wave{index}", wave[None, None])
        pieces += ([torch.zeros(_SILENCE, device=wave.device)] if pieces else []) + [wave]
    whole = (torch.cat(pieces) * _FULL_SCALE).clamp(-_FULL_SCALE, _FULL_SCALE).trunc().long()
    yield Computed(f"{_OUT}{name}/pcm", whole[None])


def _most(golden: Golden) -> int:
    """Most codes of the recorded runs: the longest, since each either stopped or reached the limit."""
    return max(golden.recorded(name).shape[1] for name in golden.names("e2e") if "/codes" in name)


def _run(stage: Generator[None, None, Result]) -> Result:
    while True:
        try:
            next(stage)
        except StopIteration as end:
            return end.value
