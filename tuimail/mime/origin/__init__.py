"""Who a message is from, and where it leads: pure functions over header fields, addresses and links."""
