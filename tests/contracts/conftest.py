"""Language models to try: the fake, llama.cpp on random weights, llama.cpp on the demo weights.

The random model is written here, byte for byte, so that llama.cpp's path is tested where no weights are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.emotion import Opinion
from llm.config import LlamaConfig
from llm.engine import LanguageModel
from llm.fake import FakeModel
from llm.llama import LlamaModel

_CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_DEMO = sorted((Path(__file__).parents[2] / "models" / "demo" / "llm").glob("*.gguf"))
_WIDTH, _HIDDEN, _HEADS, _LAYERS = 64, 64, 2, 1
_KIND = {bool: 7, int: 4, float: 6, str: 8}
_INT32, _ARRAY = 5, 9


def _printable_bytes() -> list[str]:
    """GPT-2's alphabet: one printable character for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(spare)) for byte in range(256)]


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: object) -> bytes:
    match value:
        case bool():
            return struct.pack("<?", value)
        case int():
            return struct.pack("<I", value)
        case float():
            return struct.pack("<f", value)
        case str():
            return _string(value)
        case _:
            raise AssertionError(value)


def _pair(key: str, value: object) -> bytes:
    if isinstance(value, list):
        kind = _INT32 if isinstance(value[0], int) else _KIND[type(value[0])]
        return _string(key) + struct.pack("<IIQ", _ARRAY, kind, len(value)) + b"".join(map(_value, value))
    return _string(key) + struct.pack("<I", _KIND[type(value)]) + _value(value)


def _write_random_model(path: Path, template: str | None = _CHATML) -> Path:
    """Write a llama of one layer with random weights and a vocabulary of bytes."""
    words = [*_printable_bytes(), "<|im_start|>", "<|im_end|>"]
    metadata: dict[str, object] = {
        "general.architecture": "llama",
        "llama.context_length": 4096,
        "llama.embedding_length": _WIDTH,
        "llama.block_count": _LAYERS,
        "llama.feed_forward_length": _HIDDEN,
        "llama.attention.head_count": _HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": words,
        "tokenizer.ggml.token_type": [1] * 256 + [3, 3],
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 256,
        "tokenizer.ggml.eos_token_id": 257,
        "tokenizer.ggml.add_bos_token": False,
    }
    if template is not None:
        metadata["tokenizer.chat_template"] = template
    shapes = {
        "token_embd.weight": (258, _WIDTH),
        "output_norm.weight": (_WIDTH,),
        "output.weight": (258, _WIDTH),
    }
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        shapes[f"blk.0.{name}.weight"] = (_WIDTH, _WIDTH)
    shapes |= {"blk.0.attn_norm.weight": (_WIDTH,), "blk.0.ffn_norm.weight": (_WIDTH,)}
    random = np.random.default_rng(7)
    infos, tensors, offset = b"", b"", 0
    for name, shape in shapes.items():
        weights = np.ones(shape, "<f4") if len(shape) == 1 else random.normal(0, 0.3, shape).astype("<f4")
        if name == "output.weight":
            weights[256:] = 0.0  # hardly ever the likeliest: the reply does not end by itself
        infos += _string(name) + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack("<IQ", 0, offset)
        tensors += weights.tobytes()
        offset += weights.nbytes
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(shapes), len(metadata))
    head += b"".join(_pair(key, value) for key, value in metadata.items()) + infos
    path.write_bytes(head + bytes(-len(head) % 32) + tensors)
    return path


@pytest.fixture(scope="session")
def random_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write_random_model(tmp_path_factory.mktemp("gguf") / "random.gguf")


_VOTE = Opinion(probabilities=(0.01,) * 4 + (0.88,) + (0.01,) * 8)

Build = Callable[..., LanguageModel]


@pytest.fixture(scope="session")
def write_random_model() -> Callable[..., Path]:
    """Writes a GGUF to a path, with a chat template of its own if one is given."""
    return _write_random_model


@pytest.fixture(scope="session")
def demo_gguf() -> Path:
    if not _DEMO:
        pytest.skip("models/demo/llm holds no .gguf")
    return _DEMO[0]


@pytest.fixture(params=["fake", "random", "demo"])
def build_model(request: pytest.FixtureRequest, random_gguf: Path) -> Iterator[Build]:
    """A factory of one kind of engine; `opinion` asks it for one, the rest goes to LlamaConfig, if there is one."""
    if request.param == "demo" and not _DEMO:
        pytest.skip("models/demo/llm holds no .gguf")
    built: list[LanguageModel] = []

    def make(*, opinion: bool = False, **config: object) -> LanguageModel:
        if request.param == "fake":
            replies = ["D\n[sigh]大厅九点<warm>开门。", "The hall opens at nine.", "好的，再见。"]
            built.append(FakeModel(replies if opinion else replies[1:], opinion=_VOTE if opinion else None))
        else:
            path = random_gguf if request.param == "random" else _DEMO[0]
            settings = LlamaConfig.model_validate({"threads": 1, "max_tokens": 32, **config})
            built.append(LlamaModel(path, settings, opinion=opinion))
        return built[-1]

    yield make
    for model in built:
        model.close()


@pytest.fixture
def llama(random_gguf: Path) -> Iterator[Callable[..., LlamaModel]]:
    built: list[LlamaModel] = []

    def make(*, opinion: bool = False, **config: object) -> LlamaModel:
        settings = {"threads": 1, "max_tokens": 24, "temperature": 0.0, **config}
        built.append(LlamaModel(random_gguf, LlamaConfig.model_validate(settings), opinion=opinion))
        return built[-1]

    yield make
    for model in built:
        model.close()
