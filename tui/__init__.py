"""The operator's view: a reader of events, a writer of commands."""
