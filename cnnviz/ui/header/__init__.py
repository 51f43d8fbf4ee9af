"""The page's head: which model answers, and what stands in for it."""
