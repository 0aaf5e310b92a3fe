"""The interactive session of `tuimail console`."""
