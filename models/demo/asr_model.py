"""The listener: Whisper's architecture, small, in plain torch, and its export to CTranslate2.

Shapes: features [batch, 80, frames], frames even; encoder states [batch, frames / 2, width]; tokens [batch,
length]. A CTC head only teaches the encoder to align; it is not exported.
"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone knows
from tokenizers import Tokenizer
from torch import Tensor, nn

WINDOW = 6.0  # seconds the encoder sees
HOP = 320  # samples between frames: twice Whisper's, which halves the cost of training and of listening
SAMPLE_RATE = 16_000  # Hz
WINDOW_FRAMES = int(WINDOW * SAMPLE_RATE) // HOP
TEXT_POSITIONS = 448  # faster-whisper assumes Whisper's own length


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes of a listener."""

    vocabulary: int
    ctc_classes: int
    mels: int = 80
    width: int = 192
    heads: int = 4
    encoder_layers: int = 3
    decoder_layers: int = 2
    positions: int = WINDOW_FRAMES // 2


class Attention(nn.Module):
    """Multi-head attention as Whisper has it: the key projection has no bias."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width, bias=False)
        self.value = nn.Linear(shape.width, shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def forward(self, states: Tensor, memory: Tensor, causal: bool = False) -> Tensor:
        query, key, value = (
            self._split(made) for made in (self.query(states), self.key(memory), self.value(memory))
        )
        # Spelled out: at a few hundred positions the fused kernel's backward pass is much slower on a CPU.
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
        if causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, -1e4)
        mixed = scores.softmax(-1) @ value
        return self.out(mixed.transpose(1, 2).reshape(states.shape))

    def _split(self, states: Tensor) -> Tensor:
        batch, length, width = states.shape
        return states.view(batch, length, self.heads, width // self.heads).transpose(1, 2)


class Layer(nn.Module):
    """A pre-norm transformer layer; the decoder's also attends to the encoder."""

    def __init__(self, shape: Shape, crossed: bool, dropout: float) -> None:
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(shape.width), Attention(shape)
        self.cross_norm = nn.LayerNorm(shape.width) if crossed else None
        self.cross = Attention(shape) if crossed else None
        self.feed_norm = nn.LayerNorm(shape.width)
        self.feed_in, self.feed_out = (
            nn.Linear(shape.width, 4 * shape.width),
            nn.Linear(4 * shape.width, shape.width),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, memory: Tensor | None = None) -> Tensor:
        normed = self.attention_norm(states)
        states = states + self.dropout(self.attention(normed, normed, causal=memory is not None))
        if self.cross is not None and self.cross_norm is not None and memory is not None:
            states = states + self.dropout(self.cross(self.cross_norm(states), memory))
        fed = self.feed_out(F.gelu(self.feed_in(self.feed_norm(states))))
        return states + self.dropout(fed)


class Listener(nn.Module):
    """Encoder, decoder and CTC head."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.conv1 = nn.Conv1d(shape.mels, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.register_buffer("places", _sinusoids(shape.positions, shape.width))
        self.encoder = nn.ModuleList(Layer(shape, False, dropout) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.tokens = nn.Embedding(shape.vocabulary, shape.width)
        self.text_places = nn.Parameter(torch.randn(TEXT_POSITIONS, shape.width) * 0.01)
        self.decoder = nn.ModuleList(Layer(shape, True, dropout) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(shape.width)
        self.ctc = nn.Linear(shape.width, shape.ctc_classes)
        nn.init.normal_(self.tokens.weight, std=0.02)

    def listen(self, features: Tensor) -> Tensor:
        """Features to encoder states."""
        states = F.gelu(self.conv1(features))
        states = F.gelu(self.conv2(states)).transpose(1, 2)
        places: Tensor = self.get_buffer("places")
        states = states + places[: states.shape[1]].to(states.dtype)
        for layer in self.encoder:
            states = layer(states)
        return self.encoder_norm(states)

    def write(self, tokens: Tensor, memory: Tensor) -> Tensor:
        """Tokens so far and encoder states to logits of the next token."""
        states = (self.tokens(tokens) + self.text_places[: tokens.shape[1]]).to(memory.dtype)
        for layer in self.decoder:
            states = layer(states, memory)
        return F.linear(self.decoder_norm(states), self.tokens.weight)


def export(model: Listener, tokenizer: Tokenizer, folder: Path) -> None:
    """Write what faster-whisper loads, int8; each file is replaced whole, the weights last."""
    from ctranslate2.specs.whisper_spec import WhisperSpec

    shape = model.shape
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _fill_encoder(spec.encoder, model)
    _fill_decoder(spec.decoder, model)
    symbols = [tokenizer.id_to_token(number) for number in range(tokenizer.get_vocab_size())]
    spec.register_vocabulary(symbols)
    heads = [(shape.decoder_layers - 1, head) for head in range(shape.heads)]
    for name, value in {
        "suppress_ids": [],
        "suppress_ids_begin": [],
        "lang_ids": [],
        "alignment_heads": heads,
    }.items():
        setattr(spec.config, name, value)
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export") as made:
        spec.save(made)
        tokenizer.save(str(Path(made) / "tokenizer.json"))
        extractor = {
            "feature_size": shape.mels,
            "sampling_rate": SAMPLE_RATE,
            "hop_length": HOP,
            "n_fft": 400,
        }
        extractor["chunk_length"] = int(WINDOW)
        (Path(made) / "preprocessor_config.json").write_text(json.dumps(extractor, indent=2) + "\n", "utf-8")
        for path in sorted(Path(made).iterdir(), key=lambda path: path.name == "model.bin"):
            path.chmod(0o644)
            path.rename(folder / path.name)


def _fill_encoder(spec: object, model: Listener) -> None:
    from ctranslate2.specs.whisper_spec import WhisperEncoderSpec

    assert isinstance(spec, WhisperEncoderSpec)
    for conv, module in ((spec.conv1, model.conv1), (spec.conv2, model.conv2)):
        conv.weight, conv.bias = _array(module.weight), _array(module.bias)
    spec.position_encodings.encodings = _array(model.get_buffer("places"))
    _fill_norm(spec.layer_norm, model.encoder_norm)
    for layer_spec, layer in zip(spec.layer, model.encoder, strict=True):
        _fill_layer(layer_spec, layer)


def _fill_decoder(spec: object, model: Listener) -> None:
    from ctranslate2.specs.transformer_spec import TransformerDecoderSpec

    assert isinstance(spec, TransformerDecoderSpec)
    spec.embeddings.weight = _array(model.tokens.weight)
    spec.projection.weight = _array(model.tokens.weight)
    spec.position_encodings.encodings = _array(model.text_places)
    _fill_norm(spec.layer_norm, model.decoder_norm)
    for layer_spec, layer in zip(spec.layer, model.decoder, strict=True):
        _fill_layer(layer_spec, layer)


def _fill_layer(spec, layer) -> None:
    _fill_norm(spec.self_attention.layer_norm, layer.attention_norm)
    _fill_attention(spec.self_attention, layer.attention, fused=3)
    if layer.cross is not None:
        _fill_norm(spec.attention.layer_norm, layer.cross_norm)
        _fill_attention(spec.attention, layer.cross, fused=1)
    _fill_norm(spec.ffn.layer_norm, layer.feed_norm)
    _fill_linear(spec.ffn.linear_0, layer.feed_in.weight, layer.feed_in.bias)
    _fill_linear(spec.ffn.linear_1, layer.feed_out.weight, layer.feed_out.bias)


def _fill_attention(spec, attention: Attention, fused: int) -> None:
    """Query, key and value in one matrix (`fused` 3), or the query apart (`fused` 1)."""
    no_bias = torch.zeros_like(attention.query.bias)
    weights = [attention.query.weight, attention.key.weight, attention.value.weight]
    biases = [attention.query.bias, no_bias, attention.value.bias]
    for number, (start, stop) in enumerate([(0, 3)] if fused == 3 else [(0, 1), (1, 3)]):
        _fill_linear(spec.linear[number], torch.cat(weights[start:stop]), torch.cat(biases[start:stop]))
    _fill_linear(spec.linear[-1], attention.out.weight, attention.out.bias)


def _fill_norm(spec, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _fill_linear(spec, weight: Tensor, bias: Tensor) -> None:
    spec.weight, spec.bias = _array(weight), _array(bias)


def _array(tensor: Tensor):
    return tensor.detach().float().contiguous().numpy().copy()


def _sinusoids(length: int, width: int) -> Tensor:
    rates = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)
