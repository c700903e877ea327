"""The language model on llama.cpp: a local GGUF file, its own chat template, one sequence, one KV cache.

Runs on the language model's lane. Between two yields lies at most one batch of the prompt or one
generated token, so closing the generator stops that soon; an empty delta only lets a cancel in.
Only tokens after the longest common prefix with the cache are evaluated.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Sequence
from pathlib import Path

from core.errors import LlmError
from core.text import Message
from llm.config import LlamaConfig
from llm.filters import StopFilter, ThoughtFilter, Utf8Filter
from llm.llama_context import LlamaContext
from llm.llama_template import ChatTemplate
from llm.prompt import SYSTEM_PROMPT
from llm.repetition import repeats
from llm.usage import Usage
from llm.window import Fitted, common_prefix, fit, shifted, tidy

_log = logging.getLogger("llm.llama")
_TEMPLATE_STOPS = ("<|im_end|>", "<|im_start|>")
"""Said as plain text by models whose vocabulary lacks them."""
_SHORTEST_REPLY = 16
"""Tokens that must be left for the reply; below that a window is called too small."""


class LlamaModel:
    """A `LanguageModel`.

    Args:
        path: a GGUF file.
        config: how to run it.

    Raises:
        ModelMissing, ModelDamaged: the file is not there or cannot be used.
    """

    def __init__(self, path: Path, config: LlamaConfig | None = None) -> None:
        self._config = config or LlamaConfig()
        threads = self._config.threads or max(1, len(os.sched_getaffinity(0)) - 1)
        self._context = LlamaContext(path, self._config, threads=threads)
        begin, end = self._context.special_texts()
        self._template = ChatTemplate(self._context.chat_template(), begin=begin, end=end)
        self._stops = (*self._config.stop, *_TEMPLATE_STOPS, *((end,) if end else ()))
        self._serial = 0
        self._system = SYSTEM_PROMPT
        self._closed = False
        self.window = self._context.window
        """Tokens of prompt and reply together."""
        self.last_usage = Usage()
        self.name = (
            f"llama.cpp {path.stem} ({self._context.describe()}, {threads} thread{'s' * (threads > 1)})"
        )

    def warm_up(self) -> None:
        """Evaluate the house's system prompt, so that the first customer pays only for their own words."""
        reply = self.reply([Message("system", SYSTEM_PROMPT), Message("user", "你好")])
        for delta in reply:
            if delta:
                break
        reply.close()

    def reply(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        """Yield text deltas, some of them empty; see `llm.engine.LanguageModel.reply`."""
        self._serial += 1
        serial = self._serial
        if self._closed:
            raise LlmError("the model is closed", code="closed", hint="Build a new LlamaModel.")
        fitted = self._fit(messages)
        yield from self._evaluate(fitted, serial)
        sampler = self._context.sampler(self._config)
        try:
            yield from self._generate(fitted, sampler, serial)
        finally:
            self._context.free_sampler(sampler)

    def forget(self) -> None:
        """Wipe the dialogue from the cache and keep the system prompt: the next customer inherits nothing."""
        if self._closed:
            return
        self._serial += 1
        fresh = self._tokenize([Message("system", self._system), Message("user", "-")])
        self._context.keep(common_prefix(self._context.cached, fresh))
        self.last_usage = Usage()

    def close(self) -> None:
        self._closed = True
        self._context.close()

    def _fit(self, messages: Sequence[Message]) -> Fitted:
        clean = self._without_controls(tidy(messages))
        if not clean or clean[-1].role != "user":
            raise LlmError(
                "the last message is not the customer's", code="messages", hint="Send what was heard."
            )
        self._system = clean[0].text if clean[0].role == "system" else ""
        for room in (self.window - self._config.max_tokens, self.window - _SHORTEST_REPLY):
            fitted = fit(clean, tokenize=self._tokenize, room=room)
            if fitted is not None:
                return fitted
        tokens = len(self._tokenize([m for m in clean if m.role == "system"] + clean[-1:]))
        raise LlmError(
            f"the system prompt and the last message need {tokens} tokens of a window of {self.window}",
            code="window",
            hint="Raise llm.context_tokens, or use a model with a larger window.",
        )

    def _without_controls(self, messages: Sequence[Message]) -> list[Message]:
        together = "\n".join(message.text for message in messages)
        if self._context.without_controls(together) == together:
            return list(messages)
        return tidy([Message(m.role, self._context.without_controls(m.text)) for m in messages])

    def _tokenize(self, messages: Sequence[Message]) -> list[int]:
        return self._context.tokenize(self._template.render(messages))

    def _evaluate(self, fitted: Fitted, serial: int) -> Generator[str, None, None]:
        """Bring the cache to exactly the prompt, a batch at a time."""
        context, prompt = self._context, fitted.tokens
        if fitted.dropped_turns > self.last_usage.dropped_turns:
            start, end = shifted(context.cached, prompt)
            if end > start:
                context.cut(start, end)
        kept = context.keep(min(common_prefix(context.cached, prompt), len(prompt) - 1))
        self.last_usage = Usage(
            prompt_tokens=len(prompt), evaluated_tokens=len(prompt) - kept, dropped_turns=fitted.dropped_turns
        )
        for at in range(kept, len(prompt), self._config.prompt_batch):
            self._check(serial)
            context.evaluate(prompt[at : at + self._config.prompt_batch])
            yield ""

    def _generate(self, fitted: Fitted, sampler: int, serial: int) -> Generator[str, None, None]:
        utf8, thoughts, stops = Utf8Filter(), ThoughtFilter(), StopFilter(self._stops)
        said = ""
        room = min(self._config.max_tokens, self.window - len(fitted.tokens))
        for count in range(1, room + 1):
            self._check(serial)
            token = self._context.sample(sampler)
            if self._context.ends(token):
                break
            self._count(fitted, count)
            delta = stops.feed(thoughts.feed(utf8.feed(self._context.piece(token))))
            said += delta
            yield delta
            if stops.stopped:
                return
            if delta and repeats(said):
                _log.warning("the reply began to repeat itself and was ended after %d tokens", count)
                return
            if count < room:
                self._check(serial)
                self._context.evaluate([token])
        rest = stops.feed(thoughts.finish()) + stops.finish()
        if rest:
            yield rest

    def _count(self, fitted: Fitted, generated: int) -> None:
        self.last_usage = Usage(
            prompt_tokens=self.last_usage.prompt_tokens,
            evaluated_tokens=self.last_usage.evaluated_tokens,
            generated_tokens=generated,
            dropped_turns=fitted.dropped_turns,
        )

    def _check(self, serial: int) -> None:
        if serial != self._serial or self._closed:
            raise LlmError(
                "this reply was overtaken by a newer one",
                code="overtaken",
                hint="Close a reply before the next.",
            )
