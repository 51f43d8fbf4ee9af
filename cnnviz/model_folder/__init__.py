"""The model folder: writing it completely, reading it with all checks, and its card with the measured figures.

No code from such a folder is ever executed.
"""
