"""A network's results for one photo or two: activations, statistics, arithmetic, comparisons.

They are computed from a finished pass, or from further passes that start from it.
"""
