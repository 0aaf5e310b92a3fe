"""What the screen looks like: themes, colours of accounts, signs."""
