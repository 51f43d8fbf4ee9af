"""Pictures on their way to a network: bytes, paths and arrays become checked RGB pictures, and those a batch.

Nothing here knows a network.
"""
