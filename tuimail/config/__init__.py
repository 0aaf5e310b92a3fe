"""The configuration file, where things live, and secrets."""
