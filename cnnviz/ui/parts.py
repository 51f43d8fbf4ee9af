"""All parts of the page that show something, in the places where they stand: a new part is added here."""

from dataclasses import dataclass
from typing import Any

from cnnviz.ui import words
from cnnviz.ui.answer.answer import ANSWER
from cnnviz.ui.channels.channels import CHANNELS
from cnnviz.ui.comparison.comparison import COMPARISON
from cnnviz.ui.examples.tiles import EXAMPLES
from cnnviz.ui.follow.follow import FOLLOW
from cnnviz.ui.header.header import HEADER
from cnnviz.ui.layers.layers import LAYERS
from cnnviz.ui.layers.legend import LEGEND
from cnnviz.ui.learned.learned import LEARNED
from cnnviz.ui.live.live import LIVE
from cnnviz.ui.network.atlas import ATLAS
from cnnviz.ui.network.data_set import DATA_SET
from cnnviz.ui.network.evidence import EVIDENCE
from cnnviz.ui.network.kernels import KERNELS
from cnnviz.ui.network.network import CARD, NETWORK
from cnnviz.ui.served_model import ServedModel
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.strip.strip import STRIP
from cnnviz.ui.tour.tour import TOUR
from cnnviz.ui.view import View
from cnnviz.ui.why.why import WHY


@dataclass(frozen=True)
class Tab:
    """A tab of the page.

    Args:
        title: What stands on it.
        elem_id: The id of its element, by which scripts open it.
        views: What stands in it, from top to bottom.
        beside_colors: What stands beside the controls that choose the colours, if the tab has them.
    """

    title: str
    elem_id: str
    views: tuple[View[Any], ...]
    beside_colors: View[ServedModel] | None = None


TABS = (
    Tab(words.LAYERS_TAB, "layers-tab", (LAYERS,), LEGEND),
    Tab(words.CHANNELS_TAB, "channels-tab", (CHANNELS,)),
    Tab(words.WHY_TAB, "why-tab", (WHY,)),
    Tab(words.COMPARISON_TAB, "comparison-tab", (COMPARISON,)),
    Tab(words.NETWORK_TAB, "network-tab", (EVIDENCE, LEARNED, KERNELS, ATLAS, DATA_SET, NETWORK, CARD)),
)
IN_TURN: tuple[tuple[View[ShownPhoto], ...], ...] = (
    (ANSWER,),
    (STRIP,),
    (LAYERS, CHANNELS, WHY, COMPARISON, EVIDENCE, LEARNED, FOLLOW, TOUR, LIVE),
)
"""The views of a photo, which change with it, in the order in which a visitor gets them: without drawings first."""

PHOTO_VIEWS = tuple(view for views in IN_TURN for view in views)

MODEL_VIEWS: tuple[View[ServedModel], ...] = (HEADER, EXAMPLES, LEGEND, KERNELS, ATLAS, DATA_SET, NETWORK, CARD)
"""The views of the model: they change with it."""
