"""The command `cnnviz`: `serve`, `look` and `save`. A new one goes here, and into `main.py`."""
