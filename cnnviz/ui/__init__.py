"""The page and the API's server: the only part of cnnviz that needs Gradio."""

from cnnviz.ui.page import build_page, launch
from cnnviz.ui.served_model import prepare_exhibits

__all__ = ["build_page", "launch", "prepare_exhibits"]
