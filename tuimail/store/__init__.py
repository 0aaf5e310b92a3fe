"""SQLite: mail, state and the journal of the user's changes."""
