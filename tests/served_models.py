"""Models and photos as the page shows them, without a page; and what a program may make up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.picture.image import ImageSource
from cnnviz.serving.endpoints import Endpoints
from cnnviz.serving.results import ResultCache
from cnnviz.serving.seen_photos import SeenPhotos
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.references import References
from pictures import draw, encode


def serve_model(explorer: Explorer, folder: Path, references: Sequence[ImageSource] = (), **more: Any) -> ServedModel:
    """Serve a model without a page; by default without examples, atlas and photos to compare with."""
    endpoints = Endpoints(SeenPhotos(explorer, ResultCache(2**28)), folder)
    fields = {"version": "1", "examples": [], "folder": folder, **more}
    return ServedModel(endpoints=endpoints, references=References(explorer.network, references), **fields)


def show_photo(
    network: Network,
    folder: Path,
    picture: Image.Image | None = None,
    colormap: str = "magma",
    path: str | None = None,
    **more: Any,
) -> ShownPhoto:
    """Show a photo, with another drawing to compare it with."""
    model = serve_model(Explorer(network), folder, [draw(seed=101)], **more)
    return ShownPhoto(model, model.endpoints.visualize(encode(picture or draw(), "PNG"), colormap), path)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=4,
)
LAYER = st.sampled_from(["conv2d_4", "flatten_1", "dense_1", "dense_2"]) | ANYTHING
