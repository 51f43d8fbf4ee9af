"""Words of the way back."""

from cnnviz.ui.words import CLOSE

ANSWER = "{name}: {value}"
UNIT = {"unit": "unit {channel} of {layer}", "channel": "channel {channel} of {layer}"}
AT = ", row {row}, column {column}"
PIXEL = "{color} of the pixel at row {row}, column {column}"

SUM = (
    "It is a sum of {number} terms: a value times its weight. The {shown} largest make {covered} of what speaks for it."
)
SUM_WHOLE = "It is a sum of {number} terms: a value times its weight."
SUM_SINGLE = "It is one value, times its weight."
SUM_SILENT = "Nothing excited it: these speak most against it."
PRODUCT = "It is a product: the value, times {weight}, which a gate lets through."
FUNCTION = "The layer only puts {total} through {function}."
NORMALIZATION = "The value is scaled by {weight}, after the mean that was measured on this photo was taken away."
CLOSED = "{layer} weighs many values by each other, all at once. That is no sum of terms: here the way ends."
END = "This is what the network got of your photo. Here the way ends."
THROUGH = "On the way here, {layers} passed it on unchanged."

FOLLOW = {
    "title": "Follow it back",
    "intro": "What added most to the answer, what made that, and so on, down to a pixel. Every number is the network's "
    "own. It is one way of many, not the reason: each step leaves most terms aside.",
    "close": CLOSE,
    "up": "Undo the last step",
    "path": "The way so far",
    "saw": "What it saw of your photo",
    "looks_for": "Computed: what this channel looks for",
    "seen_alt": "Your photo, as the network sees it; the box shows what the unit saw",
    "choose": "Choose a term to follow it:",
    "product": "{value} × {weight}",  # noqa: RUF001  # the sign of multiplication is meant
    "others": "All {number} others together",
    "bias": "Bias, the same for every photo",
    "constant": "The mean and the shift",
    "total": "Together",
    "through": "After {name}",
    "gate": "The gate: {name}",
    "off": "Switch this unit off",
    "loss": "With this unit switched off, the evidence for {class} goes from {before} to {after}, and {class} from "
    "{percent_before} to {percent}.",
    "loss_same": "With this unit switched off, the evidence for {class} goes from {before} to {after}. The answer "
    "stays at {percent}.",
    "how": "Watch it being computed",
    "gone": "This photo is not kept any more. Choose it again to go on.",
    # How a convolution is computed
    "map": "{name}: {rows}×{columns} values. The frame is the kernel.",  # noqa: RUF001
    "patch": "Values under the kernel",
    "kernel": "Weights",
    "sum": "The products add up to {sum}.",
    "rest": "The other {number} input channels add {others}.",
    "only": "There is no other input channel.",
    "with_bias": "With the bias, {bias}, that is {total}.",
    "result": "{function} makes {value} of it.",
    "as_it_is": "That is its value.",
    "play": "Play",
    "pause": "Pause",
    "step": "One product on",
}
