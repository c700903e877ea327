"""What the GPT knows of a reference: speaker latents and an emotion vector. Runs once per reference.

Names are those of gpt.pth, from which this takes the conditioning parts alone; the four submodules may be
called one by one for their intermediate results.

    T  feature frames, 50 per second     D  model_dim
"""

from __future__ import annotations

from torch import Tensor, nn

from tts.indextts2.config import FEATURE_SIZE, LATENTS, GptConfig
from tts.indextts2.conformer import Conformer
from tts.indextts2.perceiver import Perceiver


class EmotionConditioning(nn.Module):
    """Normalised w2v-BERT features (1, T, 1024) in, an emotion vector out: all there is in version 2.5."""

    def __init__(self, config: GptConfig) -> None:
        super().__init__()
        emotion = config.emo_condition_module
        self.emo_conditioning_encoder = Conformer(emotion)
        self.emo_perceiver_encoder = Perceiver(
            latents=1,
            size=FEATURE_SIZE,
            context_size=emotion.output_size,
            heads=emotion.attention_heads,
            mult=emotion.perceiver_mult,
        )
        self.emovec_layer = nn.Linear(FEATURE_SIZE, config.model_dim)
        self.emo_layer = nn.Linear(config.model_dim, config.model_dim)

    def emotion_latent(self, features: Tensor) -> Tensor:
        """(1, T, 1024) to (1, 1024)."""
        return self.emo_perceiver_encoder(self.emo_conditioning_encoder(features))[:, 0]

    def emotion_vector(self, features: Tensor) -> Tensor:
        """(1, T, 1024) to (1, D); of the speaker's own reference this is the base emotion."""
        return self.emo_layer(self.emovec_layer(self.emotion_latent(features)))


class Conditioning(EmotionConditioning):
    """Version 2.0: speaker latents, too. Inherits because the names of gpt.pth have no level between."""

    def __init__(self, config: GptConfig) -> None:
        super().__init__(config)
        speaker = config.condition_module
        self.conditioning_encoder = Conformer(speaker)
        self.perceiver_encoder = Perceiver(
            latents=LATENTS,
            size=config.model_dim,
            context_size=speaker.output_size,
            heads=speaker.attention_heads,
            mult=speaker.perceiver_mult,
        )

    def speaker_latents(self, features: Tensor) -> Tensor:
        """(1, T, 1024) to (1, 32, D)."""
        return self.perceiver_encoder(self.conditioning_encoder(features))
