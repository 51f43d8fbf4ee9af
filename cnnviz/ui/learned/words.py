"""Words of the part on how the network learned."""

from cnnviz.ui.words import FIND_LAYER

LEARNED = {
    "heading": "How it learned",
    "text": "A copy of the network was put aside at some moments of its training; early on more often, as most changes "
    "then. Move the slider: each copy looks at your photo. A step is one small correction of all its numbers, after "
    "some training photographs; an epoch is once through all of them.",
    "none": "No moment is recorded yet. The first one appears here by itself.",
    "moment": "Moment of the training",
    "play": "Play",
    "pause": "Pause",
    "next": "Next moment",
    "answer": "Its answer to your photo",
    "curve": "The probability of {name} at each of the {number} moments, from 0% at the bottom to 100% at the top; the "
    "mark is the one shown.",
    "curve_point": "{percent} at {title}",
    "computing": "Asking all {number} copies …",
    "measured": "How good it was",
    "probes": "How well each layer told the classes apart",
    "probes_text": "A simple test for each layer: with its numbers alone, how often can the class be told? The bars "
    "begin at guessing.",
    "kernels": "The patterns of the first layer",
    "kernels_text": "Kernels: the small patterns that it laid over every place of the picture. They begin as noise. "
    "Middle grey is zero, brighter wants more of a colour there, darker less.",
    "maps": "What a layer saw in your photo",
    "maps_text": "The {number} channels that react most to your photo now, always in the same places; bright is a "
    "strong reaction. Each is on its own scale, whose largest number stands below.",
    "maps_all": "All its channels, those first that react most to your photo now; bright is a strong reaction. Each is "
    "on its own scale, whose largest number stands below.",
    "layer": "Layer",
    "find_layer": FIND_LAYER,
    "settings": "Which layer is shown",
    "waiting": "…",
    "gone": "This photo is not kept any more. Choose it again to go on.",
}
RIGHT = "{share} of {number} photographs, always the same ones, were called what they are."
FIGURES = "The training itself noted: {figures}."
LOSS = "A loss says how wrong it was: the lower, the better."
SHORTENED = "The copy is kept in short form: for 19 of 20 photographs, no probability is off by more than {percent}."
NOTHING_MEASURED = "Nothing was measured at this moment."
KERNEL, MAP = "{layer}, kernel {channel}", "{layer}, channel {channel}: at most {value}"
NO_TIMELINE = "This model has no timeline."
