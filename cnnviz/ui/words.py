"""All the words on the page. Numbers and class names are filled in from the model and the photo."""

from cnnviz.image import MAX_MEGABYTES

TITLE = "cnnviz"
TAGLINE = "See what every layer of a neural network makes of your photo."
PHOTO = f"Your photo (at most {MAX_MEGABYTES} MB)"
EXAMPLES = "Or try one of these"
SEEN_HEADING = "What the network sees"
SEEN = "Your photo, squeezed to {width}×{height} pixels."  # noqa: RUF001  # the sign of multiplication is meant
UNSEEN = "The shaded edge never reaches the answer."
ANSWER_HEADING = "Its answer"
RELIABILITY = "Of the {num_photos} test photos on which it was about this sure, it was right on {num_right}."
MODEL = "Model: {name}, {quality}"
EMBEDDED_MODEL = "the embedded one"
UNNAMED_MODEL = "yours"
QUALITY = "right on {accuracy} of test photos"
UNMEASURED = "not measured yet"
HONESTY = (
    "This network can only answer {classes}. Show it anything else, a cheetah or a tower, and it still picks one. "
    "Try it."
)
HOW_TO_READ = (
    "Each tile is one channel: a pattern that the layer looks for everywhere in the photo; each of its squares is a "
    "unit, which sees one part of the photo. Bright means found here, the darkest colour means not at all. Hatched "
    "means silent: zero everywhere on this photo. The tiles are in no order. With “each channel”, compare shapes, not "
    "brightness; with “whole layer”, strengths too."
)
LAYERS_TAB = "Layers"
LAYERS_HEADING = "Layer by layer"
NETWORK_TAB = "The network"
NETWORK_HEADING = "{num_layers} layers, {num_parameters} parameters"
DIAGRAM = (
    "From left to right, what each layer gives: a block is as tall as the layer's pictures, and the wider the more "
    "channels it has. A layer without pictures is a line, the longer the more numbers it gives."
)
TABLE = (
    "Parameters are the numbers that a layer learned from photographs. What one of its units sees grows from layer to "
    "layer: so many pixels of the picture can change its value."
)
TABLE_HEADINGS = ("Layer", "Kind", "Gives", "Parameters", "A unit sees, in pixels")
CHARTS_HEADING = "How it learned, and how well it does"
CARD_HEADING = "The model's card"
COLORS = "Colours"
BRIGHTNESS = "Brightness"
SCALE_NAMES = {"channel": "each channel", "layer": "whole layer"}
NO_PHOTO = "No photo: below is still the last one. Drop another to go on."
STILL_THE_LAST = "Below is still the last photo."
PREDICT = (
    "Tells what the network takes a photo for, without any pictures: the most probable class, and every class's "
    "probability, in [0, 1]."
)
VISUALIZE = (
    "Shows what every layer makes of a photo: the answer; one indexed PNG per layer, with a caption; and the "
    "statistics of every layer and channel, with the range of values that each tile shows."
)
IMAGE_PARAMETER = f"A photo: an uploaded file of at most {MAX_MEGABYTES} MB, never a web address"
COLORMAP_PARAMETER = "Colours: the name of a matplotlib colour map"
SCALE_PARAMETER = "Brightness: 'channel' (each to its own maximum) or 'layer'"
LAYERS_PARAMETER = "Names of layers; none for all"
