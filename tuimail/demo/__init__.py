"""A built-in mail server with sample mail."""
