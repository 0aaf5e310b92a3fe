"""The check of an account: everything between its configuration and its mail."""
