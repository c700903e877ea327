"""Hearing: an utterance becomes a transcript."""
