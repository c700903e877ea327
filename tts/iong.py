"""Hanzi that espeak-ng 1.52 reads as English letters, written as phonemes instead.

Its Mandarin rules lack the final *iong* after j, q and x: 兄 comes out as "ks-one". The final exists
without an initial (用, `j'ong`), so the syllable is put together from it. Found by asking the library for
the phonemes of every character from U+4E00 to U+9FA5 and keeping those with a pinyin in *iong* and an
answer in `(en)`; 11 of them are among GB2312's 3 755 most common characters.
"""

from __future__ import annotations

_INITIALS = {"j": "tS;", "q": "tS;h", "x": "S;"}
_TONES = {1: "55", 2: "35", 3: "214", 4: "51"}
_SYLLABLES = {
    ("j", 1): "冂冋坰埛扃絅蘏蘔駉駫",
    ("j", 3): "侰僒冏囧泂澃炯烱煚煛熲窘綗褧迥逈颎",
    ("q", 1): "芎",
    ("q", 2): "儝卭宆惸桏橩焪焭煢琼瓊睘瞏穷穹窮竆笻筇茕藑藭蛩赹跫邛銎",
    ("x", 1): "兄兇凶匈哅忷恟汹洶胷胸訩詾讻賯",
    ("x", 2): "熊雄",
    ("x", 4): "夐敻詗诇",
}

PHONEMES: dict[str, str] = {
    hanzi: f"[[{_INITIALS[initial]}j'ong{_TONES[tone]}]]"
    for (initial, tone), row in _SYLLABLES.items()
    for hanzi in row
}
"""Hanzi to espeak's inline phonemes (needs the espeakPHONEMES flag)."""


def respell(text: str) -> tuple[str, tuple[int, ...]]:
    """Write the broken Hanzi as phonemes.

    Returns:
        The text for the library and, for each of its characters, the index in `text` it stands for.
    """
    if not any(c in PHONEMES for c in text):
        return text, tuple(range(len(text)))
    parts = [PHONEMES.get(c, c) for c in text]
    origin = tuple(index for index, part in enumerate(parts) for _ in part)
    return "".join(parts), origin
