"""The main interface of the library: it opens a model and turns photos into results.

`cnnviz.load` and `cnnviz.Explorer` are defined here.
"""
