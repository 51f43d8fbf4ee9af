"""The page and the API's server: the only part of cnnviz that needs Gradio.

One folder for each part of the page, with its Python, markup, style, script and words; what several use is in `shared`.
"""

from cnnviz.ui.launch import Settings, launch, mount
from cnnviz.ui.page import Page
from cnnviz.ui.preparation import prepare_models

__all__ = ["Page", "Settings", "launch", "mount", "prepare_models"]
