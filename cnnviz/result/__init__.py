"""What a network made of one photo, or of two: activations, statistics, arithmetic, comparisons.

All of it is computed from a finished pass, or from passes that are begun anew from it.
"""
