"""The vocabulary every room shares: sound, text, emotion, events, errors, time."""
