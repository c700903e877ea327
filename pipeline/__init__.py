"""The machine: links, stages, lanes, the turn, the session."""
