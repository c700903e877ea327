"""The `tingshuo` command, one small file per subcommand."""
