"""The demo: a mail server of our own on loopback, filled with sample mail."""
