"""Typed lines: whole, in order, from a pipe or a file, and nothing left watched behind."""

import asyncio
import os
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.typed_lines import typed_lines

pytestmark = pytest.mark.unit


async def all_lines(descriptor: int) -> list[str]:
    async with aclosing(typed_lines(descriptor)) as lines:
        return [line async for line in lines]


texts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=20), max_size=20
)


@given(texts, st.integers(1, 7))
def test_lines_arrive_whole_however_the_bytes_are_cut(lines, size):
    async def main():
        reading, writing = os.pipe()
        payload = "".join(line + "\n" for line in lines).encode()

        async def write():
            for start in range(0, len(payload), size):
                os.write(writing, payload[start : start + size])
                await asyncio.sleep(0)
            os.close(writing)

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            found = await all_lines(reading)
        os.close(reading)
        return found

    assert asyncio.run(main()) == [line.strip() for line in lines]


def test_a_last_line_without_an_end_counts_and_so_does_a_regular_file(tmp_path):
    file = tmp_path / "typed.txt"
    file.write_text("几点开门\n/quit", encoding="utf-8")
    with file.open() as opened:
        assert asyncio.run(all_lines(opened.fileno())) == ["几点开门", "/quit"]


def test_stopping_early_stops_watching():
    async def main():
        reading, writing = os.pipe()
        os.write(writing, b"one\ntwo\n")
        async with aclosing(typed_lines(reading)) as lines:
            first = await anext(lines)
        watched = asyncio.get_running_loop().remove_reader(reading)
        os.close(reading)
        os.close(writing)
        return first, watched

    assert asyncio.run(main()) == ("one", False)
