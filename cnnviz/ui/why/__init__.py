"""The tab of evidence maps, and how far to trust them."""
