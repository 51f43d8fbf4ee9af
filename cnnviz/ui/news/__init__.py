"""A line that appears when another model is in."""
