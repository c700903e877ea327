"""What the GPT is given of a text segment and a speaker, whichever prefix its version has."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tts.indextts2.networks import Networks
from tts.indextts2.prefix import LatentPrefix
from tts.indextts2.speaker import Speaker
from tts.indextts2.text_front import TextSegment
from tts.indextts2.text_ranks import LANGUAGE_ROWS


@torch.inference_mode()
def prefixed(networks: Networks, speaker: Speaker, segment: TextSegment, vector: Sequence[float]) -> Tensor:
    """The prefix (1, P, model_dim).

    Args:
        segment: of the front end that fits the checkpoint.
        vector: eight weights; see `Speaker.emotion`.

    Raises:
        TtsError: the text has more tokens than the model has positions.
    """
    ids = torch.tensor([segment.ids], device=networks.device)
    emotion = speaker.emotion(vector)
    if isinstance(networks.prefix, LatentPrefix):
        return networks.prefix(speaker.latents, emotion, ids)
    assert segment.language is not None, "a front end of version 2.0"
    row = torch.tensor([LANGUAGE_ROWS[segment.language]], device=networks.device)
    return networks.prefix(speaker.latents, emotion, ids, row)
