"""Pictures of messages, decoded in processes that can be ended; see `decoder`."""
