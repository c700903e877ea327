"""Parity: the same numbers as the original, network by network, on recorded inputs and outputs."""
