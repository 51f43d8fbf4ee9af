"""Opens a model, and turns photos into results: what most programs use of the library.

`cnnviz.load` and `cnnviz.Explorer` are defined here.
"""
