"""The tab of evidence maps: what it shows before a method is asked."""

from typing import TypedDict

from cnnviz.ui.channel_data import ClassShare, Palettes, describe_palettes
from cnnviz.ui.component import drawing
from cnnviz.ui.layer_menu import MenuGroup, describe_menu
from cnnviz.ui.shown_photo import PhotoPicture, SeenPicture, ShownPhoto
from cnnviz.ui.view import View, Words
from cnnviz.ui.why import words
from cnnviz.ui.why.questions import WhyQuestions
from cnnviz.why.cam import OF_LAYERS
from cnnviz.why.explain import DEFAULT_METHOD, METHODS, default_layer, layers_with_places

SHOWN_AT_FIRST = ("grad_cam", DEFAULT_METHOD)


class WhyMethod(TypedDict):
    """A method that can be chosen."""

    key: str
    name: str
    text: str
    readsLayer: bool
    isShown: bool


class WhySettings(TypedDict):
    """What never changes in the tab."""

    words: Words
    methods: list[WhyMethod]
    palettes: Palettes


class WhyValue(TypedDict):
    """The photo under its token, and the classes and layers that can be chosen."""

    token: str
    seen: SeenPicture
    photo: PhotoPicture
    label: str
    classes: list[str]
    likely: list[ClassShare]
    layers: list[str]
    menu: list[MenuGroup]
    layer: str | None


def why_settings() -> WhySettings:
    """Make what never changes in the tab.

    Returns:
        Plain JSON values: words; palettes; and methods, key, name and text of each, whether it reads a layer, whether
        it is shown at first.
    """
    methods: list[WhyMethod] = [
        {
            "key": method,
            "name": words.METHOD_NAMES[method],
            "text": words.METHOD_TEXTS[method],
            "readsLayer": method in OF_LAYERS,
            "isShown": method in SHOWN_AT_FIRST,
        }
        for method in METHODS
    ]
    return {"words": words.WHY, "methods": methods, "palettes": describe_palettes(())}


def describe_why(photo: ShownPhoto) -> WhyValue:
    """Describe what the tab shows before a method is asked.

    Args:
        photo: The photo.

    Returns:
        Plain JSON values: the photo under its token, the classes, the most probable ones other than the answer, the
        layers that have places, and which is meant if none is chosen.
    """
    network, label = photo.network, photo.result.label
    ranked = sorted(photo.classes, key=lambda each: -each["probability"])
    likely = [each for each in ranked if each["name"] != label]
    layers = layers_with_places(network)
    return {
        "token": photo.shown.seen.token,
        "seen": photo.seen,
        "photo": photo.photo,
        "label": label,
        "classes": list(network.class_names),
        "likely": likely,
        "layers": [layer.name for layer in layers],
        "menu": describe_menu(photo, layers),
        "layer": default_layer(network).name if layers else None,
    }


WHY = View("why/why", describe_why, drawing, WhyQuestions, why_settings)
