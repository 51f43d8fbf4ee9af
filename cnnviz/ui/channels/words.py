"""Words of the channel explorer."""

from cnnviz.ui.words import BRIGHTNESS, CLOSE, COLORS, FIND_LAYER, SCALE_NAMES

CHANNELS = {
    "settings": "What is shown, and how",
    "layer": "Layer",
    "find_layer": FIND_LAYER,
    "order": "Order",
    "orders": [
        ("index", "by number"),
        ("max", "highest peak first"),
        ("mean", "highest mean first"),
        ("zeros", "most zeros first"),
        ("effects", "strongest pull on the answer first"),
        ("gray", "about colour first"),
        ("telling", "tells classes apart first"),
    ],
    "follow": "Follow it back",
    "more": "More: find a number, hide silent ones, colours, brightness",
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
    "caption": "{name} · {text}. Silent: {silent} of {num_channels} {unit}s.",
    "caption_one": "{name} · {text}.",
    "computing": "Asking the network once for each of them …",
    "effects": "Below each: how much evidence for {class} is lost if this one alone is switched off; below zero, won.",
    "losses": "Below each: how much of it is gone without colours. It keeps the brightness that it has in colour.",
    "telling": "Below each: how often it alone tells a photograph of the class that it knows best from one of another, "
    "on {number} photographs. 50% is guessing.",
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
    "switch_hint": "While “Switch off by clicking” is pressed, a click on a tile switches its channel off, and the "
    "network answers again without it. So does the key X on a tile.",
    "invert": "All but these",
    "reset": "All on again",
    "off": "Off: {list}",
    "many": "{number} of them",
    "asking": "Asking the network again …",
    "strongest": "Switch off the ten strongest",
    "strongest_none": "No channel of {name} speaks for {class}.",
    "evidence_of": "Evidence for {name}",
    "evidence_change": "{before} with all channels, {after} without these. The percentage is made of it.",
    "without": "Without these",
    "same_label": "The answer stays {label}.",
    "other_label": "The answer turns from {original_label} to {label}.",
    # One channel
    "title": "{layer} · {unit} {channel}",
    "previous": "Previous",
    "next": "Next",
    "switched_off": "Switched off",
    "link": "Link to this",
    "close": CLOSE,
    "large": "Each square is one place. Click one, or choose with the arrow keys and Enter, to see its arithmetic.",
    "large_map": "Each square is one place. Point at one, or choose with the arrow keys, to see what it saw.",
    "large_unit": "A single unit: it has no places.",
    "map_label": "Map of {channel}: {rows} rows and {columns} columns. Arrow keys choose a square.",
    "opacity": "Opacity",
    "original": "On the original photo",
    "overlay": "Each square lies at the centre of what it saw; the box is all that it saw.",
    "overlay_gated": "Each square lies at the centre of what it saw; the box is what its place saw. It is also {note}.",
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
    "bars": "{count} photographs from {from} to {to}",
    "favourite_alt": "What it saw of {text}",
    "looks_for_nothing": "No picture was found that excites it.",
    "kernel": "The kernel of channel {channel}",
    "kernel_colors": "Its kernel: laid over each place of the picture, it answers where the colours match. Beside it, "
    "its weights for each colour: red adds, blue takes away. Bias {bias}.",
    "kernel_gray": "Its kernel: laid over each place of the picture, it answers where bright and dark match. Red adds, "
    "blue takes away. Bias {bias}.",
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

DATA_SET_HEADING = "On {number} photographs"
EXAMPLES_HEADING = "On the example photos of this page"
ALL, OTHERS = "all photographs", "all others"
MEASURES = ("peak", "mean")
PLACE = "The line is this photo's highest value: higher than on {share} of them."
TELLS = "Of one photograph of {name} and one of {other}, its {measure} is higher on {name} {share} of the time."
TELLS_AGAINST = "Of one photograph of {name} and one of {other}, its {measure} is lower on {name} {share} of the time."
HARDLY = "Alone, it hardly tells the classes apart."
DEAD = "It is zero everywhere on all of them: a dead channel."
TWIN = "Channel {channel} does nearly the same (correlation {correlation})."
FAVOURITES = (
    "Real photographs ({licence}) that excite it most. Above, what its most excited square saw, enlarged; below, where."
)
FAVOURITES_EXAMPLES = (
    "Real: of this page's example photos, those that excite it most. Above, what its most excited square saw, "
    "enlarged; below, where."
)
FAVOURITES_NONE = "None of this page's example photos excites it."

FILM_HEADING = "How this channel learned"
FILM_PHOTO, FILM_PHOTO_GRAY = "your photo", "your photo in black and white"
FILM_TEXT = (
    "Its map of {photo} at {number} moments of the training, each on its own scale, and what the network answered then."
)
FILM_LARGEST = "at most {value}"
