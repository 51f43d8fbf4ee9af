"""A network at several moments of its training: its timeline, and the files in which that is kept.

It is recorded in `cnnviz.recording`.
"""
