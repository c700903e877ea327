"""A text model for random weights: characters, pinyin and English, from lists and a few lines.

SentencePiece's own trainer makes it, by byte-pair encoding; one character or syllable is one piece, since the
text front end sets each apart. Fewer pieces than asked for are filled up with unused ones, so that ids reach
as far as the embedding does. The same size gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import sentencepiece

_SYLLABLES: Final = """
    A AI AN ANG AO BA BAI BAN BANG BAO BEI BEN BENG BI BIAN BIAO BIE BIN BING BO BU CA CAI CAN CANG CAO CE
    CEN CENG CHA CHAI CHAN CHANG CHAO CHE CHEN CHENG CHI CHONG CHOU CHU CHUA CHUAI CHUAN CHUANG CHUI CHUN
    CHUO CI CONG COU CU CUAN CUI CUN CUO DA DAI DAN DANG DAO DE DEI DENG DI DIA DIAN DIAO DIE DING DIU DONG
    DOU DU DUAN DUI DUN DUO E EI EN ER FA FAN FANG FEI FEN FENG FO FOU FU GA GAI GAN GANG GAO GE GEI GEN
    GENG GONG GOU GU GUA GUAI GUAN GUANG GUI GUN GUO HA HAI HAN HANG HAO HE HEI HEN HENG HONG HOU HU HUA
    HUAI HUAN HUANG HUI HUN HUO JI JIA JIAN JIANG JIAO JIE JIN JING JIONG JIU JV JVAN JVE JVN KA KAI KAN
    KANG KAO KE KEI KEN KENG KONG KOU KU KUA KUAI KUAN KUANG KUI KUN KUO LA LAI LAN LANG LAO LE LEI LEN LENG
    LI LIA LIAN LIANG LIAO LIE LIN LING LIU LO LONG LOU LU LUAN LUN LUO LV LVE MA MAI MAN MANG MAO ME MEI
    MEN MENG MI MIAN MIAO MIE MIN MING MIU MO MOU MU NA NAI NAN NANG NAO NE NEI NEN NENG NI NIAN NIANG NIAO
    NIE NIN NING NIU NONG NOU NU NUAN NUO NV NVE O OU PA PAI PAN PANG PAO PEI PEN PENG PI PIAN PIAO PIE PIN
    PING PO POU PU QI QIA QIAN QIANG QIAO QIE QIN QING QIONG QIU QV QVAN QVE QVN RAN RANG RAO RE REN RENG RI
    RONG ROU RU RUAN RUI RUN RUO SA SAI SAN SANG SAO SE SEN SENG SHA SHAI SHAN SHANG SHAO SHE SHEI SHEN
    SHENG SHI SHOU SHU SHUA SHUAI SHUAN SHUANG SHUI SHUN SHUO SI SONG SOU SU SUAN SUI SUN SUO TA TAI TAN
    TANG TAO TE TEI TENG TI TIAN TIAO TIE TING TONG TOU TU TUAN TUI TUN TUO WA WAI WAN WANG WEI WEN WENG WO
    WU XI XIA XIAN XIANG XIAO XIE XIN XING XIONG XIU XV XVAN XVE XVN YA YAN YANG YAO YE YI YIN YING YO YONG
    YOU YU YUAN YUE YUN ZA ZAI ZAN ZANG ZAO ZE ZEI ZEN ZENG ZHA ZHAI ZHAN ZHANG ZHAO ZHE ZHEI ZHEN ZHENG ZHI
    ZHONG ZHOU ZHU ZHUA ZHUAI ZHUAN ZHUANG ZHUI ZHUN ZHUO ZI ZONG ZOU ZU ZUAN ZUI ZUN ZUO
"""
"""Of Hanyu Pinyin, in capitals and with V after J, Q and X, as the text front end writes them."""
_TONES: Final = "12345"
_MERGES: Final = 400
"""Pieces that are learnt from `_ENGLISH`; it has a few more."""
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.!?-'…%&+/:@#"
_PUNCTUATION: Final = ",.!?-'…"
"""All that the text front end leaves."""
_MARKER: Final = "\u2581"
"""How SentencePiece writes the blank before a word."""
_ENGLISH: Final = """
    GOOD MORNING AND WELCOME. HOW CAN I HELP YOU TODAY? PLEASE TAKE A NUMBER AND HAVE A SEAT, WE WILL CALL
    YOU. THE COUNTER ON THE SECOND FLOOR OPENS AT NINE AND CLOSES AT FIVE FROM MONDAY TO FRIDAY. I AM SORRY
    THAT YOU HAD TO WAIT SO LONG. YOUR CARD WILL BE READY IN THREE WORKING DAYS. DO YOU HAVE YOUR PASSPORT
    WITH YOU? THE NEXT TRAIN TO THE AIRPORT LEAVES FROM PLATFORM FOUR IN ABOUT TEN MINUTES. PLEASE FOLLOW
    THE BLUE LINE ON THE FLOOR AND TURN LEFT BEHIND THE LIFT. THE DOCTOR CAN SEE YOU THIS AFTERNOON, WOULD
    THAT BE ALL RIGHT? THANK YOU VERY MUCH FOR YOUR PATIENCE. WHAT A PITY, THAT ONE IS SOLD OUT, BUT WE
    EXPECT MORE TOMORROW. IF ANYTHING IS NOT CLEAR, ASK ME AGAIN AT ANY TIME. CONGRATULATIONS, YOUR
    APPLICATION HAS BEEN APPROVED! YOU SHOULD GET A MESSAGE WITHIN AN HOUR. THE PRICE IS TWENTY PERCENT
    LOWER UNTIL THE END OF THE WEEK. IS THERE SOMETHING ELSE THAT I COULD DO? TAKE CARE, AND HAVE A PLEASANT
    JOURNEY HOME. WE ARE HAPPY TO SERVE EVERY CUSTOMER WHO COMES.
"""


def text_model(pieces: int) -> bytes:
    """A SentencePiece model file of exactly so many pieces.

    Ids 0, 1 and 2 are start, stop and unknown; then come punctuation, common characters, pinyin, the rest.
    """
    alphabet = len({_MARKER, *"".join(_ENGLISH.split()), *_LETTERS})
    room = pieces - 3 - alphabet - _MERGES
    listed = list(islice(_listed(), room))
    listed += [f"<unused{number}>" for number in range(room - len(listed))]
    model = io.BytesIO()
    trainer: Any = sentencepiece.SentencePieceTrainer
    trainer.Train(
        sentence_iterator=iter(_ENGLISH.split("\n")),
        model_writer=model,
        model_type="bpe",
        vocab_size=pieces,
        user_defined_symbols=listed,
        required_chars=_LETTERS,
        character_coverage=1.0,
        normalization_rule_name="identity",
        bos_id=0,
        eos_id=1,
        unk_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def _listed() -> Iterator[str]:
    yield from (f"{_MARKER}{mark}" for mark in _PUNCTUATION)
    yield from (f"{_MARKER}{character}" for character in _characters(0xB0, 0xD8))
    yield from (f"{_MARKER}{syllable}{tone}" for syllable in _SYLLABLES.split() for tone in _TONES)
    yield from (f"{_MARKER}{character}" for character in _characters(0xD8, 0xF8))


def _characters(first: int, last: int) -> Iterator[str]:
    """Rows of GB 2312 by their first byte: 3755 common characters by pinyin, then 3008 by radical."""
    for row in range(first, last):
        for place in range(0xA1, 0xFF):
            character = bytes((row, place)).decode("gb2312", errors="ignore")
            if character:
                yield character
