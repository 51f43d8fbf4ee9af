"""The tab that shows every channel of every layer, and the viewer of one picture."""
