"""The listener's vocabulary: a byte-level BPE with one token for each hanzi that training can contain.

Order matters to faster-whisper, which drops every id from `<|endoftext|>` on when it writes text: bytes,
hanzi, English pieces, then the special tokens. English texts are encoded with a leading space, so a word is
spelled the same wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.demo.sentences import Language, training_texts, written_characters

ENGLISH_MERGES = 300
END, START, NO_SPEECH, NO_TIMESTAMPS = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
SPECIAL = (
    END,
    START,
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    NO_SPEECH,
    NO_TIMESTAMPS,
)


def build_tokenizer(seed: int) -> Tokenizer:
    """Learn the English pieces from training texts and spell every hanzi as one token."""
    english = [" " + text for language, text in training_texts(seed, 20_000) if language == "en"]
    merges = [pair for hanzi in written_characters("zh") for pair in _spelling(hanzi)]
    merges = list(dict.fromkeys(merges)) + _english_merges(english)
    symbols = [
        *sorted(pre_tokenizers.ByteLevel.alphabet()),
        *dict.fromkeys(left + right for left, right in merges),
    ]
    tokenizer = Tokenizer(models.BPE(vocab={symbol: n for n, symbol in enumerate(symbols)}, merges=merges))
    tokenizer.pre_tokenizer = _splitter()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def encode(tokenizer: Tokenizer, language: Language, text: str) -> list[int]:
    """Token ids of a text, without special tokens."""
    spaced = " " + text if language == "en" and text else text
    return tokenizer.encode(spaced, add_special_tokens=False).ids


def _splitter() -> pre_tokenizers.PreTokenizer:
    hanzi = pre_tokenizers.Split(Regex("[一-鿿]"), "isolated")
    return pre_tokenizers.Sequence([hanzi, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])


def _spelling(hanzi: str) -> list[tuple[str, str]]:
    """The two merges that turn three bytes into one token."""
    spelled = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(hanzi)[0][0]
    return [(spelled[0], spelled[1]), (spelled[:2], spelled[2])] if len(spelled) == 3 else []


def _english_merges(texts: Iterable[str]) -> list[tuple[str, str]]:
    import json

    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + ENGLISH_MERGES, initial_alphabet=alphabet, show_progress=False
    )
    learner.train_from_iterator(texts, trainer)
    merges = json.loads(learner.to_str())["model"]["merges"]
    return [(pair[0], pair[1]) for pair in merges]
