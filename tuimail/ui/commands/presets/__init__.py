"""Keymaps to begin with, beside the declared keys: what each changes in them."""
