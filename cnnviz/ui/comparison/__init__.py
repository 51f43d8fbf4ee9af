"""The tab of two photos."""
