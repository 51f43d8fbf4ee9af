"""Words of what is said of layers: stages, findings, numbers."""

RECOGNISABLE_UNTIL = (
    "Your photo can be recognised up to {last}. From {next} on, the layers look hardly more like it than like other "
    "photos."
)
RECOGNISABLE_TO_THE_END = "Your photo can be recognised up to the last layer that has places."
ROW_SEEN = ("a unit sees, px", "How many pixels of the picture can change the value of one unit.")
SEEN_WITHOUT_GATES = (
    "Where the whole picture also decides how much of a channel goes on, as a gate does, that is not counted."
)
STRIP_SEES = (
    "one square sees",
    "How many pixels of the picture can change one square of the layer's map: a dot at first, most of the photo later.",
)
STRIP_SQUARES = ("squares", "How many places the layer tells apart; “1×1” has no places left.")  # noqa: RUF001
STRIP_TELLS = (
    "right if asked here",
    "How often this layer alone, read in the simplest way, is right on photos that were kept for testing. Guessing is "
    "right on {guessing} of them.",
)
PIXELS = "{size} px"
ROW_RESOLUTION = ("resolution", "How many places the layer tells apart; “1×1” has no places left.")  # noqa: RUF001
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
EDGES = "Edges"
"""The title of the first stage where the network sees no colours."""
LARGER_PARTS = "One number per place: is something like a larger part of what this network knows here?"
LARGER_PARTS_OF_ANIMALS = (
    "One number per place: is something like an ear, an eye or a paw here? Never the whole animal."
)
"""Said of networks that tell cats from dogs."""
FOUND_HERE = "Bright means found here."
STILL_RECOGNISABLE = "You can still recognise your photo."
FLAT_AREAS_DARK = "Outlines and textures show; flat areas are darker."
PICTURE_FADES = "The picture fades; places remain."
MORE_SILENT = "More channels stay silent: nothing on this photo excites them."
POOLING = "Pooling keeps the strongest of every {side}×{side}: same tiles, {share} of the numbers."  # noqa: RUF001
SHARES, SHARE = {2: "a quarter"}, "1/{parts}"
SUM = "{layer} adds up what came along several ways, number by number: {names}."
SUM_WITH_PAST = "{layer} adds what a block made to what went past it, number by number: {names}."
PRODUCT = "{layer} multiplies its branches, number by number: one weighs the other."
GATE = "{layer} is a gate: the whole picture decides how much of each channel goes on."
JOIN = "{layer} puts the channels of its branches side by side."
NORMALIZATION = "{layer}, a normalization, scales and shifts each channel, the same at every place."
NORMALIZATION_BY_PHOTO = "{layer}, a normalization, scales the numbers by what it measures in them on this photo."
ACTIVATION_RELU = "{layer}, an activation alone, turns everything below zero into zero."
ACTIVATION = "{layer}, an activation alone, puts every number through {function}."
ACTIVATION_SHARES = "{layer}, an activation alone, turns numbers into shares that add up to 1."
WEIGHING_TITLE = "Weighing the evidence"
WEIGHING = "{before} numbers become {after}."
WHOLE_PHOTO = "{layer} is the first layer that looks at the photo as a whole."
ANSWER_TITLE = "The answer"
ONE_SUM = "One sum, squeezed between 0 and 1: {percent} {label}, which leaves {rest} {other}."
MANY_SUMS = "One sum for each class, turned into shares of 100%: {percent} {label}."
MANY_YES = "One sum for each class, each squeezed between 0 and 1 on its own: {percent} {label}."
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
