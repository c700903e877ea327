"""What the GPT reads before it speaks: conditions, then text. One builder per version of the model.

Version 2.0: 32 speaker latents with the emotion vector added to each, two fixed speed vectors, text.
Version 2.5: the projected style with the emotion vector, two zero vectors, text in a language. The prefix
ends before the start code, which `tts.indextts2.gpt` adds. Names are those of gpt.pth; conditions carry no
positions.

    D  model_dim     L  text tokens without start and stop     P  vectors of the prefix
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.errors import TtsError
from tts.indextts2.config import STYLE_SIZE, GptConfig
from tts.indextts2.positions import Positions

_SPEEDS = (1, 0)
"""Rows of the speed table that version 2.0 always sends, in this order."""
_PAUSES = 2
"""Zero vectors after the conditions of version 2.5."""
_LANGUAGES = 107
"""Rows of version 2.5's language table; from its checkpoint."""


class LatentPrefix(nn.Module):
    """Version 2.0: (1, 32 + 2 + L + 2, D)."""

    def __init__(self, config: GptConfig) -> None:
        super().__init__()
        self.start, self.stop = config.start_text_token, config.stop_text_token
        self.speed_emb = nn.Embedding(2, config.model_dim)
        self.text_embedding = nn.Embedding(config.number_text_tokens + 1, config.model_dim)
        self.text_pos_embedding = Positions(config.max_text_tokens + 2, config.model_dim)

    def conditions(self, latents: Tensor, emotion: Tensor) -> Tensor:
        """(1, 32, D) and (1, D) to (1, 34, D)."""
        speeds = self.speed_emb(torch.tensor([_SPEEDS], device=latents.device))
        return torch.cat((latents + emotion[:, None], speeds), dim=1)

    def forward(self, latents: Tensor, emotion: Tensor, text: Tensor) -> Tensor:
        """Build the prefix of one text segment.

        Args:
            latents: (1, 32, D).
            emotion: (1, D).
            text: (1, L) token ids; start and stop tokens among them are dropped, as upstream does.

        Raises:
            TtsError: the text has more tokens than the model has positions.
        """
        ids = framed(text, self.start, self.stop, self.text_pos_embedding.rows)
        places = torch.arange(ids.shape[1], device=ids.device)
        words = self.text_embedding(ids) + self.text_pos_embedding(places)
        return torch.cat((self.conditions(latents, emotion), words), dim=1)


class StylePrefix(nn.Module):
    """Version 2.5: (1, 1 + 2 + L + 2, D). The language is added to all of the text, start and stop too."""

    def __init__(self, config: GptConfig) -> None:
        super().__init__()
        self.start, self.stop = config.start_text_token, config.stop_text_token
        self.spk_emb_proj = nn.Linear(STYLE_SIZE, config.model_dim)
        self.lang_embedding = nn.Embedding(_LANGUAGES, config.model_dim)
        self.text_embedding = nn.Embedding(config.number_text_tokens + 1, config.model_dim)
        self.text_pos_embedding = Positions(config.max_text_tokens + 2, config.model_dim)

    def conditions(self, style: Tensor, emotion: Tensor) -> Tensor:
        """(1, 192) and (1, D) to (1, 3, D)."""
        speaker = (self.spk_emb_proj(style) + emotion)[:, None]
        return torch.cat((speaker, speaker.new_zeros(1, _PAUSES, speaker.shape[-1])), dim=1)

    def forward(self, style: Tensor, emotion: Tensor, text: Tensor, language: Tensor) -> Tensor:
        """Build the prefix of one text segment.

        Args:
            style: (1, 192), the speaker's CAMPPlus vector.
            emotion: (1, D).
            text: (1, L) token ids. Numbers of start and stop among them are characters: what reaches the
                model is the tokenizer's to decide.
            language: (1,) row of the language table.

        Raises:
            TtsError: the text has more tokens than the model has positions.
        """
        ids = enclosed(text, self.start, self.stop, self.text_pos_embedding.rows)
        places = torch.arange(ids.shape[1], device=ids.device)
        words = self.text_embedding(ids) + self.text_pos_embedding(places)
        words = words + self.lang_embedding(language)[:, None]
        return torch.cat((self.conditions(style, emotion), words), dim=1)


def framed(text: Tensor, start: int, stop: int, most: int) -> Tensor:
    """Token ids (1, L) between start and stop, none of either within: int64 (1, at most L + 2).

    Raises:
        TtsError: the result is longer than `most`.
    """
    return enclosed(text[:, (text[0] != start) & (text[0] != stop)], start, stop, most)


def enclosed(text: Tensor, start: int, stop: int, most: int) -> Tensor:
    """Token ids (1, L) between start and stop: int64 (1, L + 2).

    Raises:
        TtsError: the result is longer than `most`.
    """
    ids = text[0].long()
    if ids.shape[0] + 2 > most:
        raise TtsError(
            f"a text segment has {ids.shape[0]} tokens, and the model takes {most - 2}",
            code="text-too-long",
            hint="Cut the text into shorter segments.",
        )
    return torch.cat((ids.new_full((1,), start), ids, ids.new_full((1,), stop)))[None]
