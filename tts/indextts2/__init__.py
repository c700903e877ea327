"""IndexTTS2 as our own engine: plain torch, the official checkpoint files unmodified, no network."""
