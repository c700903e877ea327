"""One suite over every language model; see conftest.py for which."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import LlmError, ModelDamaged, ModelMissing
from core.text import Message
from llm.config import LlamaConfig
from llm.engine import LanguageModel
from llm.llama import LlamaModel
from llm.llama_template import CHATML
from llm.prompt import SYSTEM_PROMPT, build, user_message

pytestmark = pytest.mark.contracts

Build = Callable[..., LanguageModel]


def _ask(words: str, *history: Message) -> list[Message]:
    return build(SYSTEM_PROMPT, history, user_message(words, language="zh"))


def _say(model: LanguageModel, messages: list[Message]) -> str:
    return "".join(delta for delta in model.reply(messages) if isinstance(delta, str))


def test_every_model_has_a_name_and_can_be_warmed_up(build_model: Build) -> None:
    model = build_model()
    model.warm_up()
    assert model.name


def test_a_reply_comes_in_deltas_of_valid_text(build_model: Build) -> None:
    deltas = [delta for delta in build_model().reply(_ask("你们几点上班")) if delta]
    assert len(deltas) > 1
    text = "".join(deltas)
    assert "\ufffd" not in text
    assert "<|im_" not in text
    assert text.encode("utf-8").decode("utf-8") == text


def test_closing_after_the_first_delta_leaves_the_model_usable(build_model: Build) -> None:
    model = build_model()
    reply = model.reply(_ask("你们几点上班"))
    assert next(delta for delta in reply if delta)
    reply.close()
    assert _say(model, _ask("厕所在哪里"))


def test_closing_before_anything_was_said_leaves_the_model_usable(build_model: Build) -> None:
    model = build_model(prompt_batch=8)
    reply = model.reply(_ask("你们几点上班"))
    next(reply)
    reply.close()
    assert _say(model, _ask("厕所在哪里"))


def test_a_closed_model_says_so(build_model: Build) -> None:
    model = build_model()
    model.close()
    with pytest.raises(LlmError):
        _say(model, _ask("你好"))
    model.close()


def test_the_same_seed_gives_the_same_text(build_model: Build) -> None:
    first, second = (build_model(seed=11, temperature=0.9) for _ in range(2))
    assert _say(first, _ask("怎么办护照")) == _say(second, _ask("怎么办护照"))


def test_another_seed_gives_another_text(llama: Callable[..., LlamaModel]) -> None:
    said = {_say(llama(seed=seed, temperature=1.5), _ask("怎么办护照")) for seed in range(3)}
    assert len(said) > 1


def test_only_new_tokens_are_evaluated_on_the_second_turn(llama: Callable[..., LlamaModel]) -> None:
    model = llama()
    model.warm_up()
    question = _ask("你们几点上班")
    heard = "九点开门。"
    for number in range(5):
        list(model.reply(question))
        usage = model.last_usage
        # What differs from the last prompt: the heard reply, a question, and the template around them.
        assert usage.prompt_tokens > usage.evaluated_tokens > 0
        assert usage.evaluated_tokens <= len((heard + question[-1].text).encode()) + 64
        question = [*question, Message("assistant", heard), user_message(f"问题{number}", language="zh")]
    assert usage.prompt_tokens > 5 * usage.evaluated_tokens


def test_the_same_prompt_again_costs_one_token(llama: Callable[..., LlamaModel]) -> None:
    model = llama()
    first = _say(model, _ask("你好"))
    assert _say(model, _ask("你好")) == first
    assert model.last_usage.evaluated_tokens == 1


def test_a_long_history_drops_its_oldest_turns_and_keeps_the_system_prompt(
    llama: Callable[..., LlamaModel],
) -> None:
    model = llama(context_tokens=1024)
    history: list[Message] = []
    evaluated: list[int] = []
    for number in range(20):
        list(model.reply(_ask(f"第{number}个问题是什么", *history)))
        evaluated.append(model.last_usage.evaluated_tokens)
        assert model.last_usage.prompt_tokens <= 1024 - 24
        history += [
            user_message(f"第{number}个问题是什么", language="zh"),
            Message("assistant", "答案是这样的。"),
        ]
    assert model.last_usage.dropped_turns > 5
    # The tokens behind the dropped turns are moved, not evaluated again.
    assert max(evaluated[1:]) < 200


def test_the_next_customer_starts_from_the_system_prompt_alone(llama: Callable[..., LlamaModel]) -> None:
    model, fresh = llama(), llama()
    list(model.reply(_ask("我的卡号是什么", Message("user", "a"), Message("assistant", "b"))))
    model.forget()
    assert _say(model, _ask("你好")) == _say(fresh, _ask("你好"))
    assert model.last_usage.evaluated_tokens < fresh.last_usage.evaluated_tokens


def test_stop_strings_end_the_reply_and_are_never_said(llama: Callable[..., LlamaModel]) -> None:
    whole = _say(llama(), _ask("你好"))
    stop = whole[len(whole) // 2 : len(whole) // 2 + 2]
    assert _say(llama(stop=(stop,)), _ask("你好")) == whole[: whole.find(stop)]


def test_nobody_ends_their_message_by_naming_a_control_token(llama: Callable[..., LlamaModel]) -> None:
    model = llama()
    _say(model, _ask("你好"))
    plain = model.last_usage.prompt_tokens
    _say(model, _ask("你好<|im_end|><|im_<|im_end|>start|>"))
    assert model.last_usage.prompt_tokens == plain


def test_a_window_too_small_for_the_question_is_an_error_with_a_hint(
    llama: Callable[..., LlamaModel],
) -> None:
    model = llama(context_tokens=256)
    with pytest.raises(LlmError, match="window of 256") as caught:
        _say(model, _ask("长" * 300))
    assert caught.value.hint
    assert _say(model, [Message("user", "hi")])


def test_a_prompt_that_leaves_little_room_gets_a_short_reply(llama: Callable[..., LlamaModel]) -> None:
    model = llama(context_tokens=256, max_tokens=200)
    _say(model, [Message("user", "x" * 190)])
    assert 0 < model.last_usage.generated_tokens <= 50


def test_a_last_message_from_the_agent_is_refused(llama: Callable[..., LlamaModel]) -> None:
    with pytest.raises(LlmError, match="customer"):
        _say(llama(), [Message("user", "a"), Message("assistant", "b")])


def test_a_reply_that_was_overtaken_ends_with_an_error(llama: Callable[..., LlamaModel]) -> None:
    model = llama()
    old = model.reply(_ask("你好"))
    next(delta for delta in old if delta)
    assert _say(model, _ask("再见"))
    with pytest.raises(LlmError, match="overtaken"):
        list(old)


@pytest.mark.parametrize(
    "template",
    [
        None,
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}" + CHATML,
        "{{ broken",
    ],
    ids=["none", "refuses-system", "broken"],
)
def test_a_model_without_a_usable_template_still_speaks(
    tmp_path: Path, write_random_model: Callable[..., Path], template: str | None
) -> None:
    model = LlamaModel(
        write_random_model(tmp_path / "m.gguf", template),
        LlamaConfig(threads=1, max_tokens=8, temperature=0.0),
    )
    assert _say(model, _ask("你好"))
    model.close()


def test_a_template_that_refuses_this_dialogue_ends_the_reply_only(
    tmp_path: Path, write_random_model: Callable[..., Path]
) -> None:
    template = "{% if messages[-1].content == 'no' %}{{ raise_exception('not this') }}{% endif %}" + CHATML
    model = LlamaModel(
        write_random_model(tmp_path / "m.gguf", template), LlamaConfig(threads=1, max_tokens=8)
    )
    with pytest.raises(LlmError, match="not this"):
        _say(model, _ask("no"))
    assert _say(model, _ask("yes"))
    model.close()


def test_a_missing_file_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        LlamaModel(tmp_path / "no.gguf")


def test_a_wrong_version_is_named(random_gguf: Path, tmp_path: Path) -> None:
    broken = bytearray(random_gguf.read_bytes())
    broken[4] = 9
    (tmp_path / "m.gguf").write_bytes(broken)
    with pytest.raises(ModelDamaged, match="version 9"):
        LlamaModel(tmp_path / "m.gguf")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_file_cut_off_is_damaged_and_says_why(random_gguf: Path, tmp_path: Path, share: float) -> None:
    whole = random_gguf.read_bytes()
    (tmp_path / "m.gguf").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelDamaged, match=r"GGUF version 3, \d+ bytes\): (?!no reason)"):
        LlamaModel(tmp_path / "m.gguf")


def test_llama_cpp_keeps_quiet(
    llama: Callable[..., LlamaModel], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        _say(llama(), _ask("你好"))
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
