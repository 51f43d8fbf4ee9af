"""The tab that looks into any channel of any layer."""
