"""POP3 (RFC 1939) on poplib: one session, its verbs, and nothing of what is done with the mail."""
