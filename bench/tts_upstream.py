"""One run of the original IndexTTS2, measured, in an environment of its own: pip install indextts2-inference.

In: one JSON object as the only argument, out: one on stdout, with the keys of `bench.tts_ours` as far as the
original has them. Nothing of this repository is imported, and nothing is fetched: where the package would ask
a hub, the files below the checkpoint's hf_cache are given to it. Its text front end is passed by: the text is
token ids. Codes are as many as are asked for; steps are 25, which the original fixes. Seconds are the
processor's own where there is no GPU.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

RATE = 22_050
NEVER = -1e4
"""The stop code's bias: it is not drawn any more."""
AUXILIARY = {
    "semantic_codec/model.safetensors": "semantic_codec_model.safetensors",
    "campplus_cn_common.bin": "campplus_cn_common.bin",
}
"""Files that the package asks a hub for, and where they lie below hf_cache."""
UNUSED = {
    "qwen_emo_path": "none",
    "s2mel": {
        "reg_loss_type": "l1",
        "dit_type": "DiT",
        "DiT": {"content_type": "discrete", "class_dropout_prob": 0.1},
        "wavenet": {"p_dropout": 0.2},
    },
}
"""Keys that a configuration for inference lacks."""


class Ids:
    """In place of the tokenizer: whatever the text, these ids, in one segment."""

    unk_token_id = -1

    def __init__(self, ids: list[int]) -> None:
        self._ids = ids

    def tokenize(self, _text: str) -> list[int]:
        return self._ids

    def split_segments(self, tokens: list[int], _most: int, **_more: object) -> list[list[int]]:
        return [tokens]

    def convert_tokens_to_ids(self, tokens: list[int]) -> list[int]:
        return tokens


def loaded(request: dict[str, Any]) -> Any:
    """The package's own object on local files."""
    infer_v2: Any = import_module("indextts.infer_v2")
    maskgct_utils: Any = import_module("indextts.utils.maskgct_utils")
    hub = Path(request["checkpoint"]) / "hf_cache"
    ids = Ids(request["tokens"])

    def found(_repo: str, filename: str) -> str:
        return str(hub / AUXILIARY[filename])

    infer_v2.hf_hub_download = found
    infer_v2.QwenEmotion = infer_v2.TextNormalizer = _Nothing
    infer_v2.TextTokenizer = partial(_given, ids)
    for owner, name in (
        (infer_v2, "SeamlessM4TFeatureExtractor"),
        (maskgct_utils, "Wav2Vec2BertModel"),
    ):
        real = getattr(owner, name)
        setattr(owner, name, _Local(partial(real.from_pretrained, str(hub / "w2v-bert-2.0"))))
    vocoder: Any = infer_v2.bigvgan.BigVGAN
    vocoder.from_pretrained = partial(
        _given_more,
        vocoder._from_pretrained,
        model_id=str(hub / "bigvgan"),
        revision="",
        cache_dir="",
        force_download=False,
        local_files_only=True,
        token=None,
    )
    device = "cuda:0" if request["device"] == "cuda" else "cpu"
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "config.yaml"
        settings.write_text(_completed(Path(request["checkpoint"]) / "config.yaml"), encoding="utf-8")
        tts: Any = infer_v2.IndexTTS2(
            cfg_path=str(settings),
            model_dir=request["checkpoint"],
            device=device,
            use_fp16=request["fp16"],
            use_cuda_kernel=False,
        )
    tts.gpt.mel_head.bias.data[tts.stop_mel_token] = NEVER
    return tts


def _completed(settings: Path) -> str:
    """config.yaml with the keys of training that the package asks for and inference does not use."""
    conf: Any = import_module("omegaconf").OmegaConf
    return str(conf.to_yaml(conf.merge(UNUSED, conf.load(settings))))


def _given(thing: object, *_: object) -> object:
    return thing


def _given_more(load: Callable[..., object], _name: str, **more: object) -> object:
    return load(**more)


class _Nothing:
    """In place of the text normaliser, and of the model that tells emotions from text."""

    def __init__(self, *_: object, **_more: object) -> None:
        pass

    def load(self) -> None:
        pass


class _Local:
    """A class of transformers that takes its files from one folder, whatever name it is asked for."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load

    def from_pretrained(self, _name: str) -> Any:
        return self._load()


class Watch:
    """Adds up what calls take, the device waited for before and after."""

    def __init__(self, device: str) -> None:
        self.took: dict[str, float] = {}
        self._device = device
        self.clock = time.perf_counter if device == "cuda" else time.process_time

    def settle(self) -> None:
        if self._device == "cuda":
            torch.cuda.synchronize()

    def around(self, owner: Any, method: str, name: str) -> None:
        """Measure a method from now on."""
        real = getattr(owner, method)

        def timed(*args: Any, **more: Any) -> Any:
            self.settle()
            begun = self.clock()
            try:
                return real(*args, **more)
            finally:
                self.settle()
                self.took[name] = self.took.get(name, 0.0) + self.clock() - begun

        setattr(owner, method, timed)


def sentence(tts: Any, watch: Watch, request: dict[str, Any], beams: int) -> dict[str, float]:
    """One sentence; the first sound is that of the whole segment, since nothing comes before."""
    begun = watch.clock()
    found = tts.infer(
        request["clip"],
        "-",
        None,
        stream_return=True,
        num_beams=beams,
        max_mel_tokens=request["codes"],
    )
    wave = next(found)
    first = watch.clock() - begun
    found.close()
    seconds = wave.shape[-1] / RATE
    return {"ttfa": first, "last_ttfa": first, "rtf": first / seconds, "seconds": seconds}


def report(request: dict[str, Any]) -> dict[str, Any]:
    """Everything; several sentences at once are one after the other, as its engine does it."""
    watch = Watch(request["device"])
    if request["device"] == "cpu":
        torch.set_num_threads(1)
    begun = watch.clock()
    tts = loaded(request)
    found: dict[str, Any] = {"load_seconds": watch.clock() - begun, "torch": torch.__version__}
    watch.around(tts.gpt, "inference_speech", "gpt: codes")
    watch.around(tts.gpt, "forward", "gpt: second pass")
    watch.around(tts.s2mel.models["cfm"], "inference", "flow")
    watch.around(tts.bigvgan, "forward", "vocoder")
    for beams in request["beams"]:
        sentence(tts, watch, request, beams)  # reference, tables and workspaces stay out of the numbers
        watch.took.clear()
        runs = [sentence(tts, watch, request, beams) for _ in range(request["rounds"])]
        one = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        stages = {name: took / request["rounds"] for name, took in watch.took.items()}
        at_once = {
            str(count): one | {"last_ttfa": one["ttfa"] * count, "seconds": one["seconds"] * count}
            for count in request["at_once"]
        }
        found[f"beams{beams}"] = {"stages": stages, "at_once": at_once}
    peak = {"resident": 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
    if request["device"] == "cuda":
        peak["allocated"] = float(torch.cuda.max_memory_allocated())
        peak["reserved"] = float(torch.cuda.max_memory_reserved())
    return found | {"memory": peak}


if __name__ == "__main__":
    print(json.dumps(report(json.loads(sys.argv[1]))))
