"""The layers that can be chosen from a menu, stage by stage."""

from collections.abc import Iterable
from typing import TypedDict

from cnnviz.network.layer import Layer
from cnnviz.ui.shown_photo import ShownPhoto
from cnnviz.ui.story.told import is_long


class MenuLayer(TypedDict):
    """A layer, and what else it is found by."""

    name: str
    text: str


class MenuGroup(TypedDict):
    """The layers of a stage."""

    title: str
    layers: list[MenuLayer]


def describe_menu(photo: ShownPhoto, layers: Iterable[Layer]) -> list[MenuGroup]:
    """Group layers by the stages of the photo's journey.

    Args:
        photo: The photo.
        layers: Those that can be chosen.

    Returns:
        The stages that have some of them, in order.
    """
    names, network = {layer.name for layer in layers}, photo.network
    stages = [stage.layers for stage in network.stages] if is_long(network) else _layers_of_stages(photo)
    groups: list[MenuGroup] = [
        {"title": told.title, "layers": [_describe(layer) for layer in stage if layer.name in names]}
        for told, stage in zip(photo.stages, stages, strict=True)
    ]
    return [group for group in groups if group["layers"]]


def _layers_of_stages(photo: ShownPhoto) -> list[tuple[Layer, ...]]:
    return [tuple(each.layer for each in stage.layers) for stage in photo.stages]


def _describe(layer: Layer) -> MenuLayer:
    return {"name": layer.name, "text": f"{layer.kind_text} · {layer.shape_text}"}
