"""Input pictures: bytes, paths and arrays become checked RGB pictures, and these become a network's batch.

Nothing here depends on a network.
"""
