"""The answer: what the network saw, what it said, and how far to trust that."""
