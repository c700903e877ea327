"""The wire: every event and command survives it; what is not one is refused with a reason."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import wire
from core.commands import Command
from core.errors import InputError
from core.events import Event

pytestmark = pytest.mark.unit

messages = st.one_of([st.from_type(kind) for union in (Event, Command) for kind in get_args(union)])


def rounded(message: object) -> dict[str, object]:
    fields = {name: getattr(message, name) for name in message.__slots__}
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in fields.items()}


def numbers(value: object) -> list[float]:
    if isinstance(value, float):
        return [value]
    return [each for part in value for each in numbers(part)] if isinstance(value, tuple) else []


@given(messages)
def test_the_wire_round_trips_every_event_and_command(message):
    if any(v != v or abs(v) > 1e12 for v in numbers(tuple(rounded(message).values()))):
        return
    line = wire.encode(message)
    assert "\n" not in line
    back = wire.decode(line)
    assert type(back) is type(message)
    assert rounded(back) == rounded(message)


def test_hanzi_stay_readable_on_the_wire():
    from core.events import ReplyDelta

    assert "您好" in wire.encode(ReplyDelta(at=1.0, turn=1, text="您好"))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"type": "Nope"}',
        '{"type": "Say"}',
        '{"type": "Quit", "now": 1}',
        "null",
        '{"type": 3}',
    ],
)
def test_what_is_no_message_is_refused_with_a_code(line):
    with pytest.raises(InputError) as refused:
        wire.decode(line)
    assert refused.value.code == "input.wire"
    assert refused.value.hint
