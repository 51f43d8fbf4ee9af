"""Pictures to try."""
