"""A language model that is asked for a second opinion: what it yields, what it evaluates, what it never says."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from core.emotion import Opinion, State
from core.text import Message
from llm.config import LlamaConfig
from llm.engine import LanguageModel
from llm.filters import Utf8Filter
from llm.label import LETTERS, instructions
from llm.llama import LlamaModel
from llm.prompt import SYSTEM_PROMPT, build, user_message

pytestmark = pytest.mark.contracts

Build = Callable[..., LanguageModel]


def _ask(words: str, *history: Message) -> list[Message]:
    return build(SYSTEM_PROMPT, history, user_message(words, language="zh"))


def _say(model: LanguageModel, messages: list[Message]) -> str:
    return "".join(delta for delta in model.reply(messages) if isinstance(delta, str))


def test_a_model_that_is_asked_gives_its_opinion_once_and_before_any_text(build_model: Build) -> None:
    model = build_model(opinion=True, context_tokens=4096)
    model.warm_up()
    for words in ("你们几点上班", "I waited an hour!"):
        given = [each for each in model.reply(_ask(words)) if each != ""]
        assert isinstance(given[0], Opinion)
        assert len(given[0].probabilities) == len(State)
        assert math.isclose(sum(given[0].probabilities), 1.0, abs_tol=1e-6)
        assert all(isinstance(each, str) for each in given[1:])
        assert any(given[1:]), "the reply is not empty because of it"


def test_nothing_of_the_label_or_of_a_tag_is_said(build_model: Build) -> None:
    model = build_model(opinion=True, context_tokens=4096)
    for words in ("你们几点上班", "I waited an hour!", "再见"):
        text = _say(model, _ask(words))
        assert text.split("\n")[0] not in LETTERS
        assert not any(tag in text for tag in ("<|", "[sigh]", "<warm>", "（语气：", "(Tone:"))


def test_a_model_that_is_not_asked_gives_none(build_model: Build) -> None:
    assert all(isinstance(each, str) for each in build_model().reply(_ask("你们几点上班")))


def test_closing_after_the_opinion_leaves_the_model_usable(build_model: Build) -> None:
    model = build_model(opinion=True, context_tokens=4096)
    reply = model.reply(_ask("你们几点上班"))
    assert next(each for each in reply if each != "") is not None
    reply.close()
    assert _say(model, _ask("厕所在哪里"))


def _evaluated(model: LlamaModel, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the random model evaluates from now on, call by call; its tokens are bytes."""
    calls: list[bytes] = []
    evaluate = model._context.evaluate

    def recorded(tokens) -> None:
        calls.append(b"".join(map(_text_of(model), tokens)))
        evaluate(tokens)

    monkeypatch.setattr(model._context, "evaluate", recorded)
    return calls


def _text_of(model: LlamaModel) -> Callable[[int], bytes]:
    controls = {256: b"<|im_start|>", 257: b"<|im_end|>"}
    return lambda token: controls.get(token) or model._context.piece(token)


def _prompt(system: str, *turns: str) -> bytes:
    """A prompt as ChatML has it, written by hand."""
    roles = ("user", "assistant")
    text = f"<|im_start|>system\n{system}<|im_end|>\n"
    for number, turn in enumerate(turns):
        text += f"<|im_start|>{roles[number % 2]}\n{turn}<|im_end|>\n"
    return f"{text}<|im_start|>assistant\n".encode()


def test_without_a_second_opinion_prompt_and_tokens_are_the_bare_ones(
    llama: Callable[..., LlamaModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = llama()
    calls = _evaluated(model, monkeypatch)
    deltas = list(model.reply(_ask("你好")))
    prompt = _prompt(SYSTEM_PROMPT, "你好")
    batches = -(-len(prompt.replace(b"<|im_start|>", b"s").replace(b"<|im_end|>", b"e")) // 64)
    assert b"".join(calls[:batches]) == prompt
    assert all(len(call) == 1 for call in calls[batches:])
    assert "".join(deltas).startswith(Utf8Filter().feed(b"".join(calls[batches:])))
    assert not any(line in prompt.decode() for line in instructions().splitlines())


def test_the_label_is_the_likeliest_letter_and_costs_one_step(
    llama: Callable[..., LlamaModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = llama(opinion=True)
    calls = _evaluated(model, monkeypatch)
    reply = model.reply(_ask("你好"))
    opinion = next(each for each in reply if each != "")
    assert isinstance(opinion, Opinion)
    before = len(calls)
    assert b"".join(calls).startswith(_prompt(f"{SYSTEM_PROMPT}\n\n{instructions()}", "你好"))
    next(reply)
    assert [call.decode() for call in calls[before:]] == [LETTERS[list(State).index(opinion.state)] + "\n"]
    list(reply)
    assert all(len(call) == 1 for call in calls[before + 1 :])


def test_a_cancel_after_the_opinion_evaluates_nothing_more(
    llama: Callable[..., LlamaModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = llama(opinion=True)
    calls = _evaluated(model, monkeypatch)
    reply = model.reply(_ask("你好"))
    next(each for each in reply if each != "")
    before = len(calls)
    reply.close()
    assert len(calls) == before


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 99])
def test_the_label_is_gone_from_the_cache_however_far_the_reply_came(
    llama: Callable[..., LlamaModel], monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    model = llama(opinion=True)
    calls = _evaluated(model, monkeypatch)
    reply = model.reply(_ask("你好"))
    next(each for each in reply if isinstance(each, Opinion))
    before = len(calls)
    for _ in zip(range(steps), reply, strict=False):
        pass
    reply.close()
    prompt = _prompt(f"{SYSTEM_PROMPT}\n\n{instructions()}", "你好")
    assert b"".join(map(_text_of(model), model._context.cached)) == prompt + b"".join(calls[before + 1 :])


@pytest.mark.parametrize("opinion", [False, True])
def test_on_the_next_turn_the_reply_is_not_evaluated_again(demo_gguf: Path, opinion: bool) -> None:
    settings = LlamaConfig(threads=1, max_tokens=40, temperature=0.0)
    model = LlamaModel(demo_gguf, settings, opinion=opinion)
    question = _ask("你好")
    for words in ("你们几点开门", "那在哪里", "谢谢"):
        before = _say(model, question)
        usage = model.last_usage
        question = [*question, Message("assistant", before), user_message(words, language="zh")]
        _say(model, question)
        new = model.last_usage.prompt_tokens - usage.prompt_tokens - usage.generated_tokens
        assert model.last_usage.evaluated_tokens <= new + 1  # the last token of a reply is never evaluated
    model.close()


def test_the_same_prompt_again_gives_the_same_opinion_and_reply(llama: Callable[..., LlamaModel]) -> None:
    model = llama(opinion=True)
    first, again = ([each for each in model.reply(_ask("你好")) if each != ""] for _ in range(2))
    assert again[1:] == first[1:]
    assert again[0].probabilities == pytest.approx(first[0].probabilities, abs=1e-4)
    assert model.last_usage.evaluated_tokens == 1


def test_an_overtaken_reply_does_not_touch_the_cache_of_the_newer_one(
    llama: Callable[..., LlamaModel],
) -> None:
    model, alone = llama(opinion=True), llama(opinion=True)
    old = model.reply(_ask("你好"))
    for each in old:
        if isinstance(each, str) and each:
            break
    new = model.reply(_ask("再见"))
    begun = [next(new) for _ in range(20)]
    old.close()
    text = "".join(each for each in [*begun, *new] if isinstance(each, str))
    assert text == _say(alone, _ask("再见"))


def test_the_next_customer_keeps_the_evaluated_instruction(llama: Callable[..., LlamaModel]) -> None:
    model = llama(opinion=True)
    _say(model, _ask("我的卡号是什么"))
    model.forget()
    _say(model, _ask("你好"))
    assert model.last_usage.evaluated_tokens < 64


def test_a_model_that_cannot_be_asked_says_so_and_replies_as_without(
    llama: Callable[..., LlamaModel], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain = _say(llama(), _ask("你好"))
    with caplog.at_level(logging.WARNING):
        small = llama(opinion=True, context_tokens=1024)
        monkeypatch.setattr("llm.llama.ballot", lambda *_: None)
        other = llama(opinion=True)
    assert "of a window of 1024" in caplog.messages[0]
    assert "not single tokens" in caplog.messages[1]
    assert len(caplog.messages) == 2
    for model in (small, other):
        assert list(model.reply(_ask("你好")))[-1:] != []
        assert _say(model, _ask("你好")) == plain
