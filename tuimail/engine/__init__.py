"""The sync engine: keeps the store equal to the servers."""
