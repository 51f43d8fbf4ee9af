"""Words of the tab that shows every layer, and of the viewer."""

from cnnviz.ui.words import BRIGHTNESS, CLOSE, COLORS, SCALE_NAMES

CHOICE = {
    "settings": "Colours of all pictures",
    "colors": COLORS,
    "brightness": BRIGHTNESS,
    "scales": [(key, text) for key, text in SCALE_NAMES.items()],
}
READING = (
    "Each tile is one channel, each of its squares one unit. Bright means active, not important; the darkest colour "
    "is zero. The tiles are in no order. With “each channel”, compare shapes, not brightness: the bar under a tile "
    "says how strong it really is, compared with the strongest of the layer; a dotted bar is below 1%. Hatched: "
    "silent, zero everywhere on this photo."
)
READING_SIGNED = "Layers that can be negative are drawn in red above zero and in blue below it; white is zero."
READING_NUMBERS = "The numbers below the strip:"
DOWNLOAD_ALL = "Download all (ZIP)"
DOWNLOAD_ALL_LARGE = "Download all (ZIP, about {size} MB)"
DOWNLOAD_ALL_HOLDS = "Every picture, {size} MB of activations as .npz, and statistics as JSON"
REPORT = "Report (HTML)"
REPORT_HOLDS = "The whole answer as one file that opens offline"
PREPARING = "Preparing …"
DOWNLOAD_LAYER = "Download this layer"
FULL_SCREEN = "Full screen"
LOOK_CLOSER = "Channel by channel"
STAGES = "Stages"
BLOCK_OF = "The end of block {block}, of {number} layers: {kinds}"
UNFOLD, FOLD = "Show all {number}", "Show only the last"
EXCITED_MOST = "What excited it most"
TILE = "{unit} {channel}"
VIEWER = {
    "title": "Picture",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "fit": "Fit",
    "download": "Download",
    "close": CLOSE,
}
