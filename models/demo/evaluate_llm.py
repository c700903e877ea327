"""Examine the demo language model through llama-cpp-python on prompts it was never trained on.

Out: a table on stdout and evaluation.json beside the model. Runs in the product's own environment.

    python -m models.demo.evaluate_llm --model models/demo/llm/tingshuo-demo-q8_0.gguf
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from llama_cpp import Llama

from core.text import script_of
from llm.prompt import SYSTEM_PROMPT
from models.demo.dialogues.unseen import Prompt, prompts

LIMIT = 80
"""Tokens after which a reply counts as endless."""
UNKNOWING = ("不知道", "不太清楚", "don't know")
SORRY = ("抱歉", "对不起", "sorry")
STAFF = (
    "工作人员",
    "负责",
    "服务台",
    "一二零",
    "staff",
    "person in charge",
    "service desk",
    "one two zero",
    "someone",
)
MARKUP = ("*", "#", "！", "!", "- ", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one prompt."""

    prompt: Prompt
    text: str
    tokens: int
    first: float
    """Seconds to the first token."""
    ended: bool


def main() -> None:
    """Ask everything, print the table, write evaluation.json."""
    options = _options()
    model = Llama(str(options.model), n_ctx=768, n_threads=1, n_threads_batch=1, verbose=False, seed=1)
    questions = prompts()
    if options.write_prompts:
        text = "".join(json.dumps(prompt.as_json(), ensure_ascii=False) + "\n" for prompt in questions)
        options.write_prompts.write_text(text, encoding="utf-8")
    ask(model, questions[0])
    answers = [ask(model, prompt) for prompt in questions]
    result = {"model": options.model.name, "bytes": options.model.stat().st_size, **measure(answers)}
    training = options.model.parent / "training.json"
    if training.exists():
        greedy = json.loads(training.read_text(encoding="utf-8")).get("greedy", {})
        both = [answer for answer in answers if answer.prompt.name in greedy]
        result["same words as torch %"] = _share(both, lambda a: a.text == greedy[a.prompt.name].strip())
    for name, value in result.items():
        sys.stdout.write(f"{name:<44}{value}\n")
    if options.show:
        _show(answers)
    if options.out:
        replies = {answer.prompt.name: answer.text for answer in answers}
        options.out.write_text(
            json.dumps({**result, "replies": replies}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


def ask(model: Any, prompt: Prompt) -> Answer:
    """Stream one greedy reply."""
    messages = [{"role": "system", "content": SYSTEM_PROMPT}]
    for user, assistant in prompt.history:
        messages += [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]
    messages.append({"role": "user", "content": prompt.user})
    began, first, pieces, reason = time.perf_counter(), 0.0, list[str](), None
    for event in model.create_chat_completion(messages, stream=True, temperature=0.0, max_tokens=LIMIT):
        choice = event["choices"][0]
        piece = choice["delta"].get("content")
        if piece:
            first = first or time.perf_counter() - began
            pieces.append(piece)
        reason = choice["finish_reason"] or reason
    text = "".join(pieces).strip()
    return Answer(prompt=prompt, text=text, tokens=len(pieces), first=first, ended=reason == "stop")


def measure(answers: list[Answer]) -> dict[str, object]:
    """The figures of the examination; percentages of the prompts they concern."""
    times = sorted(answer.first for answer in answers)
    of_kind = partial(_about, answers, "kind")
    of_state = partial(_about, answers, "state")
    return {
        "prompts": len(answers),
        "language right %": _share(
            answers, lambda a: bool(a.text) and script_of(a.text) == a.prompt.language
        ),
        "empty": sum(not answer.text for answer in answers),
        "endless": sum(not answer.ended for answer in answers),
        "markup or exclamation marks": sum(any(mark in answer.text for mark in MARKUP) for answer in answers),
        "longest reply, tokens": max(answer.tokens for answer in answers),
        "first token, median ms": round(1000 * statistics.median(times), 2),
        "first token, p95 ms": round(1000 * times[int(0.95 * len(times))], 2),
        "honest don't-know, outside questions %": _share(of_kind("outside"), lambda a: _has(a, UNKNOWING)),
        "apology on complaints %": _share(of_state("complaint"), lambda a: _has(a, SORRY)),
        "staff or 120 on urgent turns %": _share(of_state("urgent"), lambda a: _has(a, STAFF)),
        "reference word for word, hall %": _share(of_kind("hall"), _kept),
        "reference word for word, unseen facts %": _share(of_kind("fact"), _kept),
        "second question answered %": _share(of_kind("follow"), _kept),
        "staff for who asks a person %": _share(of_kind("person"), lambda a: _has(a, STAFF)),
    }


def _about(answers: list[Answer], attribute: str, value: str) -> list[Answer]:
    return [answer for answer in answers if getattr(answer.prompt, attribute) == value]


def _kept(answer: Answer) -> bool:
    return answer.prompt.answer.rstrip("。.").lower() in answer.text.lower()


def _has(answer: Answer, words: Iterable[str]) -> bool:
    return any(word in answer.text.lower() for word in words)


def _share(answers: list[Answer], holds: Callable[[Answer], bool]) -> str:
    right = sum(holds(answer) for answer in answers)
    return f"{100 * right / max(len(answers), 1):.1f} ({right}/{len(answers)})"


def _show(answers: list[Answer]) -> None:
    for answer in answers:
        asked = answer.prompt.user.replace("\n", " / ")
        sys.stdout.write(f"\n[{answer.prompt.name}] {asked}\n    {answer.text}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Examine Tingshuo's demo language model on unseen prompts.")
    parser.add_argument("--model", type=Path, default=Path("models/demo/llm/tingshuo-demo-q8_0.gguf"))
    parser.add_argument("--out", type=Path, help="where to write the figures and replies as JSON")
    parser.add_argument("--write-prompts", type=Path, help="where to write the prompts as JSON lines")
    parser.add_argument("--show", action="store_true", help="print every prompt with its reply")
    return parser.parse_args()


if __name__ == "__main__":
    main()
