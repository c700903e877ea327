"""The model's own chat template, found in its file; ChatML where there is none that works.

Templates are Jinja programs written by strangers: llama-cpp-python runs them in a sandbox. Some refuse
a system message; its text is then put before the first user message.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import jinja2
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from core.errors import LlmError
from core.text import Message

_log = logging.getLogger("llm.llama")

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_PROBE = (
    Message("system", "s"),
    Message("user", "u"),
    Message("assistant", "a"),
    Message("user", "u"),
)


class ChatTemplate:
    """Renders messages as the one string that the model was trained on."""

    def __init__(self, template: str | None, *, begin: str, end: str) -> None:
        self.fold_system = False
        if template is None:
            _log.warning("the model's file has no chat template; using ChatML")
            self._formatter = _formatter(CHATML, begin, end)
            return
        for fold in (False, True):
            try:
                self._formatter = _formatter(template, begin, end)
                self.fold_system = fold
                self._render(_PROBE)
            except (jinja2.TemplateError, ValueError, TypeError) as error:
                _log.info("chat template refused a probe (system folded: %s): %s", fold, error)
            else:
                return
        _log.warning("the model's chat template cannot be used; using ChatML")
        self._formatter, self.fold_system = _formatter(CHATML, begin, end), False

    def render(self, messages: Sequence[Message]) -> str:
        """Render up to the opening of the assistant's message; reasoning, where optional, is off.

        Raises:
            LlmError: the template refuses these messages.
        """
        try:
            return self._render(messages)
        except (jinja2.TemplateError, ValueError, TypeError) as error:
            raise LlmError(
                f"the model's chat template refuses the dialogue: {error}",
                code="template",
                hint="Use a model with a common chat template.",
            ) from error

    def _render(self, messages: Sequence[Message]) -> str:
        if self.fold_system and messages[0].role == "system" and len(messages) > 1:
            folded = Message(messages[1].role, f"{messages[0].text}\n\n{messages[1].text}")
            messages = (folded, *messages[2:])
        chat = [{"role": message.role, "content": message.text} for message in messages]
        return self._formatter(messages=chat, enable_thinking=False).prompt


def _formatter(template: str, begin: str, end: str) -> Jinja2ChatFormatter:
    return Jinja2ChatFormatter(template=template, eos_token=end, bos_token=begin)
