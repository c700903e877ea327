"""Pictures of single panels, as text in semantic styles: pure functions of a slice, the words, a width."""
