"""Pieces of the screen. Each is shown a slice of the picture, and knows nothing else."""
