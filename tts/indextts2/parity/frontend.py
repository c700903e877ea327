"""Section `frontend`: sound to features. There are no weights; it runs in float32 whatever the set's type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from tts.indextts2.config import IndexTts2Config
from tts.indextts2.filterbank import STYLE_BANDS, log_energies, speech_features, style_filterbank
from tts.indextts2.mel import log_mel, mel_basis
from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.resample import sinc_resampled, soxr_resampled

Outputs = Iterator[tuple[str, Tensor]]
_RESAMPLED = re.compile(r"wave(\d+)\w*_from_(\d+)")
_ODD_RATES = {11: 11_025, 22: 22_050, 44: 44_100, 88: 88_200}
"""Hz of signals whose names round their kHz."""


def computed(golden: Golden) -> Iterator[Computed]:
    """Everything of every group; a group's name is `kind` or `kind_input`."""
    names = [name.removeprefix("frontend/out/") for name in golden.names("frontend")]
    for group in dict.fromkeys(name.split("/")[0] for name in names):
        kind, _, signal = group.partition("_")
        outputs = [name.split("/", 1)[1] for name in names if name.startswith(f"{group}/")]
        if kind in ("resample", "librosa"):
            found = _resampled(golden, kind, outputs)
        elif kind in _FEATURES:
            wave = _signal(golden, signal or "wave22")
            found = _FEATURES[kind](wave, golden.config)
        else:
            continue
        for name, value in found:
            yield Computed(f"frontend/out/{group}/{name}", value)


def _signal(golden: Golden, name: str) -> Tensor:
    return golden.recorded(f"frontend/in/{name}").to(golden.device, torch.float32)


def _resampled(golden: Golden, kind: str, outputs: list[str]) -> Outputs:
    for name in outputs:
        match = _RESAMPLED.fullmatch(name)
        if match is None:
            continue
        to_rate, from_rate = (_ODD_RATES.get(int(part), int(part) * 1000) for part in match.groups())
        wave = _signal(golden, f"wave{match[2]}")
        if kind == "resample":
            yield name, sinc_resampled(wave, from_rate, to_rate)
        else:
            sound = soxr_resampled(wave[0].cpu().numpy(), from_rate, to_rate)
            yield name, torch.from_numpy(sound).unsqueeze(0)  # pyright: ignore[reportUnknownMemberType]


def _mel(wave: Tensor, config: IndexTts2Config) -> Outputs:
    del config  # the released values of the spectrogram are part of the architecture
    yield "mel", log_mel(wave)
    yield "mel_basis", mel_basis(wave.device)


def _kaldi(wave: Tensor, config: IndexTts2Config) -> Outputs:
    del config
    yield "fbank", log_energies(wave, STYLE_BANDS)[0]
    yield "fbank_centered", style_filterbank(wave)[0]


def _w2v(wave: Tensor, config: IndexTts2Config) -> Outputs:
    features, mask = speech_features(wave, config.preprocessor)
    yield "input_features", features
    yield "attention_mask", mask


_FEATURES: dict[str, Callable[[Tensor, IndexTts2Config], Outputs]] = {
    "mel": _mel,
    "kaldi": _kaldi,
    "w2v": _w2v,
}
