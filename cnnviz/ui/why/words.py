"""Words of the tab of evidence maps."""

from cnnviz.ui.words import FIND_LAYER

METHOD_NAMES = {
    "grad_cam": "Grad-CAM",
    "hires_cam": "HiResCAM",
    "layer_cam": "LayerCAM",
    "saliency": "Saliency",
    "smooth_grad": "SmoothGrad",
    "integrated_gradients": "Integrated gradients",
    "occlusion": "Occlusion",
}
METHOD_TEXTS = {
    "grad_cam": "Weighs each channel of the layer by how much it matters for the class, the same at all places, and "
    "adds the channels up; what speaks against is left out.",
    "hires_cam": "Weighs each channel of the layer at every place by how much it matters there, and adds the channels "
    "up.",
    "layer_cam": "As HiResCAM, but only weights that speak for the class count; what speaks against is left out.",
    "saliency": "How much the evidence changes if a pixel changes a little.",
    "smooth_grad": "Saliency, averaged over noisy copies of the photo: fewer speckles.",
    "integrated_gradients": "What each pixel adds to the evidence while the photo is faded in from black.",
    "occlusion": "How much evidence is lost when a grey square covers a place.",
}
WHY = {
    "intro": "Where on the photo does the network find what speaks for its answer? A map like these is a hint, not a "
    "reason: methods differ, and beside each stands how far to trust it.",
    "settings": "What is shown, and how",
    "more": "More: other methods, layer, opacity, and for which class to ask how far to trust it",
    "methods": "Methods",
    "layer": "Layer",
    "find_layer": FIND_LAYER,
    "other": "Compare {label} with",
    "find_class": "Find a class",
    "likely": "Most probable on this photo",
    "unlikely": "All others",
    "view": "Show",
    "views": [("seen", "over what the network saw"), ("photo", "over your photo"), ("raw", "the raw map")],
    "opacity": "Opacity",
    "trusted": "How far to trust it, for",
    "of_layer": "Reads {layer}.",
    "of_picture": "Reads the photo itself.",
    "no_layers": "This network has no layer with places: only methods that read the photo itself work.",
    "none": "Choose a method.",
    "waiting": "Waiting for its turn …",
    "working": "Asking the network again and again …",
    "stop": "Stop",
    "left": "Stopped. Choose the method again to see how far to trust it.",
    "trust": "How far to trust this map, for {class}",
    "lost": "The answer did not come. Choose the method again.",
    "gone": "This photo is not kept any more. Choose it again to go on.",
    "reading": "Row {row}, column {column}: {value}",
    "map_label": "{title}: {rows} rows and {columns} columns. Arrow keys choose a cell.",
    "help": "How to read this",
    "helps": [
        (
            "Colours",
            "All maps of a row share one range, so that weak evidence for one class never looks as strong as strong "
            "evidence for another. Each cell lies at the centre of what it saw, which the box shows; where no cell "
            "lies, the layer has nothing to say.",
        ),
        (
            "Other methods",
            "How alike this map and those of other methods order the places of the photo: 1 is the same order, 0 none.",
        ),
        (
            "Shuffled weights",
            "How alike the map is if all that the network learned is shuffled. If it stays the same, it shows the "
            "photo, not what the network learned.",
        ),
        (
            "Covering",
            "To the right, more and more of the photo is covered in grey, what the map marks most first; upwards, how "
            "probable the class still is. The sooner it falls, the better the map.",
        ),
        (
            "Uncovering",
            "The other way round: a grey picture is uncovered, what the map marks most first. The sooner the class "
            "gets probable, the better the map.",
        ),
    ],
    "of_map": "this map",
    "by_chance": "random order",
    "axis": "share of the photo that is changed, and how probable {class} is then",
}
"""Words of the tab of evidence maps, under the names that its scripts use; the scripts fill in {names}."""
MAP_FOR = "What speaks for {name}"
MAP_FOR_BOTH = "What speaks for {first}, what for {second}"
MAP_STRENGTH = "What matters for {name}"
MAP_STRENGTH_ALL = "What matters for either class"
ONE_MAP = "One map shows both: what speaks for one class speaks against the other."
ONE_MAP_OF_STRENGTHS = "One map for both: how much a pixel matters is the same for either class."
MAP_SUM = "It adds up to {sum} for {name}."
MAP_AGAINST = (
    "The answer is {label} all the same: the map leaves out what the layers add after it, such as their biases."
)
MAP_SUM_OF_STRENGTHS = "It adds up to {sum}."
MAP_CELL = "Each cell stands for {height}×{width} of the {rows}×{columns} pixels that the network saw."  # noqa: RUF001
MAP_CELL_IS_PIXEL = "Each cell is one of the {rows}×{columns} pixels that the network saw."  # noqa: RUF001
MAP_CELL_IS_SHARE = (
    "Every cell saw the same, so cells lie side by side, in their order: each over {height}×{width} of the "  # noqa: RUF001
    "{rows}×{columns} pixels that the network saw. Where they lie says little."  # noqa: RUF001
)
IN_LAYER, IN_PICTURE = "in {layer}", "on the photo"
EMPTY_MAP = "Nothing {place} speaks for {name}."
LEGEND_FOR, LEGEND_FOR_IT, LEGEND_AGAINST = "for {name}", "for it", "against it"
LEGEND_LEFT_OUT = "against it (left out)"
LEGEND_NOTHING, LEGEND_MUCH = "does not matter", "matters most"
AGREEMENT_NAME, SHUFFLED_NAME, DELETION_NAME, INSERTION_NAME = (
    "Other methods",
    "Shuffled weights",
    "Covering",
    "Uncovering",
)
AGREEMENT = "They agree {agreement}; a map with the same values shuffled would score {chance}. {others}."
AGREES, AND = "{method} {value}", ", "
SHUFFLED = "{value} alike: {verdict}."
CHANGES_WITH_WEIGHTS = "with other weights the map is another, as it should be"
SHOWS_PHOTO = "this map shows the photo more than what the network learned"
AREAS = "{name} is at {area} on average, in random order at {random}: {verdict}."
NOTHING_TO_TRUST_NAME = "An empty map"
NOTHING_TO_TRUST = "Nothing speaks for {name} here, so no place comes before another, and there is nothing to examine."
BETTER, NO_BETTER, WORSE = "better than chance", "no better than chance", "worse than chance"
