"""Serve the page and the API: python app.py, then open the address that it prints."""

from cnnviz.command.serve import leave, main

if __name__ == "__main__":
    leave(lambda: main("app.py"))
