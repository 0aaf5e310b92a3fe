"""The pane that shows one message."""
