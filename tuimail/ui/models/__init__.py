"""What lists, panes and dialogs show, as values: nothing here knows a widget."""
