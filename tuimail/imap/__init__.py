"""The IMAP client: wire, parser, typed verbs."""
