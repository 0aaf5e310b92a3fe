"""What the user can do: one declaration a command."""
