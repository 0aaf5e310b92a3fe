"""tuimail: a terminal mail client over a sync engine that mirrors IMAP both ways."""
