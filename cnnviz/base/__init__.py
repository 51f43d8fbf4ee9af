"""The basis of every other part: errors, names, files, and the source of a model.

Nothing here depends on pictures, networks or pages.
"""
