"""Messages with one trouble each (`declare`), and pages of HTML (`newsletters`)."""
