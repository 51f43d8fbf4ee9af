"""Models as the page serves them, without a page; and what a program may make up."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st
from PIL import Image

from cnnviz.explorer.explorer import Explorer
from cnnviz.network.network import Network
from cnnviz.serving.endpoints import Endpoints, Visualization
from cnnviz.serving.results import ResultCache
from cnnviz.ui.served_model import Exhibit
from cnnviz.ui.story.references import References
from pictures import encode


def visualize(network: Network, folder: Path, picture: Image.Image, colormap: str = "magma") -> Visualization:
    return Endpoints(Explorer(network), ResultCache(0), folder).visualize(encode(picture, "PNG"), colormap)


def exhibit_of(explorer: Explorer, folder: Path) -> Exhibit:
    endpoints = Endpoints(explorer, ResultCache(2**28), folder)
    return Exhibit("1", endpoints, [], {}, References(explorer.network, []), folder)


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
