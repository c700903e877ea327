"""The text front end that fits a checkpoint."""

from __future__ import annotations

from typing import Protocol

from core.errors import ModelDamaged
from core.text import Language
from tts.indextts2.checkpoint import Checkpoint
from tts.indextts2.text_front import TextFront, TextSegment
from tts.indextts2.text_ranks import RankedTokens
from tts.indextts2.text_segments import DEFAULT_LIMIT
from tts.indextts2.text_tagged import TaggedFront
from tts.indextts2.text_tokens import SentencePieces


class Front(Protocol):
    """What speaking needs of a text front end; each version of the model has its own."""

    def segments(
        self, written: str, *, reply: Language | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[TextSegment]:
        """See `TextFront.segments`."""
        ...


def front_of(checkpoint: Checkpoint, *, exact: bool) -> Front:
    """Open the checkpoint's vocabulary.

    Args:
        exact: keep the original's faults; see `TaggedFront`.

    Raises:
        ModelMissing: the vocabulary is not there.
        ModelDamaged: it cannot be used, or is not that of the model.
    """
    if not checkpoint.config.half_rate:
        return TextFront(SentencePieces(checkpoint.bpe))
    vocabulary, gpt = RankedTokens(checkpoint.bpe), checkpoint.config.gpt
    if vocabulary.size > gpt.number_text_tokens:
        raise ModelDamaged(
            f"{checkpoint.bpe} has {vocabulary.size} tokens with the special ones, and the model knows "
            f"{gpt.number_text_tokens}",
            code="indextts2-vocabulary",
            hint="Take the .tiktoken file and the config.yaml that came with the IndexTTS-2.5 checkpoint.",
        )
    return TaggedFront(vocabulary, dropped=(gpt.start_text_token, gpt.stop_text_token) if exact else ())
