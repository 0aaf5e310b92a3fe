"""Octets of messages to text and values: no sockets, no event loop."""
