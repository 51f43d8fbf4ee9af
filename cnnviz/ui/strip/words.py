"""Words of the strip."""

STRIP_HEADING = "The photo's journey"
STRIP_HINT = "Point at a tile to see what it saw. Click it for the whole layer."
STRIP_HINT_TOUCH = "Tap a tile to see what it saw, tap it again for the whole layer."
STRIP_PHOTO = "photo"
STRIP_BLOCKS = "{number} blocks"
BRIGHT = "Bright squares: what the layer looks for was found here."
SAVE, SAVING = "Save my journey", "Drawing it …"
