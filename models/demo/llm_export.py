"""Write the demo language model as GGUF, for llama.cpp: f16 and q8_0.

Needs the `gguf` package; runs in the training environment only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import gguf
import numpy as np
from tokenizers import Tokenizer

from models.demo.llm_network import Network

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML."""

TENSORS = {
    "attention_norm.weight": "attn_norm.weight",
    "query.weight": "attn_q.weight",
    "key.weight": "attn_k.weight",
    "value.weight": "attn_v.weight",
    "output.weight": "attn_output.weight",
    "forward_norm.weight": "ffn_norm.weight",
    "gate.weight": "ffn_gate.weight",
    "up.weight": "ffn_up.weight",
    "down.weight": "ffn_down.weight",
}
"""Our names inside a block → GGUF's."""


def write_gguf(
    path: Path, network: Network, tokenizer: Tokenizer, kind: Literal["f16", "q8_0"], *, version: str
) -> None:
    """Write one file; matrices in `kind`, norms in f32.

    Args:
        path: of the file, replaced if it exists.
        network: trained.
        tokenizer: byte-level BPE whose ids 0, 1, 2 are end of text, start and end of a message.
        kind: of the matrices.
        version: for the metadata.
    """
    writer = gguf.GGUFWriter(path, "llama")
    _write_facts(writer, network, kind, version)
    _write_vocabulary(writer, tokenizer)
    for name, weight in network.named_parameters():
        values = weight.detach().float().numpy()
        if values.ndim == 1:
            writer.add_tensor(_gguf_name(name), values.astype(np.float32))
        elif kind == "f16":
            writer.add_tensor(_gguf_name(name), values.astype(np.float16))
        else:
            packed = gguf.quants.quantize(values.astype(np.float32), gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(_gguf_name(name), packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_facts(writer: gguf.GGUFWriter, network: Network, kind: str, version: str) -> None:
    shape = network.shape
    writer.add_name("Tingshuo demo")
    writer.add_version(version)
    writer.add_license("CC0-1.0")
    writer.add_description(
        "Closed-domain kiosk dialogues in Chinese and English, trained from scratch; a demo, not a chatbot."
    )
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if kind == "f16" else gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_context_length(shape.window)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.key_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.head_size)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocabulary)


def _write_vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    model = json.loads(tokenizer.to_str())["model"]
    tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    control, normal = int(gguf.TokenType.CONTROL), int(gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([control] * 3 + [normal] * (len(tokens) - 3))
    writer.add_token_merges(merges)
    writer.add_bos_token_id(0)
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_eot_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _gguf_name(name: str) -> str:
    match name.split(".", 2):
        case ["embedding", _]:
            return "token_embd.weight"
        case ["norm", _]:
            return "output_norm.weight"
        case ["blocks", index, rest]:
            return f"blk.{index}.{TENSORS[rest]}"
        case _:
            raise ValueError(f"no GGUF name for {name}")
