"""The language model on llama.cpp: a local GGUF file, its own chat template, one sequence, one KV cache.

Runs on the language model's lane. Between two yields lies at most one batch of the prompt or one
generated token, so closing the generator stops that soon; an empty delta only lets a cancel in.
Only tokens after the longest common prefix with the cache are evaluated. A label (llm/label.py) stands in
the cache while its reply is written and is cut out behind it: the history never holds one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator, Sequence
from pathlib import Path

from core.emotion import Opinion
from core.errors import LlmError
from core.text import Message
from llm.config import LlamaConfig
from llm.filters import SpokenFilter, StopFilter, ThoughtFilter, Utf8Filter
from llm.label import Ballot, ballot, instructed, vote
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
_SHORTEST_DIALOGUE = 96
"""Tokens that a label must leave for the question and its references, besides the longest reply."""


class LlamaModel:
    """A `LanguageModel`.

    Args:
        path: a GGUF file.
        config: how to run it.
        opinion: ask it how it takes the customer, before each reply. Where it cannot be asked, a warning
            says so and it replies as without.

    Raises:
        ModelMissing, ModelDamaged: the file is not there or cannot be used.
    """

    def __init__(self, path: Path, config: LlamaConfig | None = None, *, opinion: bool = False) -> None:
        self._config = config or LlamaConfig()
        threads = self._config.threads or max(1, len(os.sched_getaffinity(0)) - 1)
        self._context = LlamaContext(path, self._config, threads=threads)
        begin, end = self._context.special_texts()
        self._template = ChatTemplate(self._context.chat_template(), begin=begin, end=end)
        self._stops = (*self._config.stop, *_TEMPLATE_STOPS, *((end,) if end else ()))
        self._serial = 0
        self._closed = False
        self.window = self._context.window
        """Tokens of prompt and reply together."""
        self._ballot = self._find_ballot() if opinion else None
        self._system = self._instructed(SYSTEM_PROMPT)
        self.last_usage = Usage()
        self.name = (
            f"llama.cpp {path.stem} ({self._context.describe()}, {threads} thread{'s' * (threads > 1)})"
        )

    def warm_up(self) -> None:
        """Evaluate the house's system prompt, so that the first customer pays only for their own words."""
        reply = self.reply([Message("system", SYSTEM_PROMPT), Message("user", "你好")])
        for delta in reply:
            if delta and isinstance(delta, str):
                break
        reply.close()

    def reply(self, messages: Sequence[Message]) -> Generator[Opinion | str, None, None]:
        """Yield text deltas, some of them empty; see `llm.engine.LanguageModel.reply`."""
        self._serial += 1
        serial = self._serial
        if self._closed:
            raise LlmError("the model is closed", code="closed", hint="Build a new LlamaModel.")
        fitted = self._fit(messages)
        yield from self._evaluate(fitted, serial)
        sampler = self._context.sampler(self._config)
        try:
            yield from self._vote(serial)
            yield from self._generate(fitted, sampler, serial)
        finally:
            self._context.free_sampler(sampler)
            self._take_label_out(len(fitted.tokens), serial)

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
        clean = self._without_controls(tidy(self._asking(messages)))
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

    def _asking(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages with a system message that asks for the label, if this model is asked for one."""
        if self._ballot is None:
            return messages
        asked = messages[0].text if messages and messages[0].role == "system" else ""
        return [Message("system", self._instructed(asked)), *messages[1 if asked else 0 :]]

    def _instructed(self, system: str) -> str:
        return system if self._ballot is None else instructed(system)

    def _find_ballot(self) -> Ballot | None:
        """How this model writes the label; None, with a warning, where it cannot be asked for one."""
        opening = self._template.render([Message("system", instructed(SYSTEM_PROMPT)), Message("user", "")])
        found, asking = ballot(self._context.tokenize, opening), len(self._context.tokenize(opening))
        if found is None:
            _log.warning("no second opinion: the letters A to M are not single tokens of this model")
        elif asking + _SHORTEST_DIALOGUE + self._config.max_tokens > self.window:
            _log.warning("no second opinion: to ask takes %d tokens of a window of %d", asking, self.window)
            return None
        return found

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

    def _vote(self, serial: int) -> Generator[Opinion, None, None]:
        """Choose the label from the letters alone and write its line into the cache, in one step."""
        if self._ballot is None:
            return
        opinion = vote(self._context.logits(self._ballot.letters))
        yield opinion
        self._check(serial)
        self._context.evaluate(self._ballot.line(opinion.state))

    def _take_label_out(self, at: int, serial: int) -> None:
        """Move the reply to where the next prompt will have it; does nothing if the label is gone already."""
        if self._ballot is None or self._closed or serial != self._serial:
            return
        end = at + 1 + len(self._ballot.newline)
        if len(self._context.cached) >= end:
            self._context.cut(at, end)

    def _generate(self, fitted: Fitted, sampler: int, serial: int) -> Generator[str, None, None]:
        utf8, thoughts, stops = Utf8Filter(), ThoughtFilter(), StopFilter(self._stops)
        spoken = SpokenFilter(labelled=self._ballot is not None)
        said = ""
        room = min(self._config.max_tokens, self.window - len(self._context.cached))
        for count in range(1, room + 1):
            self._check(serial)
            token = self._context.sample(sampler)
            if self._context.ends(token):
                break
            self._count(fitted, count)
            delta = spoken.feed(stops.feed(thoughts.feed(utf8.feed(self._context.piece(token)))))
            said += delta
            yield delta
            if stops.stopped:
                break
            if delta and repeats(said):
                _log.warning("the reply began to repeat itself and was ended after %d tokens", count)
                return
            if count < room:
                self._check(serial)
                self._context.evaluate([token])
        rest = spoken.feed(stops.feed(thoughts.finish()) + stops.finish()) + spoken.finish()
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
