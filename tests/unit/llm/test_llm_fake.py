"""The scripted model: says what it was told, waits where it was told, fails when it was told."""

import pytest

from core.errors import LlmError
from core.text import Message
from llm.fake import FakeModel

pytestmark = pytest.mark.unit
_ASKED = [Message("user", "你好")]


def test_replies_come_in_order_and_the_last_one_stays() -> None:
    model = FakeModel(["一。", "two words", "三"])
    said = [list(model.reply(_ASKED)) for _ in range(4)]
    assert said == [["一", "。"], ["two ", "words"], ["三"], ["三"]]
    assert model.asked == [tuple(_ASKED)] * 4


def test_it_waits_before_each_delta() -> None:
    waited: list[int] = []
    assert list(FakeModel(["好的"], delay=waited.append).reply(_ASKED)) == ["好", "的"]
    assert waited == [0, 1]


def test_it_fails_once_where_it_was_told() -> None:
    model = FakeModel(["好的呀"], fail_at=2)
    heard: list[str] = []
    with pytest.raises(LlmError):
        heard.extend(model.reply(_ASKED))
    assert heard == ["好", "的"]
    assert "".join(model.reply(_ASKED)) == "好的呀"


def test_a_closed_reply_says_how_far_it_came() -> None:
    model = FakeModel(["好的呀"])
    reply = model.reply(_ASKED)
    next(reply)
    reply.close()
    assert model.finished == ["好"]
    assert model.last_usage.generated_tokens == 1
