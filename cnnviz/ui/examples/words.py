"""Names of the examples, and what to look for in each."""

from cnnviz.ui.words import TOWER

EXAMPLES = "Or try one of these"
EXAMPLE_PHOTOS = {
    "shepherd.jpg": ("Dog", "the outline: fine lines in the first layers, a few bright squares later."),
    "kitten.jpg": ("Kitten", "the plain blanket: evenly bright in many early channels, dark in the last ones."),
    "chelsea.jpg": ("Cat", "eyes and stripes: fine lines in the first layers, scattered bright squares later."),
    "cheetah1.jpg": ("Cheetah", "the spots: fine outlines in the first layers, a few bright squares later."),
    "tower.jpg": (TOWER, "a building, which gets an answer too. How sure is it, and how much is silent?"),
}
"""The texts tell what to look for with the embedded model: of other models nothing is known."""
EXAMPLE_DRAWINGS = {
    "Star": (
        "edges of every direction: in the first layer each channel answers to some of them.",
        "edges of every direction.",
    ),
    "Colours": (
        "all hues, equally bright: channels that vary along the circle answer to colour.",
        "all hues, equally bright: channels that vary along the circle answer to colour.",
    ),
    "Dot": (
        "one red dot: it keeps its place, in ever larger squares, until the dense layers.",
        "one red dot.",
    ),
}
"""What to look for with the embedded model, and with any."""
