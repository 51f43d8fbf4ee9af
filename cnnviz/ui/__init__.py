"""The page and the API's server: the only part of cnnviz that needs Gradio."""

from cnnviz.ui.exhibit import prepare_exhibits
from cnnviz.ui.page import build_page, launch

__all__ = ["build_page", "launch", "prepare_exhibits"]
