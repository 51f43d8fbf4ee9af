"""Words of the tab on the network itself."""

EVIDENCE_HEADING = "From edges to evidence"
EVIDENCE_NEUTRAL_HEADING = "What each layer makes of your photo, in numbers"
"""The heading used when the numbers do not show that the picture fades and evidence takes its place."""
EVIDENCE_BARS = "Longer bars stand for more. Of two bars, the upper is for your photo, the lower, grey one for others."
EVIDENCE_PROBE_BARS = "The bars of what tells the classes apart begin at guessing."
EVIDENCE_READING = "What the columns mean"
KERNELS_HEADING = "What the first layer looks for"
KERNELS_SUMMARY = (
    "{layer} has {number} kernels: small patterns, each of which is laid over every place of the picture. "
    "Mostly an edge: {edge}. Mostly a colour: {color}. Mostly brightness: {brightness}. A mix: {mix}."
)
KERNELS_SUMMARY_GRAY = (
    "{layer} has {number} kernels: small patterns, each of which is laid over every place of the picture. "
    "Mostly an edge: {edge}. Mostly brightness: {brightness}. A mix: {mix}."
)
KERNELS_GRAY = (
    "Middle grey is zero. Where a square is brighter than that, the kernel wants more light at that place, where it is "
    "darker, less. A kernel is named where one thing makes up more than {share} of it (of the sum of its squared "
    "numbers): brightness, the same everywhere, or an edge, whose bright side the arrow points to. A mix may have a "
    "little of each, or lines and spots. Click a kernel for its channel."
)
KERNELS = (
    "Middle grey is zero. Where a square is brighter than that, the kernel wants more of that colour at that place, "
    "where it is darker, less. A kernel is named where one thing makes up more than {share} of it (of the sum of its "
    "squared numbers): brightness or a colour, the same everywhere, or an edge, whose bright side the arrow points to. "
    "A mix may have a little of each, or lines, spots, and edges between colours. Click a kernel for its channel."
)
KERNELS_CUT = "Here are the first {shown}."
KERNEL_LABELS = {"edge": "edge", "color": "colour", "brightness": "brightness", "": "mix"}
DIRECTIONS = (
    ("→", "bright at the right"),
    ("↗\ufe0e", "bright at the top right"),
    ("↑", "bright at the top"),
    ("↖\ufe0e", "bright at the top left"),
    ("←", "bright at the left"),
    ("↙\ufe0e", "bright at the bottom left"),
    ("↓", "bright at the bottom"),
    ("↘\ufe0e", "bright at the bottom right"),
)
"""Arrows and their texts, counter-clockwise from the right.

The character behind some arrows keeps phones from drawing coloured signs.
"""
NETWORK_HEADING = "{num_layers} layers, {num_parameters} parameters"
DIAGRAM = (
    "From left to right, the values of each layer: a block is as tall as the layer's maps, and the more channels, the "
    "wider. Layers without maps are drawn as lines; the longer the line, the more values."
)
DIAGRAM_OF_STAGES = (
    "From left to right, each stripe is a layer, coloured by what it does. It is a step lower where its maps have half "
    "as many rows and columns. Lines above lead past layers, as in a residual block; what is below weighs channels, as "
    "a gate does. Choose a stage, or a block in it, to see its layers."
)
LAYER, LAYERS = "1 layer", "{number} layers"
ROLES = {
    "convolution": "convolution",
    "pooling": "pooling",
    "normalization": "normalization: scales and shifts the numbers",
    "activation": "activation: one function for every number",
    "sum": "sum of branches",
    "product": "product of branches: one weighs the other",
    "join": "branches side by side",
    "dense": "dense: weighted sums",
    "other": "others",
}
"""What layers do, beside the colours of the diagram, by role."""
TABLE = (
    "Parameters are the numbers that a layer learned from photographs. What one of its units sees grows from layer to "
    "layer: so many pixels of the picture can change its value."
)
TABLE_HEADINGS = ("Layer", "Kind", "Gives", "Parameters", "A unit sees, in pixels")
TABLE_UNITS = ("", "", "parameters", "px seen")
"""What numbers are, where there is no room for headings above them."""
ATLAS_HEADING = "What each channel looks for"
ATLAS_BEGAN = (
    "These pictures are synthetic: computed, not photographed. Each began as noise, and was changed in small steps "
    "until it excited one channel as strongly as could be found."
)
ATLAS_BELOW = (
    "Below each stand the channel's number and the activation that the picture reaches. Choose one to see what that "
    "channel makes of your photo."
)
ATLAS_GRAY = f"{ATLAS_BEGAN} {ATLAS_BELOW}"
ATLAS = f"{ATLAS_BEGAN} Their colours are glaring, since nothing asks them to look like a photo. {ATLAS_BELOW}"
ATLAS_LAYER = "Channels: {num_channels}. Each picture has {height}×{width} pixels{scaled}{seen}."  # noqa: RUF001
ATLAS_SCALED = ", drawn {scale} times as large"
ATLAS_WHOLE = ": all that one number of this layer can see of a photo"
ATLAS_PART = ": the middle of what one number of this layer can see of a photo"
ATLAS_TILE = "{layer}, channel {channel}: reaches {reached}"
ATLAS_SILENT = "{layer}, channel {channel}: nothing was found that excites it"
ATLAS_MORE, ATLAS_CUT = "The other {number}", "The next {number}; all others stand beside their channels"
CHARTS_HEADING = "How it learned, and how well it does"
CARD_HEADING = "The model's card"
SURVEY_HEADING = "What {number} photographs tell of its channels"
SURVEY_TEXT = "A whole data set went through the network; only numbers of it are kept."
SURVEY_TEXT_SHOWN = (
    "A whole data set went through the network; numbers of it are kept, and the photographs that stand out ({licence})."
)
SURVEY_RIGHT = "{share} of them are called what they are."
SURVEY_SUMMARY = "Which channels tell the classes apart, which do nearly the same, and which never react"
SURVEY_TOLD = (
    "Layer",
    "Channels",
    "Tell the classes apart best (1 is always, 0.5 is guessing)",
    "Do nearly the same",
    "Zero on every photograph",
)
SURVEY_UNTOLD = ("Layer", "Channels", "Vary most between photographs", "Do nearly the same", "Zero on every photograph")
SURVEY_MORE = "and {number} more"
