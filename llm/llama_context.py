"""llama.cpp's C API as this house needs it: one model, one context, one sequence, token ids in and out.

Knows nothing of chats. What lies in the KV cache is always `cached`; a failed evaluation empties it.
Imports llama_cpp at module level: only llm.llama imports this file.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from pathlib import Path

import llama_cpp

from core.errors import LlmError, ModelDamaged
from llm.config import LlamaConfig
from llm.gguf import read_header

_log = logging.getLogger("llm.llama")
_SEQUENCE = 0
_PENALTY_TOKENS = 64  # llama.cpp's own default for penalty_last_n
_WARN, _ERROR, _CONTINUES = 3, 4, 5  # ggml.h: GGML_LOG_LEVEL_*; CONT is more of the line before

_errors: list[str] = []
_level = 0


def _route_log(level: int, text: bytes, _: object) -> None:
    """Keep llama.cpp off stderr; one step quieter than it says, for its failures reach us as exceptions."""
    global _level
    line = text.decode("utf-8", "replace").rstrip()
    if level != _CONTINUES:
        _level = level
    if not line or _level < _WARN:
        return
    if _level == _ERROR:
        _errors.append(line)
    _log.log(logging.INFO if _level == _ERROR else logging.DEBUG, "%s", line)


def _reason() -> str:
    """Give llama.cpp's first complaint; the later ones only repeat that it failed."""
    return _errors[0] if _errors else "no reason given"


_CALLBACK = llama_cpp.llama_log_callback(_route_log)
"""Referenced for ever: llama.cpp keeps only the pointer."""


class LlamaContext:
    """A loaded GGUF with an evaluation context.

    Raises:
        ModelMissing, ModelDamaged: the file cannot be used.
    """

    def __init__(self, path: Path, config: LlamaConfig, *, threads: int) -> None:
        self._model = self._context = 0
        header = read_header(path)
        llama_cpp.llama_log_set(_CALLBACK, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        _errors.clear()
        model_params = llama_cpp.llama_model_default_params()
        model_params.n_gpu_layers = config.gpu_layers
        model = llama_cpp.llama_model_load_from_file(str(path).encode(), model_params)
        if not model:
            raise ModelDamaged(
                f"llama.cpp cannot load {path} (GGUF version {header.version}, {path.stat().st_size} bytes): "
                f"{_reason()}",
                code="load",
                hint="The file is cut off or of an unknown kind: fetch it again and check its sha256.",
            )
        self._model = model
        self.window = min(config.context_tokens, llama_cpp.llama_model_n_ctx_train(model))
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = self.window
        params.n_batch = params.n_ubatch = config.prompt_batch
        params.n_threads = params.n_threads_batch = threads
        context = llama_cpp.llama_init_from_model(model, params)
        if not context:
            self.close()
            raise LlmError(
                f"no context of {self.window} tokens for {path}: {_reason()}",
                code="context",
                hint="Lower llm.context_tokens: the cache may not fit the memory.",
            )
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._vocab = llama_cpp.llama_model_get_vocab(model) or 0
        self._piece = ctypes.create_string_buffer(256)
        self.cached: list[int] = []

    def describe(self) -> str:
        """Give the kind and size of the model, as llama.cpp says it: "llama 0.5B Q4_0"."""
        buffer = ctypes.create_string_buffer(128)
        llama_cpp.llama_model_desc(self._model, buffer, len(buffer))
        millions = llama_cpp.llama_model_n_params(self._model) / 1e6
        return buffer.value.decode("utf-8", "replace").replace("?B", f"{millions:.1f}M")

    def chat_template(self) -> str | None:
        template = llama_cpp.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else None

    def special_texts(self) -> tuple[str, str]:
        """Texts of the begin and end tokens, empty where the vocabulary has none."""
        begin, end = llama_cpp.llama_vocab_bos(self._vocab), llama_cpp.llama_vocab_eos(self._vocab)
        return self._text(begin), self._text(end)

    def tokenize(self, text: str) -> list[int]:
        """Tokenise a rendered prompt; control tokens by their text, the begin token if it is wanted."""
        tokens = self._tokenize(text)
        begin = llama_cpp.llama_vocab_bos(self._vocab)
        if llama_cpp.llama_vocab_get_add_bos(self._vocab) and begin >= 0 and tokens[:1] != [begin]:
            tokens.insert(0, begin)
        return tokens

    def without_controls(self, text: str) -> str:
        """Remove the texts of control tokens: nobody may end their own message by saying `<|im_end|>`."""
        while True:
            controls = {t for t in self._tokenize(text) if llama_cpp.llama_vocab_is_control(self._vocab, t)}
            cleaned = text
            for token in controls:
                cleaned = cleaned.replace(self._text(token), "") if self._text(token) else cleaned
            if cleaned == text:
                return text
            text = cleaned

    def keep(self, tokens: int) -> int:
        """Keep only the first `tokens` of the cache; answers how many are really kept."""
        if tokens < len(self.cached):
            removed = llama_cpp.llama_memory_seq_rm(self._memory, _SEQUENCE, tokens, -1)
            if not removed:  # recurrent models cannot go back part of the way
                self.forget()
            del self.cached[tokens:]
        return len(self.cached)

    def cut(self, start: int, end: int) -> bool:
        """Take the tokens from `start` to `end` out of the cache and move the later ones forward."""
        if not llama_cpp.llama_memory_can_shift(self._memory):
            return False
        if not llama_cpp.llama_memory_seq_rm(self._memory, _SEQUENCE, start, end):
            return False
        llama_cpp.llama_memory_seq_add(self._memory, _SEQUENCE, end, -1, start - end)
        del self.cached[start:end]
        return True

    def forget(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)
        self.cached.clear()

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Append tokens to the cache; afterwards `sample` draws what comes next."""
        array = (ctypes.c_int32 * len(tokens))(*tokens)
        status = llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(array, len(tokens)))
        if status != 0:
            self.forget()
            raise LlmError(
                f"llama.cpp could not evaluate {len(tokens)} tokens: status {status}",
                code="decode",
                hint="The next reply starts afresh; if it repeats, lower llm.context_tokens.",
            )
        self.cached.extend(tokens)

    def logits(self, tokens: Sequence[int]) -> list[float]:
        """Give the logits of these tokens, and of no others, at the last evaluated position."""
        every = llama_cpp.llama_get_logits_ith(self._context, -1)
        return [every[token] for token in tokens]

    def sampler(self, config: LlamaConfig) -> int:
        """Build a fresh sampler, so that one seed gives one reply; to be freed by `free_sampler`."""
        params = llama_cpp.llama_sampler_chain_default_params()
        chain = llama_cpp.llama_sampler_chain_init(params)
        if config.repeat_penalty > 1.0:
            words = llama_cpp.llama_vocab_n_tokens(self._vocab)
            penalties = llama_cpp.llama_sampler_init_penalties(
                words, _PENALTY_TOKENS, config.repeat_penalty, 0.0, 0.0
            )
            llama_cpp.llama_sampler_chain_add(chain, penalties)
        if config.temperature == 0.0:
            llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_greedy())
            return chain
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_top_p(config.top_p, 1))
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_temp(config.temperature))
        llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_dist(config.seed))
        return chain

    def sample(self, sampler: int) -> int:
        """Draw the next token from the last evaluated position."""
        return llama_cpp.llama_sampler_sample(sampler, self._context, -1)

    def free_sampler(self, sampler: int) -> None:
        llama_cpp.llama_sampler_free(sampler)

    def ends(self, token: int) -> bool:
        """Tell whether the model says with this token that its reply is complete."""
        return llama_cpp.llama_vocab_is_eog(self._vocab, token)

    def piece(self, token: int) -> bytes:
        """Give the bytes of a token, possibly part of a character; control tokens have none."""
        length = llama_cpp.llama_token_to_piece(self._vocab, token, self._piece, len(self._piece), 0, False)
        if length < 0:
            self._piece = ctypes.create_string_buffer(-length)
            return self.piece(token)
        return self._piece.raw[:length]

    def close(self) -> None:
        """Free context and model; a second call does nothing."""
        if self._context:
            llama_cpp.llama_free(self._context)
        if self._model:
            llama_cpp.llama_model_free(self._model)
        self._context = self._model = 0

    def _tokenize(self, text: str) -> list[int]:
        encoded = text.encode("utf-8", "replace")
        room = len(encoded) + 8
        array = (ctypes.c_int32 * room)()
        count = llama_cpp.llama_tokenize(self._vocab, encoded, len(encoded), array, room, False, True)
        if count < 0:
            array = (ctypes.c_int32 * -count)()
            count = llama_cpp.llama_tokenize(self._vocab, encoded, len(encoded), array, -count, False, True)
        return array[:count]

    def _text(self, token: int) -> str:
        if token < 0:
            return ""
        return (llama_cpp.llama_vocab_get_text(self._vocab, token) or b"").decode("utf-8", "replace")
