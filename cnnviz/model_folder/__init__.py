"""The folder that a model lives in: written whole, read verified, with a card that is honest about it.

Nothing in it is ever executed.
"""
