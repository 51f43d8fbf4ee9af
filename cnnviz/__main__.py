"""Runs the command: `python -m cnnviz`."""

from cnnviz.command.main import run

if __name__ == "__main__":
    run()
