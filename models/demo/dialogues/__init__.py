"""The dialogues that the demo language model is trained and examined on: written cards, composed by code.

The words are in the TOML files, the composition in the Python files; nothing here runs in the product.
"""
