"""The list of a mailbox's messages."""
