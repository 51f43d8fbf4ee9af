"""Words of several parts of the page, and of the API; each part has its own beside it.

Numbers and class names are filled in from the model and the photo.
"""

from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.why.explain import METHODS

TITLE = "cnnviz"
LAYERS_TAB = "Layers"
CHANNELS_TAB = "Channels"
WHY_TAB = "Why"
COMPARISON_TAB = "Two photos"
NETWORK_TAB = "The network"
NEWS = "A new version of the model is in. What you see is still the earlier one's."
NEWS_BUTTON = "Show mine with the new one"

PHOTO = f"Your photo (at most {MAX_MEGABYTES} MB)"
CHANGE = "Choose your photo"
NO_PHOTO = "No photo. Still shown: the last one. Drop another to go on."
FILES_CHANGED = (
    "The model's files have changed since the page was started, so this cannot be shown any more. "
    "Whoever serves it has to start it again."
)
STILL_THE_LAST = "Still shown: the last photo."
TOWER = "Tower"

SAW = "The brightest square of {layer} saw this."
SAW_MOST = "The most active unit of {layer} saw this."
SAW_NOTHING = "{layer} is silent: all its units are zero."
SAW_NEGATIVE = "No unit of {layer} is above zero."

ALSO_WEIGHED = "It is also {note}."
"""Said beside the box of what a unit saw, where the box leaves something out."""

READING_HEADING = "How to read this"
COLORS = "Colours"
BRIGHTNESS = "Brightness"
SCALE_NAMES = {"channel": "each channel", "layer": "whole layer"}
NUM_PARAMETERS = "{number} parameters"
CLOSE = "Close"
FIND_LAYER = "Find a layer"
BLOCK, BLOCKS = "1 block", "{number} blocks"
BLOCK_NUMBER = "Block {number}"
"""How a block of a long network is called, counted from 1."""

# The API: of each parameter its name and what it takes

PREDICT = (
    "Tells what the network takes a photo for, without any pictures: the most probable class, and the probabilities of "
    "the most probable ones, in [0, 1], in the order of the model's classes. Those of all classes add up to 1, unless "
    "the network answers each class on its own, with yes or no: then those above 0.5 are its answer."
)
VISUALIZE = (
    "Shows what every layer makes of a photo: the answer; one indexed PNG per layer, with a caption; and statistics of "
    "the layers. Of each channel, too, and with the range of values that each tile shows, if 'channels' are asked for."
)
CHANNEL = (
    "Looks into one channel of one layer: a PNG of its feature map, large; its statistics, its histogram and its "
    "strongest unit; of a convolution its kernel; of the layer that feeds the last one what the unit adds to the logit "
    "of the answer. If row and column of a unit are given, also its activation, the part of the picture that it sees, "
    "and of a convolution the arithmetic that led to it."
)
ABLATE = "Asks the network again with some channels switched off: the answer with and without them."
EXPLAIN = (
    "Tells where in a photo the network finds what speaks for a class: a PNG of the map over what the network saw, and "
    "its raw values with their sum and the size of a cell. If asked, also how far to trust it: whether other methods "
    "agree, whether covering what it marks changes the answer more than chance, and whether it changes when the "
    "network's weights are shuffled."
)
TRACE = (
    "Follows the answer, or one unit, back to what added most to it, to what made that, and so on to the pixels: a PNG "
    "of that way; and each step with its terms, which add up with all others and the bias to the network's own number. "
    "It is a way, not the reason."
)
COMPARE = (
    "Finds the channels of a layer that tell two photos apart: a PNG of those that do most, each on the first photo, "
    "on the second, and the difference; both answers; and all channels, the most telling first. A channel's score is "
    "its mean activation on the second photo minus that on the first, as a share of the layer's largest mean: where in "
    "the photos it is active plays no part."
)
SURVEY = (
    "Tells what a whole data set says of the network: without a layer, how many photographs there were, of which "
    "classes, and what they were called; with a layer, numbers of all its channels, among them how well each alone "
    "tells the classes apart; with a channel, all of it, also quantiles, histograms and the strongest photographs. It "
    "tells nothing if the model has no survey."
)
MODEL_ENDPOINT = (
    "Tells which model answers: where it came from, with its version, and why if it is not the one that was asked for; "
    "its classes and its layers."
)
IMAGE_PARAMETER = (
    "Photo",
    f"A photo of at most {MAX_MEGABYTES} MB: an uploaded file, by its path or its address on this server, or a data: "
    "URL. Pictures elsewhere in the web are not fetched.",
)
OTHER_PARAMETER = "Other photo", "The second photo, sent like the first."
COMPARED_PARAMETER = "Layer", "Name of a layer; none for the last convolution."
COLORMAP_PARAMETER = "Colours", "Name of a matplotlib colour map."
SCALE_PARAMETER = "Brightness", "Measured against each channel's own maximum ('channel') or the layer's ('layer')."
LAYERS_PARAMETER = (
    "Layers",
    "Names of layers; none for all, of a network of more than 16 layers for the last of each block.",
)
TOP_PARAMETER = "Classes", "How many of the most probable classes; none for all."
STATISTICS_PARAMETER = "Statistics", "'summary' (of layers) or 'channels' (of each channel, too)."
LAYER_PARAMETER, CHANNEL_PARAMETER = ("Layer", "Name of a layer."), ("Channel", "Index of a channel, from 0.")
ROW_PARAMETER, COLUMN_PARAMETER = ("Row", "Row of a unit, from 0; none for no unit."), ("Column", "Its column, from 0.")
WITHOUT_PARAMETER = "Without", 'Indices of channels to switch off, by layer: {"conv2d_3": [17, 40]}.'
METHOD_PARAMETER = "Method", f"One of {', '.join(METHODS)}."
CLASS_PARAMETER = "Class", "Name of a class; none for the most probable."
READ_PARAMETER = "Layer", "Name of the layer to read, for methods that read one; none for the last map."
TRACED_PARAMETER = "Layer", "Name of the layer of the unit to begin with; none for the answer."
SURVEYED_PARAMETER = "Layer", "Name of the layer; none for the data set and the answers."
DEPTH_PARAMETER = "Depth", "How many steps to go back, from 0; none for all the way, to the pixels."
BRANCHES_PARAMETER = "Branches", "How many terms of each step to follow, from 1."
TRUST_PARAMETER = "Trust", "Whether to find out how far to trust the map, which takes some seconds."
SEEN = "Your photo, squeezed to {width}×{height} pixels."  # noqa: RUF001  # the sign of multiplication is meant
SEEN_WHOLE = "Your photo, resized to {width}×{height} pixels."  # noqa: RUF001
SEEN_CROPPED = "The middle of your photo, resized to {width}×{height} pixels: {cut} was cut away."  # noqa: RUF001
SEEN_PADDED = "Your whole photo between black bars: {width}×{height} pixels."  # noqa: RUF001
SEEN_GRAY = "It is turned grey: this network sees no colours."
FITS = {
    "stretch": "Any photo is squeezed to {width}×{height} pixels.",  # noqa: RUF001
    "crop": "Of any photo, the middle is resized to {width}×{height} pixels; what does not fit is cut away.",  # noqa: RUF001
    "pad": "Any photo is resized to fit into {width}×{height} pixels; the rest is black bars.",  # noqa: RUF001
}
NUMBERS = "The network gets numbers from {lowest} to {highest}."
BLACK_TO_WHITE = "The network gets numbers from {lowest} for black to {highest} for white."
COLOR_BY_COLOR = "The network gets numbers from {lowest} to {highest}, on a scale of its own for each colour."
