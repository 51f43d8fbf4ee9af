"""The version of cnnviz."""

__version__ = "0.1.0"
