"""All the words on the page. Numbers and class names are filled in from the model and the photo."""

from cnnviz.image import MAX_MEGABYTES

TITLE = "cnnviz"
TAGLINE = "See what every layer of a neural network makes of your photo."
MODEL = "Model: {name}, {quality}"
VERSION, SAVED = "{name}, version {version}", " of {date}"
EMBEDDED_MODEL = "the embedded one"
UNNAMED_MODEL = "yours"
QUALITY = "right on {accuracy} of test photos"
UNMEASURED = "not measured yet"
INSTEAD_EMBEDDED = "The model that belongs here cannot be had at the moment. The embedded one answers until it can."
INSTEAD_CACHED = "The newest version cannot be had at the moment. The last one that was fetched answers until it can."
NEWS = "A new version of the model is in. What you see is still the earlier one's."
NEWS_BUTTON = "Show mine with the new one"

# The photo and its answer

PHOTO = f"Your photo (at most {MAX_MEGABYTES} MB)"
CHANGE = "Choose your photo"
NO_PHOTO = "No photo. Still shown: the last one. Drop another to go on."
STILL_THE_LAST = "Still shown: the last photo."
SEEN_HEADING = "What the network sees"
SEEN = "Your photo, squeezed to {width}×{height} pixels."  # noqa: RUF001  # the sign of multiplication is meant
UNSEEN = "The shaded edge never reaches the answer."
ANSWER_HEADING = "Its answer"
RELIABILITY = "It was right on {num_right} of the {num_photos} test photos where it was about this sure."
HONESTY = "It can only answer {classes}. Show it anything else, and it still picks one: {invitation}."
TRY_THE_TOWER, TRY_IT = "try the tower", "try it"
TOWER = "Tower"
LOOK_FOR = "To look for: {text}"

# Examples, and what to look for in each

EXAMPLES = "Or try one of these"
EXAMPLE_PHOTOS = {
    "cheetah1.jpg": ("Cheetah", "the spots: fine outlines in the first layers, a few bright squares later."),
    "lion.jpg": ("Lion", "the mane: fine lines in the first layers, later little but its place."),
    "cheetah.jpg": ("Sprint", "the small animal: which squares of the deeper layers are bright?"),
    "tower.jpg": (TOWER, "a building, which gets an answer too. How sure is it, and how much is silent?"),
    "bus.png": ("Bus", "only 61×68 pixels, enlarged: how many channels of the deeper layers stay silent?"),  # noqa: RUF001
}
EXAMPLE_DRAWINGS = {
    "Star": "edges of every direction: in the first layer each channel answers to some of them.",
    "Colours": "all hues, equally bright: channels that vary along the circle answer to colour.",
    "Dot": "one red dot: it keeps its place, in ever larger squares, until the dense layers.",
}

# The strip

STRIP_HEADING = "The photo's journey"
STRIP_HINT = "Point at a tile to see what it saw. Click it for the whole layer."
STRIP_HINT_TOUCH = "Tap a tile to see what it saw, tap it again for the whole layer."
STRIP_PHOTO = "photo"
BRIGHT = "Bright squares: what the layer looks for was found here."
RECOGNISABLE_UNTIL = (
    "Your photo can be recognised up to {last}; from {next} on, the layers look less than twice as much like it as "
    "like others."
)
RECOGNISABLE_TO_THE_END = "Your photo can be recognised up to the last layer that has places."
SAW = "{layer}: its brightest square saw this."
SAW_MOST = "{layer}: its unit of the largest value saw this."
SAW_NOTHING = "{layer}: silent, all its units are zero."
SAW_NEGATIVE = "{layer}: no unit is above zero."
ROW_SEEN = ("a unit sees, px", "How many pixels of the picture can change the value of one unit.")
ROW_RESOLUTION = ("resolution", "How many places the layer tells apart; “1×1” has no places left.")  # noqa: RUF001
ROW_SILENT = ("silent", "The share of channels, or units, that are zero everywhere on this photo.")
ROW_LIKENESS = (
    "like photo / others",
    "How much the layer's maps still look like your photo's brightness or edges, from 0 to 1 (mean correlation over "
    "the active channels), and, after the stroke, how much they look like photos the network was not shown. Where the "
    "two are equal, your photo cannot be recognised any more.",
)
ROW_PROBE = (
    "tells {classes} apart",
    "How often the simplest possible reading of this layer alone, a weighted sum, is right on photos it was not "
    "fitted to. Guessing is right on {guessing} of them.",
)
CLASSES = "the classes"

# Layers

LAYERS_TAB = "Layers"
READING_HEADING = "How to read this"
READING = (
    "Each tile is one channel, each of its squares one unit. Bright means active, not important; the darkest colour "
    "is zero. The tiles are in no order. With “each channel”, compare shapes, not brightness: the bar under a tile "
    "says how strong it really is, compared with the strongest of the layer; a dotted bar is below 1%. Hatched: "
    "silent, zero everywhere on this photo."
)
READING_SIGNED = "Layers that can be negative are drawn in red above zero and in blue below it; white is zero."
READING_NUMBERS = "The numbers below the strip:"
COLORS = "Colours"
BRIGHTNESS = "Brightness"
SCALE_NAMES = {"channel": "each channel", "layer": "whole layer"}
DOWNLOAD_ALL = "Download all (ZIP)"
DOWNLOAD_LAYER = "Download this layer"
FULL_SCREEN = "Full screen"
EXCITED_MOST = "What excited it most"
PATCH = "channel {channel}"
NUM_PARAMETERS = "{number} parameters"

STAGES = (
    (
        0.04,
        "Edges and colours",
        "Each tile is one channel: a small pattern looked for everywhere.",
    ),
    (0.09, "Corners and textures", "Channels now combine channels."),
    (0.20, "Small parts", "Each number now stands for a place as large as a small part."),
    (0.50, "Larger parts", ""),
    (1.00, "Large areas", "Each number has seen a large part of the picture."),
)
"""Up to which share of the picture a unit sees, what such a stage looks for, and in which words it is explained."""

LARGER_PARTS = "One number per place: is something like {parts} here? Never the whole {whole}."
PARTS_OF_ANIMALS = ("an ear, an eye or a paw", "animal")
PARTS_OF_ANYTHING = ("a larger part", "object")
FOUND_HERE = "Bright means found here."
STILL_RECOGNISABLE = "You can still recognise your photo."
FLAT_AREAS_DARK = "Outlines and textures show; flat areas are darker."
PICTURE_FADES = "The picture fades; places remain."
MORE_SILENT = "More channels stay silent: nothing on this photo excites them."
POOLING = "Pooling keeps the strongest of every {side}×{side}: same tiles, {share} of the numbers."  # noqa: RUF001
SHARES, SHARE = {2: "a quarter"}, "1/{parts}"
WEIGHING_TITLE = "Weighing the evidence"
WEIGHING = "{before} numbers become {after}."
WHOLE_PHOTO = "{layer} is the first layer that looks at the photo as a whole."
ANSWER_TITLE = "The answer"
ONE_SUM = "One sum, squeezed between 0 and 1: {percent} {label}, which leaves {rest} {other}."
MANY_SUMS = "One sum for each class, turned into shares of 100%: {percent} {label}."

# The view of one picture

VIEWER = "Picture"
ZOOM_IN, ZOOM_OUT, FIT, DOWNLOAD, CLOSE = "Zoom in", "Zoom out", "Fit", "Download", "Close"

# The network

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

# The API

PREDICT = (
    "Tells what the network takes a photo for, without any pictures: the most probable class, and every class's "
    "probability, in [0, 1]."
)
VISUALIZE = (
    "Shows what every layer makes of a photo: the answer; one indexed PNG per layer, with a caption; and the "
    "statistics of every layer and channel, with the range of values that each tile shows."
)
MODEL_ENDPOINT = (
    "Tells which model answers: where it came from, with its version, and why if it is not the one that was asked for; "
    "its classes and its layers."
)
IMAGE_PARAMETER = f"A photo: an uploaded file of at most {MAX_MEGABYTES} MB, never a web address"
COLORMAP_PARAMETER = "Colours: the name of a matplotlib colour map"
SCALE_PARAMETER = "Brightness: 'channel' (each to its own maximum) or 'layer'"
LAYERS_PARAMETER = "Names of layers; none for all"
