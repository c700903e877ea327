"""On which line each key of a TOML document stands, however it is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy.toml_lines import line_of, lines_of

pytestmark = pytest.mark.unit

PACKAGED = sorted((Path(__file__).parents[3] / "emotion_policy" / "policies").glob("*.toml"))
TRICKY = '''\
# a comment with [brackets] and "quotes"
top = 1   # and another = one
"quoted key" = 'x = 1 # no comment'
dotted.inner . deep = [
  1,  # first
  [2, 3],
  { a = "]", b = [
    4 ] },
]
text = """
[not.a.table]
key = "no"
\\""" still text""""
raw = \'\'\'
[[nor.this]]
\'\'\'
when = 1979-05-27 07:32:00

[table."in>=side"]
x = { y = { z = 1 } }

[[list]]
a = 1
[list.sub]
b = 2
[[list.deep]]
c = 3
[[list.deep]]
c = 4
[[list]]
a = 5
[[list.deep]]
c = 6
'''
LINES = {
    ("top",): 2,
    ("quoted key",): 3,
    ("dotted", "inner", "deep"): 4,
    ("dotted", "inner", "deep", 0): 5,
    ("dotted", "inner", "deep", 1, 1): 6,
    ("dotted", "inner", "deep", 2, "a"): 7,
    ("dotted", "inner", "deep", 2, "b", 0): 8,
    ("text",): 10,
    ("raw",): 14,
    ("when",): 17,
    ("table",): 19,
    ("table", "in>=side"): 19,
    ("table", "in>=side", "x", "y", "z"): 20,
    ("list",): 22,
    ("list", 0): 22,
    ("list", 0, "a"): 23,
    ("list", 0, "sub", "b"): 25,
    ("list", 0, "deep", 0, "c"): 27,
    ("list", 0, "deep", 1, "c"): 29,
    ("list", 1): 30,
    ("list", 1, "a"): 31,
    ("list", 1, "deep", 0, "c"): 33,
}

scalars = st.sampled_from(
    [
        "1",
        "-2.5",
        "true",
        '"a = [b] # c"',
        "'x, y]'",
        '"""q\n"", r\n"""',
        "'''\n[t]\n'''",
        "1979-05-27",
        "nan",
    ]
)
keys = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"g\\"h"', "i_2"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]"),
        st.lists(inner, max_size=3).map(lambda parts: "[\n" + ",  # x ] \n".join(parts) + "\n]"),
        st.dictionaries(keys, scalars.filter(lambda text: "\n" not in text), max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)


def places(tree: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place of a parsed document but the root."""
    if isinstance(tree, dict):
        return [
            each for key, value in tree.items() for each in ((*place, key), *places(value, (*place, key)))
        ]
    if isinstance(tree, list):
        return [
            each for at, value in enumerate(tree) for each in ((*place, at), *places(value, (*place, at)))
        ]
    return []


def test_every_way_of_writing_a_key_is_found():
    found = lines_of(TRICKY)
    assert {place: found[place] for place in LINES} == LINES


@pytest.mark.parametrize("text", [TRICKY, *(file.read_text(encoding="utf-8") for file in PACKAGED)])
def test_nothing_is_left_out_and_nothing_is_made_up(text):
    assert set(lines_of(text)) == set(places(tomllib.loads(text)))


@given(st.lists(st.tuples(keys, values), max_size=6), st.booleans())
def test_each_table_of_a_list_is_found_where_it_was_written(pairs, windows):
    """One table of a list for each pair, so that every key may come again."""
    written, text = [], ""
    for key, value in pairs:
        written.append((text.count("\n") + 1, tomllib.loads(f"{key} = 0").popitem()[0]))
        text += f"[[list]] # {key}\n\n {key}\t= {value}\n"
    found = lines_of(text.replace("\n", "\r\n") if windows else text)
    assert set(found) == set(places(tomllib.loads(text)))
    for index, (line, key) in enumerate(written):
        assert found["list", index] == line
        assert found["list", index, key] == line + 2


def test_what_is_not_there_is_told_by_what_is_around_it():
    found = lines_of(TRICKY)
    assert line_of(("list", 1, "deep", 0, "missing", "more"), found) == 32
    assert line_of(("nowhere",), found) == 1
