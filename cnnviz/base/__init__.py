"""What every other part stands on: errors, names, files, where a model came from.

Nothing here knows pictures, networks or pages.
"""
