"""Thinking: the operator's knowledge first, then a local language model."""
