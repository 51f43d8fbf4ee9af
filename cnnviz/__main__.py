"""Runs the command: `python -m cnnviz`."""

from cnnviz.command.main import run

run()
