"""All the words on the page. Numbers and class names are filled in from the model and the photo."""

from cnnviz.picture.image import MAX_MEGABYTES
from cnnviz.why.explain import METHODS

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
    "shepherd.jpg": ("Dog", "the outline: fine lines in the first layers, a few bright squares later."),
    "kitten.jpg": ("Kitten", "the plain blanket: evenly bright in many early channels, dark in the last ones."),
    "chelsea.jpg": ("Cat", "eyes and stripes: fine lines in the first layers, scattered bright squares later."),
    "cheetah1.jpg": ("Cheetah", "the spots: fine outlines in the first layers, a few bright squares later."),
    "tower.jpg": (TOWER, "a building, which gets an answer too. How sure is it, and how much is silent?"),
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
LOOK_CLOSER = "Look closer"
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
"""For each kind of stage: the largest share of the picture that a unit sees, its title, and its explanation."""

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

VIEWER = {
    "title": "Picture",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "fit": "Fit",
    "download": "Download",
    "close": "Close",
}

# Channels

CHANNELS_TAB = "Channels"
CHANNELS = {
    "settings": "What is shown, and how",
    "layer": "Layer",
    "order": "Order",
    "orders": [
        ("index", "by number"),
        ("max", "highest peak first"),
        ("mean", "highest mean first"),
        ("zeros", "most zeros first"),
        ("effects", "strongest pull on the answer first"),
        ("gray", "about colour first"),
    ],
    "find": "Find number",
    "hide_silent": "Hide silent",
    "gray": "Black and white",
    "colors": COLORS,
    "brightness": BRIGHTNESS,
    "scales": [*((key, text) for key, text in SCALE_NAMES.items()), ("fixed", "fixed")],
    "up_to": "brightest at",
    "clip": "Clip at",
    "clip_title": "Everything above this share of the range takes the brightest colour, so that weak places show.",
    "show": "Show",
    "shows": [("contribution", "what each adds to the answer"), ("activation", "activations")],
    "seen_alt": "Your photo, as the network sees it",
    "hint": "Point at a tile to see what one of its squares saw. Point at the photo to see which squares see a place.",
    "hint_touch": "Tap a tile to look into it. Draw a finger over the photo to see which squares see a place.",
    "loading": "{name}: fetching all its channels …",
    "lost": "This layer could not be fetched. Choose it again.",
    "gone": "This photo is not kept any more. Choose it again to go on.",
    "caption": "{name} · {text}. {silent} of {num_channels} {unit}s are silent.",
    "caption_one": "{name} · {text}.",
    "computing": "Asking the network once for each of them …",
    "effects": "Below each: how much the evidence for {class} falls when this one alone is switched off.",
    "losses": "Below each: how much of it is gone without colours. It keeps the brightness that it has in colour.",
    "tile": "{unit} {channel}, highest {max}, {zeros} zeros",
    "tile_silent": "{unit} {channel}, silent",
    "tile_off": ", switched off",
    "tiles": "The {unit}s of this layer",
    "sight": "Your photo, as the network sees it. The arrow keys choose a place, and tell which squares see it.",
    "reading_map": "{unit} {channel}, row {row}, column {column}: {value}.",
    "reading_unit": "{unit} {channel}: {value}.",
    "evidence": "The stronger its colour, the more a unit adds: {first} for {class}, {second} against it.",
    "evidence_colors": [["orange", "purple"], ["purple", "orange"]],
    "evidence_signed": ["red", "blue"],
    "adds": "It adds {value} to the evidence for {class}.",
    "seen_by": "Pixel {x}, {y}: seen by {down}×{across} squares of every tile, lit up.",  # noqa: RUF001
    "unseen": "Pixel {x}, {y}: no square of this layer sees it.",
    "trouble_layer": "The link asks for the layer “{name}”, which this network does not have. Here is its first layer.",
    "trouble_channel": "{name} has no number {number}: they go from 0 to {last}.",
    "trouble_hidden": "{unit} {number} of {name} is silent, and silent ones are hidden.",
    "trouble_switch": "{name} gives the answer: it cannot be switched off.",
    "trouble_no_layer": "The link names a channel, but not the layer that it is in. Here is the first layer.",
    # Switching off
    "switches": "Switch channels off",
    "switch_mode": "Switch off by clicking",
    "switch_hint": "While this is pressed, a click on a tile switches its channel off: the network answers again "
    "without it. The key X does the same.",
    "invert": "All but these",
    "reset": "All on again",
    "off": "Off: {list}",
    "many": "{number} of them",
    "asking": "Asking the network again …",
    "with_all": "With all channels",
    "without": "Without these",
    "same_label": "The answer stays {label}.",
    "other_label": "The answer turns from {original_label} to {label}.",
    # One channel
    "title": "{layer} · {unit} {channel}",
    "previous": "Previous",
    "next": "Next",
    "switched_off": "Switched off",
    "link": "Link to this",
    "close": VIEWER["close"],
    "large": "Each square is one place. Click one, or choose with the arrow keys and Enter, to see its arithmetic.",
    "large_map": "Each square is one place. Point at one, or choose with the arrow keys, to see what it saw.",
    "large_unit": "A single unit: it has no places.",
    "map_label": "Map of {channel}: {rows} rows and {columns} columns. Arrow keys choose a square.",
    "opacity": "Opacity",
    "original": "On the original photo",
    "overlay": "Each square lies at the centre of what it saw; the box is all that it saw.",
    "reading": "Row {row}, column {column}: {value}",
    "value": "Its value: {value}",
    "silent": "Silent: zero everywhere on this photo.",
    "min": "Lowest",
    "max": "Highest",
    "mean": "Mean",
    "zeros": "Zeros",
    "histogram": "How many squares have which value, from {from} to {to}. Heights are square roots: few still show.",
    "bin": "{count} from {from} to {to}",
    "looks_for": "Looks for this: a synthetic picture of {height}×{width} pixels, computed and not photographed. "  # noqa: RUF001
    "Shown it, the channel reaches {reached}; on this photo, {max}.",
    "looks_for_nothing": "No picture was found that excites it.",
    "kernel": "The kernel of channel {channel}",
    "kernel_colors": "Its kernel: laid over each place of the picture, it answers where the colours match. Beside it, "
    "its weights for each colour: red adds, blue takes away. Bias {bias}.",
    "kernel_strongest": "Its kernel has {number} slices, one for each channel that it looks at. Here are the "
    "{shown} with the largest weights: red adds, blue takes away. Bias {bias}.",
    "kernel_slices": "Its kernel has {number} slices, one for each channel that it looks at: red adds, blue takes "
    "away. Bias {bias}.",
    "kernel_slice": "Its kernel looks at a single channel: red adds, blue takes away. Bias {bias}.",
    "all_colors": "all colours",
    "colors_of_light": ["red", "green", "blue"],
    "color": "{name}",
    "input": "channel {input}",
    "arithmetic": "How row {row}, column {column} came by its value",
    "arithmetic_all": "What lies under the kernel, times the kernel, added up:",
    "arithmetic_some": "What lies under the kernel, times the kernel, added up. Here are the {shown} channels before "
    "that matter most at this place:",
    "others": "{number} others",
    "bias": "bias",
    "total": "sum",
    "through": "through {name}",
    "unchanged": "its value",
    # The last step
    "sum": "What {layer} adds up to: each unit's activation times its weight, for {class}. This is the whole last "
    "step.",
    "sum_unit": "{kind} {unit}",
    "sum_others": "{number} others together",
    "sum_silent": "{number} silent ones",
    "sum_bias": "bias",
    "total_sigmoid": "Together {logit}, the evidence for {class}. Squeezed between 0 and 1: {percent} {class}.",
    "total_softmax": "Together {logit}, the evidence for {class}. Compared with the other classes: {percent} {class}.",
}
"""Words of the channel explorer, under the names that its scripts use; the scripts fill in {names}."""

# Why

WHY_TAB = "Why"
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
    "methods": "Methods",
    "layer": "Layer",
    "other": "Compare {label} with",
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
MAP_SUM_OF_STRENGTHS = "It adds up to {sum}."
MAP_CELL = "Each cell stands for {height}×{width} of the {rows}×{columns} pixels that the network saw."  # noqa: RUF001
MAP_CELL_IS_PIXEL = "Each cell is one of the {rows}×{columns} pixels that the network saw."  # noqa: RUF001
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

# Two photos

COMPARISON_TAB = "Two photos"
COMPARISON = {
    "first": "Your photo",
    "second": "The other photo",
    "seen": "as the network sees it",
    "answer": "The answer: {label}",
    "choose": "Choose another photo",
    "chooser": "The other photo: drop or paste one here, choose a file or an example",
    "drop": "Drop a photo here, or click here and paste one.",
    "examples": "Or take an example:",
    "settings": "What is compared",
    "layer": "Layer",
    "order": "Ranked by",
    "orders": [("contribution", "what it adds to the answer"), ("mean", "mean activation")],
    "reading": READING_HEADING,
    "explain": "Each entry is one channel three times: on your photo, on the other, and the difference. The two maps "
    "share their colours: equally bright means equally active. In the difference, red means more in the other photo, "
    "blue more in yours, white the same. The two photos are not aligned: what is at a place of one is elsewhere in the "
    "other, so that places differ anyway. What tells photos apart is how active a channel is, wherever: its mean. "
    "Point at a map to read its values. Click it to look into the channel on your photo.",
    "asking": "Asking the network …",
    "loading": "{layer}: fetching both photos' channels …",
    "lost": "This layer could not be fetched. Choose it again.",
    "gone": "One of the photos is not kept any more. Choose it again to go on.",
    "still": "Still shown: the last photo.",
    "ranked_mean": "{layer}: {differ} of {all} {unit}s differ in their mean. Those that differ most come first.",
    "ranked_contribution": "{layer}: what each {unit} adds to the evidence for {class}, on the other photo compared "
    "with yours. Together {total}: that is all by which the evidence for {class} differs.",
    "equal": "{layer}: no difference. Every {unit} has the same mean on both photos.",
    "title": "{unit} {channel}",
    "more": ["higher mean: yours", "higher mean: other", "equal means"],
    "adds": "{value} for {class}",
    "place": "row {row}, column {column}",
    "columns": ["yours", "other", "difference"],
    "show_all": "Show all {number}",
}
"""Words of the tab of two photos, under the names that its scripts use; the scripts fill in {names}."""

# The network

NETWORK_TAB = "The network"
EVIDENCE_HEADING = "From edges to evidence"
EVIDENCE_NEUTRAL_HEADING = "What each layer makes of your photo, in numbers"
"""The heading used when the numbers do not show that the picture fades and evidence takes its place."""

KEEPS_THE_PICTURE = (
    "Early layers keep the picture: the maps of {first} are like your photo by {own}, and like others by "
    "{others} (a perfect copy would be 1). In {last} it is {own_left} and {others_left}: hardly more like "
    "yours than like any."
)
MORE_ZEROS = "On the way, more becomes zero: {before} of the numbers of {first}, and {after} of those of {last}."
HOLDS_EVIDENCE = (
    "Deep layers hold the evidence: the simplest reading of {first} alone is right on {before} of photos, of {last} "
    "alone on {after}. Guessing is right on {guessing}."
)
ROW_ZEROS = ("zeros", "The share of all the layer's numbers that are exactly zero on this photo.")
EVIDENCE_BARS = "Longer bars stand for more. Of two bars, the upper is for your photo, the lower, grey one for others."
EVIDENCE_PROBE_BARS = "The bars of what tells the classes apart begin at guessing."
EVIDENCE_READING = "What the columns mean"

KERNELS_HEADING = "What the first layer looks for"
KERNELS_SUMMARY = (
    "{layer} has {number} kernels: small patterns, each of which is laid over every place of the picture. "
    "Mostly an edge: {edge}. Mostly a colour: {color}. Mostly brightness: {brightness}. A mix: {mix}."
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
    "From left to right, what each layer gives: a block is as tall as the layer's pictures, and the wider the more "
    "channels it has. A layer without pictures is a line, the longer the more numbers it gives."
)
TABLE = (
    "Parameters are the numbers that a layer learned from photographs. What one of its units sees grows from layer to "
    "layer: so many pixels of the picture can change its value."
)
TABLE_HEADINGS = ("Layer", "Kind", "Gives", "Parameters", "A unit sees, in pixels")
ATLAS_HEADING = "What each channel looks for"
ATLAS = (
    "These pictures are synthetic: computed, not photographed. Each began as noise, and was changed in small steps "
    "until it excited one channel as strongly as could be found. Their colours are glaring, since nothing asks them to "
    "look like a photo. Below each stand the channel's number and the activation that the picture reaches. Choose one "
    "to see what that channel makes of your photo."
)
ATLAS_LAYER = "Channels: {num_channels}. Each picture has {height}×{width} pixels{scaled}{seen}."  # noqa: RUF001
ATLAS_SCALED = ", drawn {scale} times as large"
ATLAS_WHOLE = ": all that one number of this layer can see of a photo"
ATLAS_PART = ": the middle of what one number of this layer can see of a photo"
ATLAS_TILE = "{layer}, channel {channel}: reaches {reached}"
ATLAS_SILENT = "{layer}, channel {channel}: nothing was found that excites it"
ATLAS_MORE, ATLAS_CUT = "The other {number}", "The next {number}; all others stand beside their channels"
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
COMPARE = (
    "Finds the channels of a layer that tell two photos apart: a PNG of those that do most, each on the first photo, "
    "on the second, and the difference; both answers; and all channels, the most telling first. A channel's score is "
    "its mean activation on the second photo minus that on the first, as a share of the layer's largest mean: where in "
    "the photos it is active plays no part."
)
MODEL_ENDPOINT = (
    "Tells which model answers: where it came from, with its version, and why if it is not the one that was asked for; "
    "its classes and its layers."
)
IMAGE_PARAMETER = f"A photo: an uploaded file of at most {MAX_MEGABYTES} MB, never a web address"
OTHER_PARAMETER = "The second photo, sent like the first"
COMPARED_PARAMETER = "Name of a layer; none for the last convolution"
COLORMAP_PARAMETER = "Colours: the name of a matplotlib colour map"
SCALE_PARAMETER = "Brightness: 'channel' (each to its own maximum) or 'layer'"
LAYERS_PARAMETER = "Names of layers; none for all"
LAYER_PARAMETER, CHANNEL_PARAMETER = "Name of a layer", "Index of a channel, from 0"
ROW_PARAMETER, COLUMN_PARAMETER = "Row of a unit, from 0; none for no unit", "Column of the unit, from 0"
WITHOUT_PARAMETER = 'Indices of channels to switch off, by layer: {"conv2d_3": [17, 40]}'
METHOD_PARAMETER = "Method: " + ", ".join(METHODS)
CLASS_PARAMETER = "Name of a class; none for the most probable"
READ_PARAMETER = "Name of the layer to read, for methods that read one; none for the last convolution"
TRUST_PARAMETER = "Whether to find out how far to trust the map, which takes some seconds"
