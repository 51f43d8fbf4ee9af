"""Names of the examples, and what to look for in each."""

from cnnviz.ui.words import TOWER

EXAMPLES = "Or try one of these"
EXAMPLE_PHOTOS = {
    "shepherd.jpg": ("Dog", "the outline: fine lines in the first layers, a few bright squares later.", ""),
    "kitten.jpg": ("Kitten", "the plain blanket: evenly bright in some early channels, dark in the last ones.", ""),
    "chelsea.jpg": ("Cat", "eyes and stripes: fine lines in the first layers, scattered bright squares later.", ""),
    "cheetah1.jpg": (
        "Cheetah",
        "the spots: fine outlines in the first layers, a few bright squares later.",
        "A cheetah. It was never taught any: what does it make of it?",
    ),
    "tower.jpg": (
        TOWER,
        "a building, which gets an answer too. How sure is it, and how much is silent?",
        "A tower. It was never taught any: what does it make of it?",
    ),
}
"""Name of each file, what to look for in it, and what is said of it if it shows nothing that was taught.

The last two are said with the embedded model: of other models nothing is known.
"""
DRAWING = "A drawing. It was taught on photos only: what does it make of it?"
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
