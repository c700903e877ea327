"""Traditional script, misheard words and contractions: each comes to the one form that cues are written in."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy import normalise as module
from emotion_policy.normalise import normalise, script_pairs

pytestmark = pytest.mark.unit

SHEET = tomllib.loads(Path(module.__file__).with_name("normalise.toml").read_text(encoding="utf-8"))
PAIRS: list[str] = SHEET["script"]["pairs"].split()
HEARD: dict[str, str] = SHEET["homophones"]
BARE: dict[str, str] = SHEET["contractions"]
SCRIPT = str.maketrans(dict(script_pairs()))

TAIWAN = (
    ("請問臺北車站裡面的廁所在哪裡？", "请问台北车站里面的厕所在哪里?"),
    ("妳的帳單還沒繳，麻煩到櫃檯辦理手續", "你的账单还没缴,麻烦到柜台办理手续"),
    ("為什麼我們等了兩個鐘頭還沒輪到？", "为什么我们等了两个钟头还没轮到?"),
    ("這隻貓為甚麼不吃東西，牠不舒服嗎", "这只猫为什么不吃东西,它不舒服吗"),
    ("醫師說我媽媽的癌症復發了，我很難過", "医师说我妈妈的癌症复发了,我很难过"),
    ("身分證遺失了，請盡快回覆", "身份证遗失了,请尽快回复"),
    ("他穿著乾淨的襯衫去鍛鍊身體", "他穿着干净的衬衫去锻炼身体"),
    ("這裡有一家著名的麵館", "这里有一家著名的面馆"),
)
HONG_KONG = (
    ("我喺櫃檯等咗兩個鐘頭，冇人嚟幫我", "我喺柜台等咗两个钟头,冇人嚟帮我"),
    ("你哋嘅服務真係好好，多謝晒", "你哋嘅服务真系好好,多谢晒"),
    ("喺邊度攞籌呀？唔該", "喺边度攞筹呀?唔该"),
    ("爲什麽這裏的羣衆都在牀邊", "为什么这里的群众都在床边"),
    ("部𨋢壞咗，啲嘢跌晒落嚟", "部𨋢坏咗,啲嘢跌晒落嚟"),
)


@pytest.mark.parametrize(("said", "written"), TAIWAN + HONG_KONG)
def test_traditional_text_comes_out_simplified_and_cantonese_stays_cantonese(said: str, written: str):
    assert normalise(said) == written


@pytest.mark.parametrize(
    "characters", ["喺咗嘅佢哋冇啲嚟嘢攞畀搵撳唔", "们个这里还没说话请问", "覆像借后面回"]
)
def test_characters_that_are_no_traditional_form_stay(characters: str):
    assert characters.translate(SCRIPT) == characters


def test_the_script_table_pairs_one_character_with_another():
    assert [pair for pair in PAIRS if len(pair) != 2 or pair[0] == pair[1]] == []


def test_no_traditional_character_is_listed_twice():
    assert len({pair[0] for pair in PAIRS}) == len(PAIRS)


def test_a_simplified_character_is_its_own_simplified_form():
    simplified = {simple for _, simple in script_pairs()}
    assert {character for character in simplified if character.translate(SCRIPT) != character} == set()


def test_the_script_table_is_large_enough_for_everyday_traditional_text():
    assert len(PAIRS) >= 2600


@pytest.mark.parametrize(
    ("simple", "usual"),
    ["里裡", "么麼", "为為", "发發", "当當", "复復", "台臺", "只隻", "钟鐘", "面麵", "药藥", "线線"],
)
def test_the_usual_one_of_several_traditional_characters_is_first(simple: str, usual: str):
    assert next(traditional for traditional, other in script_pairs() if other == simple) == usual


@given(st.text(alphabet=[*"".join(PAIRS), *"喺咗嘅abc ，。？"], max_size=200))
def test_script_keeps_the_length_and_is_done_in_one_go(text: str):
    once = text.translate(SCRIPT)
    assert len(once) == len(text)
    assert once.translate(SCRIPT) == once


@given(st.text(alphabet=[pair[0] for pair in PAIRS], max_size=60))
def test_no_traditional_character_survives(text: str):
    assert not set(normalise(text)) & ({pair[0] for pair in PAIRS} - set("".join(HEARD.values())))


@pytest.mark.parametrize("said", [*HEARD, *HEARD.values(), *(said for said, _ in TAIWAN + HONG_KONG)])
def test_what_is_normalised_stays_as_it_is_in_chinese(said: str):
    once = normalise(said)
    assert normalise(once) == once


@given(st.lists(st.sampled_from([*BARE, *BARE.values(), "Well,", "I", "think"]), max_size=12).map(" ".join))
def test_what_is_normalised_stays_as_it_is_in_english(text: str):
    once = normalise(text)
    assert normalise(once) == once


@pytest.mark.parametrize(("heard", "meant"), HEARD.items())
def test_a_misheard_word_is_put_right(heard: str, meant: str):
    assert heard.translate(SCRIPT) == heard, "is never found: script is simplified before"
    assert normalise(f"我{heard}") == f"我{normalise(meant)}"


@pytest.mark.parametrize(("bare", "full"), BARE.items())
def test_a_contraction_is_written_with_its_apostrophe(bare: str, full: str):
    assert normalise(f"so {bare} now") == f"so {full} now"


@pytest.mark.parametrize(
    "innocent",
    [
        "把你号码给我", "医生正在见客户", "这种水泥好用吗", "从头诉说", "我去是了解情况", "我来自沙特", "排骨会有吗",
        "他成就命运", "很快就命中了", "报名写着名字", "厉害拍照", "模糊图片", "欺诈骗字样", "服务品质障碍", "简单心里话",
    ],
)  # fmt: skip
def test_words_that_only_look_misheard_are_left_alone(innocent: str):
    assert normalise(innocent) == innocent


@pytest.mark.parametrize("word", ["well", "ill", "its", "were", "shell", "id", "lets"])
def test_english_words_that_lack_no_apostrophe_are_left_alone(word: str):
    assert normalise(f"so {word} there") == f"so {word} there"
